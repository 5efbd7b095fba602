"""A house that is ill, and more callers than it can serve."""

from __future__ import annotations

import pytest

from callcontrol.flow import commands as cmd
from callcontrol.flow.any_name import every_name
from callcontrol.flow.facts import HouseFacts
from callcontrol.flow.rehearsal import Rehearsal
from ivr_flows.fault import SystemFault
from ivr_flows.hotline import Hotline
from ivr_flows.surge import Surge

ILL = HouseFacts(troubles=("journal",))
CROWD = HouseFacts(surging=every_name(True), estimates=every_name("5_to_10"))


def prompts(call: Rehearsal) -> list[cmd.Prompt]:
    return [p for c in call.done if isinstance(c, cmd.Play | cmd.Ask) for p in c.prompts]


@pytest.mark.parametrize("trouble", ["journal", "desk", "switch", "agents"])
def test_with_any_trouble_nobody_is_put_into_a_queue(trouble: str):
    call = Rehearsal(Hotline, house=HouseFacts(troubles=(trouble,)))
    call.begin()
    call.listen()
    call.press("1")
    call.press("1")
    assert call.heard()[-1] == "fault.sorry"
    assert not [c for c in call.done if isinstance(c, cmd.JoinQueue)]


def test_whoever_waits_when_nobody_decides_is_led_on_and_may_leave_a_message():
    call = Rehearsal(Hotline, language="en")
    call.begin()
    call.listen()
    call.press("2")
    call.press("1")
    call.house = ILL
    call.released("fault")
    assert [c.reason for c in call.done if isinstance(c, cmd.LeaveQueue)] == ["requeued"]
    call.listen()
    call.listen()
    assert isinstance(call.doing, cmd.Record)
    assert call.doing.box == "fault"


def test_a_phone_that_rings_goes_on_ringing():
    call = Rehearsal(SystemFault)
    call.begin()
    call.listen()
    call.offered()
    before = call.record
    call.released("fault")
    assert call.record == before


def test_the_house_is_well_again_before_the_flow_asks():
    call = Rehearsal(Hotline)
    call.begin()
    call.listen()
    call.press("1")
    call.press("1")
    call.released("fault")
    assert call.heard()[-1] == "rescue.sorry"
    call.listen()
    assert call.record.step == "waiting"


def test_in_a_fault_that_comes_back_again_and_again_the_caller_hears_an_end():
    call = Rehearsal(SystemFault)
    call.begin()
    for _ in range(9):
        if call.record.visit is not None:
            call.released("fault")
        elif isinstance(call.doing, cmd.Play):
            call.listen()
    call.step_on(lambda _: "-", lambda: "-")
    assert call.over


def test_in_a_surge_the_wait_is_said_and_self_service_comes_first():
    call = Rehearsal(Surge, house=CROWD)
    call.begin()
    call.listen()
    assert [p.key for p in prompts(call)] == ["hotline.welcome", "surge.busy", "wait"]
    assert prompts(call)[-1].values == {"value": "5_to_10"}
    call.listen()
    assert call.heard()[-1] == "surge.menu"
    assert len(call.heard()) == 4  # no more than that before the first key
    call.press("1")
    assert call.heard()[-1] == "self_service.account"


def test_below_it_the_line_is_as_always():
    call = Rehearsal(Surge, house=HouseFacts(loads=every_name(1.19)))
    call.begin()
    call.listen()
    assert call.heard()[-1] == "hotline.menu"


def test_the_line_asks_for_the_load_of_its_own_queue():
    house = HouseFacts(surging={"billing": True, "support": False})
    call = Rehearsal(Surge, house=house, parameters={"queue": "billing"})
    call.begin()
    call.listen()
    assert call.heard()[-1] == "surge.busy"
