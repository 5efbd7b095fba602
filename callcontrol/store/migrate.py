"""Bring a database to a revision, up or down. The steps themselves are in ``migrations/``, beside the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

import callcontrol
from callcontrol.ports.store import StoreUnavailable
from callcontrol.store.database import make_engine, read_url
from callcontrol.store.refusals import sentence_for
from callcontrol.store.schema import REVISION, metadata

T = TypeVar("T")
Progress = Callable[[str], None]
MIGRATIONS = Path(callcontrol.__file__).parent.parent / "migrations"
ONE_AT_A_TIME = 0x63616C6C  # key of PostgreSQL's advisory lock: two programs that start together migrate in turn


def upgrade(url: str, revision: str = "head", progress: Progress | None = None) -> None:
    """All steps in one transaction: the database is at ``revision`` afterwards, or as it was. A database that a newer
    program has already taken further than ``head`` is left as it is. ``progress`` is told each step. Raises
    ``StoreUnavailable``."""

    def act(config: Config) -> None:
        if revision == "head" and _is_newer(config.attributes["connection"]):
            return
        command.upgrade(config, revision)

    _migrate(url, act, progress)


def downgrade(url: str, revision: str, progress: Progress | None = None) -> None:
    """Back to ``revision`` (``base``: no tables; ``-1``: one step). What newer tables hold is lost."""
    _migrate(url, lambda config: command.downgrade(config, revision), progress)


def current(url: str) -> str | None:
    """The revision the database is at; None where there is no database file or no table yet."""
    parsed = read_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
        return None
    return _connected(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def head() -> str:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def steps() -> list[tuple[str, str]]:
    """All revisions with their sentence, oldest first."""
    walk = ScriptDirectory.from_config(_config()).walk_revisions()
    return [(step.revision, step.doc) for step in walk][::-1]


def faults(url: str) -> list[str]:
    """What is wrong with a database that answers: sentences, none when it is at the newest revision, has the declared
    tables, is whole and can be written."""
    found = current(url)
    if found is None:
        return ["There are no tables yet; run `callcontrol db upgrade`."]
    if found > REVISION:
        return []
    if found < REVISION:
        return [f"It is at revision {found}, this program needs {REVISION}; run `callcontrol db upgrade`."]

    def unit(connection: Connection) -> list[str]:
        said = []
        if compare_metadata(MigrationContext.configure(connection), metadata):
            said.append("Its tables were changed by hand and are not what this program expects; bring back a backup.")
        if connection.dialect.name == "sqlite":
            result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if result != "ok":
                said.append(f"The file is damaged ({result}); bring back a backup.")
        else:
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                said.append("It may only be read (is it a standby?); name the primary in the settings.")
        return said

    return _connected(url, unit)


def _migrate(url: str, act: Callable[[Config], Any], progress: Progress | None) -> None:
    parsed = read_url(url)
    if parsed.get_backend_name() == "sqlite":
        folder = Path(str(parsed.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"The folder {folder} can't be made ({error.strerror}); name another one, or give the right to write there."
            ) from error

    def unit(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["progress"] = progress
        act(config)

    _connected(url, unit)


def _connected(url: str, unit: Callable[[Connection], T]) -> T:
    parsed = read_url(url)
    # Altering a SQLite table means copying it and dropping the old one: keys would then delete what points to it.
    engine = make_engine(parsed, enforce_keys=False)
    shown = parsed.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            return unit(connection)
    except CommandError as error:
        raise StoreUnavailable(f"The database {shown} can't be migrated: {error}.") from error
    except SQLAlchemyError as error:
        sentence = sentence_for(error, shown)
        if sentence is None:
            raise
        raise StoreUnavailable(sentence) from error
    finally:
        engine.dispose()


def _is_newer(connection: Connection) -> bool:
    return (MigrationContext.configure(connection).get_current_revision() or "") > REVISION


def _config() -> Config:
    if not (MIGRATIONS / "env.py").exists():
        raise StoreUnavailable(
            f"The migrations are not at {MIGRATIONS}; run callcontrol from its source folder, or copy migrations/ there."
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
