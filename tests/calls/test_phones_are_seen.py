"""Whether a phone is there is known before it is rung: registrations, calls of one's own, hold."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.floor import entries
from tests.calls.house import House, hears


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


@pytest.fixture(autouse=True)
def empty(house: House) -> Iterator[None]:
    yield
    for channel in list(house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    house.until(lambda: not house.floor()["calls"])
    for phone in house.switch.phones.values():
        phone.registers()
    house.log_out_everybody()


def stands(house: House, agent: str, state: str, reason: str = "") -> None:
    house.until(lambda: (house.agent(agent)["state"], house.agent(agent)["reason"]) == (state, reason))


def test_a_phone_that_goes_is_not_rung_and_comes_back_by_itself(house: House) -> None:
    house.log_in("1001")
    phone = house.switch.phone("1001")
    offered = phone.calls_offered
    for by_time in (False, True):
        phone.unregisters(by_time=by_time)
        stands(house, "1001", "unreachable", "not_registered")
        phone.registers()
        stands(house, "1001", "available")
    assert phone.calls_offered == offered


def test_who_logs_in_without_a_phone_is_unreachable_at_once(house: House) -> None:
    house.switch.phone("1002").unregisters()
    house.tell(entries.AgentLoggedIn(at=time.time(), agent="1002"))
    stands(house, "1002", "unreachable", "not_registered")
    caller = house.call("1")
    caller.wait_for(hears("hotline.away"))
    assert house.switch.phone("1002").calls_offered == 0


def test_an_agent_in_a_call_of_their_own_is_not_rung_until_it_ends(house: House) -> None:
    house.log_in("1001")
    phone = house.switch.phone("1001")
    phone.answers_after(0.1)
    offered = phone.calls_offered
    own = phone.calls("4001")
    house.until(lambda: house.agent("1001")["own_call"])
    caller = house.call("1")
    house.until(lambda: any(call["call"] == caller.uuid for call in house.floor()["calls"]))
    assert phone.calls_offered == offered
    own.hang_up()
    house.in_talk(caller, "1001")
    assert not house.agent("1001")["own_call"]


def test_calls_of_the_queue_are_no_calls_of_their_own(house: House) -> None:
    house.log_in("1001")
    house.switch.phone("1001").answers_after(0.1)
    seen = []
    end = house.controller.follower.subscribe(
        lambda entry, _valid: seen.append(entry) if isinstance(entry, entries.PhoneSeen) else None
    )
    for _ in range(3):
        caller = house.call("1")
        house.in_talk(caller, "1001")
        house.switch.phone("1001").hang_up()
        house.until(lambda: house.agent("1001")["state"] == "available")
        caller.hang_up()
    end()
    assert not any(entry.busy for entry in seen)


def test_hold_is_seen_and_its_end_too(house: House) -> None:
    house.log_in("1001")
    phone = house.switch.phone("1001")
    phone.answers_after(0.1)
    caller = house.call("1")
    house.in_talk(caller, "1001")
    phone.hold()
    stands(house, "1001", "hold")
    phone.unhold()
    stands(house, "1001", "talking")
    phone.hold()
    stands(house, "1001", "hold")
    phone.hang_up()
    stands(house, "1001", "available")
