"""Ring all and progressive in the whole house: several phones, one talk, and nobody left ringing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.lab.callers import Caller
from callcontrol.switch.session import OutboundCall
from tests.calls.house import House

AGENTS = ("1001", "1002", "1003")
CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false, menu_timeout = 1, tries = 1 }

[queues.support]
strategy = "STRATEGY"
progressive_s = 1
patience_s = 5
ring_s = 100
wrap_up_s = 0

[queues.billing]
skills = "billing"
""" + "".join(f'[agents.{name}]\ncontact = "user/{name}"\nskills = {{ billing = 1 }}\n' for name in AGENTS)


def opened(strategy: str) -> Iterator[House]:
    house = House(configuration=CONFIGURATION.replace("STRATEGY", strategy))
    yield house
    house.stop()


@pytest.fixture(scope="module")
def ring_all_house() -> Iterator[House]:
    yield from opened("ring-all")


@pytest.fixture(scope="module")
def progressive_house() -> Iterator[House]:
    yield from opened("progressive")


@pytest.fixture
def house(ring_all_house: House) -> Iterator[House]:
    yield from at_rest(ring_all_house)


@pytest.fixture
def progressive(progressive_house: House) -> Iterator[House]:
    yield from at_rest(progressive_house)


def at_rest(house: House) -> Iterator[House]:
    for name in AGENTS:
        house.switch.phone(name).never_answers()
    house.log_out_everybody()
    house.log_in(*AGENTS)
    yield house
    for channel in list(house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    house.until(lambda: not house.floor()["calls"])


def ringing(house: House) -> set[str]:
    return {name for name in AGENTS if house.switch.phone(name).ringing}


def states(house: House) -> dict[str, str]:
    return {name: house.agent(name)["state"] for name in AGENTS}


def lose_the_controller(house: House, caller: Caller) -> None:
    """Its socket is gone without a word, as when the process dies: the dialplan gives the call to the next one."""
    session = house.controller.directory._lines[caller.uuid]
    assert isinstance(session, OutboundCall)
    session.leave()


def told(house: House, caller: Caller, kind: str) -> list[dict[str, str]]:
    return [data for what, data in house.story(caller) if what == kind]


def test_all_phones_ring_one_answers_and_the_others_stop_at_once(house: House) -> None:
    caller = house.call("1")
    house.until(lambda: ringing(house) == set(AGENTS))
    assert house.floor()["calls"][0]["agents"] == list(AGENTS)
    others = [house.switch.phone(name).leg for name in ("1001", "1003")]
    house.switch.phone("1002").answer()
    house.in_talk(caller, "1002")
    assert ringing(house) == set()
    assert [leg.hangup_cause for leg in others if leg is not None] == ["LOSE_RACE", "LOSE_RACE"]
    assert states(house) == {"1001": "available", "1002": "talking", "1003": "available"}
    assert [house.agent(name)["misses"] for name in AGENTS] == [0, 0, 0]
    house.switch.phone("1002").hang_up()
    caller.hang_up()
    record = house.record(caller)
    assert (record.outcome, record.agent, len(record.recordings)) == ("answered", "1002", 1)
    assert len(told(house, caller, "talk_began")) == 1
    assert {data["agent"]: data["cause"] for data in told(house, caller, "offer_failed")} == {
        "1001": "LOSE_RACE",
        "1003": "LOSE_RACE",
    }


def test_two_who_answer_in_the_same_instant_are_one_talk(house: House) -> None:
    caller = house.call("1")
    house.until(lambda: ringing(house) == set(AGENTS))
    for name in AGENTS:
        house.switch.phone(name).answer()
    caller.wait_for(lambda c: c.in_talk_with)
    winner = str(caller.in_talk_with)
    house.in_talk(caller, winner)
    house.until(lambda: sorted(states(house).values()) == ["available", "available", "talking"])
    # Those who were too late are not left in an empty room, and have no part in the talk.
    house.until(lambda: sum(house.switch.phone(name).leg is not None for name in AGENTS) == 1)
    assert caller.in_talk_with == winner
    assert [house.agent(name)["misses"] for name in AGENTS] == [0, 0, 0]
    caller.hang_up()
    assert len(house.record(caller).recordings) == 1
    assert len(told(house, caller, "talk_began")) == 1


def test_a_caller_who_hangs_up_stops_all_phones(house: House) -> None:
    caller = house.call("1")
    house.until(lambda: ringing(house) == set(AGENTS))
    legs = [house.switch.phone(name).leg for name in AGENTS]
    caller.hang_up()
    house.until(lambda: ringing(house) == set())
    assert [leg.hangup_cause for leg in legs if leg is not None] == ["ORIGINATOR_CANCEL"] * 3
    house.until(lambda: set(states(house).values()) == {"available"})
    assert house.record(caller).outcome == "abandoned_ringing"


def test_who_rejects_leaves_the_others_ringing(house: House) -> None:
    house.switch.phone("1002").rejects()
    caller = house.call("1")
    house.until(lambda: ringing(house) == {"1001", "1003"} and house.agent("1002")["misses"] == 1)
    assert house.floor()["calls"][0]["state"] == "offered"
    house.switch.phone("1003").answer()
    house.in_talk(caller, "1003")
    caller.hang_up()
    assert house.record(caller).agent == "1003"


def test_a_call_that_loses_its_controller_stops_all_its_phones_and_rings_them_anew(house: House) -> None:
    caller = house.call("1")
    house.until(lambda: ringing(house) == set(AGENTS) and set(states(house).values()) == {"ringing"})
    before = {name: house.switch.phone(name).leg for name in AGENTS}
    lose_the_controller(house, caller)
    house.until(
        lambda: ringing(house) == set(AGENTS) and not any(house.switch.phone(n).leg is before[n] for n in AGENTS)
    )
    assert [leg.hangup_cause for leg in before.values() if leg is not None] == ["ORIGINATOR_CANCEL"] * 3
    house.until(lambda: set(states(house).values()) == {"ringing"})
    house.switch.phone("1001").answer()
    house.in_talk(caller, "1001")
    assert [house.agent(name)["misses"] for name in AGENTS] == [0, 0, 0]
    caller.hang_up()
    assert house.record(caller).outcome == "answered"


def test_progressive_rings_one_more_phone_every_so_often(progressive: House) -> None:
    house = progressive
    began = time.monotonic()
    caller = house.call("1")
    house.until(lambda: len(ringing(house)) == 1)
    first = ringing(house)
    house.until(lambda: len(ringing(house)) == 2)
    assert first < ringing(house)
    house.until(lambda: ringing(house) == set(AGENTS))
    assert time.monotonic() - began >= 2.0
    (last,) = ringing(house) - first - {house.floor()["calls"][0]["agents"][1]}
    house.switch.phone(last).answer()
    house.in_talk(caller, last)
    assert ringing(house) == set()
    caller.hang_up()
    assert house.record(caller).agent == last
