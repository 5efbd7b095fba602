"""Emergency messages in the admin: prepared, on in one click with an end, off; on the floor; who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from callcontrol.admin.emergency_pages import acting
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import ManualClock
from callcontrol.values.emergencies import Emergency

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
FIRE = {"name": "fire", "zh": "楼内火警。", "en": "There is a fire alarm.", "waiting": "y"}


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(address, data=MultiDict(fields), headers=ENGLISH)  # type: ignore[arg-type]


def prepare(client: FlaskClient, **changes: object) -> TestResponse:
    return post(client, "/emergency", **{**FIRE, "entries": ["4001"], "queues": ["support"], **changes})


def now_acting(rehearsal: Rehearsal, name: str = "fire") -> Emergency | None:
    release = rehearsal.releases.current()
    assert release is not None
    return release.configuration.emergencies.get(name)


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def test_a_message_is_prepared_and_says_nothing_yet(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert prepare(manager).status_code == 302
    made = now_acting(rehearsal)
    assert made == Emergency("fire", {"zh": "楼内火警。", "en": "There is a fire alarm."}, ("4001",), ("support",))
    page = manager.get("/emergency", headers=ENGLISH).text
    assert "There is a fire alarm." in page
    assert re.search(r"fire:\s+off", page)


def test_one_click_switches_it_on_with_an_end_and_tells_the_floor(
    manager: FlaskClient, as_role: As, rehearsal: Rehearsal, clock: ManualClock
) -> None:
    prepare(manager)
    assert post(as_role("lead"), "/emergency/fire/on", until="60").status_code == 302
    made = now_acting(rehearsal)
    assert made is not None
    at = datetime.fromtimestamp(clock.now(), UTC)
    end = made.end()
    assert end is not None
    assert 59 * 60 <= (end - at).total_seconds() <= 60 * 60
    assert made.acts(at)
    release = rehearsal.releases.current()
    assert release is not None
    assert rehearsal.published[-1].number == release.number
    assert release.published_by == "leo"
    assert "fire" in release.comment
    assert "on until" in manager.get("/emergency", headers=ENGLISH).text


def test_it_is_switched_off_and_can_be_taken_away(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    prepare(manager)
    post(manager, "/emergency/fire/on", until="60")
    post(manager, "/emergency/fire/off")
    made = now_acting(rehearsal)
    assert made is not None
    assert made.until == ""
    post(manager, "/emergency/fire/remove")
    assert now_acting(rehearsal) is None


def test_the_end_is_typed_in_the_time_of_the_centre(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    prepare(manager)
    post(manager, "/emergency/fire/on", until="at", at="2030-05-01T12:00")
    made = now_acting(rehearsal)
    assert made is not None
    assert made.end() == datetime(2030, 5, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "until", [{"until": ""}, {"until": "at", "at": "2001-01-01T00:00"}, {"until": "at", "at": "soon"}]
)
def test_without_an_end_that_is_still_to_come_nothing_is_said(
    manager: FlaskClient, rehearsal: Rehearsal, until: dict[str, str]
) -> None:
    prepare(manager)
    post(manager, "/emergency/fire/on", **until)
    made = now_acting(rehearsal)
    assert made is not None
    assert made.until == ""


def test_nothing_else_of_the_draft_goes_with_it(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    from dataclasses import replace

    draft = rehearsal.releases.draft()
    edited = replace(draft.configuration, texts={"goodbye": {"en": "Bye."}})
    rehearsal.releases.save_draft(edited, version=draft.version, who="mia")
    prepare(manager)
    release = rehearsal.releases.current()
    assert release is not None
    assert release.configuration.texts == {}
    draft = rehearsal.releases.draft()
    assert draft.configuration.texts == {"goodbye": {"en": "Bye."}}
    assert "fire" in draft.configuration.emergencies


def test_editing_a_message_that_is_on_leaves_it_on(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    prepare(manager)
    post(manager, "/emergency/fire/on", until="60")
    before = now_acting(rehearsal)
    post(manager, "/emergency/fire", zh="火警解除。", en="", queues=["support", "billing"], hang_up="y")
    made = now_acting(rehearsal)
    assert made is not None
    assert before is not None
    assert (made.until, made.text, made.queues, made.entries, made.hang_up, made.waiting) == (
        before.until,
        {"zh": "火警解除。"},
        ("support", "billing"),
        (),
        True,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "No Fire!"}, "A name is small letters"),
        ({"name": ""}, "A name is small letters"),
        ({"entries": [], "queues": []}, "nobody would hear it"),
        ({"zh": "火" * 501}, "at most 500 characters"),
    ],
)
def test_what_can_t_be_is_refused_with_a_sentence_and_keeps_what_was_typed(
    manager: FlaskClient, rehearsal: Rehearsal, changes: dict[str, object], sentence: str
) -> None:
    answer = prepare(manager, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert now_acting(rehearsal) is None


def test_a_name_is_taken_once(manager: FlaskClient) -> None:
    prepare(manager)
    assert prepare(manager).status_code == 422


def test_a_queue_that_is_not_there_is_not_published(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    answer = manager.post("/emergency", data={**FIRE, "queues": "nowhere"}, headers=ENGLISH, follow_redirects=True)
    assert "Nothing was published" in answer.text
    assert now_acting(rehearsal) is None


@pytest.mark.parametrize("address", ["/emergency", "/emergency/fire", "/emergency/fire/remove"])
def test_what_is_said_a_manager_decides(as_role: As, address: str) -> None:
    assert post(as_role("lead"), address, **FIRE).status_code == 403


@pytest.mark.parametrize("address", ["/emergency", "/emergency/fire/on", "/emergency/fire/off"])
def test_agents_switch_nothing(as_role: As, address: str) -> None:
    assert post(as_role("agent"), address, until="60").status_code == 403


def test_a_message_that_nobody_knows_is_not_there(manager: FlaskClient) -> None:
    assert post(manager, "/emergency/flood/on", until="60").status_code == 404


def test_the_floor_says_so_until_its_end(app: Flask, clock: ManualClock) -> None:
    until = datetime.fromtimestamp(clock.now() + 60, UTC).isoformat()
    rows = [{"name": "fire", "until": until, "hang_up": True}, {"name": "x", "until": "never"}, {"name": "y"}]
    with app.test_request_context():
        assert [row["name"] for row in acting(rows, clock.now())] == ["fire"]
        assert acting(rows, clock.now() + 60) == []
