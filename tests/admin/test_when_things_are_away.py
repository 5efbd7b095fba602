from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.floor.entries import AgentLoggedIn
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import StoreUnavailable

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}


def away(*_args: object, **_kwargs: object) -> None:
    raise StoreUnavailable("The database does not answer; start it.")


@pytest.fixture
def no_database(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def cut() -> None:
        for part, names in (
            (rehearsal.users, ("get", "any", "check_password", "redeem_link")),
            (rehearsal.releases, ("current", "get", "history", "draft", "save_draft", "publish")),
            (rehearsal.records, ("calls", "call", "story", "recording")),
            (rehearsal.audit, ("note", "changes")),
        ):
            for name in names:
                monkeypatch.setattr(part, name, away)

    return cut


def test_without_the_database_the_floor_goes_on_and_says_what_is_degraded(
    as_role: As, rehearsal: Rehearsal, no_database: Callable[[], None]
) -> None:
    client = as_role("lead")
    assert client.get("/").status_code == 200
    no_database()
    page = client.get("/", headers=ENGLISH)
    assert page.status_code == 200
    assert "The database can&#39;t be reached" in page.text
    assert "138****8021" in page.text
    assert client.post("/floor/agents/1009/login", headers=ENGLISH).status_code == 200
    assert isinstance(rehearsal.told[0], AgentLoggedIn)


def test_without_the_database_the_other_pages_are_a_sentence(as_role: As, no_database: Callable[[], None]) -> None:
    client = as_role("manager")
    client.get("/")
    no_database()
    for address in ("/calls", "/rules", "/changes", "/rules/queues/support"):
        answer = client.get(address, headers=ENGLISH)
        assert answer.status_code == 503, address
        assert "nothing was changed" in answer.text
    stranger = as_role("")
    assert stranger.get("/sign-in").status_code == 503
    assert stranger.post("/sign-in", data={"name": "mia", "password": "x"}).status_code == 503


def test_a_session_does_not_go_on_for_ever_without_the_database(
    as_role: As, clock: ManualClock, no_database: Callable[[], None]
) -> None:
    client = as_role("lead")
    client.get("/")
    no_database()
    clock.advance(901)
    assert client.get("/").status_code == 302


def test_a_fault_of_ours_is_a_sentence_and_a_line_in_the_log(
    app: Flask, as_role: As, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    client = as_role("manager")
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr(rehearsal.services, "flows", broken)
    answer = client.get("/flows", headers=ENGLISH)
    assert answer.status_code == 500
    assert "the admin&#39;s log says what" in answer.text
    assert "a bug" not in answer.text
    assert "a bug" in caplog.text


def test_a_wrong_method_or_address_is_a_sentence(as_role: As) -> None:
    client = as_role("manager")
    for method, address in (("POST", "/flows"), ("GET", "/rules/publish"), ("GET", "/nowhere"), ("DELETE", "/users")):
        answer = client.open(address, method=method, headers=ENGLISH)
        assert answer.status_code in (404, 405)
        assert "nothing at this address" in answer.text
