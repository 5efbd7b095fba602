"""What no controller saw is found by comparing the floor with the switch."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from callcontrol.calls.found_on_switch import LEG_OF
from callcontrol.calls.reconciler import LOOKS_FOR_CALLER
from callcontrol.floor import entries
from tests.bus.test_embedded_engine import pid_of
from tests.calls.house import House


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    for name in ("1001", "1002", "1003"):
        whole_house.switch.phone(name).answers_after(0.2)
    whole_house.log_out_everybody()
    whole_house.controller.services.repairs.by_kind.clear()
    yield whole_house
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.floor()["calls"])


def join(house: House, call: str) -> None:
    """A call on the floor that the switch never had."""
    now = time.time()
    node = house.settings.switch_name
    house.tell(
        entries.CallJoined(at=now, call=call, queue="support", visit=f"{call}:1", first_joined_at=now, node=node)
    )


def test_a_talk_that_the_switch_does_not_have_frees_its_agent(house: House) -> None:
    house.log_in("1001")
    join(house, "ghost-in-talk")
    house.until(lambda: house.agent("1001")["state"] == "reserved")
    offer = house.controller.services.floor().calls["ghost-in-talk"].offer
    house.tell(entries.TalkBegan(at=time.time(), offer=offer))
    house.until(lambda: house.agent("1001")["state"] == "talking")
    house.until(lambda: house.agent("1001")["state"] == "available")
    assert house.floor()["calls"] == []
    assert house.controller.services.repairs.by_kind == {"call_gone": 1}


def test_a_waiting_call_that_the_switch_does_not_have_leaves_as_lost(house: House) -> None:
    house.log_in("1001")
    caller = house.call("1")
    house.in_talk(caller, "1001")
    join(house, "ghost-in-line")
    house.until(lambda: {c["call"] for c in house.floor()["calls"]} == {caller.uuid, "ghost-in-line"})
    house.until(lambda: {c["call"] for c in house.floor()["calls"]} == {caller.uuid})
    support = next(q for q in house.floor()["queues"] if q["name"] == "support")
    assert support["outcomes"]["system_lost"] == 1
    assert sum(support["outcomes"].values()) == support["joined"]
    assert caller.in_talk_with == "1001"


def test_a_caller_whose_conductor_is_late_with_the_hang_up_is_left_to_it(house: House) -> None:
    """The switch does not have the call any more, the conductor is here and has yet to tell: it is given the time."""
    house.log_in("1001")
    house.in_talk(house.call("1"), "1001")
    directory = house.controller.directory
    join(house, "late")
    line = SimpleNamespace(post=lambda _event: None)
    directory.add("late", line)
    house.until(lambda: "late" in {c["call"] for c in house.floor()["calls"]})
    house.until(lambda: house.controller.reconciler.suspected("call_gone", "late") > LOOKS_FOR_CALLER)
    assert "late" in {c["call"] for c in house.floor()["calls"]}
    directory.remove("late", line)
    house.until(lambda: "late" not in {c["call"] for c in house.floor()["calls"]})
    assert house.controller.services.repairs.by_kind == {"call_gone": 1}


def test_a_caller_whom_the_floor_has_in_line_by_mistake_is_no_ones_to_serve(house: House) -> None:
    house.log_in("1001")
    caller = house.call()  # in the menu: its conductor knows of no visit
    join(house, caller.uuid)
    house.until(lambda: caller.uuid not in {c["call"] for c in house.floor()["calls"]})
    house.until(lambda: house.agent("1001")["state"] == "available")
    caller.hang_up()


def test_an_agents_leg_that_belongs_to_nothing_is_ended(house: House) -> None:
    leg = "0e2c9a52-5c3e-4c77-9b3a-0a8a8f5f0001"
    house.controller.switch.ring(
        leg, "user/1002", ring_s=60, park_s=3000, caller_name="", caller_number="", variables={LEG_OF: "a-call-of-old"}
    )
    house.until(lambda: house.switch.phone("1002").leg is not None)
    began = time.monotonic()
    house.until(lambda: not house.controller.switch.exists(leg))
    assert time.monotonic() - began < 5.0
    assert house.controller.services.repairs.by_kind["leg_orphaned"] == 1


def test_a_leg_that_is_none_of_ours_is_left_alone(house: House) -> None:
    leg = "0e2c9a52-5c3e-4c77-9b3a-0a8a8f5f0002"
    house.switch.phone("1003").answers_after(0.1)
    house.controller.switch.ring(
        leg, "user/1003", ring_s=60, park_s=600, caller_name="", caller_number="", variables={}
    )
    house.until(lambda: house.switch.phone("1003").leg is not None)
    for _ in range(4):
        house.controller.reconciler.look()
    assert house.controller.switch.exists(leg)
    house.controller.switch.cancel(leg)


def test_what_the_engine_lost_for_good_is_told_again_by_the_controller(house: House) -> None:
    """The lines of a talk and of a caller in line are taken out of the journal behind everybody's back, numbers of writers and all
    that; then the engine is killed. Whoever comes back to it finds that its place is gone."""
    house.log_in("1001")
    rung = house.switch.phone("1001").calls_offered
    talking = house.call("1", number="13900000001")
    house.in_talk(talking, "1001")
    waiting = house.call("1", number="13900000002")
    house.until(lambda: len(house.floor()["calls"]) == 2)
    connection = house.controller._bus.journal._connection  # type: ignore[attr-defined]
    stream = house.controller._bus.journal._journal  # type: ignore[attr-defined]
    house.until(lambda: not house.controller.outbox.waiting())
    offer = house.controller.services.floor().calls[talking.uuid].offer
    gone = [
        line.position for line in house.controller._bus.journal.read("0", limit=100_000)
        if line.data.get("call") in (talking.uuid, waiting.uuid) or line.data.get("offer") == offer
    ]  # fmt: skip
    last = house.controller.follower.position
    connection.ask("XDEL", stream, *{*gone, last})
    os.kill(pid_of(house._engine), signal.SIGKILL)
    began = time.monotonic()
    repairs = house.controller.services.repairs.by_kind
    house.until(lambda: repairs["talk_told_again"] == 1 and repairs["call_told_again"] == 1, 10)
    house.until(
        lambda: {str(c.state) for c in house.controller.services.floor().calls.values()} == {"talking", "waiting"}
    )
    took_s = time.monotonic() - began
    assert took_s < 5.0
    assert house.switch.phone("1001").calls_offered == rung + 1
    talking.hang_up()
    house.in_talk(waiting, "1001")
    waiting.hang_up()
    assert [house.record(c).outcome for c in (talking, waiting)] == ["answered", "answered"]


def test_a_talk_of_which_no_line_is_left_is_found_on_the_switch(house: House) -> None:
    """As above, but the controller that began it does not know it either: it is another process by now."""
    house.log_in("1001")
    caller = house.call("1", number="13900000003")
    house.in_talk(caller, "1001")
    house.controller.talks._talks.clear()
    stream = house.controller._bus.journal._journal  # type: ignore[attr-defined]
    offer = house.controller.services.floor().calls[caller.uuid].offer
    lines = house.controller._bus.journal.read("0", limit=100_000)
    gone = {line.position for line in lines if caller.uuid == line.data.get("call") or offer == line.data.get("offer")}
    house.controller._bus.journal._connection.ask("XDEL", stream, *gone, house.controller.follower.position)  # type: ignore[attr-defined]
    os.kill(pid_of(house._engine), signal.SIGKILL)
    house.until(lambda: house.controller.services.repairs.by_kind["talk_unknown"] == 1, 10)
    house.until(lambda: house.agent("1001")["state"] == "talking")
    assert house.agent("1001")["call"] == caller.uuid
    caller.hang_up()
    house.until(lambda: house.agent("1001")["state"] == "available")
