"""Choosing a prepared emergency message by key, and switching it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.rehearsed_agents import RehearsedAgents
from callcontrol.flow.steps.emergency_action import BRANCHES
from ivr_flows.emergency_desk import EmergencyDesk

PIN = "4711"


def desk(**agents: object) -> Rehearsal:
    return Rehearsal(EmergencyDesk, agents=RehearsedAgents(calling="1001", **agents))  # type: ignore[arg-type]


def asked(call: Rehearsal) -> list[cmd.SwitchEmergency]:
    return [c for c in call.done if isinstance(c, cmd.SwitchEmergency)]


def test_each_is_said_with_its_key_and_whether_it_is_on() -> None:
    call = desk(emergencies={"a": False, "b": True}).run(PIN)
    said = call.heard()
    start = said.index("emergency_desk.menu")
    assert said[start : start + 6] == [
        "emergency_desk.menu",
        *("emergency.a", "emergency_desk.press"),
        *("emergency.b", "emergency_desk.is_on", "emergency_desk.press"),
    ]


def test_on_is_for_the_hours_of_the_line_and_off_is_off() -> None:
    on = Rehearsal(EmergencyDesk, parameters={"hours": 5}, agents=RehearsedAgents(calling="1001")).run(f"{PIN} 1 1")
    off = desk().run(f"{PIN} 2 1")
    assert [(c.agent, c.emergency, c.hours) for c in asked(on)] == [("1001", "fire", 5)]
    assert [(c.emergency, c.hours) for c in asked(off)] == [("outage", 0)]
    assert on.agents.emergencies == {"fire": True, "outage": True}
    assert off.agents.emergencies == {"fire": False, "outage": False}


def test_a_key_means_what_was_said_with_it_though_another_was_prepared_meanwhile() -> None:
    call = desk(emergencies={"fire": False})
    call.begin()
    call.press(PIN)
    call.agents.emergencies = {"earlier in the list": False, "fire": False}
    call.press("1")
    call.press("1")
    assert [c.emergency for c in asked(call)] == ["fire"]


def test_no_more_than_nine_are_said() -> None:
    call = desk(emergencies={f"e{n:02}": False for n in range(20)})
    call.begin()
    call.press(PIN)
    assert call.heard().count("emergency_desk.press") == 9


@pytest.mark.parametrize("result", [*BRANCHES, "something new"])
def test_what_came_of_it_stands_in_the_story(result: str) -> None:
    call = desk(results={"emergency": result}).run(f"{PIN} 1 1")
    (told,) = [data for kind, data in call.story if kind == "emergency_switched"]
    assert told == {"emergency": "fire", "hours": 2, "result": result if result in BRANCHES else "unavailable"}


def test_an_answer_that_comes_late_changes_nothing() -> None:
    call = desk()
    call.begin()
    before = call.record
    call.tell(ev.EmergencySwitched(before.wait - 1, "done"))
    assert call.record == before


@given(st.lists(st.sampled_from(["1", "2", "9", "-", "#", PIN, "0000"]), max_size=8), st.booleans())
def test_nothing_is_switched_without_the_pin_of_a_lead_and_every_call_ends(keys: list[str], lead: bool) -> None:
    call = desk(leads=frozenset({"1001"}) if lead else frozenset({"1002"})).run(keys)
    assert call.over
    assert not call.rescued()
    if PIN not in keys or not lead:
        assert asked(call) == []
