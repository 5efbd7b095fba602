"""A throw-away PostgreSQL from the machine's own binaries: one server for the test run, an empty database for each test.

It listens on a Unix socket in a temporary folder and on nothing else. Import ``postgresql_server`` (a session fixture that
skips with the reason where there is no PostgreSQL) and ``fresh_database``.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

START_S = 30


@dataclass(slots=True)
class PostgresqlServer:
    folder: Path
    binaries: Path
    as_user: tuple[str, ...]
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def fresh_database(self, template: str = "template0") -> str:
        """The URL of a new database: an empty one, or a copy of ``template`` (that nobody is connected to)."""
        name = f"trial_{next(self._names)}"
        self._in_maintenance(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        self._in_maintenance(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def start(self) -> None:
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c max_connections=40"
        )
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "-t", str(START_S), "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        where = str(self.folder / "data")
        self._run("initdb", "-D", where, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        # The server inherits the streams: a pipe would never end while it lives.
        output = self.folder / f"{program}.out"
        with output.open("ab") as out:
            command = [*self.as_user, str(self.binaries / program), *arguments]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {output.read_text(errors='replace')[-800:]}")

    def _in_maintenance(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


def name_of(url: str) -> str:
    return str(make_url(url).database)


def find_binaries() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``: on the path, or the newest of Debian's."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): nothing was tried on it")
    folder = Path(tempfile.mkdtemp(prefix="callcontrol-pg-"))
    as_user: tuple[str, ...] = ()
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL can't be started by root without a user postgres: nothing was tried on it")
        as_user = ("runuser", "-u", "postgres", "--")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)
    server = PostgresqlServer(folder, binaries, as_user)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fresh_database(postgresql_server: PostgresqlServer) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a new, empty PostgreSQL database; it is gone after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(postgresql_server.fresh_database())
        return made[-1]

    yield make
    for url in made:
        postgresql_server.drop_database(url)
