"""Callers connected with somebody who is no agent, on the real switch; and a controller killed in each phase."""

from __future__ import annotations

import pytest

from tests.real_switch.rig import Rig
from tests.real_switch.switchboard import Switchboard

pytestmark = pytest.mark.timeout(240)
DESK = "4711"


@pytest.fixture(autouse=True)
def own_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCONTROL_FLOWS_DIR", "")  # so that it is taken back after the test


def rung(rig: Rig) -> str:
    """Our leg to the phone of the tests, which says nothing before it answers."""
    found: list[str] = []

    def look() -> bool:
        found.extend(row["uuid"] for row in rig.legs() if row["direction"] == "outbound" and "tone_" in row["name"])
        return bool(found)

    rig.eventually(look, "the phone is rung", 20)
    return found[0]


def kinds(board: Switchboard, call: str) -> list[str]:
    return [row["kind"] for row in board.story(call) if row["kind"].startswith(("party", "recording", "ended"))]


def test_who_is_dialled_answers_and_hangs_up_and_the_caller_comes_back(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)})
    caller, call = board.dials(DESK)
    leg = board.talks(call)
    rig.eventually(lambda: len(rig.legs()) == 4, "the two and their telephones")
    rig.api(f"uuid_kill {leg}")
    board.is_asked(call)
    caller.press("5")
    caller.gone(20)
    told = kinds(board, call)
    assert [kind for kind in told if not kind.startswith("rec")] == [
        "party_rung",
        "party_began",
        "party_ended",
        "ended",
    ]
    assert [kind for kind in told if kind.startswith("rec")] == ["recording_began", "recording_ended"]
    record = board.record(call)
    channels, seconds = board.recording_of(record)
    assert channels == 2
    assert seconds > 0
    assert not record["outcome"]


def test_a_caller_who_hangs_up_ends_the_other_side(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)})
    caller, call = board.dials(DESK)
    board.talks(call)
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)
    ended = [row["data"]["by"] for row in board.story(call) if row["kind"] in ("party_ended", "ended")]
    assert ended == ["caller", "caller"]


def test_a_caller_who_hangs_up_ends_the_ringing(rig: Rig) -> None:
    phone = rig.silent_phone("2001")
    board = Switchboard(rig, {DESK: phone.contact})
    caller, _ = board.dials(DESK)
    rig.wait("CHANNEL_PROGRESS", 20, **{"Call-Direction": "outbound", "Caller-Destination-Number": "2001"})
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


@pytest.mark.parametrize(
    ("phone", "cause"), [("busy", "USER_BUSY"), ("rejecting", "CALL_REJECTED"), ("silent", "NO_ANSWER")]
)
def test_without_an_answer_the_caller_goes_the_way_of_the_reason(rig: Rig, phone: str, cause: str) -> None:
    step = {"busy": "busy", "rejecting": "rejected", "silent": "no_answer"}[phone]
    contact = getattr(rig, f"{phone}_phone")("2001").contact
    board = Switchboard(rig, {DESK: contact})
    caller, call = board.dials(DESK)
    caller.gone(30)
    story = board.story(call)
    assert next(row["data"]["cause"] for row in story if row["kind"] == "party_failed") == cause
    assert step in [row["data"]["step"] for row in story if row["kind"] == "step"]


def test_what_nobody_allowed_is_not_dialled(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)})
    caller, call = board.dials("0900123456")
    caller.gone(30)
    story = board.story(call)
    assert [row["data"]["cause"] for row in story if row["kind"] == "party_failed"] == ["FORBIDDEN"]
    assert "0900123456" not in str([row for row in story if row["kind"].startswith("party")])


# --- taken by key, handed over for good -------------------------------------------------------------------------------
def is_asked(rig: Rig, leg: str) -> None:
    rig.wait("CHANNEL_EXECUTE", 20, Application="play_and_get_digits", **{"Unique-ID": leg})


def press_there(rig: Rig, keys: str) -> None:
    """On the phone of who was rung."""
    found: list[str] = []

    def look() -> bool:
        found.extend(r["uuid"] for r in rig.legs() if r["direction"] == "inbound" and r["dest"].startswith("tone_"))
        return bool(found)

    rig.eventually(look, "the phone is there", 20)
    reply = rig.api(f"uuid_send_dtmf {found[0]} {keys}")
    assert reply.startswith("+OK"), reply


