"""A message as the switch is told of it: beep, recording, what ends it, what another controller finds, what comes instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from callcontrol.ports.switch import Recorded
from callcontrol.switch.message import BEEP, BEGUN
from tests.switch.peer import answer
from tests.switch.session_story import Story

PATH = "/rec/messages/m1/m1.wav"
Made = Callable[..., Story]


class Refusing(Story):
    """Answers no to what begins so."""

    no = "nothing"

    def _answer(self, command: str) -> bytes | None:
        if self.no in command:
            return answer("-ERR Cannot do that!\n")
        return super()._answer(command)


@pytest.fixture
def made() -> Iterator[Made]:
    stories: list[Story] = []

    def make(no: str = "nothing", **variables: str) -> Story:
        story = Refusing(**variables)
        story.no = no
        stories.append(story)
        story.call.begin()
        return story

    yield make
    for story in stories:
        story.call.close()
        story.peer.close()


def records(story: Story, *, goes_on: bool = False) -> None:
    story.call.record(3, PATH, max_s=60, silence_s=4, end_keys="#", goes_on=goes_on)


def recording(story: Story) -> str:
    """The execution of the silence under which is recorded."""
    records(story)
    application, argument, beep = story.executed()
    assert (application, argument) == ("playback", BEEP)
    story.starts(beep)
    story.completes(beep)
    story.peer.expect(f"api uuid_record {story.call.uuid} start {PATH} 63")
    application, argument, silence = story.executed()
    assert (application, argument) == ("playback", "silence_stream://60000")
    story.starts(silence)
    return silence


def stops(story: Story, silence: str, cause: str, ms: str = "5400") -> None:
    path = {"Record_File_Path": PATH, "Record_Completion_Cause": cause, "variable_record_ms": ms}
    story.tell("RECORD_STOP", **path)
    story.peer.expect("api uuid_break")
    story.completes(silence, "FILE PLAYED")


@pytest.mark.parametrize(
    ("cause", "ended_by"),
    [("no-input-timeout", "silence"), ("success-silence", "pause"), ("success-maxtime", "length"), ("odd", "stopped")],
)
def test_the_switch_ends_it(made: Made, cause: str, ended_by: str) -> None:
    story = made()
    stops(story, recording(story), cause)
    assert story.next() == Recorded(3, ended_by, 5.4)


def test_a_key_ends_it_and_another_is_told(made: Made) -> None:
    story = made()
    silence = recording(story)
    story.tell("DTMF", DTMF_Digit="5")
    assert getattr(story.next(), "key", "") == "5"
    story.tell("DTMF", DTMF_Digit="#")
    story.peer.expect(f"api uuid_record {story.call.uuid} stop {PATH}")
    stops(story, silence, "success-maxtime")
    assert story.next() == Recorded(3, "key", 5.4)


def test_the_longest_length_ends_it(made: Made) -> None:
    story = made()
    silence = recording(story)
    story.completes(silence)
    story.peer.expect(f"api uuid_record {story.call.uuid} stop {PATH}")
    story.tell(
        "RECORD_STOP", Record_File_Path=PATH, Record_Completion_Cause="success-maxtime", variable_record_ms="60020"
    )
    assert story.next() == Recorded(3, "length", 60.02)


def test_where_it_cannot_be_written_it_has_failed(made: Made) -> None:
    story = made(no=" start ")
    records(story)
    *_, beep = story.executed()
    story.starts(beep)
    story.completes(beep)
    assert story.next() == Recorded(3, "failed")


def test_a_path_that_the_gate_refuses_has_failed(made: Made) -> None:
    story = made()
    story.call.record(3, "relative.wav", max_s=60, silence_s=4, end_keys="#")
    assert story.next() == Recorded(3, "failed")


def test_what_is_asked_instead_comes_after_the_recording_was_stopped(made: Made) -> None:
    """So nothing that is keyed in, or said while it is asked for, is in the file."""
    story = made()
    silence = recording(story)
    story.call.ask(4, [], min_keys=1, max_keys=4, timeout_s=3, inter_digit_s=1, terminators="#", sensitive=True)
    story.peer.expect("api uuid_break")
    story.completes(silence)
    assert story.next() == Recorded(3, "stopped")
    application, *_ = story.executed()
    assert application == "play_and_get_digits"
    said = story.peer.all
    stop = next(i for i, command in enumerate(said) if f"stop {PATH}" in command)
    hide = next(i for i, command in enumerate(said) if "sensitive_dtmf true" in command)
    ask = next(i for i, command in enumerate(said) if "play_and_get_digits" in command)
    assert stop < hide < ask


def test_another_controller_listens_for_the_end(made: Made) -> None:
    story = made(**{BEGUN: PATH})
    records(story, goes_on=True)
    story.peer.expect(f"api uuid_record {story.call.uuid} unmask {PATH}")
    application, argument, silence = story.executed()
    assert (application, argument) == ("playback", "silence_stream://60000")  # no second beep
    story.starts(silence)
    stops(story, silence, "success-silence")
    assert story.next() == Recorded(3, "pause", 5.4)


def test_another_controller_finds_that_it_ended_meanwhile(made: Made) -> None:
    story = made(
        no=" unmask ", **{BEGUN: PATH, "record_completion_cause": "success-silence", "record_ms": "7100"}
    )  # fmt: skip
    records(story, goes_on=True)
    assert story.next() == Recorded(3, "pause", 7.1)


def test_another_controller_begins_what_was_not_begun(made: Made) -> None:
    story = made(**{BEGUN: "/rec/messages/m0/m0.wav"})
    records(story, goes_on=True)
    assert story.executed()[1] == BEEP


def test_the_end_of_another_recording_is_none_of_it(made: Made) -> None:
    story = made()
    silence = recording(story)
    story.tell("RECORD_STOP", Record_File_Path="/rec/other.wav", Record_Completion_Cause="success-silence")
    story.tell("DTMF", DTMF_Digit="1")
    assert getattr(story.next(), "key", "") == "1"  # so the line before was read
    stops(story, silence, "success-silence")
    assert story.next() == Recorded(3, "pause", 5.4)
