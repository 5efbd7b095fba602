"""Smaller habits of the switch that ``callcontrol.switch`` counts on."""

from __future__ import annotations

import json
import time

from tests.real_switch.rig import Rig

TONE = "tone_stream://%(600000,0,400)"


def test_a_key_stops_a_playback_unless_the_call_says_otherwise(rig: Rig) -> None:
    """``playback_terminators=none``; by default ``*`` is one."""
    caller, call = rig.taken_call()
    stopped = call.conn.execute("playback", TONE)
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": stopped})
    caller.press("*")
    call.conn.completion(stopped)
    assert rig.api(f"uuid_setvar_multi {call.uuid} socket_resume=true;playback_terminators=none") == "+OK"
    goes_on = call.conn.execute("playback", "silence_stream://4000")
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": goes_on})
    began = time.monotonic()
    caller.press("*")
    call.conn.completion(goes_on)
    assert time.monotonic() - began > 1.5


def test_several_variables_are_set_by_one_command(rig: Rig) -> None:
    _, call = rig.taken_call()
    rig.api(f"uuid_setvar_multi {call.uuid} one=1;two=2")
    assert (rig.variable(call.uuid, "one"), rig.variable(call.uuid, "two")) == ("1", "2")


def test_a_variable_set_to_nothing_is_gone(rig: Rig) -> None:
    _, call = rig.taken_call()
    rig.api(f"uuid_setvar {call.uuid} short_lived yes")
    assert rig.variable(call.uuid, "short_lived") == "yes"
    rig.api(f"uuid_setvar {call.uuid} short_lived")
    assert rig.variable(call.uuid, "short_lived") == "_undef_"


def test_a_session_hears_only_what_was_not_taken_out_of_its_events(rig: Rig) -> None:
    caller, call = rig.taken_call()
    assert (
        call.conn.ask("nixevent CHANNEL_STATE CHANNEL_CALLSTATE PLAYBACK_START PLAYBACK_STOP")
        .head["Reply-Text"]
        .startswith("+OK")
    )
    before = len(call.conn.events)
    call.conn.run("playback", "silence_stream://100")
    caller.press("1")
    call.conn.wait("DTMF")
    caller.hang_up()
    call.conn.wait("CHANNEL_HANGUP")
    heard = {event["Event-Name"] for event in call.conn.events[before:]}
    assert {"CHANNEL_EXECUTE_COMPLETE", "DTMF", "CHANNEL_HANGUP"} <= heard
    assert not heard & {"CHANNEL_STATE", "CHANNEL_CALLSTATE", "PLAYBACK_START", "PLAYBACK_STOP"}


def test_a_session_hears_nothing_of_other_calls(rig: Rig) -> None:
    _, call = rig.taken_call()
    other_caller, other = rig.taken_call()
    other.conn.run("playback", "silence_stream://100")
    other_caller.hang_up()
    other.conn.wait("CHANNEL_HANGUP")
    assert {event["Unique-ID"] for event in call.conn.events} == {call.uuid}


def test_a_channel_is_told_whole_as_json(rig: Rig) -> None:
    _, call = rig.taken_call()
    told = json.loads(rig.api(f"uuid_dump {call.uuid} json"))
    assert told["Unique-ID"] == call.uuid
    assert told["variable_callcontrol_entry"] == "4001"


def test_events_of_the_switch_carry_a_number_that_grows(rig: Rig) -> None:
    _, call = rig.taken_call()
    call.conn.run("playback", "silence_stream://100")
    numbers = [int(event["Event-Sequence"]) for event in rig.conn.events]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) - min(numbers) < 10 * len(numbers) + 1000


def test_music_keeps_a_call_that_was_prepared_for_a_talk_from_the_next_controller(rig: Rig) -> None:
    """Why music is stopped before a talk is prepared: a controller that dies in between would leave the caller to it."""
    _, call = rig.taken_call()
    music = call.conn.execute("playback", TONE)
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": music})
    rig.api(f"uuid_setvar {call.uuid} socket_resume false")
    call.conn.cut()
    assert rig.controllers[0].nobody_comes(for_s=1.5)
    rig.api(f"uuid_break {call.uuid}")
    assert rig.taken_by_next().uuid == call.uuid


def test_forty_calls_of_a_controller_that_is_killed_are_all_handed_over_at_once(rig: Rig) -> None:
    dying = rig.controller()
    callers = [rig.caller() for _ in range(40)]
    held = []
    for _ in callers:
        call = dying.take()
        call.conn.run("answer")
        rig.api(f"uuid_setvar {call.uuid} callcontrol_record state-of-{call.uuid}")
        held.append(call.uuid)
    for caller in callers:
        caller.answered()
    heir = rig.controller()
    began = time.monotonic()
    dying.die()
    taken = [heir.take() for _ in callers]
    took_s = time.monotonic() - began
    assert {call.uuid for call in taken} == set(held)
    assert all(call.variable("callcontrol_record") == f"state-of-{call.uuid}" for call in taken)
    assert all(caller.alive for caller in callers)
    assert took_s < 10, "nobody measures here; but it is no matter of minutes"
