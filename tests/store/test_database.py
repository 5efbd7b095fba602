"""Units of work: one transaction each, never on the hub where SQLite blocks, and sentences when the database is at fault."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.monkey import get_original
from sqlalchemy import Connection, Engine, insert, select, text, update
from sqlalchemy.engine import URL
from sqlalchemy.event import listens_for
from sqlalchemy.exc import IntegrityError

from callcontrol.ports.store import Change, StoreUnavailable
from callcontrol.store import database as database_module
from callcontrol.store import migrate
from callcontrol.store.audit import write_line
from callcontrol.store.database import Database, open_database
from callcontrol.store.schema import audit, releases, users
from callcontrol.store.store import Store, open_store
from tests.store.postgres import PostgresqlServer

LINE = Change(1.0, "li", "tried", "thing")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    path = tmp_path / "own.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


def count_lines(connection: Connection) -> int:
    return len(connection.execute(select(audit.c.id)).all())


def test_a_unit_that_raises_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    def fails(connection: Connection) -> None:
        write_line(connection, LINE)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        database.run(fails)
    assert database.read(count_lines) == 0
    database.run(lambda connection: write_line(connection, LINE))
    assert database.read(count_lines) == 1


def test_a_reading_unit_can_not_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="may only be read"):
        database.read(lambda connection: write_line(connection, LINE))


def test_a_broken_rule_of_the_tables_stays_a_loud_error(database: Database) -> None:
    def twice(connection: Connection) -> None:
        row = {"published_at": 1.0, "published_by": "", "comment": "", "configuration": {}}
        connection.execute(insert(releases), [{"number": 1, **row}, {"number": 1, **row}])

    with pytest.raises(IntegrityError):
        database.run(twice)
    assert database.read(count_lines) == 0


def test_releases_and_audit_can_not_be_rewritten_by_anybody(store: Store) -> None:
    draft = store.releases.draft()
    store.releases.publish(version=draft.version, who="li", comment="")
    for statement in (
        update(releases).values(comment="forged"),
        releases.delete(),
        update(audit).values(who="somebody else"),
        audit.delete(),
    ):
        with pytest.raises(Exception, match="is never changed"):
            store.database.run(lambda connection, statement=statement: connection.execute(statement))
    assert len(store.releases.history()) == 1
    assert store.audit.changes()[0].who == "li"


def test_foreign_keys_are_enforced(database: Database) -> None:
    orphan = text("INSERT INTO sign_in_links (token, \"user\", made_at, expires_at) VALUES ('t', 'nobody', 1, 2)")
    with pytest.raises(IntegrityError):
        database.run(lambda connection: connection.execute(orphan))


def test_sqlite_work_runs_beside_the_hub_and_other_greenlets_go_on(sqlite_path: Path) -> None:
    database = open_database(f"sqlite:///{sqlite_path}")
    goes_on = get_original("threading", "Event")()
    where: list[int] = []

    def slow(_connection: Connection) -> bool:
        where.append(get_original("threading", "get_ident")())
        # Blocks its real thread until another greenlet of this one had its turn.
        return bool(goes_on.wait(timeout=20))

    working = gevent.spawn(database.run, slow)
    # Its turn comes only when the greenlet before it gave the hub free.
    gevent.spawn(goes_on.set)
    assert working.get(timeout=25) is True
    assert where[0] != get_original("threading", "get_ident")()
    database.close()


def test_many_greenlets_write_and_read_at_once_and_nothing_is_lost(database: Database) -> None:
    jobs = [gevent.spawn(database.run, lambda c: write_line(c, LINE)) for _ in range(60)]
    jobs += [gevent.spawn(database.read, count_lines) for _ in range(60)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert database.read(count_lines) == 60


def test_one_thread_connects_at_a_time(sqlite_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that open an engine's first connection at once may wait for ever for a lock that gevent patched."""
    another = get_original("threading", "Event")()
    inside: list[int] = []
    most: list[int] = []

    def connects(*_: object) -> None:
        inside.append(1)
        most.append(len(inside))
        if len(inside) > 1:
            another.set()
        another.wait(timeout=0.2)  # as long as another one has the chance to come
        inside.pop()

    make_engine = database_module.make_engine

    def watched(url: URL, *, writes: bool = True) -> Engine:
        engine = make_engine(url, writes=writes)
        listens_for(engine, "do_connect")(connects)
        return engine

    monkeypatch.setattr(database_module, "make_engine", watched)
    database = open_database(f"sqlite:///{sqlite_path}")
    gevent.joinall([gevent.spawn(database.read, count_lines) for _ in range(9)], timeout=30, raise_error=True)
    assert set(most) == {1}
    database.close()


