"""What the switch does with a call that a controller holds, and with one whose controller is gone."""

from __future__ import annotations

import time

import pytest

from tests.real_switch.rig import Rig

LONG = "silence_stream://60000"


def test_hosts_of_one_action_are_tried_in_turn(rig: Rig) -> None:
    listener = rig.controller()
    rig.caller("two_hosts", profile="outside")
    assert listener.take().data["Channel-Destination-Number"] == "two_hosts"


def test_a_socket_that_nobody_takes_lets_the_dialplan_go_on(rig: Rig) -> None:
    rig.caller("prepared", profile="outside")
    marked = rig.wait("CHANNEL_EXECUTE", Application="set", **{"Application-Data": "went_on=true"})
    assert marked["variable_socket_resume"] == "true"


def test_the_connect_reply_holds_the_whole_channel_url_encoded(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller("4001", name="王 & Co 5%25")
    call = listener.take_raw()
    head = call.conn.ask("connect").head
    assert head["Unique-ID"]
    assert head["variable_sip_h_X-Rig"] == caller.uuid
    assert head["variable_current_application_data"].startswith("127.0.0.1%3A")
    assert len(head) > 100
    assert head["Caller-Caller-ID-Name"] == "%E7%8E%8B%20%26%20Co%205%25"


def test_a_socket_that_is_cut_stops_the_playback_and_hands_the_call_to_the_next_action(rig: Rig) -> None:
    caller, call = rig.taken_call()
    call.conn.run("set", "callcontrol_record=where-we-stood")
    playing = call.conn.execute("playback", LONG)
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": playing})
    call.conn.cut()
    began = time.monotonic()
    again = rig.taken_by_next()
    assert time.monotonic() - began < 15
    assert again.uuid == call.uuid
    assert again.variable("callcontrol_record") == "where-we-stood"
    assert again.data["Answer-State"] == "answered"
    completed = rig.conn.completion(playing)
    assert completed["Unique-ID"] == call.uuid
    assert caller.alive


def test_what_plays_in_a_call_that_is_not_prepared_plays_on_without_a_controller_and_only_then_the_dialplan_goes_on(
    rig: Rig,
) -> None:
    listener = rig.controller()
    caller = rig.caller("unprepared", profile="outside")
    call = listener.take()
    call.conn.run("answer")
    playing = call.conn.execute("playback", "silence_stream://2500")
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": playing})
    call.conn.cut()
    assert listener.nobody_comes(for_s=1.0)
    assert caller.alive
    assert not rig.conn.seen("CHANNEL_EXECUTE", **{"Application-Data": "went_on=true"})
    rig.wait("CHANNEL_EXECUTE", **{"Application-Data": "went_on=true"})
    assert rig.conn.completion(playing)["Application-Response"] == "FILE PLAYED"


def test_an_idle_call_that_is_not_prepared_goes_on_in_the_dialplan_all_the_same(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller("unprepared", profile="outside")
    call = listener.take()
    call.conn.run("answer")
    call.conn.cut()
    rig.wait("CHANNEL_EXECUTE", **{"Application-Data": "went_on=true"})
    assert caller.alive


def test_a_controller_that_says_exit_before_the_end_sends_the_call_to_the_next_action(rig: Rig) -> None:
    _, call = rig.taken_call()
    call.conn.send("exit")
    assert rig.taken_by_next().uuid == call.uuid


def test_the_switch_waits_for_ever_for_a_controller_that_accepts_and_says_nothing(rig: Rig) -> None:
    listener = rig.controller()
    rig.caller()
    silent = listener.take_raw()
    assert listener.nobody_comes(for_s=2.0)
    silent.conn.cut()
    listener.take()


def test_a_state_of_eight_kilobytes_travels_with_the_call(rig: Rig) -> None:
    _, call = rig.taken_call()
    state = "aB3-_" * 1600
    assert rig.api(f"uuid_setvar {call.uuid} callcontrol_record {state}") == "+OK"
    call.conn.cut()
    assert rig.taken_by_next().variable("callcontrol_record") == state


# --- the talk ----------------------------------------------------------------------------------------------------------
def test_a_talk_that_was_not_prepared_is_cut_with_its_controller(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(800))
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("+OK")
    rig.wait("CHANNEL_BRIDGE")
    call.conn.cut()
    rig.wait("CHANNEL_HANGUP", **{"Unique-ID": leg})
    assert caller.alive
    assert rig.taken_by_next().uuid == call.uuid


def test_an_agent_who_hangs_up_in_the_moment_of_the_bridge_leaves_the_caller_to_the_next_controller(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(800))
    prepare(rig, call.uuid)
    call.conn.send("exit")
    rig.conn.send(f"api uuid_bridge {call.uuid} {leg}\n\napi uuid_kill {leg}")
    assert rig.taken_by_next().uuid == call.uuid
    assert caller.alive


@pytest.mark.parametrize("how", ["dies", "says exit"])
def test_the_talk_survives_the_controller_when_prepared_and_the_caller_comes_back_after_it(rig: Rig, how: str) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(800))
    prepare(rig, call.uuid)
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("+OK")
    rig.wait("CHANNEL_BRIDGE")
    if how == "dies":
        call.conn.cut()
    else:
        call.conn.send("exit")
    assert rig.controllers[0].nobody_comes(for_s=1.0)
    assert rig.exists(leg)
    assert caller.alive
    rig.api(f"uuid_kill {leg} NORMAL_CLEARING")
    back = rig.taken_by_next()
    assert back.uuid == call.uuid
    assert back.data["Channel-Destination-Number"] == "callcontrol_resume"
    assert back.variable("last_bridge_to") == leg
    assert back.variable("bridge_hangup_cause") == "NORMAL_CLEARING"
    assert back.variable("socket_resume") == "true", "the extension makes the call safe again"
    assert back.variable("callcontrol_entry") == "4001"


def test_a_caller_who_hangs_up_in_a_prepared_talk_ends_both_legs_and_comes_back_nowhere(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(800))
    prepare(rig, call.uuid)
    rig.api(f"uuid_bridge {call.uuid} {leg}")
    rig.wait("CHANNEL_BRIDGE")
    call.conn.send("exit")
    caller.hang_up()
    rig.wait("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg})
    assert rig.controllers[0].nobody_comes(for_s=0.5)


def test_the_first_socket_stays_open_and_hears_the_call_beside_the_second(rig: Rig) -> None:
    _, call = rig.taken_call()
    leg = rig.answered_leg(rig.tone_phone(800))
    prepare(rig, call.uuid)
    rig.api(f"uuid_bridge {call.uuid} {leg}")
    rig.wait("CHANNEL_BRIDGE")
    rig.api(f"uuid_kill {leg}")
    second = rig.taken_by_next()
    played = second.conn.execute("playback", "silence_stream://200")
    second.conn.completion(played)
    call.conn.completion(played)


def prepare(rig: Rig, uuid: str) -> None:
    assert rig.api(f"uuid_setvar {uuid} socket_resume false") == "+OK"
    assert rig.api(f"uuid_setvar {uuid} transfer_after_bridge callcontrol_resume:XML:callcontrol") == "+OK"


# --- executing ---------------------------------------------------------------------------------------------------------
def test_an_execution_comes_back_with_the_identity_that_it_was_given(rig: Rig) -> None:
    _, call = rig.taken_call()
    identity = call.conn.execute("playback", "silence_stream://100")
    assert call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": identity})["Application"] == "playback"
    assert call.conn.completion(identity)["Application-Response"] == "FILE PLAYED"


def test_a_second_execution_runs_inside_the_first_and_completes_first(rig: Rig) -> None:
    _, call = rig.taken_call()
    first = call.conn.execute("playback", "silence_stream://1200")
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": first})
    second = call.conn.execute("playback", "silence_stream://300")
    call.conn.completion(first)
    assert completions(call.conn.events) == [second, first]


def test_with_event_lock_the_second_execution_waits_for_the_first(rig: Rig) -> None:
    _, call = rig.taken_call()
    first = call.conn.execute("playback", "silence_stream://600", lock=True)
    second = call.conn.execute("playback", "silence_stream://100", lock=True)
    call.conn.completion(second)
    assert completions(call.conn.events) == [first, second]


def completions(events: list[dict[str, str]]) -> list[str]:
    return [
        e["Application-UUID"]
        for e in events
        if e["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE" and e.get("Application") == "playback"
    ]


def test_an_unknown_application_is_accepted_and_then_ends_the_call(rig: Rig) -> None:
    caller, call = rig.taken_call()
    call.conn.execute("no_such_application")
    assert call.conn.wait("CHANNEL_HANGUP")["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"
    assert caller.gone() == "DESTINATION_OUT_OF_ORDER"


def test_a_missing_sound_file_completes_at_once_and_the_call_goes_on(rig: Rig) -> None:
    caller, call = rig.taken_call()
    began = time.monotonic()
    assert call.conn.run("playback", "/nowhere/welcome.wav")["Application-Response"] == "FILE NOT FOUND"
    assert time.monotonic() - began < 15
    assert caller.alive


def test_uuid_break_ends_a_playback_whose_completion_says_so(rig: Rig) -> None:
    _, call = rig.taken_call()
    identity = call.conn.execute("playback", LONG)
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": identity})
    assert rig.api(f"uuid_break {call.uuid}").startswith("+OK")
    assert call.conn.completion(identity)["Application-Response"] == "FILE PLAYED"


def test_uuid_break_all_throws_away_what_waits_to_be_executed(rig: Rig) -> None:
    _, call = rig.taken_call()
    first = call.conn.execute("playback", LONG, lock=True)
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": first})
    second = call.conn.execute("set", "later=true", lock=True)
    rig.api(f"uuid_break {call.uuid} all")
    call.conn.completion(first)
    call.conn.run("set", "marker=1")
    assert not call.conn.seen("CHANNEL_EXECUTE", **{"Application-UUID": second})


def test_linger_keeps_the_socket_until_the_last_events_have_arrived(rig: Rig) -> None:
    caller, call = rig.taken_call()
    caller.hang_up()
    call.conn.wait_notice("linger")
    assert call.conn.wait("CHANNEL_HANGUP")["Hangup-Cause"] == "NORMAL_CLEARING"
    call.conn.wait("CHANNEL_HANGUP_COMPLETE")
    assert not call.conn.closed
    call.conn.wait_closed(within_s=9)


def test_without_linger_the_socket_closes_with_the_call(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller()
    call = listener.take(events=False)
    call.conn.run_blind("answer")
    caller.answered().hang_up()
    call.conn.wait_closed(within_s=3)


def test_a_command_for_a_call_that_is_gone_fails_with_a_reply(rig: Rig) -> None:
    _, call = rig.taken_call()
    call.conn.execute("hangup")
    call.conn.wait("CHANNEL_HANGUP_COMPLETE")
    assert rig.api(f"uuid_setvar {call.uuid} a b").startswith("-ERR")
    assert rig.api(f"uuid_break {call.uuid}").startswith("-ERR")
    never = call.conn.execute("playback", LONG)  # "+OK" on the lingering socket, and then nothing: no completion ever
    call.conn.wait_closed(within_s=9)
    assert not call.conn.seen("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": never})
