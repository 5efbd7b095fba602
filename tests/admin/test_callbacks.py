from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.floor.entries import CallbackCancelled, CallbackMoved
from callcontrol.ports.store import StoryRow

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}


def act(client: FlaskClient, callback: str, action: str, **data: str) -> tuple[int, str]:
    answer = client.post(f"/callbacks/{callback}/{action}", data=data, headers=ENGLISH)
    return answer.status_code, answer.text


def test_the_page_shows_who_waits_where_and_what_comes_next(as_role: As) -> None:
    page = as_role("lead").get("/callbacks", headers=ENGLISH).text
    for word in (
        "159****7714",
        "The agent hears of it",
        "1005",
        "not reached",
        "the queue is closed",
        "when it is its turn",
    ):
        assert word in page
    assert "1<span" in page.split("188****5061")[1]
    zh = as_role("lead").get("/callbacks", headers={"Accept-Language": "zh"}).text
    assert "回呼" in zh


def test_nobody_waits_is_said(as_role: As, rehearsal: Rehearsal) -> None:
    rehearsal.live.show({**rehearsal.live.snapshot(), "callbacks": []})
    assert "Nobody waits for a callback." in as_role("lead").get("/callbacks/lines", headers=ENGLISH).text


def test_a_leader_moves_renumbers_and_cancels_and_each_is_kept(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    assert act(lead, "~b2:2", "front")[0] == 200
    assert act(lead, "~b2:2", "end")[0] == 200
    assert act(lead, "~b2:2", "queue", queue="billing")[0] == 200
    assert act(lead, "~b2:2", "number", number="139 0000-1111")[0] == 200
    assert act(lead, "~b2:2", "cancel")[0] == 200
    moves = [(e.to, e.queue, e.by) for e in rehearsal.told if isinstance(e, CallbackMoved)]
    assert moves == [("front", "", "leo"), ("end", "", "leo"), ("", "billing", "leo")]
    assert [e.callback for e in rehearsal.told if isinstance(e, CallbackCancelled)] == ["~b2:2"]
    assert rehearsal.renumbered == [("~b2:2", "13900001111")]
    kept = [line for line in rehearsal.audit.lines if line.action.startswith("callback_")]
    assert [line.action for line in kept] == ["callback_moved"] * 3 + ["callback_renumbered", "callback_cancelled"]
    assert not any("13900001111" in str(line) for line in kept)
    assert "139****1111" in str(kept[3])


def test_who_has_the_turn_just_now_is_not_moved_but_can_be_cancelled(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    callback = "~00000003-5a1c-4f00-8000-000000000003:2"
    assert act(lead, callback, "front")[0] == 409
    assert act(lead, callback, "number", number="13900001111")[0] == 409
    assert act(lead, callback, "cancel")[0] == 200
    assert len(rehearsal.told) == 1


def test_what_can_not_be_is_a_sentence(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    assert act(lead, "~gone:1", "cancel")[0] == 404
    assert "choose one of the list" in act(lead, "~b2:2", "queue", queue="nowhere")[1]
    assert "already" in act(lead, "~b2:2", "queue", queue="support")[1]
    assert "may not be called" in act(lead, "~b2:2", "number", number="+<script>")[1]
    assert rehearsal.told == []


def test_the_story_of_a_callback_links_the_two_calls(as_role: As, rehearsal: Rehearsal) -> None:
    first, second = rehearsal.records.rows[0].call, rehearsal.records.rows[1].call
    told = [
        StoryRow(1.0, "visit_ended", {"queue": "support", "outcome": "callback_booked", "wait_s": 40.0}),
        StoryRow(2.0, "callback", {"offer": "o1", "queue": "support", "cause": "NO_ANSWER"}),
        StoryRow(3.0, "callback", {"offer": "o2", "queue": "support", "talk": second}),
    ]
    rehearsal.records.stories[first] = told
    rehearsal.records.stories[second] = [StoryRow(3.0, "began", {"number": "138****1111", "callback_of": first})]
    page = as_role("lead").get(f"/calls/{first}", headers=ENGLISH).text
    assert "The callback did not reach the caller." in page
    assert f'href="/calls/{second}"' in page
    assert f'href="/calls/{first}"' in as_role("lead").get(f"/calls/{second}", headers=ENGLISH).text