def test_two_programs_that_read_and_then_write_wait_for_each_other(url: str) -> None:
    databases = [open_database(url) for _ in range(2)]

    def read_and_write(connection: Connection) -> None:
        count_lines(connection)
        write_line(connection, LINE)

    jobs = [gevent.spawn(databases[number % 2].run, read_and_write) for number in range(60)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert databases[0].read(count_lines) == 60
    for database in databases:
        database.close()


def test_several_real_threads_share_one_database(sqlite_path: Path) -> None:
    database = open_database(f"sqlite:///{sqlite_path}")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                database.run(lambda connection: write_line(connection, LINE))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert failures == []
    assert database.read(count_lines) == 40


def test_it_works_in_a_process_that_gevent_did_not_patch(sqlite_path: Path) -> None:
    program = (
        "import sys, threading; from callcontrol.store.store import open_store; from callcontrol.ports.store import Change\n"
        "store = open_store(sys.argv[1])\n"
        "def work(): store.audit.note(Change(1.0, 'li', 'tried', 'thing'))\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]; work()\n"
        "print(len(store.audit.changes())); store.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{sqlite_path}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("5", "")


def test_sqlite_is_set_up_as_promised(sqlite_path: Path) -> None:
    database = open_database(f"sqlite:///{sqlite_path}")

    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert database.run(pragmas) == ["wal", 1, 1, 5000]
    assert database.read(pragmas) == ["wal", 1, 1, 5000]
    database.close()


def test_a_locked_sqlite_file_is_a_sentence_and_works_again_afterwards(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_S", 0.1)
    store = open_store(f"sqlite:///{sqlite_path}")
    other = sqlite3.connect(sqlite_path)
    other.execute("BEGIN IMMEDIATE")
    assert store.audit.changes() == []  # readers go on
    with pytest.raises(StoreUnavailable, match="was locked by another program"):
        store.audit.note(LINE)
    other.rollback()
    other.close()
    store.audit.note(LINE)
    assert store.audit.changes() == [LINE]
    store.close()


def test_a_full_disk_is_a_sentence_and_what_was_saved_stays(sqlite_path: Path) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    store.audit.note(LINE)

    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for _ in range(100):
            write_line(connection, Change(2.0, "li", "tried", "thing", reason="x" * 10_000))

    with pytest.raises(StoreUnavailable, match="the disk is full"):
        store.database.run(fill)
    assert store.audit.changes() == [LINE]
    store.audit.note(LINE)  # on a fresh connection, without the limit
    assert len(store.audit.changes()) == 2
    store.close()


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("These are notes, no database.\n" * 100)
    with pytest.raises(StoreUnavailable, match="no SQLite file"):
        open_store(f"sqlite:///{path}").audit.changes()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://root:secret@host/name", "no driver here for mysql"),
        ("not a url", "can't be read"),
    ],
)
def test_a_url_that_can_not_be_used_is_a_sentence_without_its_password(wrong: str, said: str) -> None:
    with pytest.raises(StoreUnavailable, match=said) as raised:
        open_database(wrong)
    assert "secret" not in str(raised.value)


def test_a_server_that_is_not_there_is_a_sentence_without_its_password() -> None:
    database = open_database("postgresql://li:secret@127.0.0.1:1/name")
    with pytest.raises(StoreUnavailable, match="does not answer") as raised:
        database.read(count_lines)
    assert "secret" not in str(raised.value)


def test_a_server_that_goes_away_and_comes_back_is_used_again(
    postgresql_server: PostgresqlServer, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    migrate.upgrade(url)
    store = open_store(url)
    store.audit.note(LINE)
    postgresql_server.stop()
    try:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            store.audit.note(LINE)
    finally:
        postgresql_server.start()
    store.audit.note(LINE)
    assert store.audit.changes() == [LINE, LINE]
    store.close()


def test_a_missing_server_database_is_a_sentence(postgresql_server: PostgresqlServer) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        open_store(postgresql_server.url("no_such_name")).audit.changes()


def test_postgresql_waits_without_stopping_other_greenlets(fresh_database: Callable[[], str]) -> None:
    url = fresh_database()
    migrate.upgrade(url)
    database = open_database(url)
    began, went_on = Event(), Event()

    def slow(connection: Connection) -> None:
        began.set()
        connection.exec_driver_sql("SELECT pg_sleep(30)")

    working = gevent.spawn(database.run, slow)
    assert began.wait(5)
    gevent.spawn(went_on.set)
    assert went_on.wait(5)
    working.kill(timeout=5)
    assert database.read(count_lines) == 0
    database.close()


def test_an_older_revision_is_refused_and_a_newer_one_accepted(url: str) -> None:
    def set_revision(number: str) -> None:
        other = open_database(url)
        other.run(lambda c: c.execute(text("UPDATE alembic_version SET version_num = :n"), {"n": number}))
        other.close()

    store = open_store(url)
    set_revision("0000")
    with pytest.raises(StoreUnavailable, match=r"at revision 0000.*db upgrade"):
        store.users.any()
    fits = open_database(url)
    fits._fits = True  # what upgrades it
    fits.run(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    fits.close()
    assert store.users.any() is False
    migrate.upgrade(url)
    assert migrate.current(url) == "9999"
    assert migrate.faults(url) == []
    store.close()


def test_changed_tables_are_a_fault(url: str, store: Store) -> None:
    assert migrate.faults(url) == []
    store.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE users ADD COLUMN pet TEXT"))
    assert "changed by hand" in migrate.faults(url)[0]
    assert store.database.read(lambda connection: connection.execute(select(users.c.name)).all()) == []
