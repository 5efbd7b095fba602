"""Every test of the store that asks for ``url`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from callcontrol.ports.clock import ManualClock
from callcontrol.store import migrate
from callcontrol.store.passwords import Passwords
from callcontrol.store.store import Store, open_store
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem
from tests.store.postgres import PostgresqlServer, fresh_database, name_of, postgresql_server

__all__ = ["fresh_database", "postgresql_server"]

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(params=BACKENDS)
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Call it for the URL of a new database without tables."""
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("fresh_database")
        return make
    numbers = itertools.count(1)
    return lambda: f"sqlite:///{tmp_path}/trial-{next(numbers)}.db"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_name(postgresql_server: PostgresqlServer) -> str:
    made = postgresql_server.fresh_database()
    migrate.upgrade(made)
    return name_of(made)


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own with today's tables: a copy of one that was migrated."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    made = server.fresh_database(template=request.getfixturevalue("migrated_name"))
    yield made
    server.drop_database(made)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def no_empty_queue_name(configuration: Configuration) -> list[Problem]:
    """The checker of these tests: a queue named ``forbidden`` may not be published, ``doubtful`` is a warning."""
    return [
        Problem(f"queues.{name}", "may not be published; rename it.", fatal=name == "forbidden")
        for name in configuration.queues
        if name in ("forbidden", "doubtful")
    ]


def weak_passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def store(url: str, clock: ManualClock) -> Iterator[Store]:
    opened = open_store(url, check=no_empty_queue_name, clock=clock, passwords=weak_passwords())
    yield opened
    opened.close()
