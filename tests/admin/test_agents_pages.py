"""An agent's own page, and what may be asked for agents: by oneself, by a leader, by a program with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.admin.words import PIN_PROBLEMS, REQUEST_RESULTS, REQUESTS
from callcontrol.floor.requests import SENTENCES, Action, Result
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import PinCheck
from callcontrol.values.pins import pin_problem

As = Callable[[str], FlaskClient]
EN = {"Accept-Language": "en"}


def own(as_role: As, rehearsal: Rehearsal, **state: Any) -> str:
    rehearsal.live.agent("1001", call="", queue="", next_state="", **state)
    return as_role("agent").get("/me", headers=EN).text


def asks(page: str, action: str) -> bool:
    return f'hx-post="/floor/agents/1001/{action}"' in page


def test_the_own_page_offers_what_can_be_done_now(as_role: As, rehearsal: Rehearsal, clock: ManualClock) -> None:
    out = own(as_role, rehearsal, state="logged_out")
    assert asks(out, "login")
    assert not asks(out, "break")
    free = own(as_role, rehearsal, state="available")
    assert asks(free, "break")
    assert asks(free, "logout")
    assert not asks(free, "back")
    assert "Lunch" in free
    wrapping = own(as_role, rehearsal, state="wrap_up", wrap_up_mode="up_to", wrap_up_until=clock.now() + 20)
    assert asks(wrapping, "wrap-up-end")
    assert asks(wrapping, "extend")
    assert f'data-until="{clock.now() + 20}"' in wrapping
    fixed = own(as_role, rehearsal, state="wrap_up", wrap_up_mode="fixed", wrap_up_until=clock.now() + 20)
    assert not asks(fixed, "wrap-up-end")
    assert "ends by itself" in fixed


def test_who_was_put_on_break_is_told_why_and_how_to_come_back(as_role: As, rehearsal: Rehearsal) -> None:
    page = own(as_role, rehearsal, state="break", reason="no_answer", missed_out=True)
    assert "You were put on break: did not answer" in page
    assert asks(page, "back")


def test_a_phone_that_is_not_there_is_told_and_no_button_pretends_to_help(as_role: As, rehearsal: Rehearsal) -> None:
    page = own(as_role, rehearsal, state="unreachable", reason="not_registered")
    assert "Your phone is not registered" in page
    assert not asks(page, "back")
    assert "call of your own" in own(as_role, rehearsal, state="available", reason="", own_call=True)


def test_the_titles_of_break_reasons_are_those_of_the_configuration(as_role: As, rehearsal: Rehearsal) -> None:
    view = {**rehearsal.live.snapshot(), "break_reasons": {"tea": {"zh": "喝茶", "en": "A cup of tea"}}}
    rehearsal.live.show(view)
    page = own(as_role, rehearsal, state="break", reason="tea")
    assert "A cup of tea" in page
    assert "喝茶" in as_role("agent").get("/me", headers={"Accept-Language": "zh"}).text


def test_the_own_stream_begins_with_the_page_s_state(as_role: As, rehearsal: Rehearsal) -> None:
    rehearsal.live.agent("1001", state="available", call="", queue="", next_state="")
    answer = as_role("agent").get("/me/stream", headers=EN, buffered=False)
    stream = iter(answer.response)
    told = "".join(part.decode() if isinstance(part, bytes) else part for part in (next(stream) for _ in range(3)))
    answer.close()
    assert "event: pulse" in told
    assert 'hx-post="/floor/agents/1001/logout"' in told
    assert "1002" not in told


@pytest.mark.parametrize("action", list(Action))
def test_an_agent_asks_for_oneself_only_and_as_oneself(as_role: As, rehearsal: Rehearsal, action: Action) -> None:
    data = {"reason": "lunch", "seconds": "60"}
    assert as_role("agent").post(f"/floor/agents/1002/{action}", data=data).status_code == 403
    assert rehearsal.asked == []
    answer = as_role("agent").post(f"/floor/agents/1001/{action}", data=data, headers=EN)
    assert (answer.status_code, "Done." in answer.text) == (200, True)
    (asked,) = rehearsal.asked
    assert (asked.action, asked.agent, asked.by, asked.own) == (action, "1001", "amy", True)
    assert (asked.reason, asked.seconds) == ("lunch", 60.0)
    as_role("lead").post(f"/floor/agents/1001/{action}", data=data)
    assert (rehearsal.asked[-1].by, rehearsal.asked[-1].own) == ("leo", False)
    assert rehearsal.audit.lines[-1].who == "leo"


def test_a_refusal_is_a_sentence_and_stands_in_no_audit(as_role: As, rehearsal: Rehearsal) -> None:
    before = len(rehearsal.audit.lines)
    client = as_role("agent")
    rehearsal.refuses[Action.BACK] = Result.NOT_REGISTERED
    answer = client.post("/floor/agents/1001/back", headers=EN)
    assert answer.status_code == 409
    assert "connect it" in answer.text
    assert [line for line in rehearsal.audit.lines[before:] if line.object.startswith("agent.")] == []


def test_requests_need_the_page_s_token(app: Flask, as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("agent")
    app.config["WTF_CSRF_ENABLED"] = True
    for address in ("/floor/agents/1001/break", "/me/pin"):
        assert client.post(address, data={"pin": "8020", "again": "8020"}).status_code == 400
    assert rehearsal.asked == []


def test_an_agent_sets_the_own_pin(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("agent")
    for pin, again, said in (
        ("80204711", "8020", "differ"),
        ("12", "12", "4 to 10 digits"),
        ("1234", "1234", "anybody tries"),
        ("1001", "1001", "own number"),
    ):
        answer = client.post("/me/pin", data={"pin": pin, "again": again}, headers=EN)
        assert answer.status_code == 422
        assert said in answer.text
    assert client.post("/me/pin", data={"pin": "80204711", "again": "80204711"}).status_code == 302
    assert rehearsal.services.pins.check("1001", "80204711") is PinCheck.RIGHT
    assert "80204711" not in client.get("/me").text
    assert as_role("manager").post("/me/pin", data={"pin": "8020", "again": "8020"}).status_code == 404


def test_every_answer_has_words_in_both_languages() -> None:
    assert set(REQUEST_RESULTS) == {result.value for result in Result} == set(SENTENCES)
    assert set(REQUESTS) == {action.value for action in Action}
    assert {pin_problem(pin, "1001") for pin in ("1", "1111", "1001")} == set(PIN_PROBLEMS)


# --- the API -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def api(app: Flask, rehearsal: Rehearsal) -> Callable[..., Any]:
    app.config["WTF_CSRF_ENABLED"] = True  # a token needs none

    def ask(method: str, address: str, user: str = "leo", **more: Any) -> Any:
        headers = {**EN, "Authorization": f"Bearer {rehearsal.tokens.make(user)}"} if user else EN
        return app.test_client().open(f"/api{address}", method=method, headers=headers, **more)

    return ask


def test_without_a_token_in_force_nothing_is_told(api: Callable[..., Any], app: Flask, as_role: As) -> None:
    answer = api("GET", "/agents", user="")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert answer.json["error"].endswith("makes one.")
    app.config["WTF_CSRF_ENABLED"] = False
    assert as_role("manager").get("/api/agents").status_code == 401, "a session is no token"
    bad = {"Authorization": "Bearer no-such"}
    statuses = [app.test_client().get("/api/agents", headers=bad).status_code for _ in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_leader_sees_and_asks_for_all_an_agent_for_oneself(api: Callable[..., Any], rehearsal: Rehearsal) -> None:
    assert len(api("GET", "/agents").json["agents"]) == len(rehearsal.rules.agents)
    assert [row["agent"] for row in api("GET", "/agents", "amy").json["agents"]] == ["1001"]
    assert api("GET", "/agents/1002", "amy").status_code == 403
    assert api("GET", "/agents/1002").json["state"] == "talking"
    assert api("GET", "/agents/9999").status_code == 404
    assert api("POST", "/agents/1002/logout", "amy").status_code == 403
    answer = api("POST", "/agents/1002/break", json={"reason": "a dentist"})
    assert answer.json["result"] == "done"
    assert answer.json["agent"]["reason"] == "a dentist"
    assert (rehearsal.asked[-1].by, rehearsal.asked[-1].own) == ("leo", False)
    api("POST", "/agents/1001/wrap-up-end", "amy")
    assert (rehearsal.asked[-1].by, rehearsal.asked[-1].own) == ("amy", True)


def test_a_refusal_says_why_in_a_word_and_a_sentence(api: Callable[..., Any], rehearsal: Rehearsal) -> None:
    for result, status in ((Result.FIXED, 409), (Result.UNKNOWN, 404), (Result.WRONG_SECONDS, 422)):
        rehearsal.refuses[Action.EXTEND] = result
        answer = api("POST", "/agents/1001/extend", json={"seconds": 60})
        assert (answer.status_code, answer.json) == (status, {"error": SENTENCES[result], "result": result.value})


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("levitate", {}, 404),
        ("break", [], 400),
        ("break", {"colour": "red"}, 400),
        ("break", {"reason": 7}, 422),
        ("extend", {"seconds": "long"}, 422),
        ("extend", {"seconds": True}, 422),
        ("login", {"contact": "user/1;system"}, 422),
        ("login", {"contact": 5}, 422),
    ],
)
def test_wrong_words_are_sentences(
    api: Callable[..., Any], rehearsal: Rehearsal, action: str, body: Any, status: int
) -> None:
    answer = api("POST", f"/agents/1001/{action}", json=body)
    assert answer.status_code == status
    assert answer.json["error"].endswith(".")
    assert rehearsal.asked == []
    assert api("POST", "/agents/1001/break", data=b"{", content_type="application/json").status_code == 400


def test_another_phone_is_given_by_a_leader_only(api: Callable[..., Any], rehearsal: Rehearsal) -> None:
    assert api("POST", "/agents/1001/login", "amy", json={"contact": "user/2001"}).status_code == 422
    assert api("POST", "/agents/1001/login", json={"contact": "user/2001"}).status_code == 200
    assert rehearsal.asked[-1].contact == "user/2001"


def test_what_is_away_and_what_is_not_there_is_json_too(api: Callable[..., Any], rehearsal: Rehearsal) -> None:
    def away(_asked: Any) -> Any:
        raise JournalUnavailable("Redis is away.")

    rehearsal.services.ask = away
    answer = api("POST", "/agents/1001/login")
    assert (answer.status_code, answer.json["error"][:11]) == (503, "The journal")
    for address in ("/nothing", "/agents/1001/login/now"):
        answer = api("GET", address)
        assert answer.status_code == 404
        assert answer.json["error"]
