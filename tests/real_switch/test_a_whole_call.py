"""The way of a call on a real FreeSWITCH: SIP legs, keys by RFC 2833, a recording with two sides."""

from __future__ import annotations

import pytest

from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Rig

pytestmark = pytest.mark.timeout(240)


def answer_survey(hotline: Hotline, caller: object, call: str, keys: str) -> None:
    for key in keys:
        hotline.is_asked(call)
        caller.press(key)  # type: ignore[attr-defined]


def test_a_caller_reaches_an_agent_is_recorded_and_answers_the_survey(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=2000, answers_after_ms=300)})
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    rig.wait("CHANNEL_UNBRIDGE", 15, **{"Unique-ID": call})
    answer_survey(hotline, caller, call, "543")
    assert caller.gone(20) == "NORMAL_CLEARING"
    record = hotline.record(call)
    assert (record["outcome"], record["agent"], record["queue"]) == ("answered", "1001", "support")
    assert record["survey"] == {"attitude": 5, "speed": 4, "correctness": 3}
    channels, seconds = hotline.recording_of(record)
    assert channels == 2
    assert seconds == pytest.approx(2.0, abs=0.5)


def test_a_caller_for_whom_it_is_true_hears_the_announcement(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.tone_phone(440)}, patience_s=1)
    first, first_call = hotline.caller_in_menu(from_number="13800000001")
    first.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": first_call})
    second, second_call = hotline.caller_in_menu(from_number="13800000002")
    second.press("1")
    second.gone(40)
    assert hotline.record(second_call)["outcome"] == "advised_offpeak"
    assert first.alive
    first.hang_up()
    assert hotline.record(first_call)["outcome"] == "answered"


def test_a_caller_who_leaves_while_the_phone_rings_stops_the_ringing(rig: Rig) -> None:
    phone = rig.silent_phone("1001")
    hotline = Hotline(rig, {"1001": phone.contact})
    caller, call = hotline.caller_in_queue()
    rig.wait("CHANNEL_PROGRESS", 15)
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nothing rings any more")
    assert hotline.record(call)["outcome"] == "abandoned_ringing"
