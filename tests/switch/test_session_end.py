"""The end of a caller's call, told once and last, whatever the socket does."""

from __future__ import annotations

import gevent
import pytest

from callcontrol.ports.switch import (
    HungUp,
    KeyPressed,
    Played,
    SessionClosed,
)
from callcontrol.switch import session as session_module
from tests.switch.peer import DEADLINE_S, event, frames_of
from tests.switch.session_story import Story, U


# --- the end ------------------------------------------------------------------------------------------------------------
def test_a_hang_up_is_told_once_and_nothing_follows(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.tell("CHANNEL_HANGUP", Hangup_Cause="NORMAL_CLEARING")
    story.completes(execution, "PLAYBACK ERROR")
    story.tell("CHANNEL_HANGUP", Hangup_Cause="USER_BUSY")
    assert story.next() == HungUp("NORMAL_CLEARING")
    assert story.next(0.05) is None
    with gevent.Timeout(1, AssertionError("it waits for what can't come")):
        assert story.call.next_event() is None
    assert story.peer.closed.wait(DEADLINE_S)


def test_events_before_the_hang_up_are_told_before_it(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.peer.send(
        event("DTMF", Unique_ID=U, DTMF_Digit="1")
        + event("CHANNEL_EXECUTE_COMPLETE", Unique_ID=U, Application_UUID=execution)
        + event("CHANNEL_HANGUP", Unique_ID=U, Hangup_Cause="NORMAL_CLEARING")
    )
    assert [story.next() for _ in range(3)] == [KeyPressed("1"), Played(1), HungUp("NORMAL_CLEARING")]


NOTICE = b"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n"


def test_a_notice_alone_is_a_hang_up_too(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "CAUSE_WITHIN_S", 0.02)
    story.peer.send(NOTICE)
    assert story.next() == HungUp("NORMAL_UNSPECIFIED")


def test_the_cause_may_come_after_the_notice(story: Story) -> None:
    story.peer.send(NOTICE)
    story.tell("CHANNEL_HANGUP", Hangup_Cause="USER_BUSY")
    assert story.next() == HungUp("USER_BUSY")
    assert story.next() is None


def test_a_prompt_that_the_hang_up_cut_was_not_heard(story: Story) -> None:
    story.call.play(1, ["announcement.wav"])
    *_, execution = story.executed()
    story.completes(execution, "PLAYBACK ERROR", Hangup_Cause="NORMAL_CLEARING")
    assert story.next() == HungUp("NORMAL_CLEARING")


def test_a_socket_that_ends_while_the_call_lives_is_told_as_that(story: Story) -> None:
    story.peer.close()
    assert story.next() == SessionClosed()
    assert story.next() is None
    story.call.play(1, ["a.wav"])  # nothing to do, nothing to raise
    story.call.remember("x", "y")
    story.call.leave()


def test_events_of_other_legs_are_not_ours(story: Story) -> None:
    story.tell("CHANNEL_HANGUP", Unique_ID="another", Hangup_Cause="NORMAL_CLEARING")
    story.tell("DTMF", Unique_ID="another", DTMF_Digit="1")
    assert story.next(0.05) is None


def test_posted_events_stand_in_the_same_line(story: Story) -> None:
    story.call.post("an offer")
    story.tell("DTMF", DTMF_Digit="1")
    assert [story.next(), story.next()] == ["an offer", KeyPressed("1")]


def test_a_caller_who_leans_on_a_key_fills_no_memory(story: Story) -> None:
    for _ in range(500):
        story.tell("DTMF", DTMF_Digit="1")
    story.tell("CHANNEL_HANGUP", Hangup_Cause="NORMAL_CLEARING")
    told = []
    while (one := story.next()) is not None:
        told.append(one)
    assert told[-1] == HungUp("NORMAL_CLEARING")
    assert len(told) <= session_module.MAX_UNREAD_KEYS + 1


def test_a_conductor_that_reads_nothing_loses_the_session_not_the_process(story: Story) -> None:
    for number in range(session_module.MAX_UNREAD + 10):
        story.call.post(number)
    assert story.peer.closed.wait(DEADLINE_S)


@pytest.mark.parametrize("recording", ["ivr-digits", "caller-hangs-up", "cancel-ringing-agent"])
def test_a_recorded_call_ends_as_it_did(recording: str) -> None:
    frames = frames_of(recording, "outbound")
    story = Story()
    story.channel = next(raw for raw in frames if raw.startswith(b"Event-Name: CHANNEL_DATA"))
    story.call.begin()
    story.peer.send(*(raw for raw in frames if b"text/event-json" in raw or b"disconnect-notice" in raw))
    told = []
    while (one := story.next()) is not None:
        told.append(one)
    assert isinstance(told[-1], HungUp)
    assert [one for one in told if isinstance(one, HungUp)] == told[-1:]
    if recording == "ivr-digits":
        assert told[:-1] == [KeyPressed("1"), KeyPressed("2"), KeyPressed("#")]
        assert told[-1] == HungUp("DESTINATION_OUT_OF_ORDER")
