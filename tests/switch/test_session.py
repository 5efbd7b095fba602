"""A caller's call as its conductor sees it, against a peer that tells the story as a switch did (or never would)."""

from __future__ import annotations

import gevent
import pytest

from callcontrol.ports.switch import (
    ConnectionLost,
    KeyPressed,
    KeysEntered,
    Played,
)
from callcontrol.switch import session as session_module
from tests.switch.peer import DEADLINE_S, reply, usual
from tests.switch.session_story import Story, U


# --- the beginning ------------------------------------------------------------------------------------------------------
def test_a_call_is_taken_with_its_data_and_promised_to_go_on(story: Story) -> None:
    call = story.call
    assert (call.uuid, call.node) == (U, "node-1")
    assert (call.caller_number, call.destination) == ("13800001111", "4001")
    assert call.caller_name == "张 伟\nUnique-ID: forged"
    assert call.variable("record") == "abc"
    assert call.variable("empty") == ""
    assert call.variable("nothing") is None
    assert "socket_resume=true" in story.peer.expect("api uuid_setvar_multi")
    assert story.peer.all[:2] == ["connect", "linger 10"]


def test_a_caller_who_left_before_is_a_sentence() -> None:
    story = Story()
    story.channel = reply("-ERR no session")
    with pytest.raises(ConnectionLost, match="before it could be taken"):
        story.call.begin()


def test_a_peer_that_goes_before_its_answer_is_a_sentence() -> None:
    story = Story()
    story.peer.answer_with = None
    greenlet = gevent.spawn(story.call.begin)
    story.peer.expect("connect")
    story.peer.close()
    with pytest.raises(ConnectionLost, match="before it could be taken"):
        greenlet.get(timeout=DEADLINE_S)


def test_a_peer_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "BEGIN_DEADLINE_S", 0.05)
    story = Story()
    story.peer.answer_with = None
    with pytest.raises(ConnectionLost, match="never answered"):
        story.call.begin()
    assert story.peer.closed.wait(DEADLINE_S)


# --- playing ------------------------------------------------------------------------------------------------------------
def test_sounds_are_played_one_after_another_and_missing_ones_are_named(story: Story) -> None:
    story.call.play(3, ["a.wav", "b.wav", "bad name.wav", "c.wav"])
    for name, response in (("a.wav", "FILE PLAYED"), ("b.wav", "FILE NOT FOUND"), ("c.wav", "FILE PLAYED")):
        application, argument, execution = story.executed()
        assert (application, argument) == ("playback", name)
        story.completes(execution, response)
    assert story.next() == Played(3, ("bad name.wav", "b.wav"))


def test_nothing_to_play_is_played_at_once(story: Story) -> None:
    story.call.play(3, [])
    story.call.play(4, ["${x}"])
    assert story.next() == Played(3)
    assert story.next() == Played(4, ("${x}",))


def test_the_completion_of_another_execution_changes_nothing(story: Story) -> None:
    story.call.play(3, ["a.wav"])
    *_, execution = story.executed()
    story.completes("somebody-else")
    story.tell("CHANNEL_EXECUTE_COMPLETE", Application="playback", Application_Response="FILE PLAYED")
    story.tell("CHANNEL_EXECUTE_COMPLETE", Unique_ID="another-leg", Application_UUID=execution)
    assert story.next(0.05) is None
    story.completes(execution)
    assert story.next() == Played(3)


def test_the_next_thing_waits_for_the_end_of_the_present_one(story: Story) -> None:
    story.call.answer()
    story.call.play(1, ["a.wav"])
    application, _, answering = story.executed()
    assert application == "answer"
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "playback\n" in said]
    story.completes(answering, "_none_")
    assert story.executed()[0] == "playback"
    assert not [said for said in story.peer.all if "uuid_break" in said]


def test_a_new_prompt_stops_the_present_one_and_both_are_told(story: Story) -> None:
    story.call.play(1, ["a.wav", "never.wav"])
    *_, first = story.executed()
    story.starts(first)
    story.call.play(2, ["b.wav"])
    story.peer.expect(f"api uuid_break {U}")
    story.completes(first)
    assert story.executed()[1] == "b.wav"
    assert story.next() == Played(1)


