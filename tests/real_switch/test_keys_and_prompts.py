"""Keys by RFC 2833 and what play_and_get_digits makes of them, in the form in which the product asks."""

from __future__ import annotations

import math
import time
from array import array
from pathlib import Path

from callcontrol.prompts.wav import write_wav
from tests.real_switch import sound
from tests.real_switch.esl import Controlled, Event
from tests.real_switch.rig import Rig

SILENCE = "silence_stream://20"


def ask(
    call: Controlled,
    variable: str,
    *,
    most: int = 4,
    timeout_ms: int = 3000,
    end: str = "#",
    between_ms: int = 800,
    prompt: str = "",
) -> str:
    """As ``callcontrol.switch.commands.ask`` writes it."""
    sounds = f"file_string://{prompt}!{SILENCE}" if prompt else f"file_string://{SILENCE}"
    identity = call.conn.execute(
        "play_and_get_digits", f"1 {most} 1 {timeout_ms} {end} {sounds} {SILENCE} {variable} .* {between_ms}"
    )
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": identity})
    return identity


def keys(event: Event, variable: str) -> tuple[str, str, str]:
    return tuple(event.get(f"variable_{name}", "") for name in (variable, "read_result", "read_terminator_used"))  # type: ignore[return-value]


def test_a_key_of_the_phone_arrives_as_an_event_that_came_by_rtp(rig: Rig) -> None:
    caller, call = rig.taken_call()
    caller.press("7")
    event = call.conn.wait("DTMF")
    assert (event["DTMF-Digit"], event["DTMF-Source"]) == ("7", "RTP")


def test_keys_come_in_the_named_variable_without_the_terminator(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1")
    caller.press("123#")
    assert keys(call.conn.completion(asked), "callcontrol_keys_1") == ("123", "success", "#")


def test_the_greatest_number_of_keys_ends_the_asking_at_once(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", most=1, timeout_ms=8000, between_ms=8000)
    caller.press("2")
    assert keys(call.conn.completion(asked, within_s=3), "callcontrol_keys_1") == ("2", "success", "")


def test_a_caller_who_stops_in_the_middle_is_heard_with_what_was_pressed(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", most=4, timeout_ms=6000, between_ms=1500)
    caller.press("12")
    assert keys(call.conn.completion(asked, within_s=5), "callcontrol_keys_1")[:2] == ("12", "timeout")


def test_silence_is_a_failure_and_leaves_no_variable(rig: Rig) -> None:
    _, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", timeout_ms=600)
    completed = call.conn.completion(asked)
    assert keys(completed, "callcontrol_keys_1") == ("", "failure", "")
    assert "variable_callcontrol_keys_1" not in completed


def test_silence_takes_the_keys_of_an_earlier_asking_out_of_their_variable(rig: Rig) -> None:
    """The product names a new variable for each asking all the same: it costs nothing."""
    caller, call = rig.taken_call()
    first = ask(call, "callcontrol_keys_1", most=1)
    caller.press("5")
    call.conn.completion(first)
    again = call.conn.completion(ask(call, "callcontrol_keys_1", timeout_ms=500))
    assert keys(again, "callcontrol_keys_1")[:2] == ("", "failure")


def test_a_key_cuts_the_prompt(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", most=1, prompt="silence_stream://20000")
    began = time.monotonic()
    caller.press("3")
    assert keys(call.conn.completion(asked), "callcontrol_keys_1")[0] == "3"
    assert time.monotonic() - began < 15


def test_a_prompt_that_is_missing_still_lets_the_caller_press(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", most=1, prompt="/nowhere/menu.wav!/nowhere/else.wav")
    caller.press("9")
    assert keys(call.conn.completion(asked), "callcontrol_keys_1")[:2] == ("9", "success")


def test_keys_pressed_before_an_asking_begins_do_not_count_for_it_but_are_told(rig: Rig) -> None:
    caller, call = rig.taken_call()
    caller.press("4")
    call.conn.wait("DTMF", **{"DTMF-Digit": "4"})
    asked = ask(call, "callcontrol_keys_1", most=1, timeout_ms=600)
    assert keys(call.conn.completion(asked), "callcontrol_keys_1")[:2] == ("", "failure")


def test_an_asking_is_ended_from_outside_by_a_key_that_no_phone_has(rig: Rig) -> None:
    _, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", timeout_ms=20000, end="#F")
    assert rig.api(f"uuid_recv_dtmf {call.uuid} F").startswith("+OK")
    completed = call.conn.completion(asked, within_s=3)
    assert keys(completed, "callcontrol_keys_1")[0] == ""


def test_uuid_break_cuts_the_prompt_of_an_asking_but_not_its_time(rig: Rig) -> None:
    caller, call = rig.taken_call()
    asked = ask(call, "callcontrol_keys_1", most=1, timeout_ms=5000, prompt="silence_stream://15000")
    rig.api(f"uuid_break {call.uuid}")
    caller.press("6")
    assert keys(call.conn.completion(asked, within_s=4), "callcontrol_keys_1")[:2] == ("6", "success")


def test_what_is_played_reaches_a_phone_that_sends_no_audio(rig: Rig) -> None:
    """Needs rtp-timer-name soft; without it the playback never ends."""
    caller, call = rig.taken_call()
    path = caller.listen(rig.switch.recordings / "heard.wav")
    call.conn.run("playback", "tone_stream://%(1500,0,600)")
    rig.stop_recording(caller.uuid, path)
    heard = sound.read(path)
    assert heard.loudness(600) > 20 * max(heard.loudness(900), 1)


def test_the_caller_s_state_can_be_written_while_something_plays(rig: Rig) -> None:
    _, call = rig.taken_call()
    playing = call.conn.execute("playback", "silence_stream://60000")
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": playing})
    assert call.conn.api(f"uuid_setvar {call.uuid} callcontrol_record abc").startswith("+OK")
    assert rig.variable(call.uuid, "callcontrol_record") == "abc"
    assert not call.conn.seen("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": playing})


def test_a_sound_at_the_rate_of_the_call_comes_before_the_others_of_its_name(rig: Rig, tmp_path: Path) -> None:
    """Recordings of prompts are kept at 8 and 16 kHz: ``prompts.recordings``."""
    for folder, rate, hertz in (("", 8000, 1300), ("8000", 8000, 500), ("16000", 16_000, 900)):
        samples = array("h", (round(8000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(rate)))
        write_wav(tmp_path / folder / "goodbye.wav", samples, rate)
    caller, call = rig.taken_call()
    path = caller.listen(rig.switch.recordings / "heard_at_its_rate.wav")
    call.conn.run("playback", str(tmp_path / "goodbye.wav"))
    rig.stop_recording(caller.uuid, path)
    heard = sound.read(path)
    assert heard.loudness(500) > 20 * max(heard.loudness(900), heard.loudness(1300), 1)