@pytest.mark.parametrize("way", ["ask", "announce"])
def test_who_picks_up_takes_the_call_by_1(rig: Rig, way: str) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, way=way)
    caller, call = board.dials(DESK)
    leg = rung(rig)
    is_asked(rig, leg)
    assert not rig.conn.seen("CHANNEL_BRIDGE", **{"Unique-ID": call})
    press_there(rig, "1")
    assert board.talks(call) == leg
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


@pytest.mark.parametrize("way", ["ask", "announce"])
def test_who_refuses_by_2_leaves_the_caller_with_the_flow(rig: Rig, way: str) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, way=way)
    caller, call = board.dials(DESK)
    is_asked(rig, rung(rig))
    press_there(rig, "2")
    caller.gone(30)
    assert "rejected" in [row["data"]["step"] for row in board.story(call) if row["kind"] == "step"]
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


def test_a_mailbox_that_presses_nothing_is_nobody(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, way="ask")
    caller, call = board.dials(DESK)
    caller.gone(60)
    assert "no_answer" in [row["data"]["step"] for row in board.story(call) if row["kind"] == "step"]
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


@pytest.mark.parametrize("by", ["party", "caller"])
def test_a_transferred_call_ends_with_the_talk(rig: Rig, by: str) -> None:
    board = Switchboard(rig, {DESK: rig.talking_phone(2500 if by == "party" else 60_000)}, way="transfer")
    caller, call = board.dials(DESK)
    board.talks(call)
    if by == "caller":
        caller.hang_up()
    caller.gone(20)
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)
    story = board.story(call)
    assert [row["data"]["by"] for row in story if row["kind"] in ("party_ended", "ended")] == [by, by]
    assert [row["data"]["final"] for row in story if row["kind"] == "party_began"] == [True]


def test_killed_while_it_is_announced_another_controller_connects_the_two(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, way="announce", controllers=2)
    caller, call = board.dials(DESK)
    leg = rung(rig)
    is_asked(rig, leg)
    holder = board.holder_of_a_call()
    holder.kill()
    other = next(controller for controller in board.controllers if controller is not holder)
    rig.eventually(lambda: board.holds_calls(other), "another controller has the call", 20)
    press_there(rig, "1")
    assert board.talks(call) == leg
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)


# --- a controller is killed -------------------------------------------------------------------------------------------
def test_killed_while_it_rings_another_goes_on_with_the_same_leg(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440, 2500)}, controllers=2)
    caller, call = board.dials(DESK)
    ringing = rung(rig)
    board.holder_of_a_call().kill()
    assert board.talks(call) == ringing
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "nobody is left", 10)
    assert "party_began" in kinds(board, call)


def test_killed_in_the_talk_the_caller_comes_back_to_another(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, controllers=2)
    caller, call = board.dials(DESK)
    leg = board.talks(call)
    first, second = board.controllers
    rig.eventually(lambda: not board.holds_calls(first) and not board.holds_calls(second), "the call was left alone")
    first.kill()
    rig.api(f"uuid_kill {leg}")
    board.is_asked(call)
    caller.press("5")
    caller.gone(20)
    ended = [row["data"] for row in board.story(call) if row["kind"] == "party_ended"]
    assert ended
    assert ended[0]["by"] == "party"
    assert ended[0]["talk_s"] > 0


def test_killed_with_none_left_nobody_stays_in_an_empty_room(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440, 1500)})
    board.dials(DESK)
    rung(rig)
    board.controllers[0].kill()
    rig.eventually(lambda: not rig.legs(), "the answered leg does not stay parked, the caller hears the apology", 40)


def test_a_caller_gone_while_no_controller_was_there_leaves_no_phone_ringing(rig: Rig) -> None:
    phone = rig.silent_phone("2001")
    board = Switchboard(rig, {DESK: phone.contact})
    caller, _ = board.dials(DESK)
    rig.wait("CHANNEL_PROGRESS", 20, **{"Call-Direction": "outbound", "Caller-Destination-Number": "2001"})
    board.controllers[0].kill()
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "it rings no longer than it was told to", 20)


def test_killed_in_the_talk_and_the_caller_hangs_up_the_record_is_complete_all_the_same(rig: Rig) -> None:
    board = Switchboard(rig, {DESK: rig.tone_phone(440)}, controllers=2)
    caller, call = board.dials(DESK)
    holder = board.holder_of_a_call()
    board.talks(call)
    rig.eventually(lambda: not any(board.holds_calls(c) for c in board.controllers), "the call was left alone", 20)
    holder.kill()
    caller.hang_up()
    assert board.record(call, 60)["ended_by"] == "system"
