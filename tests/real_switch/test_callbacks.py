"""A callback on the real switch: booked by key, the agent first, press 1, then the caller; and a controller killed in each phase."""

from __future__ import annotations

from typing import Any

import pytest

from callcontrol.calls.dial_out import callers_leg
from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Caller, ControllerProcess, Rig

pytestmark = pytest.mark.timeout(240)

SUPPORT = """
[queues.support.callback]
enabled = true
tries = 2
quarantine_s = 10
retry_s = 3
confirm_s = 10
ring_s = 5
"""
ANNA = "440"  # of her telephone: it answers with a tone of that pitch
AGENT = 441


@pytest.fixture(autouse=True)
def can_dial(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    """Callers are reached at the profile of the tests, where a number that begins with a pause answers after it."""
    can_dial_after(0, monkeypatch, rig)


def can_dial_after(answers_after_ms: int, monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    to = f"sofia/internal/tone_{answers_after_ms}_{{number}}@127.0.0.1:{rig.switch.outside_port}"
    monkeypatch.setenv("CALLCONTROL_DIAL_OUT", to)


def opened(rig: Rig, controllers: int = 1, answers_after_ms: int = 0) -> Hotline:
    return Hotline(rig, {"1001": rig.tone_phone(AGENT, answers_after_ms)}, controllers=controllers, support=SUPPORT)


def booked(hotline: Hotline) -> tuple[Caller, str]:
    """(somebody who talks with the only agent, Anna's call, in which she booked a callback)."""
    rig = hotline.rig
    other, other_call = hotline.caller_in_queue(from_number="13800000001")
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": other_call})
    anna, call = hotline.caller_in_queue(from_number=ANNA)
    anna.press("2")
    hotline.is_asked(call)
    anna.press("1")
    anna.gone(20)
    hotline.until(lambda: [row["state"] for row in rows(hotline)] == ["waiting"], "the callback stands in line", 30)
    return other, call


def rows(hotline: Hotline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hotline.floor()["callbacks"]
    return found


def agents_leg(hotline: Hotline, known: set[str]) -> str:
    """The offer: our leg to the agent's phone, once it is there."""
    found: list[str] = []

    def look() -> bool:
        for row in hotline.rig.legs():
            if row["direction"] == "outbound" and f"_{AGENT}" in row["name"] and row["uuid"] not in known:
                found.append(row["uuid"])
        return bool(found)

    hotline.until(look, "the agent's phone is rung", 30)
    return found[0]


def is_asked(rig: Rig, leg: str, times: int = 1) -> None:
    """The agent hears who it is about, for the ``times``-th time."""
    rig.eventually(
        lambda: len(rig.conn.seen("CHANNEL_EXECUTE", Application="play_and_get_digits", **{"Unique-ID": leg})) >= times,
        "the agent is asked",
        30,
    )


def press(rig: Rig, keys: str) -> None:
    """On the agent's phone, which is the other end of our leg."""
    found: list[str] = []

    def look() -> bool:  # the list is written behind: the leg may be asked before its other end is listed
        found[:] = [r["uuid"] for r in rig.legs() if r["direction"] == "inbound" and r["dest"].endswith(f"_{AGENT}")]
        return len(found) == 1

    rig.eventually(look, "the agent's phone is the only one of its number")
    reply = rig.api(f"uuid_send_dtmf {found[0]} {keys}")
    assert reply.startswith("+OK"), reply


def rings(rig: Rig, leg: str) -> None:
    rig.eventually(lambda: rig.exists(leg), "the caller's phone rings")


def talk(hotline: Hotline, call: str, offer: str) -> None:
    """The two talk, the agent hangs up, and all is written down."""
    rig, leg = hotline.rig, callers_leg(offer)
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": leg})
    hotline.until(lambda: [row["state"] for row in rows(hotline)] == ["talking"], "the floor knows of the talk")
    rig.eventually(lambda: len(rig.legs()) == 4, "the two and their telephones, nobody else")
    rig.api(f"uuid_kill {offer}")
    rig.wait("CHANNEL_EXECUTE", 20, Application="play_and_get_digits", **{"Unique-ID": leg})  # the survey
    rig.api(f"uuid_kill {leg}")
    record = hotline.record(leg)
    assert (record["outcome"], record["agent"], record["queue"]) == ("callback_done", "1001", "support")
    channels, seconds = hotline.recording_of(record)
    assert channels == 2
    assert seconds > 0
    assert hotline.record(call)["outcome"] == "callback_done"
    rig.eventually(lambda: not rig.legs(), "nobody is left on the switch")
    hotline.until(lambda: not rows(hotline), "nothing is left on the floor")


def conductor(hotline: Hotline) -> ControllerProcess:
    """The controller that took the try: its name ends with the number of its process."""
    found: list[ControllerProcess] = []

    def look() -> bool:
        names = [str(row["controller"] or "") for row in rows(hotline)]
        found.extend(c for c in hotline.alive() if any(name.endswith(f"-{c.pid}") for name in names))
        return bool(found)

    hotline.until(look, "a controller has taken the try")
    return found[0]


def test_the_agent_first_then_the_caller_and_the_talk_is_recorded(rig: Rig) -> None:
    hotline = opened(rig)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    assert not rig.exists(callers_leg(offer)), "the caller's phone rings only after the agent pressed 1"
    press(rig, "1")
    talk(hotline, call, offer)


def test_a_caller_who_hangs_up_first_leaves_nobody_behind(rig: Rig) -> None:
    hotline = opened(rig)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    press(rig, "1")
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": callers_leg(offer)})
    rig.api(f"uuid_kill {callers_leg(offer)}")
    rig.eventually(lambda: not rig.legs(), "the agent's leg ended with the talk", 5)
    hotline.until(lambda: hotline.floor()["agents"][0]["state"] == "available", "the agent is free")
    assert hotline.record(call)["outcome"] == "callback_done"


def test_an_agent_who_does_not_press_1_has_missed_it(rig: Rig) -> None:
    hotline = opened(rig)
    other, _ = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    hotline.until(lambda: hotline.floor()["agents"][0]["misses"] == 1, "it counts as a miss", 30)
    rig.eventually(lambda: not rig.legs(), "the agent's leg is ended")
    hotline.until(lambda: [(r["state"], r["tries"]) for r in rows(hotline)] == [("waiting", 0)], "no try was used up")


def test_a_caller_who_does_not_answer_rests_and_is_tried_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    can_dial_after(60_000, monkeypatch, rig)
    hotline = opened(rig)
    other, call = booked(hotline)
    known = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    for number in (1, 2):
        offer = agents_leg(hotline, known)
        known.add(offer)
        is_asked(rig, offer)
        press(rig, "1")
        rings(rig, callers_leg(offer))
        if number == 1:
            hotline.until(lambda: [(r["state"], r["tries"]) for r in rows(hotline)] == [("resting", 1)], "it rests", 30)
            hotline.until(lambda: hotline.floor()["agents"][0]["state"] == "available", "the agent is free")
    hotline.until(lambda: not rows(hotline), "it is given up", 30)
    hotline.until(lambda: hotline.record(call)["outcome"] == "callback_failed", "its visit says so")


def test_calling_again_supersedes_the_try(rig: Rig) -> None:
    hotline = opened(rig)
    other, _ = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    anna, call = hotline.caller_in_queue(from_number=ANNA)
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": call})
    hotline.until(lambda: not rows(hotline), "the booking is superseded")
    rig.eventually(lambda: not rig.exists(offer), "the agent's leg of the try is ended")
    anna.hang_up()


def test_killed_while_the_agent_s_phone_rings(rig: Rig) -> None:
    """The answered leg comes to the other controller by the dialplan."""
    hotline = opened(rig, controllers=2, answers_after_ms=4000)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    conductor(hotline).kill()
    is_asked(rig, offer)
    press(rig, "1")
    talk(hotline, call, offer)


def test_killed_while_the_agent_hears_of_it(rig: Rig) -> None:
    hotline = opened(rig, controllers=2)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    hotline.holder_of_a_call().kill()
    is_asked(rig, offer, times=2)
    press(rig, "1")
    talk(hotline, call, offer)


def test_killed_while_the_caller_s_phone_rings(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    can_dial_after(2500, monkeypatch, rig)
    hotline = opened(rig, controllers=2)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    press(rig, "1")
    rings(rig, callers_leg(offer))
    hotline.holder_of_a_call().kill()
    talk(hotline, call, offer)


def test_killed_in_the_talk_which_is_not_cut(rig: Rig) -> None:
    hotline = opened(rig, controllers=2)
    other, call = booked(hotline)
    before = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    offer = agents_leg(hotline, before)
    is_asked(rig, offer)
    holder = hotline.holder_of_a_call()
    press(rig, "1")
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": callers_leg(offer)})
    holder.kill()
    talk(hotline, call, offer)


def test_without_any_controller_the_try_is_void_and_made_again(rig: Rig) -> None:
    hotline = opened(rig, answers_after_ms=4000)
    other, call = booked(hotline)
    known = {row["uuid"] for row in rig.legs()}
    other.hang_up()
    first = agents_leg(hotline, known)
    conductor(hotline).kill()
    rig.eventually(lambda: not rig.exists(first), "nobody stays in an empty room", 30)
    hotline.controllers.append(hotline.start_controller())
    second = agents_leg(hotline, known | {first})
    is_asked(rig, second)
    press(rig, "1")
    talk(hotline, call, second)
