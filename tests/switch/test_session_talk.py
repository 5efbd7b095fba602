"""Hold music and the talk, as the conductor of a caller's call sees them."""

from __future__ import annotations

import re

import gevent
import pytest

from callcontrol.ports.switch import (
    KeyPressed,
    Played,
)
from callcontrol.switch import media
from callcontrol.switch.gate import Refused
from callcontrol.switch.media import SILENCE
from tests.switch.session_story import Story, U


# --- holding ------------------------------------------------------------------------------------------------------------
def test_hold_music_begins_again_until_it_is_stopped(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "SHORTEST_LOOP_S", 0)
    story.call.hold(2, "moh.wav")
    for _ in range(3):
        application, argument, execution = story.executed()
        assert (application, argument) == ("playback", "moh.wav")
        story.starts(execution)
        story.completes(execution)
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    story.completes(execution)
    assert story.next() == Played(2)


def test_a_list_is_played_in_turn_and_again_and_what_is_missing_is_left_out(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "SHORTEST_LOOP_S", 0)
    story.call.hold(2, ["one.wav", "gone.wav", "two.wav"])
    heard = []
    for _ in range(7):
        _, argument, execution = story.executed()
        heard.append(argument)
        story.starts(execution)
        story.completes(execution, "FILE NOT FOUND" if argument == "gone.wav" else "FILE PLAYED")
    assert heard == ["one.wav", "gone.wav", "two.wav", "one.wav", "two.wav", "one.wav", "two.wav"]
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    story.completes(execution)
    assert story.next() == Played(2, ("gone.wav",))


@pytest.mark.parametrize("response", ["FILE NOT FOUND", "FILE PLAYED"])
def test_music_that_is_missing_or_empty_becomes_silence(story: Story, response: str) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.completes(execution, response)
    assert story.executed()[1] == SILENCE


def prepared(story: Story) -> str:
    """Music plays, a talk is prepared; the execution of the music."""
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    return execution


def test_music_is_silent_before_a_talk_is_prepared(story: Story) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.tell("DTMF", DTMF_Digit="1")
    assert story.next() == KeyPressed("1")  # so the beginning was read as well
    before = len(story.peer.all)
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.peer.expect(f"api uuid_setvar {U} socket_resume false")
    assert [said.split()[1] for said in story.peer.all[before:]] == ["uuid_break", "uuid_setvar", "uuid_setvar"]


@pytest.mark.parametrize("response", ["PLAYBACK ERROR", "FILE PLAYED"])
def test_a_hold_that_the_talk_ended_is_neither_told_nor_begun_again(story: Story, response: str) -> None:
    story.completes(prepared(story), response)
    assert story.next(0.05) is None
    assert len([said for said in story.peer.all if "playback\n" in said]) == 1


@pytest.mark.parametrize("first", ["it stops", "the talk is off"])
def test_music_goes_on_when_the_talk_is_off(story: Story, first: str) -> None:
    execution = prepared(story)
    if first == "it stops":
        story.completes(execution)
        gevent.sleep(0.02)
        story.call.remember("socket_resume", "true")
    else:
        story.call.remember("socket_resume", "true")
        story.peer.expect(f"api uuid_setvar {U} socket_resume true")
        story.completes(execution)
    application, argument, again = story.executed()
    assert (application, argument) == ("playback", "moh.wav")
    story.starts(again)
    story.call.stop()
    story.completes(again)
    assert story.next() == Played(2)


def test_music_that_was_to_come_next_is_silent_too_and_plays_when_the_talk_is_off(story: Story) -> None:
    """As when a call overflows: other music, and an agent who is free at once."""
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.call.hold(3, "other.wav")
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.completes(execution)
    assert story.next() == Played(2)
    story.call.remember("note", "said after it")
    story.peer.expect(f"api uuid_setvar {U} note")
    assert len([said for said in story.peer.all if "playback\n" in said]) == 1
    story.call.remember("socket_resume", "true")
    application, argument, again = story.executed()
    assert (application, argument) == ("playback", "other.wav")
    story.starts(again)
    story.call.stop()
    story.completes(again)
    assert story.next() == Played(3)


@pytest.mark.parametrize("stopped", [True, False])
def test_something_else_to_hear_ends_a_hold_that_was_silent(story: Story, stopped: bool) -> None:
    execution = prepared(story)
    if stopped:
        story.completes(execution)
        gevent.sleep(0.02)
    story.call.play(3, ["sorry.wav"])
    if not stopped:
        story.completes(execution)
    assert story.next() == Played(2)
    assert story.executed()[1] == "sorry.wav"


def test_a_hold_that_was_stopped_before_is_told_of_and_stays_stopped(story: Story) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.completes(execution)
    assert story.next() == Played(2)
    story.call.remember("socket_resume", "true")
    story.peer.expect(f"api uuid_setvar {U} socket_resume true")
    assert len([said for said in story.peer.all if "playback\n" in said]) == 1


def test_a_stop_ends_a_hold_that_was_silent(story: Story) -> None:
    story.completes(prepared(story))
    gevent.sleep(0.02)
    story.call.stop()
    assert story.next() == Played(2)


# --- the call itself ----------------------------------------------------------------------------------------------------
def test_a_talk_is_prepared_before_anything_after_it(story: Story) -> None:
    story.call.remember("callcontrol_record", "x-1")
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.call.leave()
    story.peer.expect("exit")
    said = [command for command in story.peer.all if U in command or command == "exit"][-4:]
    assert said == [
        f"api uuid_setvar {U} callcontrol_record x-1",
        f"api uuid_setvar {U} transfer_after_bridge callcontrol_resume:XML:callcontrol",
        f"api uuid_setvar {U} socket_resume false",
        "exit",
    ]


def test_a_talk_that_did_not_come_about_makes_the_call_outlive_us_again(story: Story) -> None:
    story.peer.expect("api uuid_setvar_multi")
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.call.play(1, ["sorry.wav"])
    assert "socket_resume=true" in story.peer.expect("api uuid_setvar_multi")


def test_hostile_values_reach_the_wire_harmless(story: Story) -> None:
    story.call.remember("note", "${system(touch /x/f)}\nevil: 1\r\n\r\n'\"\\")
    said = story.peer.expect(f"api uuid_setvar {U} note")
    assert not re.search(r"[$\n\r{}()'\"\\]", said)
    with pytest.raises(Refused):
        story.call.remember("no${te}", "x")
    with pytest.raises(Refused):
        story.call.hang_up("NO\nCAUSE")
    with pytest.raises(Refused):
        story.call.prepare_talk("a:XML:b c")
