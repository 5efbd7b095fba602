"""A callback through every room: booked by keys, the agent first, then the caller; on the simulated switch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from callcontrol.bootstrap.parts import store_as_it_is
from callcontrol.calls.dial_out import callers_leg
from callcontrol.floor import entries
from callcontrol.floor.view import callbacks
from callcontrol.lab.callers import Caller
from tests.calls.house import House, hears

CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false, menu_timeout = 3, tries = 1 }

[queues.support]
title = { zh = "技术支持", en = "Support" }
skills = "support"
patience_s = 60
ring_s = 5
wrap_up_s = 0

[queues.support.callback]
enabled = true
tries = 2
quarantine_s = 1
retry_s = 1
confirm_s = 5
ring_s = 5

[queues.billing]
skills = "support"

[agents.1001]
contact = "user/1001"
skills = { support = 4, en = 3 }

[agents.1002]
contact = "user/1002"
skills = { support = 2 }
"""
ANNA = "13800001111"


@pytest.fixture(scope="module")
def whole_house() -> Iterator[House]:
    house = House(configuration=CONFIGURATION, dial_out="user/{number}")
    yield house
    house.stop()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcontrol.floor.callbacks.HANGS_UP_S", 0.3)


@pytest.fixture
def house(whole_house: House) -> Iterator[House]:
    for name in ("1001", "1002", ANNA):
        whole_house.switch.phone(name).answers_after(0.2)
    whole_house.log_out_everybody()
    yield whole_house
    for row in whole_house.floor()["callbacks"]:
        whole_house.tell(entries.CallbackCancelled(at=time.time(), callback=row["callback"]))
    whole_house.until(lambda: not booked(whole_house))
    for channel in list(whole_house.switch.channels.values()):
        channel.hang_up("NORMAL_CLEARING")
    whole_house.until(lambda: not whole_house.floor()["calls"])


def booked(house: House) -> list[dict[str, Any]]:
    """Callbacks that nobody talks in."""
    return [row for row in house.floor()["callbacks"] if row["state"] != "talking"]


def booking(house: House, number: str = ANNA) -> tuple[Caller, Caller]:
    """(somebody who talks with 1001, Anna who has booked a callback and hung up)."""
    house.log_in("1001")
    other = house.call("1", number="13900000001")
    house.in_talk(other, "1001")
    anna = house.call("1", number=number)
    house.until(lambda: len(house.floor()["calls"]) == 2)
    anna.press("2")
    anna.wait_for(hears("callback.confirm.0"))
    anna.press("1")
    anna.wait_for(hears("callback.booked"))
    anna.hang_up()
    house.until(lambda: [row["state"] for row in booked(house)] == ["waiting"])
    return other, anna


def agent_hears(house: House, key: str, agent: str = "1001") -> bool:
    return any(f"/{key}-" in source or f"/{key}." in source for _, source in house.switch.phone(agent).heard)


def asked(house: House, other: Caller) -> None:
    """The talk is over, the agent's phone rang for the callback, and the agent hears who it is."""
    house.switch.phone("1001").heard.clear()
    other.hang_up()
    house.until(lambda: agent_hears(house, "callback.agent_press"))


def outcomes(house: House) -> dict[str, int]:
    (support,) = [queue for queue in house.floor()["queues"] if queue["name"] == "support"]
    assert sum(support["outcomes"].values()) == support["joined"]
    return dict(support["outcomes"])


def gained(house: House, before: dict[str, int], outcome: str) -> bool:
    return outcomes(house).get(outcome, 0) == before.get(outcome, 0) + 1


def story(house: House, call: str) -> list[tuple[str, Any]]:
    store = store_as_it_is(house.settings)
    try:
        return [(row.kind, row.data) for row in store.records.story(call)]
    finally:
        store.close()


