"""Recordings of talks: on the agent's leg, from the bridge to its end, without any controller."""

from __future__ import annotations

import time
from pathlib import Path

from tests.real_switch import sound
from tests.real_switch.esl import Controlled
from tests.real_switch.rig import Caller, Rig

CALLER_HZ, AGENT_HZ = 440, 1000
CALLER, AGENT = 0, 1


def leg_variables(path: Path) -> str:
    """As ``callcontrol.calls.offer`` gives them to the agent's leg."""
    return (
        "RECORD_STEREO=true,RECORD_STEREO_SWAP=true,RECORD_BRIDGE_REQ=true,RECORD_MIN_SEC=0,"
        f"execute_on_answer='record_session {path}'"
    )


def talk(rig: Rig, path: Path, *, music: bool = False) -> tuple[Caller, Controlled, str]:
    """A talk in which caller and agent each send a tone of their own."""
    caller, call = rig.taken_call()
    caller.speak(CALLER_HZ)
    if music:
        playing = call.conn.execute("playback", "tone_stream://%(600000,0,700)")
        call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": playing})
    leg = rig.answered_leg(rig.tone_phone(AGENT_HZ), variables=leg_variables(path))
    rig.api(f"uuid_setvar {call.uuid} socket_resume false")
    rig.api(f"uuid_setvar {call.uuid} transfer_after_bridge callcontrol_resume:XML:callcontrol")
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("+OK")
    rig.wait("CHANNEL_BRIDGE")
    return caller, call, leg


def ended(rig: Rig, path: Path) -> sound.Recording:
    rig.wait("RECORD_STOP", **{"Record-File-Path": str(path)})
    return sound.read(path)


def test_a_recording_on_the_agent_s_leg_has_the_caller_left_and_the_agent_right(rig: Rig) -> None:
    path = rig.switch.recordings / "sides.wav"
    _, _, leg = talk(rig, path)
    time.sleep(1.5)
    rig.api(f"uuid_kill {leg}")
    recording = ended(rig, path)
    assert len(recording.channels) == 2
    for channel, own, other in ((CALLER, CALLER_HZ, AGENT_HZ), (AGENT, AGENT_HZ, CALLER_HZ)):
        assert recording.loudness(own, channel) > 500, (channel, own)
        assert recording.loudness(own, channel) > 20 * recording.loudness(other, channel), (channel, other)


def test_it_begins_with_the_bridge_and_ends_with_the_talk(rig: Rig) -> None:
    path = rig.switch.recordings / "length.wav"
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(AGENT_HZ), variables=leg_variables(path))
    time.sleep(1.0)  # parked: nothing of this may be recorded
    rig.api(f"uuid_bridge {call.uuid} {leg}")
    bridged = rig.wait("CHANNEL_BRIDGE")
    time.sleep(2.0)
    caller.hang_up()
    over = rig.wait("CHANNEL_HANGUP", **{"Unique-ID": leg})
    talk_s = (int(over["Event-Date-Timestamp"]) - int(bridged["Event-Date-Timestamp"])) / 1e6
    assert abs(ended(rig, path).seconds - talk_s) < 0.3


def test_it_goes_on_without_the_controller_and_needs_nobody_to_stop_it(rig: Rig) -> None:
    path = rig.switch.recordings / "alone.wav"
    _, call, leg = talk(rig, path)
    call.conn.cut()
    time.sleep(1.5)
    rig.api(f"uuid_kill {leg}")
    recording = ended(rig, path)
    assert recording.loudness(AGENT_HZ, AGENT, from_s=0.7) > 500
    again = rig.taken_by_next()
    again.conn.run("playback", "silence_stream://500")
    assert sound.read(path).seconds == recording.seconds, "nothing of the flow after the talk is recorded"


def test_a_recording_that_stops_tells_where_it_is_and_how_long(rig: Rig) -> None:
    path = rig.switch.recordings / "told.wav"
    _, _, leg = talk(rig, path)
    started = rig.wait("RECORD_START", **{"Unique-ID": leg})
    assert started["Record-File-Path"] == str(path)
    time.sleep(1.0)
    rig.api(f"uuid_kill {leg}")
    stopped = rig.wait("RECORD_STOP", **{"Unique-ID": leg})
    told = int(stopped["variable_record_ms"]) / 1000
    assert abs(told - sound.read(path).seconds) < 0.1, {k: v for k, v in stopped.items() if "ecord" in k}


def test_masked_time_is_silence_of_the_right_length(rig: Rig) -> None:
    path = rig.switch.recordings / "masked.wav"
    _, _, leg = talk(rig, path)
    time.sleep(1.0)
    assert rig.api(f"uuid_record {leg} mask {path}").startswith("+OK")
    time.sleep(1.0)
    assert rig.api(f"uuid_record {leg} unmask {path}").startswith("+OK")
    time.sleep(1.0)
    rig.api(f"uuid_kill {leg}")
    recording = ended(rig, path)
    assert 2.7 < recording.seconds < 3.6
    for channel, hertz in ((CALLER, CALLER_HZ), (AGENT, AGENT_HZ)):
        assert recording.silent(channel, 1.3, 1.8), channel
        assert recording.loudness(hertz, channel, 0.4, 0.9) > 500, channel
        assert recording.loudness(hertz, channel, 2.3, 2.8) > 500, channel


def test_a_directory_that_is_not_there_is_made(rig: Rig) -> None:
    path = rig.switch.recordings / "ab" / "cd" / "deep.wav"
    _, _, leg = talk(rig, path)
    time.sleep(0.5)
    rig.api(f"uuid_kill {leg}")
    assert ended(rig, path).seconds > 0.2


def test_a_path_that_cannot_be_written_costs_the_recording_and_not_the_talk(rig: Rig) -> None:
    path = Path("/proc/nobody/can/write.wav")
    caller, _, leg = talk(rig, path)
    time.sleep(0.5)
    assert caller.alive
    assert rig.exists(leg)


def test_a_recording_on_the_caller_s_leg_goes_on_when_the_talk_is_over(rig: Rig) -> None:
    """Why the product records on the agent's."""
    path = rig.switch.recordings / "caller.wav"
    _, call, leg = talk(rig, rig.switch.recordings / "agent.wav")
    assert rig.api(f"uuid_record {call.uuid} start {path}").startswith("+OK")
    rig.api(f"uuid_kill {leg}")
    again = rig.taken_by_next()
    again.conn.run("playback", "silence_stream://500")
    assert not rig.conn.seen("RECORD_STOP", **{"Record-File-Path": str(path)})
    rig.stop_recording(call.uuid, path)
