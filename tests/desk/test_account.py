"""Why a call: the account of each decision is what the desk decided, for the reason it decided it, on the floor that it had."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
import pytest

from callcontrol.desk.account import calls_like, moments_of, tell
from callcontrol.desk.history import END, History
from callcontrol.floor.account import account
from callcontrol.floor.strategies import DRAWN
from callcontrol.ports.journal import Line
from tests.desk.test_replay import Kept, a_day, lines_of
from tests.floor.scenes import Scene

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return lines_of(a_day(31, steps=250))


def test_every_decision_about_a_call_is_explained_by_the_decision_itself(lines: list[Line]) -> None:
    history = History(Kept(lines), None)
    told_of = 0
    for line in [line for line in lines if "seen" in line.data and line.data.get("call")][::4]:
        told = tell(history, line.data["call"], position=line.position, now=NOW)
        assert told is not None
        assert told.account is not None
        written = {k: v for k, v in line.data.items() if k not in ("seen", "offer", "term")}
        decided = [{k: v for k, v in data.items() if k not in ("offer", "term")} for data in told.account.decided]
        assert written in orjson.loads(orjson.dumps(decided))
        assert told.account.at == line.data["at"]
        told_of += 1
        if line.data["kind"] != "offered" or line.data["why"]["sticky"]:
            continue
        chosen = [one for one in told.account.compared if one.chosen]
        assert line.data["agent"] in {one.agent for one in chosen}
        (mine,) = [one for one in chosen if one.agent == line.data["agent"]]
        assert mine.rank == line.data["why"]["rank"]
        assert mine.grade == line.data["why"]["grade"]
        # Nobody better was left: whoever is better goes to a caller in front, or this call rings there too.
        better = [one for one in told.account.compared if one.rank < mine.rank]
        assert all(one.taken_by or one.chosen for one in better) or told.account.strategy in DRAWN
    assert told_of > 20


def test_every_agent_has_a_reason_and_the_callers_in_front_are_in_front(lines: list[Line]) -> None:
    history = History(Kept(lines), None)
    seen_ahead = 0
    for line in [line for line in lines if line.data["kind"] == "call_joined"][5::6]:
        told = tell(history, line.data["call"], position=line.position, now=NOW)
        assert told is not None
        if told.account is None:
            continue
        found = told.account
        assert len(found.explanation.agents) == 8
        assert all(one.reason for one in found.explanation.agents)
        orders = [(not one.rank.late, -one.rank.score) for one in found.in_front if not one.rank.late]
        assert orders == sorted(orders)
        for one in found.in_front:
            assert one.rank.late or one.rank.score >= found.rank.score - 1e-9
        seen_ahead += bool(found.in_front)
        assert found.rank.score == pytest.approx(found.rank.waited_s / found.rank.target_s + found.rank.vip, abs=0.01)
        assert orjson.loads(orjson.dumps(asdict(told)))["call"] == told.call
    assert seen_ahead > 3


def test_the_moments_of_a_call_are_what_was_done_with_it(lines: list[Line]) -> None:
    history = History(Kept(lines), None)
    call = next(line.data["call"] for line in lines if line.data["kind"] == "message_granted")
    told = tell(history, call, now=NOW)
    assert told is not None
    assert [moment.kind for moment in told.moments][:1] == ["call_joined"]
    assert "message_granted" in [moment.kind for moment in told.moments]
    assert moments_of(history.of_call(call)) == list(told.moments)
    assert all(moment.decision == ("seen" in moment.data) for moment in told.moments)


def test_a_call_that_is_not_there_is_said(lines: list[Line]) -> None:
    history = History(Kept(lines), None)
    assert tell(history, "nobody", now=NOW) is None
    call = next(line.data["call"] for line in lines if line.data["kind"] == "call_joined")
    later = tell(history, call, at=NOW, now=NOW)
    assert later is not None
    assert later.account is None
    some = next(iter(history.upto(END).floor.calls), "")
    assert calls_like(history, some[:6])[:1] == [some] or not some


def test_what_comes_and_the_relaxation_clock_are_told() -> None:
    rules: dict[str, Any] = {
        "queues": {
            "q": {
                "skills": "x >= 3",
                "patience_s": 30.0,
                "max_wait_s": 200.0,
                "target_s": 10.0,
                "relaxation": [{"skills": "x", "after_s": 45.0, "when": "waiting > 0"}],
            }
        },
        "agents": {"1": {"skills": {"x": 5}}, "2": {"skills": {"x": 1}}, "3": {"skills": {}}},
    }
    scene = Scene(rules, "1", "2")
    scene.join("first", queue="q")
    scene.settle()
    scene.talk("first")
    scene.join("second", queue="q", vip=1)
    scene.after(20.0)
    scene.settle()
    found = account(scene.floor, "second", scene.now)
    assert found is not None
    assert [(one.what, one.at - scene.now) for one in found.coming] == [
        ("relaxation", 25.0),
        ("late", 80.0),
        ("timeout", 180.0),
    ]
    assert (found.rank.score, found.rank.late) == (3.0, False)
    assert [(s.number, s.skills, s.when, s.reached) for s in found.steps] == [(1, "x", "waiting > 0", False)]
    assert {one.agent: one.reason for one in found.explanation.agents} == {
        "1": "talking",
        "2": "skills",
        "3": "skills",
    }
    scene.after(25.0)
    scene.settle()
    relaxed = account(scene.floor, "second", scene.now)
    assert relaxed is not None
    assert relaxed.steps[0].reached
    assert relaxed.explanation.state == "offered"


def test_the_free_agent_who_goes_to_a_caller_in_front_is_named() -> None:
    scene = Scene({"queues": {"q": {"skills": ""}}, "agents": {"1": {}}})
    scene.join("first", queue="q")
    scene.after(1.0)
    scene.join("second", queue="q")
    scene.log_in("1")
    found = account(scene.floor, "second", scene.now)
    assert found is not None
    assert [(one.agent, one.chosen, one.taken_by) for one in found.compared] == [("1", False, "first")]
    assert found.ahead == 1
    assert found.in_front[0].call == "first"
    assert found.decided == ()
