"""Rules as data: conditions, the step that goes by them, and the announcement that they can only make rarer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import FlowTrouble, HangUp, OpenHours, Play, Queue, Rule, flow_of_steps, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.call import Call
from callcontrol.flow.engine import first_record
from callcontrol.flow.facts import Facts
from callcontrol.flow.rehearsal import Rehearsal, RehearsalError
from callcontrol.flow.rehearsed_queue import PERIOD_S
from callcontrol.flow.testing import Story, act, play, read_story, story_text
from callcontrol.flow.testing.generation import generated_stories
from callcontrol.flow.when import NEVER, ConditionError, problems_of, read_condition, window

TITLE = words(zh="规则", en="Rules")
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # a Wednesday, noon in Shanghai
ENDS = dict.fromkeys(("after_talk", "still_busy", "away", "nobody", "timeout", "full", "closed"), "bye")


def ruled(*when: str, zone: str = "Asia/Shanghai") -> Any:
    steps = {
        "rule": Rule(when, then="yes", otherwise="no", zone=zone),
        "yes": Play("goodbye", then="end"),
        "no": Play("menu.wrong", then="end"),
        "end": HangUp(),
    }
    return flow_of_steps("ruled", steps, start="rule", rescue="no", title=TITLE)


def call(at: datetime = NOON, context: dict[str, Any] | None = None, language: str = "zh", **facts: Any) -> Call:
    record = first_record(ruled("before 16:00"), "c", language, {}, at.timestamp())
    return Call(record.with_(context=context or {}), Facts(now=at, **facts))


def holds(text: str, **of: Any) -> bool:
    return read_condition(text).holds(call(**of))


def test_what_each_condition_says() -> None:
    assert holds("busy q", cases={"q": "busy"})
    for case in ("free", "away", "nobody"):
        assert not holds("busy q", cases={"q": case})
    assert not holds("busy q")
    joined = {"_joined": {"q": NOON.timestamp() - 60}}
    assert holds("waited 60 q", context=joined)
    assert not holds("waited 60.1 q", context=joined)
    assert not holds("waited 1 other", context=joined)
    assert holds("before 12:01")
    assert not holds("before 12:00")
    assert holds("after 12:00")
    assert not holds("after 12:01")
    assert holds("days wed")
    assert not holds("days mon,fri")
    assert holds("open office", open={"office": True})
    assert holds("closed office", open={"office": False})
    assert not holds("closed office", open={"office": True})
    assert holds("language en", language="en")
    assert not holds("language en")
    assert holds("remembered topic", context={"topic": ""})
    assert not holds("remembered topic")
    assert holds("remembered topic=a b", context={"topic": "a b"})
    assert not holds("remembered topic=a", context={"topic": "a b"})
    assert holds("heard q", context={"_heard": ["q"]})
    assert not holds("heard q")
    assert holds("callback q", callbacks={"q": ""})
    assert not holds("callback q", callbacks={"q": "full"})
    with pytest.raises(FlowTrouble):
        holds("open moon", open={"office": True})


def test_times_are_those_of_the_zone() -> None:
    assert read_condition("before 06:00").holds(call(), zone="Europe/Berlin")  # five there
    assert read_condition("days tue").holds(call(at=NOON - timedelta(hours=6)), zone="Europe/Berlin")


WRONG = ["", "dance", "busy a b", "waited", "waited soon q", "before 24:00", "before 9:00", "days", "days mon,never", "open",
         "language fr", "remembered", "remembered _x", "passed 0", "passed", "heard a b"]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_condition_is_told(text: str) -> None:
    with pytest.raises(ConditionError):
        read_condition(text)
    assert len(problems_of([text])) == 1


def test_a_rule_outside_of_a_queue_names_the_queue() -> None:
    assert problems_of(["busy", "waited 60", "heard", "callback"]) != []
    assert problems_of(["busy", "waited 60", "heard", "callback"], in_queue=True) == []
    assert len(problems_of(["passed 2"], in_queue=True)) == 1
    assert Rule((), then="a", otherwise="b").problems() == [
        "The rule has no condition; give it one, or lead to its step at once."
    ]


@given(st.text())
def test_a_text_is_a_condition_that_reads_the_same_again_or_is_refused(text: str) -> None:
    try:
        found = read_condition(text)
    except ConditionError:
        return
    assert read_condition(str(found)) == found


def test_all_conditions_of_a_rule_must_hold() -> None:
    flow = ruled("before 16:00", "busy q")
    for queue, at, heard in (("busy", NOON, "goodbye"), ("free", NOON, "menu.wrong")):
        assert Rehearsal(flow, queue=queue, at=at).run().heard() == [heard]
    assert Rehearsal(flow, queue="busy", at=NOON + timedelta(hours=4)).run().heard() == ["menu.wrong"]


def test_how_often_the_call_came_is_counted_up_to_what_is_asked() -> None:
    steps = {
        "rule": Rule(("passed 3",), then="bye", otherwise="ask"),
        "ask": Play("hotline.menu", then="rule"),
        "bye": Play("goodbye", then="end"),
        "end": HangUp(),
    }
    with pytest.raises(Exception, match="round for ever"):
        flow_of_steps("counted", steps, start="rule", rescue="end", title=TITLE)
    record = first_record(ruled("passed 2"), "c", "zh", {}, 0.0)
    rule = ruled("passed 2").steps["rule"]
    seen = []
    for _time in range(4):
        move = rule.enter(Call(record, Facts(now=NOON)))
        record = record.with_(context=move.to.remember)
        seen.append((move.to.step, record.context["_passed"]["rule"]))
    assert seen == [("no", 1), ("yes", 2), ("yes", 2), ("yes", 2)]


def test_open_hours_lead_two_ways() -> None:
    steps = {"hours": OpenHours("office", open="a", closed="b"), "a": Play("goodbye", then="b"), "b": HangUp()}
    flow = flow_of_steps("hours", steps, start="hours", rescue="b", title=TITLE)
    assert Rehearsal(flow, opening=lambda _now: {"office": True}).run().steps == ["hours", "a", "b"]
    assert Rehearsal(flow, opening=lambda _now: {"office": False}).run().steps == ["hours", "b"]
    assert Rehearsal(flow, opening=lambda _now: {}).run().rescued()


# --- the announcement ---------------------------------------------------------------------------------------------------
def told(*when: str) -> Any:
    steps = {"line": Queue("q", **ENDS, message_when=when), "bye": Play("goodbye", then="end"), "end": HangUp()}
    return flow_of_steps("told", steps, start="line", rescue="bye", title=TITLE)


def joining(*when: str, at: datetime = NOON, **how: Any) -> cmd.JoinQueue:
    call = Rehearsal(told(*when), at=at, **how)
    call.begin()
    return next(command for command in call.done if isinstance(command, cmd.JoinQueue))


def test_without_conditions_the_desk_alone_decides() -> None:
    join = joining()
    assert (join.message_after_s, join.message_until) == (0.0, 0.0)


def test_the_desk_is_told_from_when_until_when_it_may_be_said() -> None:
    join = joining("busy", "waited 60", "before 16:00")
    assert join.message_after_s == 60
    assert join.message_until == (NOON + timedelta(hours=4)).timestamp()
    assert joining("before 12:00").message_until == NEVER
    for texts in (("waited 90", "waited 10"), ("waited 10", "waited 90")):
        assert joining(*texts).message_after_s == 90
    for texts in (("before 13:00", "before 16:00"), ("before 16:00", "days wed", "before 13:00")):
        assert joining(*texts).message_until == (NOON + timedelta(hours=1)).timestamp()
    assert joining("after 13:00").message_after_s == 3600
    assert joining("after 13:00").message_until == 0
    assert joining("days wed").message_until == (NOON + timedelta(hours=12)).timestamp()
    assert joining("days thu").message_until == NEVER
    assert joining("language en").message_until == NEVER
    assert joining("language en", language="en").message_until == 0
    assert joining("open office", opening=lambda _now: {"office": False}).message_until == NEVER


@given(st.lists(st.sampled_from(["busy", "waited 10", "waited 90", "before 16:00", "before 13:00", "after 12:30", "days wed", "days fri",
                                 "language zh", "language en", "remembered x", "closed office"]), max_size=4))  # fmt: skip
def test_more_conditions_never_let_it_be_said_sooner_or_later(texts: list[str]) -> None:
    facts = {"open": {"office": True}}
    for number in range(len(texts)):
        fewer, more = window(texts[:number], call(**facts), "q"), window(texts[: number + 1], call(**facts), "q")
        assert more[0] >= fewer[0]
        assert fewer[1] == 0 or (more[1] != 0 and more[1] <= fewer[1])


def test_the_rule_is_asked_again_when_the_desk_grants_it() -> None:
    """The line closed while the caller waited."""
    opened = {"office": True}
    call = Rehearsal(told("open office"), opening=lambda _now: opened)
    call.begin()
    opened["office"] = False
    call.message_granted()
    assert call.heard() == []
    assert call.record.visit is not None
    assert call.record.visit.phase == "waiting"
    assert isinstance(call.done[-1], cmd.StayInQueue)


def test_the_rehearsed_desk_keeps_to_the_rule() -> None:
    call = Rehearsal(told("waited 60"), queue="busy", at=NOON)
    call.begin()
    call.message_granted()
    assert call.now == NOON + timedelta(seconds=60)
    call = Rehearsal(told("waited 20"), queue="busy", at=NOON)
    call.begin()
    call.message_granted()
    assert call.now == NOON + timedelta(seconds=PERIOD_S)
    late = Rehearsal(told("before 12:00"), queue="busy", at=NOON)
    late.begin()
    assert not late.may_be_told()
    with pytest.raises(RehearsalError, match="rule"):
        act(late, "granted")
    assert Rehearsal(told("before 12:00"), queue="busy", at=NOON).run().heard() == ["goodbye"]


def test_generated_stories_go_both_ways_of_every_condition() -> None:
    texts = ["busy q", "before 16:00", "after 09:30", "days sat", "open office", "language en", "callback q"]
    for text in texts:
        ways = {play(ruled(text), story).steps[1] for story in generated_stories(ruled(text)) if not story.actions}
        assert ways == {"yes", "no"}, text


def test_generated_stories_wait_for_as_long_as_a_rule_asks() -> None:
    steps = {
        "line": Queue("q", **{**ENDS, "timeout": "rule"}),
        "rule": Rule(("waited 90 q",), then="bye", otherwise="end"),
        "bye": Play("goodbye", then="end"),
        "end": HangUp(),
    }
    flow = flow_of_steps("waits", steps, start="line", rescue="bye", title=TITLE)
    ways = {tuple(story.steps or ()) for story in generated_stories(flow)}
    assert ("line", "rule", "end") in ways
    assert ("line", "rule", "bye") in ways


def test_a_story_keeps_how_the_agents_stand() -> None:
    story = Story(("wait 30",), flow="x", queue="busy")
    assert read_story(story_text(story)) == story
