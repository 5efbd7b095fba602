"""The pages on the real store: what a manager does comes to stand in SQLite, with who did it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from callcontrol.admin.app import create_app
from callcontrol.admin.rehearsal import Rehearsal, configuration
from callcontrol.ports.clock import ManualClock
from callcontrol.store.migrate import upgrade
from callcontrol.store.passwords import Passwords
from callcontrol.store.store import Store, open_store
from callcontrol.values.configuration_checks import check
from tests.admin.test_editing_rules import ENGLISH, SUPPORT, send, typed

LONG = "four words of nonsense"


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/admin.db"
    upgrade(url)
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made = open_store(url, check=check, clock=clock, passwords=quick)
    yield made
    made.close()


@pytest.fixture
def manager(store: Store, rehearsal: Rehearsal) -> FlaskClient:
    draft = store.releases.draft()
    store.releases.save_draft(configuration(), version=draft.version, who="setup")
    store.releases.publish(version=store.releases.draft().version, who="setup", comment="first")
    services = rehearsal.services
    services.releases, services.records, services.audit, services.users = (
        store.releases, store.records, store.audit, store.users,
    )  # fmt: skip
    app = create_app(services, secret_key="only for tests " * 3)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, CALLCONTROL_SNAPSHOT_S=0)
    store.users.create("mia", "manager")
    client = app.test_client()
    assert client.get(f"/sign-in/link/{store.users.sign_in_link('mia', valid_s=60)}").location == "/"
    return client


def test_a_manager_comes_by_link_sets_a_password_and_signs_in_with_it(manager: FlaskClient, store: Store) -> None:
    assert manager.post("/account", data={"password": LONG, "again": LONG}).status_code == 302
    assert manager.get("/users").status_code == 200
    manager.post("/sign-out")
    assert manager.post("/sign-in", data={"name": "mia", "password": LONG}).status_code == 302
    actions = [change.action for change in store.audit.changes(object_prefix="user.mia")]
    assert {"user.created", "user.signed_in_by_link", "user.password_set", "user.signed_in"} <= set(actions)


def test_an_edit_becomes_a_release_and_stands_in_the_audit(
    manager: FlaskClient, store: Store, rehearsal: Rehearsal
) -> None:
    assert send(manager, SUPPORT, typed(manager, SUPPORT), patience_s="45", text_en="After six.").status_code == 302
    version = str(store.releases.draft().version)
    manager.post("/rules/publish", data={"version": version, "comment": "evenings"}, headers=ENGLISH)
    current = store.releases.current()
    assert current is not None
    assert (current.number, current.comment, current.published_by) == (2, "evenings", "mia")
    assert current.configuration.queues["support"].patience_s == 45.0
    assert [release.number for release in rehearsal.published] == [2]
    page = manager.get("/changes", headers=ENGLISH).text
    for said in ("saved the draft", "published a release", "evenings", "patience", "<ins>45</ins>"):
        assert said in page
    assert "Release 1" in manager.get("/rules/releases", headers=ENGLISH).text
    assert manager.post("/rules/releases/1/again").status_code == 302
    again = store.releases.current()
    assert again is not None
    assert again.configuration.queues["support"].patience_s == 30.0


def test_a_user_is_made_and_switched_off(manager: FlaskClient, store: Store) -> None:
    answer = manager.post("/users", data={"name": "leo", "role": "agent", "agent": "1001", "language": "en"})
    assert "/sign-in/link/" in answer.text
    assert manager.post("/users", data={"name": "leo", "role": "agent", "agent": "1001"}).status_code == 422
    manager.post("/users/leo/active")
    user = store.users.get("leo")
    assert user is not None
    assert not user.active
    assert any(change.who == "mia" for change in store.audit.changes(object_prefix="user.leo"))
