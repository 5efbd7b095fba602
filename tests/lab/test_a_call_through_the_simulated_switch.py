"""One call through the simulated switch, as a controller sees it."""

from __future__ import annotations

import wave
from pathlib import Path

from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab.esl import Controller, Peer


def test_the_caller_is_handed_to_the_controller_hears_a_tone_and_presses_keys(
    switch: SimulatedSwitch, controller: Controller
) -> None:
    caller = switch.call("4001", number="13800001111", name="Zhang San")
    leg = controller.accept()
    assert leg.channel["Caller-Caller-ID-Number"] == "13800001111"
    assert leg.channel["variable_socket_resume"] == "true"
    leg.execute("answer", uuid="a1")
    leg.completed("a1")
    leg.execute("playback", "tone_stream://%(600,0,440)", uuid="p1")
    assert leg.completed("p1").get("Application-Response") == "FILE PLAYED"
    leg.execute("play_and_get_digits", "1 4 2 3000 # silence_stream://300 silence_stream://100 k1 \\d+ 1500", uuid="g1")
    caller.wait_for(lambda c: c.hears_now == "silence_stream://300")
    caller.press("12#")
    done = leg.completed("g1")
    assert done.get("variable_k1") == "12"
    assert done.get("variable_read_result") == "success"
    assert done.get("variable_read_terminator_used") == "#"
    leg.execute("hangup", "NORMAL_CLEARING", uuid="h1")
    caller.wait_for(lambda c: c.is_over)
    assert caller.cause == "NORMAL_CLEARING"


def test_an_agent_is_called_and_bridged_and_the_talk_is_recorded(
    switch: SimulatedSwitch, controller: Controller, watch: Peer, tmp_path: Path
) -> None:
    switch.phone("1001").answers_after(0.5)
    caller = switch.call("4001")
    leg = controller.accept()
    leg.execute("answer", uuid="a1")
    leg.execute("playback", "local_stream://moh", uuid="m1")
    watch.ask("bgapi originate {origination_uuid=agent-1,originate_timeout=5}user/1001 &park()")
    assert watch.event("BACKGROUND_JOB").get("_body") == "+OK agent-1\n"
    watch.ask(
        f"api uuid_setvar_multi {caller.uuid} "
        "socket_resume=false;transfer_after_bridge=callcontrol_resume:XML:callcontrol;RECORD_STEREO=true"
    )
    assert watch.ask(f"api uuid_bridge {caller.uuid} agent-1").text == "+OK agent-1\n"
    watch.event("CHANNEL_BRIDGE")
    assert caller.in_talk_with == "1001"
    assert switch.phone("1001").in_talk_with == caller.channel.caller_number
    path = tmp_path / "talk.wav"
    assert watch.ask(f"api uuid_record {caller.uuid} start {path}").text == "+OK Success\n"
    watch.event("RECORD_START")
    switch.phone("1001").hang_up()
    second = controller.accept()
    assert second.channel["Unique-ID"] == caller.uuid
    assert second.channel["variable_bridge_hangup_cause"] == "NORMAL_CLEARING"
    assert second.channel["variable_last_bridge_to"] == "agent-1"
    watch.ask(f"api uuid_record {caller.uuid} stop {path}")
    watch.event("RECORD_STOP")
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        assert file.getframerate() == 8000
    caller.hang_up()
    watch.event("CHANNEL_HANGUP_COMPLETE", leg=caller.uuid)
