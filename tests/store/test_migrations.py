"""The tables are made, taken away and made again on both engines, and are what the program believes they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from callcontrol.ports.store import StoreUnavailable
from callcontrol.store import migrate, schema
from callcontrol.store.database import make_engine, read_url
from callcontrol.store.store import open_store


def test_the_newest_revision_is_the_one_that_the_program_asks_for() -> None:
    assert migrate.head() == schema.REVISION
    assert migrate.steps()[-1][0] == schema.REVISION


def test_migrated_tables_equal_the_declared_ones(url: str) -> None:
    engine = make_engine(read_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_up_and_down_and_up_again(fresh_url: Callable[[], str]) -> None:
    made = fresh_url()
    told: list[str] = []
    migrate.upgrade(made, progress=told.append)
    assert migrate.current(made) == migrate.head()
    assert len(told) == len(migrate.steps())
    migrate.downgrade(made, "base")
    assert migrate.current(made) is None
    engine = make_engine(read_url(made))
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    migrate.upgrade(made)
    assert migrate.current(made) == migrate.head()
    migrate.upgrade(made)  # nothing to do is no error


def test_a_database_without_tables_is_refused_with_the_remedy_and_accepted_once_migrated(
    fresh_url: Callable[[], str],
) -> None:
    made = fresh_url()
    migrate.upgrade(made)
    migrate.downgrade(made, "base")
    store = open_store(made)
    with pytest.raises(StoreUnavailable, match="callcontrol db upgrade"):
        store.releases.current()
    migrate.upgrade(made)
    assert store.releases.current() is None
    store.close()


def test_a_missing_sqlite_file_is_refused_and_not_made_by_reading(tmp_path: Path) -> None:
    path = tmp_path / "nothing.db"
    assert migrate.current(f"sqlite:///{path}") is None
    with pytest.raises(StoreUnavailable, match="There is no database at"):
        open_store(f"sqlite:///{path}").records.calls()
    assert not path.exists()


def test_an_unknown_revision_is_a_sentence(fresh_url: Callable[[], str]) -> None:
    with pytest.raises(StoreUnavailable, match="can't be migrated"):
        migrate.upgrade(fresh_url(), "9999")
