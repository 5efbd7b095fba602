"""A controller is killed with -9 at every moment of a call; the caller goes on, and the agent is not left alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.real_switch.crowd import Crowd
from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Rig
from tests.real_switch.test_a_whole_call import answer_survey

pytestmark = pytest.mark.timeout(240)  # several processes are started and killed, and callers hear prompts to their end


def finish(hotline: Hotline, caller: object, call: str) -> dict[str, object]:
    """From the talk on: the agent hangs up by itself, the caller answers the survey."""
    rig = hotline.rig
    rig.wait("CHANNEL_UNBRIDGE", 30, **{"Unique-ID": call})
    answer_survey(hotline, caller, call, "543")
    caller.gone(20)  # type: ignore[attr-defined]
    record = hotline.record(call)
    assert record["outcome"] == "answered"
    assert len(record["recordings"]) == 1, "recorded once"
    rig.eventually(lambda: not rig.legs(), "nobody is left on the switch")
    return record


def test_killed_while_a_prompt_plays(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=1500)}, controllers=2)
    caller = rig.caller("4001").answered()
    call = hotline.far_end(caller)
    rig.wait("CHANNEL_EXECUTE", 15, Application="playback", **{"Unique-ID": call})
    hotline.holder_of_a_call().kill()
    hotline.is_asked(call)
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    finish(hotline, caller, call)


def test_killed_in_the_menu(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=1500)}, controllers=2)
    caller, call = hotline.caller_in_menu()
    hotline.holder_of_a_call().kill()
    hotline.is_asked(call)
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    finish(hotline, caller, call)


def test_killed_while_two_wait_and_their_order_is_kept(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.tone_phone(440)}, controllers=2)
    busy, busy_call = hotline.caller_in_queue(from_number="13800000001")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": busy_call})
    first, first_call = hotline.caller_in_queue(from_number="13800000002")
    second, second_call = hotline.caller_in_queue(from_number="13800000003")
    hotline.holder_of_a_call().kill()
    in_line = lambda: [  # noqa: E731
        row["call"] for row in sorted(hotline.floor()["calls"], key=lambda r: r["position"] or 0) if row["position"]
    ]
    hotline.until(lambda: in_line() == [first_call, second_call], "both wait, in their order")
    assert first.alive
    assert second.alive
    busy.hang_up()
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": first_call})
    first.hang_up()
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": second_call})
    second.hang_up()
    assert [hotline.record(c)["outcome"] for c in (first_call, second_call)] == ["answered", "answered"]


def test_killed_while_the_agents_phone_rings(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=3000, answers_after_ms=3000)}, controllers=2)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    rig.eventually(lambda: len(rig.legs()) == 4, "the agent's phone is being rung")  # both ends of both calls
    hotline.holder_of_a_call().kill()
    rig.wait("CHANNEL_BRIDGE", 30, **{"Unique-ID": call})
    rig.eventually(lambda: len(rig.legs()) == 4, "the caller and one agent, no empty room")
    finish(hotline, caller, call)


def test_killed_in_the_talk_which_is_not_cut(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=4000)}, controllers=2)
    caller, call = hotline.caller_in_menu()
    holder = hotline.holder_of_a_call()
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    rig.eventually(lambda: not hotline.holds_calls(holder), "the talk was left alone")
    holder.kill()
    record = finish(hotline, caller, call)
    channels, seconds = hotline.recording_of(record)
    assert channels == 2
    assert seconds == pytest.approx(4.0, abs=0.5)


def test_killed_in_the_talk_and_the_caller_hangs_up(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.tone_phone(440)}, controllers=2)
    caller, call = hotline.caller_in_menu()
    holder = hotline.holder_of_a_call()
    caller.press("1")
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    rig.eventually(lambda: not hotline.holds_calls(holder), "the talk was left alone")
    holder.kill()
    caller.hang_up()
    record = hotline.record(call)
    assert record["outcome"] == "answered"
    assert len(record["recordings"]) == 1
    hotline.until(lambda: hotline.floor()["agents"][0]["state"] == "available", "the agent is free again")


def test_killed_in_the_survey(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=1000)}, controllers=2)
    caller, call = hotline.caller_in_menu()
    caller.press("1")
    rig.wait("CHANNEL_UNBRIDGE", 30, **{"Unique-ID": call})
    hotline.is_asked(call)
    caller.press("5")
    hotline.is_asked(call)
    hotline.holder_of_a_call().kill()
    answer_survey(hotline, caller, call, "43")
    caller.gone(20)
    assert hotline.record(call)["survey"] == {"attitude": 5, "speed": 4, "correctness": 3}


def test_with_no_controller_alive_the_dialplan_apologises_and_hangs_up(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.tone_phone(440)})
    caller, call = hotline.caller_in_menu()
    hotline.controllers[0].kill()
    rig.wait("CHANNEL_EXECUTE", 40, Application="pre_answer", **{"Unique-ID": call})
    rig.wait("CHANNEL_EXECUTE", 10, Application="playback", **{"Unique-ID": call})
    assert caller.gone(30) == "NORMAL_TEMPORARY_FAILURE"


def test_redis_stopped_for_ten_seconds_loses_nothing(rig: Rig) -> None:
    hotline = Hotline(rig, {"1001": rig.talking_phone(talk_ms=1500)})
    engine = int((rig.data / "valkey.pid").read_text()) if (rig.data / "valkey.pid").exists() else engine_pid(rig.data)
    caller, call = hotline.caller_in_menu()
    os.kill(engine, signal.SIGSTOP)
    try:
        caller.press("1")  # joins while nobody can be told
        rig.wait("CHANNEL_EXECUTE", 15, Application="playback", **{"Unique-ID": call})
        with pytest.raises(AssertionError):
            rig.wait("CHANNEL_BRIDGE", 10, **{"Unique-ID": call})
        assert caller.alive
    finally:
        os.kill(engine, signal.SIGCONT)
    rig.wait("CHANNEL_BRIDGE", 15, **{"Unique-ID": call})
    finish(hotline, caller, call)


def test_killed_with_fifty_calls_all_are_taken_up_in_their_order(rig: Rig) -> None:
    crowd = Crowd(rig, callers=50)
    taken = crowd.kill_one()
    print(f"{taken.killed_with} of 50 calls: taken up {taken.first_s:.2f} to {taken.last_s:.2f} s after the kill")
    assert taken.alive == 51, "nobody is cut off, not even the talk"
    assert taken.order_kept
    assert taken.killed_with >= 20
    first = crowd.in_line()[0]
    crowd.callers[0].hang_up()  # the one who talks
    rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": first})


def engine_pid(data: Path) -> int:
    """The embedded engine of that data directory."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                directory = os.readlink(entry / "cwd")
            except OSError:
                continue
            if b"valkey-server" in command and (
                str(data) in command.decode(errors="replace") or directory == str(data)
            ):
                return int(entry.name)
    raise AssertionError(f"No engine of {data} runs.")
