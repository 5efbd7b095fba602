"""One database, SQLite or PostgreSQL, behind one way of using it: ``run(unit)`` and ``read(unit)``.

On SQLite every unit of work runs in a thread beside gevent's hub (one for writing, a few for reading, each with a connection
of its own), because SQLite blocks in C and would stop every call. PostgreSQL is called straight through: psycopg waits
cooperatively where gevent patched the process. What the units do is no concern of this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson
from gevent.monkey import get_original
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from callcontrol.ports.store import StoreUnavailable
from callcontrol.store import schema
from callcontrol.store.off_hub import Threads
from callcontrol.store.refusals import sentence_for

T = TypeVar("T")
Unit = Callable[[Connection], T]

READERS = 3
BUSY_S = 5.0  # how long a writer waits for another process (a backup, the command line) before it says "locked"
CONNECT_S = 5
POSTGRES_OPTIONS = (
    "-c statement_timeout=15000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
)


def read_url(url: str) -> URL:
    """The URL with its driver named. Raises ``StoreUnavailable`` for one that we have no driver for."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable(
            "The database URL can't be read; write sqlite:////full/path.db or postgresql+psycopg://user@host/name."
        ) from error
    match parsed.drivername:
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite" | "sqlite+pysqlite":
            if parsed.database in (None, "", ":memory:"):
                raise StoreUnavailable(
                    "A database in memory can't be shared by threads; name a file: sqlite:////full/path.db."
                )
            return parsed.set(drivername="sqlite+pysqlite")
        case other:
            raise StoreUnavailable(
                f"There is no driver here for {other} databases; use sqlite:/// or postgresql+psycopg://."
            )


def make_engine(url: URL, *, writes: bool = True, enforce_keys: bool = True) -> Engine:
    """An engine with our settings on every connection. SQLite's keeps no pool: the lanes below hold the connections."""
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(
                url,
                pool_size=5,
                max_overflow=5,
                pool_timeout=CONNECT_S,
                pool_pre_ping=True,
                pool_recycle=1800,
                connect_args={"connect_timeout": CONNECT_S, "options": POSTGRES_OPTIONS},
                json_serializer=_json,
            )
        except ModuleNotFoundError as error:
            raise StoreUnavailable(
                "The PostgreSQL driver is not installed; install callcontrol with its extra: callcontrol[postgres]."
            ) from error
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_S, "isolation_level": None},
        json_serializer=_json,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # WAL lets readers go on while one writes; NORMAL syncs at checkpoints: a power cut may cost the last
        # transactions but never the file, and the scribe's lines are then still in the journal or lost with them.
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if enforce_keys else 'OFF'}")
        if not writes:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own BEGIN comes late (after the first reads) and deferred: two writers would then fail at once
        # instead of waiting for each other.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """Units of work, each in one transaction: committed when ``unit`` returns, rolled back when it raises.

    A unit may run in another thread: it must touch nothing but its connection and what it was given. Units are not nested.
    Raises ``StoreUnavailable`` with a sentence when the database is away, locked, full or of an older revision.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.shown = url.render_as_string(hide_password=True)
        self.dialect = url.get_backend_name()
        self._fits = False
        if self.dialect == "sqlite":
            self._writer: _Lane = _Threaded(make_engine(url), 1)
            self._readers: _Lane = _Threaded(make_engine(url, writes=False), READERS)
        else:
            engine = make_engine(url)
            self._writer = _Straight(engine)
            self._readers = _Straight(engine.execution_options(postgresql_readonly=True))

    def run(self, unit: Unit[T]) -> T:
        """Read and write."""
        return self._in_lane(self._writer, unit)

    def read(self, unit: Unit[T]) -> T:
        """Read only; several at once."""
        return self._in_lane(self._readers, unit)

    def close(self) -> None:
        self._writer.close()
        self._readers.close()

    def _in_lane(self, lane: _Lane, unit: Unit[T]) -> T:
        try:
            if not self._fits:
                self._require_file()
                lane.run(self._require_revision)
                self._fits = True
            return lane.run(unit)
        except SQLAlchemyError as error:
            sentence = sentence_for(error, self.shown)
            if sentence is None:
                raise
            # The driver's own text stays in the cause: it names tables and may hold values.
            raise StoreUnavailable(sentence) from error

    def _require_file(self) -> None:
        if self.dialect == "sqlite" and not Path(str(self.url.database)).exists():
            raise StoreUnavailable(
                f"There is no database at {self.url.database}; make it with `callcontrol db upgrade`."
            )

    def _require_revision(self, connection: Connection) -> None:
        if not connection.dialect.has_table(connection, "alembic_version"):
            raise StoreUnavailable(
                f"The database {self.shown} has no tables yet; make them with `callcontrol db upgrade`."
            )
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "nothing"
        # A newer one is let pass: programs are upgraded one by one, and the newest migrates first.
        if found == "nothing" or found < schema.REVISION:
            raise StoreUnavailable(
                f"The database {self.shown} is at revision {found}, this program needs {schema.REVISION}; "
                "run `callcontrol db upgrade`."
            )


def open_database(url: str) -> Database:
    """Nothing is connected yet: a database that is away now may come back later."""
    return Database(read_url(url))


class _Lane:
    """A way to run units."""

    def run(self, unit: Unit[T]) -> T:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class _Straight(_Lane):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, unit: Unit[T]) -> T:
        with self._engine.begin() as connection:
            return unit(connection)

    def close(self) -> None:
        self._engine.dispose()


class _Threaded(_Lane):
    """Each thread keeps one connection, so that no lock is ever shared between real threads and greenlets. One thread connects
    at a time: SQLAlchemy guards the first connection of an engine by a lock of ``threading``, which gevent patched, and for
    which a real thread may wait for ever after another one has left it."""

    def __init__(self, engine: Engine, count: int) -> None:
        self._engine = engine
        self._threads = Threads(count)
        self._own: Any = get_original("threading", "local")()
        self._connecting: Any = get_original("threading", "Lock")()

    def run(self, unit: Unit[T]) -> T:
        return self._threads.run(lambda: self._here(unit))

    def close(self) -> None:
        self._threads.close()

    def _here(self, unit: Unit[T]) -> T:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            with self._connecting:
                connection = self._own.connection = self._engine.connect()
        try:
            with connection.begin():
                return unit(connection)
        except DBAPIError:
            # A full disk or a replaced file can leave a connection useless; the next unit opens a fresh one.
            self._own.connection = None
            connection.close()
            raise


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a number of more than 64 bits
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