def test_the_agent_is_called_first_presses_1_and_then_the_caller_is_called(house: House) -> None:
    before = outcomes(house)
    other, anna = booking(house)
    assert gained(house, before, "callback_booked")
    anna_s_phone = house.switch.phone(ANNA)
    calls = anna_s_phone.calls_offered
    asked(house, other)
    assert agent_hears(house, "queue.support.title")
    assert anna_s_phone.calls_offered == calls, "the caller's phone rang before the agent was there"
    house.switch.phone("1001").press("1")
    house.until(lambda: house.agent("1001")["state"] == "talking")
    assert gained(house, before, "callback_done")
    leg = anna_s_phone.leg.uuid  # type: ignore[union-attr]
    house.switch.phone("1001").hang_up()
    for question, key in (("survey.attitude", "5"), ("survey.speed", "4"), ("survey.correctness", "3")):
        house.until(lambda question=question: any(question in source for _, source in anna_s_phone.heard))
        anna_s_phone.press(key)
    house.until(lambda: not house.floor()["callbacks"])

    house.until(lambda: any(kind == "ended" for kind, _ in story(house, leg)))
    kinds = [kind for kind, _ in story(house, leg)]
    assert {"began", "talk_began", "recording_began", "talk_ended", "step", "ended"} <= set(kinds)
    began = next(data for kind, data in story(house, leg) if kind == "began")
    assert (began["callback_of"], began["number"]) == (anna.uuid, "138****1111")
    ends = [data["outcome"] for kind, data in story(house, anna.uuid) if kind == "visit_ended"]
    assert ends == ["exit_key", "callback_booked", "callback_done"]
    assert house.record(anna).outcome == "callback_done"
    store = store_as_it_is(house.settings)
    house.until(lambda: (row := store.records.call(leg)) is not None and row.ended_at is not None)
    row = store.records.call(leg)
    assert row is not None
    assert (row.queue, row.agent, row.outcome) == ("support", "1001", "callback_done")
    assert row.survey == {"attitude": 5, "speed": 4, "correctness": 3}
    assert len(row.recordings) == 1
    store.close()


def test_the_full_number_is_in_no_line_of_the_journal_or_the_story(house: House) -> None:
    other, anna = booking(house)
    asked(house, other)
    house.switch.phone("1001").press("1")
    house.until(lambda: house.agent("1001")["state"] == "talking")
    house.switch.phone("1001").hang_up()
    journal = house.controller.follower.journal
    assert not any(ANNA in str(line.data) for line in journal.read("0"))
    assert ANNA not in str(story(house, anna.uuid))
    secrets = house.controller.services.callbacks
    house.until(lambda: secrets.get(f"~{anna.uuid}:3") is None)


def test_an_agent_who_does_not_press_1_has_missed_it_and_the_next_one_is_asked(house: House) -> None:
    other, _ = booking(house)
    asked(house, other)
    house.switch.phone("1001").press("7")
    house.switch.phone("1001").hang_up()
    house.until(lambda: house.agent("1001")["misses"] == 1)
    assert booked(house)[0]["tries"] == 0
    house.switch.phone("1002").heard.clear()
    house.log_in("1002")
    house.until(lambda: agent_hears(house, "callback.agent_press", "1002"))


def test_a_caller_who_is_not_reached_rests_is_tried_again_and_then_given_up(house: House) -> None:
    before = outcomes(house)
    other, anna = booking(house)
    house.switch.phone(ANNA).busy()
    for _ in range(2):
        asked(house, other)
        house.switch.phone("1001").press("1")
        house.until(lambda: agent_hears(house, "callback.agent_gone"))
        house.until(lambda: not booked(house) or booked(house)[0]["state"] == "resting")
        house.switch.phone("1001").heard.clear()
    house.until(lambda: gained(house, before, "callback_failed"))
    house.until(lambda: house.agent("1001")["state"] == "available")
    assert house.agent("1001")["misses"] == 0
    house.until(lambda: len([1 for kind, _ in story(house, anna.uuid) if kind == "callback"]) == 2)


def test_calling_again_ends_the_try_and_brings_back_to_the_same_place(house: House) -> None:
    before = outcomes(house)
    other, _ = booking(house)
    first = booked(house)[0]["first_joined_at"]
    asked(house, other)
    anna = house.call("1", number=ANNA)
    house.in_talk(anna, "1001")
    assert gained(house, before, "callback_superseded")
    (row,) = house.floor()["calls"]
    assert row["first_joined_at"] == first
    anna.hang_up()


