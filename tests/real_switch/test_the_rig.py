"""The rig itself: what later tests stand on."""

from __future__ import annotations

import time
from pathlib import Path

from tests.real_switch import sound
from tests.real_switch.rig import Rig


def test_a_real_controller_takes_and_answers_a_call(rig: Rig) -> None:
    rig.run_controller()
    caller = rig.caller().answered()
    rig.wait("CHANNEL_EXECUTE", Application="play_and_get_digits", within_s=20)
    assert caller.alive


def test_two_real_controllers_share_the_port_and_one_may_be_killed(rig: Rig) -> None:
    controllers = [rig.run_controller(), rig.run_controller()]
    callers = [rig.caller().answered() for _ in range(4)]
    controllers[0].kill()
    rig.caller().answered()
    assert all(caller.alive for caller in callers)


def test_a_caller_talks_to_an_agent_and_the_talk_is_recorded(rig: Rig) -> None:
    phone = rig.phone("1001", answers_after_s=0.2)
    rig.run_controller(rig.configuration({"1001": phone.contact}))
    rig.callcontrol("agents", "login", "1001")
    caller = rig.caller().answered()
    caller.speak(440)
    rig.wait("CHANNEL_EXECUTE", Application="play_and_get_digits", within_s=10)
    caller.press("1")
    bridged = rig.wait("CHANNEL_BRIDGE", within_s=15)
    time.sleep(2.0)
    caller.hang_up()
    stopped = rig.wait("RECORD_STOP")
    recording = sound.read(Path(stopped["Record-File-Path"]))
    assert len(recording.channels) == 2
    assert 1.5 < recording.seconds < 3.0
    assert recording.loudness(440, 0) > 500
    assert bridged["Unique-ID"]
    rig.eventually(lambda: [c["outcome"] for c in rig.calls()] == ["answered"], "the record says answered", within_s=15)
