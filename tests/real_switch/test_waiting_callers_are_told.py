"""Position in the line, on the real switch: heard between the music, and cut by an offer."""

from __future__ import annotations

import pytest

from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Rig

pytestmark = pytest.mark.timeout(240)

SPOKEN = "spoken = { position = true, estimate = true, every_s = 5 }"


def heard(rig: Rig, call: str, piece: str) -> bool:
    """Whether the switch began to play a file of that prompt to the call."""
    return any(
        f"/{piece}-" in event.get("Application-Data", "")
        for event in rig.conn.seen("CHANNEL_EXECUTE", **{"Unique-ID": call})
    )


def test_a_waiting_caller_hears_the_place_and_an_offer_cuts_it(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.tone_phone(440)}, support=SPOKEN)
    first, first_call = hotline.caller_in_menu(from_number="13800000001")
    first.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": first_call})
    second, second_call = hotline.caller_in_queue(from_number="13800000002")
    rig.eventually(lambda: heard(rig, second_call, "wait.next"), "the caller hears the place in the line", 20)
    first.hang_up()
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": second_call})
    second.hang_up()
    assert hotline.record(second_call)["outcome"] == "answered"
