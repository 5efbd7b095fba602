from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from callcontrol.admin.board import MOST_CALLERS, board
from callcontrol.admin.rehearsal import Rehearsal, floor_view
from callcontrol.floor.entries import AgentBreak, AgentLoggedIn
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}


def page_of(as_role: As, role: str = "lead") -> str:
    return as_role(role).get("/", headers=ENGLISH).text


def test_the_floor_shows_callers_in_order_and_what_agents_do(as_role: As) -> None:
    page = page_of(as_role)
    places = [page.index(number) for number in ("138****8021", "+44****7731", "139****1177", "withheld")]
    assert places == sorted(places)
    for word in ("All are busy", "Somebody is free", "Ringing", "Wrap-up", "Lunch", "Unreachable", "78 %", "Offered"):
        assert word in page


def test_a_state_is_never_told_by_colour_alone(as_role: As) -> None:
    page = page_of(as_role)
    signs = page.split('class="sign tone-')[1:]
    assert len(signs) > 12
    for sign in signs:
        inside = sign.split("</span>")[0]
        assert "<svg" in inside
        assert inside.split("</svg>")[1].strip()


def test_an_empty_floor_says_the_next_move(as_role: As, rehearsal: Rehearsal, clock: ManualClock) -> None:
    rehearsal.live.show({**floor_view(clock.now()), "queues": [], "calls": [], "agents": []})
    page = page_of(as_role, "manager")
    assert "There is no queue yet." in page
    assert "Add a queue" in page
    assert "There is no agent yet." in page


def test_a_floor_where_nobody_is_logged_in_says_so(as_role: As, rehearsal: Rehearsal, clock: ManualClock) -> None:
    view = floor_view(clock.now())
    agents = [{**agent, "state": "logged_out"} for agent in view["agents"]]
    queues = [{**queue, "case": "nobody", "waiting": 0} for queue in view["queues"]]
    rehearsal.live.show({**view, "agents": agents, "queues": queues, "calls": []})
    page = page_of(as_role)
    assert "Press “Log in” beside an agent" in page
    assert "Whoever calls now finds nobody" in page


def test_more_callers_than_a_wall_can_show_are_counted() -> None:
    view = floor_view(1000.0)
    caller = view["calls"][2]
    view["calls"] = [{**caller, "call": f"x{i}", "position": i + 1} for i in range(MOST_CALLERS + 7)]
    queue = board(view)["queues"][0]
    assert (len(queue["callers"]), queue["callers_hidden"]) == (MOST_CALLERS, 7)


def test_a_trouble_is_a_sentence_in_the_readers_language(as_role: As, rehearsal: Rehearsal) -> None:
    rehearsal.live.troubles = ["database"]
    assert "The database can&#39;t be reached" in page_of(as_role)
    assert "数据库无法连接" in as_role("lead").get("/", headers={"Accept-Language": "zh"}).text