def test_what_never_began_is_told_as_well(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    story.call.play(2, ["b.wav"])
    story.call.play(3, ["c.wav"])
    assert story.next() == Played(2)
    *_, first = story.executed()
    story.starts(first)
    story.completes(first)
    assert story.next() == Played(1)
    assert story.executed()[1] == "c.wav"


def test_a_refused_execution_leaves_no_dead_air(story: Story) -> None:
    story.peer.answer_with = lambda command: (
        reply("-ERR invalid session id") if "sendmsg" in command else usual(command)
    )
    story.call.play(5, ["a.wav"])
    assert story.next() == Played(5)


# --- stopping -----------------------------------------------------------------------------------------------------------
def test_a_stop_waits_until_playing_began_because_the_switch_forgets_it_otherwise(story: Story) -> None:
    story.call.play(1, ["a.wav", "b.wav"])
    *_, execution = story.executed()
    story.call.stop()
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "uuid_break" in said]
    story.starts(execution)
    assert story.peer.expect("api uuid_break") == f"api uuid_break {U}"  # never "all": that loses executions
    story.completes(execution)
    assert story.next() == Played(1)


def test_a_stop_that_was_not_heeded_is_said_again_until_it_is(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    for _ in range(3):
        story.peer.expect("api uuid_break")
    story.completes(execution)
    assert story.next() == Played(1)
    before = len(story.peer.all)
    story.call.play(2, ["b.wav"])
    gevent.sleep(0.5)
    assert [said for said in story.peer.all[before:] if "uuid_break" in said] == []


def test_a_stop_of_nothing_says_nothing(story: Story) -> None:
    story.call.stop()
    story.call.play(1, [])
    story.call.stop()
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "uuid_break" in said]


def test_an_ask_is_stopped_by_a_key_that_no_telephone_has(story: Story) -> None:
    _, execution = story.asks()
    story.starts(execution)
    story.call.stop()
    story.peer.expect(f"api uuid_recv_dtmf {U} F")
    story.tell("DTMF", DTMF_Digit="F")
    story.completes(execution, "_none_", variable_read_terminator_used="F")
    assert story.next() == KeysEntered(7, "")


# --- asking -------------------------------------------------------------------------------------------------------------
def test_keys_of_an_ask_come_once_and_not_as_single_keys(story: Story) -> None:
    variable, execution = story.asks()
    for key in "12#":
        story.tell("DTMF", DTMF_Digit=key)
    story.completes(execution, "_none_", **{f"variable_{variable}": "12", "variable_read_terminator_used": "#"})
    assert story.next() == KeysEntered(7, "12", "#")
    story.tell("DTMF", DTMF_Digit="5")
    assert story.next() == KeyPressed("5")


def test_the_keys_do_not_stay_on_the_channel(story: Story) -> None:
    variable, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{variable}": "1234"})
    assert story.peer.expect(f"api uuid_setvar {U} {variable}") == f"api uuid_setvar {U} {variable}"


def test_the_terminator_of_an_earlier_ask_is_not_taken_for_this_ones(story: Story) -> None:
    variable, execution = story.asks()
    story.tell("DTMF", DTMF_Digit="1")
    story.completes(execution, "_none_", **{f"variable_{variable}": "1", "variable_read_terminator_used": "#"})
    assert story.next() == KeysEntered(7, "1", "")


def test_silence_is_empty_keys_though_an_earlier_ask_had_some(story: Story) -> None:
    first, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{first}": "12"})
    assert story.next() == KeysEntered(7, "12")
    second, execution = story.asks()
    assert second != first
    story.completes(execution, "_none_", **{f"variable_{first}": "12", "variable_read_result": "failure"})
    assert story.next() == KeysEntered(7, "")


def test_too_few_keys_are_reported_because_the_flow_decides(story: Story) -> None:
    story.call.ask(1, [], min_keys=6, max_keys=6, timeout_s=0.5, inter_digit_s=0.5, terminators="")
    _, argument, _ = story.executed()
    assert argument.startswith("1 6 1 500 F file_string://silence_stream://20 ")


def test_a_prompt_of_missing_files_still_listens(story: Story) -> None:
    story.call.ask(1, ["a.wav", "${x}"], min_keys=1, max_keys=1, timeout_s=5, inter_digit_s=3, terminators="#")
    assert "file_string://a.wav!silence_stream://20 " in story.executed()[1]


def test_keys_that_are_none_are_dropped(story: Story) -> None:
    variable, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{variable}": "1${x}2\n*"})
    assert story.next() == KeysEntered(7, "12*")
