"""A caller in a conference: every end has its way, the PIN is kept nowhere, a wrong room is no trouble."""

from __future__ import annotations

import pytest

from callcontrol.flow import Conference, Flow, FlowError, HangUp, Play, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises, surviving_mutants
from tests.legs_flows.meeting import Meeting

WITH_PIN = {"pin": "4711"}


def joins(call: Rehearsal) -> list[cmd.JoinConference]:
    return [command for command in call.done if isinstance(command, cmd.JoinConference)]


@pytest.mark.parametrize(
    ("how", "step"), [("left", "after"), ("ended", "over"), ("refused", "refused"), ("failed", "failed")]
)
def test_every_end_has_its_way(how: str, step: str) -> None:
    assert play(Meeting, Story([f"conference {how}"])).record.step == step


def test_the_right_pin_leads_in_and_is_kept_nowhere() -> None:
    call = play(Meeting, Story(["press 4711"], parameters=WITH_PIN))
    assert joins(call)[0].room == "weekly"
    assert "4711" not in str([data for _, data in call.story])
    assert "4711" not in str(call.record.context)


def test_a_wrong_pin_is_asked_again_and_refused_in_the_end() -> None:
    call = play(Meeting, Story(["press 1", "silence"], parameters=WITH_PIN))
    assert call.heard() == ["conference.pin", "conference.pin_wrong", "conference.pin", "conference.pin"]
    assert not joins(call)
    call.press("0000")
    assert call.record.step == "refused"


def test_another_controller_sends_the_caller_into_the_same_room_or_asks_again() -> None:
    assert [c.leg for c in joins(play(Meeting, Story(["taken over"])))] == [joins(play(Meeting, Story([])))[0].leg] * 2
    call = play(Meeting, Story(["press 1", "taken over"], parameters=WITH_PIN))
    assert call.record.tries == 2
    assert not joins(call)


@pytest.mark.parametrize("room", ["a b", "x@y", "${x}", "a/b", "", "^", "房间", "a" * 41])
def test_a_wrong_name_fails_before_anything_is_joined(room: str) -> None:
    call = play(Meeting, Story([], parameters={"name_of_room": room}))
    assert call.record.step == "failed"
    assert not joins(call)


def test_a_wrong_name_in_the_flow_is_said_at_import() -> None:
    with pytest.raises(FlowError, match="no name of a room"):
        type(
            "Wrong",
            (Flow,),
            {
                "title": words(zh="x", en="x"),
                "start": "room",
                "rescue": "end",
                "room": Conference("a b", left="bye", ended="bye", refused="bye", failed="bye"),
                "bye": Play("goodbye", then="end"),
                "end": HangUp(),
            },
        )


def test_generated_stories_prove_every_way() -> None:
    plain = list(generated_stories(Meeting))
    with_pin = list(generated_stories(Meeting, beginnings=[Story((), flow="meeting", parameters=WITH_PIN)]))
    assert not list(surprises(Meeting, [*plain, *with_pin]))
    assert not coverage(Meeting, [play(Meeting, story) for story in plain]).missing_edges()
    assert not surviving_mutants(Meeting, plain)