# --- the stream ---------------------------------------------------------------------------------------------------
def messages(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """(event, data) of the stream, one after another."""
    answer = client.get("/floor/stream", headers=ENGLISH, buffered=False)
    assert answer.mimetype == "text/event-stream"
    text = ""
    for chunk in answer.response:
        text += chunk if isinstance(chunk, str) else chunk.decode()
        while "\n\n" in text:
            whole, text = text.split("\n\n", 1)
            fields = [line.partition(": ")[::2] for line in whole.split("\n")]
            event = next((value for key, value in fields if key == "event"), "")
            data = "\n".join(value for key, value in fields if key == "data")
            if event or data:
                yield event, data


@pytest.fixture
def no_pauses(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    paused: list[float] = []
    monkeypatch.setattr(rehearsal.services, "sleep", paused.append)
    monkeypatch.setattr(rehearsal.live, "wait_change", lambda _version, timeout_s: paused.append(timeout_s))
    return paused


def test_the_stream_sends_whole_cards_when_the_floor_changed_and_pulses_when_not(
    as_role: As, rehearsal: Rehearsal, no_pauses: list[float]
) -> None:
    stream = messages(as_role("lead"))
    event, data = next(stream)
    assert event == "pulse"
    assert json.loads(data) == {"now": rehearsal.clock.now(), "age_s": 0.3, "desk_alive": True}
    event, data = next(stream)
    assert event == ""
    assert 'id="agent-1001"' in data
    assert next(stream)[0] == "pulse"
    assert next(stream)[0] == "pulse"
    rehearsal.live.agent("1009", state="available")
    rehearsal.live.age_s = 7.5
    event, data = next(stream)
    assert json.loads(data)["age_s"] == 7.5
    assert next(stream)[0] == ""
    assert no_pauses == [0.5, 1.5] * 3  # before every look half a second at least: at most twice a second


@pytest.mark.usefixtures("no_pauses")
def test_the_stream_ends_for_one_who_may_no_longer_read(as_role: As, rehearsal: Rehearsal, clock: ManualClock) -> None:
    stream = messages(as_role("lead"))
    assert next(stream)[0] == "pulse"
    rehearsal.users.set_active("leo", False)
    clock.advance(61)
    assert [event for event, _data in stream][-1] == "signed-out"


@pytest.mark.usefixtures("no_pauses")
def test_a_card_is_rendered_once_for_all_who_read_it(as_role: As, monkeypatch: pytest.MonkeyPatch) -> None:
    import callcontrol.admin.floor_pages as floor_pages

    rendered: list[str] = []
    whole = floor_pages.render_template

    def counted(name: str, **values: Any) -> str:
        rendered.append(name)
        return whole(name, **values)

    monkeypatch.setattr(floor_pages, "render_template", counted)
    for _ in range(3):
        stream = messages(as_role("lead"))
        while next(stream)[0] == "pulse":
            pass
    assert rendered == ["board.html"]


# --- what a leader and an agent may do ---------------------------------------------------------------------------
def test_a_leader_logs_an_agent_in_and_it_is_kept_who_did(as_role: As, rehearsal: Rehearsal) -> None:
    answer = as_role("lead").post("/floor/agents/1009/login", headers=ENGLISH)
    assert "1009: log in – Done." in answer.text
    assert rehearsal.told == [AgentLoggedIn(at=rehearsal.clock.now(), agent="1009", by="leo")]
    line = rehearsal.audit.changes()[0]
    assert (line.who, line.action, line.object, line.before) == ("leo", "agent_logged_in", "agent.1009", "logged_out")


def test_a_break_carries_its_reason_and_an_unknown_one_is_text(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("lead")
    client.post("/floor/agents/1005/break", data={"reason": "lunch"})
    client.post("/floor/agents/1005/break", data={"reason": "<script>"})
    assert [entry.reason for entry in rehearsal.told if isinstance(entry, AgentBreak)] == ["lunch", "<script>"]
    page = page_of(as_role)
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_an_agent_acts_for_oneself_alone(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("agent")
    assert client.post("/floor/agents/1001/back").status_code == 200
    assert client.post("/floor/agents/1002/logout").status_code == 403
    assert [getattr(entry, "agent", "") for entry in rehearsal.told] == ["1001"]


def test_an_unknown_agent_or_action_changes_nothing(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("lead")
    assert client.post("/floor/agents/9999/login").status_code == 404
    assert client.post("/floor/agents/1001/explode").status_code == 404
    assert rehearsal.told == []


def test_when_the_journal_is_away_a_sentence_says_that_nothing_changed(
    as_role: As, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_entry: object) -> None:
        raise JournalUnavailable("Redis at 127.0.0.1 does not answer.")

    monkeypatch.setattr(rehearsal.services, "ask", away)
    answer = as_role("lead").post("/floor/agents/1009/login", headers={**ENGLISH, "HX-Request": "true"})
    assert answer.status_code == 503
    assert "nothing was changed" in answer.text
    assert all(line.action != "agent_logged_in" for line in rehearsal.audit.lines)


def test_an_agent_lands_on_the_own_place(as_role: As) -> None:
    client = as_role("agent")
    assert client.get("/").location == "/me"
    page = client.get("/me", headers=ENGLISH).text
    assert "Talking" in page
    assert "My last calls" in page
