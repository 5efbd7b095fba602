"""A voice agent on the real switch: context by a header of the INVITE, result and facts by headers of the BYE."""

from __future__ import annotations

import base64
import json

import pytest

from tests.real_switch.rig import Caller, Rig
from tests.real_switch.switchboard import Switchboard

pytestmark = pytest.mark.timeout(240)

BOT = """
[voice_agents.bot]
contact = "CONTACT"
ring_s = 3
most_s = 10
context = ["account"]
facts = ["people"]
"""


@pytest.fixture(autouse=True)
def own_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCONTROL_FLOWS_DIR", "")  # so that it is taken back after the test


def bot(rig: Rig, talks_ms: int) -> str:
    """It hangs up after that time with X-Result: to_agent and X-Facts (outside.xml)."""
    return f"sofia/internal/va_{talks_ms}@127.0.0.1:{rig.switch.outside_port}"


def opened(rig: Rig, contact: str, controllers: int = 1) -> Switchboard:
    return Switchboard(rig, {}, flow="assistant", more=BOT.replace("CONTACT", contact), controllers=controllers)


def steps(board: Switchboard, call: str) -> list[str]:
    return [row["data"]["step"] for row in board.story(call) if row["kind"] == "step"]


def with_bot(board: Switchboard) -> tuple[Caller, str, str]:
    """(caller, call, the leg to the voice agent)"""
    caller, call = board.dials("4711")
    return caller, call, board.talks(call)


def test_it_is_told_the_context_and_its_result_and_facts_come_back(rig: Rig) -> None:
    board = opened(rig, bot(rig, 3000))
    caller, call, _ = with_bot(board)
    found: list[str] = []

    def look() -> bool:
        found.extend(
            row["uuid"] for row in rig.legs() if row["direction"] == "inbound" and row["dest"].startswith("va_")
        )
        return bool(found)

    rig.eventually(look, "the voice agent's end is there", 20)
    sent = rig.variable(found[0], "sip_h_X-Callcontrol-Context")
    assert json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))) == {"account": "4711"}
    assert rig.variable(found[0], "sip_h_X-Callcontrol-Call") == call
    caller.gone(40)
    assert "queue" in steps(board, call)
    ended = next(row["data"] for row in board.story(call) if row["kind"] == "party_ended")
    assert (ended["result"], ended["by"]) == ("to_agent", "party")
    assert not [row for row in board.story(call) if row["kind"] == "trouble"], "the fact that is said was there"


def test_killed_in_the_talk_another_controller_hears_the_result(rig: Rig) -> None:
    board = opened(rig, bot(rig, 4000), controllers=2)
    caller, call, _ = with_bot(board)
    rig.eventually(lambda: not any(board.holds_calls(c) for c in board.controllers), "the call was left alone", 20)
    board.controllers[0].kill()
    caller.gone(40)
    assert "queue" in steps(board, call)


def test_one_that_talks_too_long_is_cut_off_by_the_switch(rig: Rig) -> None:
    board = opened(rig, bot(rig, 90_000))
    caller, call, _ = with_bot(board)
    caller.gone(60)
    assert "late" in steps(board, call)
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


def test_one_that_says_nothing_or_is_not_there(rig: Rig) -> None:
    board = opened(rig, rig.talking_phone(1500))
    caller, call, _ = with_bot(board)
    caller.gone(40)
    assert "silent" in steps(board, call)


def test_one_that_does_not_answer_is_unreachable(rig: Rig) -> None:
    board = opened(rig, rig.silent_phone("2001").contact)
    caller, call = board.dials("4711")
    caller.gone(40)
    assert "unreachable" in steps(board, call)
