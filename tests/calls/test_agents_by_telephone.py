"""Agents dial their service: recognised by number and PIN, they log in, take breaks, come back and log out by keys."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from tests.calls.house import CONFIGURATION, House, hears

PIN = "739154"
DESK = """
[entries.4990]
flow = "agent_desk"
language = "en"
parameters = { key_timeout = 30 }

[break_reasons.tea]
zh = "喝茶，"
en = "Tea:"

[break_reasons.gym]
zh = "健身，"
en = "Gym:"
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House(
        configuration=CONFIGURATION.replace("max_wait_s = 60", "max_wait_s = 60\nwrap_up_mode = 'up_to'") + DESK
    )
    port = house.controller.listener.port
    house.switch.dialplan = hotline_dialplan(f"127.0.0.1:{port}", entries={"4001": "en", "4990": "en"})
    store = open_the_store(house.settings)
    store.pins.set("1001", PIN)
    store.close()
    for name in ("1001", "1002"):
        house.switch.phone(name).answers_after(0.1)
    yield house
    house.stop()


@pytest.fixture(autouse=True)
def empty(house: House) -> Iterator[None]:
    yield
    for channel in list(house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    house.until(lambda: not house.floor()["calls"])
    house.log_out_everybody()


def dial(house: House, *keys: tuple[str, str], number: str = "1001") -> Caller:
    """``keys``: (the prompt that is waited for, the keys pressed then)."""
    caller = house.switch.call("4990", number=number)
    for prompt, pressed in keys:
        caller.wait_for(hears(prompt))
        caller.press(pressed)
    return caller


def stands(house: House, state: str, reason: str = "") -> None:
    house.until(lambda: (house.agent("1001")["state"], house.agent("1001")["reason"]) == (state, reason))


def test_an_agent_logs_in_takes_a_call_a_break_comes_back_and_logs_out(house: House) -> None:
    dial(house, ("agent.pin", PIN + "#"), ("agent.is_logged_out", "1")).wait_for(lambda c: c.is_over)
    stands(house, "available")
    house.until(lambda: not house.agent("1001")["own_call"])
    caller = house.call("1")
    house.in_talk(caller, "1001")
    caller.hang_up()
    stands(house, "available")
    dial(house, ("agent.pin", PIN + "#"), ("agent.is_available", "2"), ("break.gym", "2")).wait_for(lambda c: c.is_over)
    stands(house, "break", "gym")
    dial(house, ("agent.pin", PIN + "#"), ("agent.is_on_break", "3")).wait_for(lambda c: c.is_over)
    stands(house, "available")
    dial(house, ("agent.pin", PIN + "#"), ("agent.is_available", "9")).wait_for(lambda c: c.is_over)
    stands(house, "logged_out")


def test_who_was_put_on_break_hears_why_and_comes_back(house: House) -> None:
    house.log_in("1001")
    phone = house.switch.phone("1001").rejects()
    floor = house.controller.services.floor()
    floor.agents["1001"].misses = 2  # the third is to come
    caller = house.call("1")
    stands(house, "break", "rejected")
    caller.hang_up()
    phone.answers_after(0.1)
    assert house.agent("1001")["missed_out"]
    dial(house, ("agent.pin", PIN + "#"), ("agent.is_missed_out", "3")).wait_for(lambda c: c.is_over)
    stands(house, "available")


def test_from_another_phone_calls_ring_there(house: House) -> None:
    keys = (("agent.extension", "1001#"), ("agent.pin", PIN + "#"), ("agent.is_logged_out", "1"))
    dial(house, *keys, number="2002").wait_for(lambda c: c.is_over)
    house.until(lambda: house.agent("1001")["state"] != "logged_out")
    assert house.controller.services.floor().agents["1001"].contact == "", "the switch knows no phone 2002"
    house.log_out_everybody()
    house.switch.phone("2003").answers_after(0.1)
    dial(house, *keys, number="2003").wait_for(lambda c: c.is_over)
    stands(house, "available")
    assert house.controller.services.floor().agents["1001"].contact == "user/2003"
    house.until(lambda: not house.agent("1001")["own_call"])
    caller = house.call("1")
    caller.wait_for(lambda c: c.in_talk_with == "2003")


def test_wrong_pins_end_the_call_and_then_the_number_is_not_even_listened_to(house: House) -> None:
    for _ in range(2):
        wrong = dial(house, ("agent.extension", "1002#"), ("agent.pin", "000011#"), number="13900009999")
        for count in (2, 3):
            wrong.wait_for(lambda c, count=count: sum("/agent.pin-" in sound for sound in c.sounds) == count)
            wrong.press("000011#")
        wrong.wait_for(lambda c: c.is_over)
        assert hears("agent.goodbye")(wrong)
    dial(house, ("agent.extension", "1001#"), ("agent.pin", PIN + "#"), number="13900009999").wait_for(
        hears("agent.closed")
    )
    stands(house, "logged_out")


def test_the_pin_stands_in_no_story_no_record_and_no_line_of_the_journal(house: House) -> None:
    caller = dial(house, ("agent.pin", PIN + "#"), ("agent.is_logged_out", "1"))
    caller.wait_for(lambda c: c.is_over)
    record = house.record(caller)
    story = house.story(caller)
    assert ("keys", {"step": "login.pin", "keys": "***"}) in story
    assert ("agent_action", {"action": "login", "result": "done"}) in story
    journal = house.controller.follower.journal.read("0", limit=10_000)
    told = json.dumps([repr(record), story, [line.data for line in journal]], default=str)
    assert PIN not in told
    assert PIN not in str(caller.channel.get("callcontrol_record"))
