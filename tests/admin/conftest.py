"""The app over rehearsed services; ``as_role`` gives a client that is signed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from callcontrol.admin.app import create_app
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import ManualClock
from callcontrol.values.configuration_checks import check

PASSWORD = "a long enough password"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_795_300_000.0)


@pytest.fixture
def rehearsal(clock: ManualClock, tmp_path: Path) -> Rehearsal:
    made = Rehearsal(clock, check, recordings=tmp_path)
    made.users.create("mia", "manager", password=PASSWORD)
    made.users.create("leo", "lead", password=PASSWORD)
    made.users.create("amy", "agent", password=PASSWORD, agent="1001")
    return made


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once for all the apps of a run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(rehearsal: Rehearsal, compiled_templates: FileSystemBytecodeCache) -> Flask:
    app = create_app(rehearsal.services, secret_key="only for tests " * 3, timezone="Asia/Shanghai")
    app.jinja_env.bytecode_cache = compiled_templates
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, CALLCONTROL_SNAPSHOT_S=0)  # tests of the token switch it on
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def as_role(app: Flask) -> Callable[[str], FlaskClient]:
    def sign_in(role: str) -> FlaskClient:
        client = app.test_client()
        if role:
            name = {"manager": "mia", "lead": "leo", "agent": "amy"}[role]
            answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 302, answer.text
        return client

    return sign_in