def test_a_cancelled_try_frees_the_agent_and_ends_both_legs(house: House) -> None:
    before = outcomes(house)
    house.switch.phone(ANNA).never_answers()
    other, _ = booking(house)
    asked(house, other)
    house.switch.phone("1001").press("1")
    house.until(lambda: house.switch.phone(ANNA).ringing)
    (row,) = callbacks(house.controller.services.floor(), time.time())
    assert row["state"] == "dialled"
    house.tell(entries.CallbackCancelled(at=time.time(), callback=row["callback"]))
    house.until(lambda: gained(house, before, "callback_cancelled"))
    house.until(lambda: not house.switch.phone(ANNA).ringing)
    house.until(lambda: house.switch.phone("1001").leg is None)
    assert house.agent("1001")["state"] == "available"


def test_an_agent_who_hangs_up_while_the_caller_s_phone_rings_stops_the_ringing(house: House) -> None:
    house.switch.phone(ANNA).never_answers()
    other, _ = booking(house)
    asked(house, other)
    house.switch.phone("1001").press("1")
    house.until(lambda: house.switch.phone(ANNA).ringing)
    house.switch.phone("1001").hang_up()
    house.until(lambda: not house.switch.phone(ANNA).ringing)
    house.until(lambda: house.agent("1001")["misses"] == 1)
    assert booked(house)[0]["tries"] == 0


def test_the_same_number_is_booked_once(house: House) -> None:
    booking(house)
    again = house.call("1", number=ANNA)
    house.until(lambda: len(house.floor()["calls"]) == 2)
    assert booked(house) == []  # it was superseded by the call
    again.press("2")
    again.wait_for(hears("callback.confirm.0"))
    again.press("1")
    again.wait_for(hears("callback.booked"))
    house.until(lambda: len(booked(house)) == 1)


def test_another_number_is_read_back_and_called(house: House) -> None:
    house.log_in("1001")
    other = house.call("1", number="13900000001")
    house.in_talk(other, "1001")
    anna = house.call("1", number="13700002222")
    house.until(lambda: len(house.floor()["calls"]) == 2)
    anna.press("2")
    anna.wait_for(hears("callback.confirm.0"))
    anna.press("2")
    anna.wait_for(hears("callback.number"))
    anna.press(f"{ANNA}#")
    anna.wait_for(lambda c: sum("callback.confirm.0" in sound for sound in c.sounds) == 2)
    anna.press("1")
    anna.wait_for(hears("callback.booked"))
    house.until(lambda: len(booked(house)) == 1)
    assert booked(house)[0]["masked"] == "138****1111"


def test_who_has_no_number_is_not_asked(house: House) -> None:
    house.log_in("1001")
    other = house.call("1", number="13900000001")
    house.in_talk(other, "1001")
    hidden = house.call("1", number="anonymous")
    house.until(lambda: len(house.floor()["calls"]) == 2)
    hidden.press("2")
    hidden.wait_for(hears("callback.refused"))
    assert not hears("callback.confirm.0")(hidden)


def test_the_legs_of_a_try_are_named_after_the_offer() -> None:
    assert callers_leg("a") == callers_leg("a") != callers_leg("b")


def command(house: House, *words: str) -> str:
    from click.testing import CliRunner

    from callcontrol.cli.main import command as top

    environment = {"CALLCONTROL_DIAL_OUT": house.settings.dial_out}
    done = CliRunner().invoke(top, ["callbacks", *words, "--data", str(house.settings.data_dir)], env=environment)
    return str(done.output)


def test_the_command_lists_moves_renumbers_and_cancels(house: House) -> None:
    booking(house)
    (row,) = booked(house)
    name = str(row["callback"]).removeprefix("~")[:12]
    assert "138****1111" in command(house, "list")
    assert "has another place now" in command(house, "move", name, "--end")
    house.until(lambda: booked(house)[0]["first_joined_at"] > row["first_joined_at"])
    assert "no such queue" in command(house, "move", name, "--queue", "nowhere")
    assert "139****3333" in command(house, "renumber", name, "13900003333")
    secret = house.controller.services.callbacks.get(str(row["callback"]))
    assert secret is not None
    assert secret.number == "13900003333"
    assert "may not be called" in command(house, "renumber", name, "0044123456789")
    assert "There is no callback that begins with" in command(house, "cancel", "zzz")
    assert "is cancelled" in command(house, "cancel", name)
    assert command(house, "list") == "Nobody waits for a callback.\n"
