"""Callers in a conference on the real switch, which needs no controller; each comes back to the flow."""

from __future__ import annotations

import json

import pytest

from tests.real_switch.rig import Caller, Rig
from tests.real_switch.switchboard import Switchboard

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(autouse=True)
def own_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCONTROL_FLOWS_DIR", "")  # so that it is taken back after the test


def members(rig: Rig) -> int:
    rooms = json.loads(rig.api("conference json_list"))
    return sum(int(room["member_count"]) for room in rooms if room["conference_name"] == "weekly")


def comes(board: Switchboard) -> tuple[Caller, str]:
    caller = board.rig.caller("4001").answered()
    return caller, board.far_end(caller)


def in_room(rig: Rig, number: int) -> None:
    rig.eventually(lambda: members(rig) == number, f"{number} are in the room", 20)


def how(board: Switchboard, call: str) -> list[str]:
    return [row["data"]["how"] for row in board.story(call) if row["kind"] == "conference_left"]


def test_two_hear_each_other_and_who_leaves_by_a_key_goes_on_with_the_flow(rig: Rig) -> None:
    board = Switchboard(rig, {}, meeting="most = 2")
    anna, call = comes(board)
    in_room(rig, 1)
    ben, other = comes(board)
    in_room(rig, 2)
    third, refused = comes(board)
    third.gone(30)
    assert how(board, refused) == ["full"]
    anna.press("#")
    board.is_asked(call)
    in_room(rig, 1)
    ben.press("*")
    board.is_asked(other)
    anna.press("5")
    anna.gone(20)
    ben.hang_up()
    assert (how(board, call), how(board, other)) == (["left"], ["left"])
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


def test_a_conference_that_is_ended_or_locked(rig: Rig) -> None:
    board = Switchboard(rig, {}, meeting="most = 0")
    anna, call = comes(board)
    in_room(rig, 1)
    rig.api("conference weekly lock")
    ben, other = comes(board)
    ben.gone(30)
    assert how(board, other) == ["locked"]
    rig.api("conference weekly kick all")
    anna.gone(30)
    assert how(board, call) == ["ended"]


def test_a_caller_who_hangs_up_in_it_is_told(rig: Rig) -> None:
    board = Switchboard(rig, {}, meeting="listens = true")
    anna, call = comes(board)
    in_room(rig, 1)
    assert "hear" in rig.api("conference weekly list")
    assert "speak" not in rig.api("conference weekly list")
    anna.hang_up()
    assert how(board, call) == ["hung_up"]
    assert board.record(call)["ended_by"] == "caller"


def test_it_goes_on_without_any_controller_and_gives_its_callers_to_the_next(rig: Rig) -> None:
    board = Switchboard(rig, {}, meeting="most = 0")
    anna, call = comes(board)
    in_room(rig, 1)
    board.controllers[0].kill()
    assert members(rig) == 1
    board.controllers.append(board.start_controller())
    in_room(rig, 1)
    anna.press("#")
    board.is_asked(call)
    anna.press("5")
    anna.gone(20)
    assert how(board, call) == ["left"]
