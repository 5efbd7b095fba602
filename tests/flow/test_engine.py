"""What the engine promises of any flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from callcontrol.flow import Call, Count, Flow, Go, HangUp, Menu, Play, Queue, choice, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.engine import MOST_RESCUES, Advance, advance, first_record
from callcontrol.flow.facts import Facts
from callcontrol.flow.move import Move, Way
from callcontrol.flow.record import CallRecord
from callcontrol.flow.steps import Step

FACTS = Facts(now=datetime(2026, 3, 4, 10, 0, tzinfo=UTC), queue_hours={"q": ""})


class Example(Flow):
    title = words(zh="例", en="Example")
    start = "hello"
    rescue = "sorry"

    hello = Play("hello", then="ask", missing="unheard")
    unheard = Play("unheard", then="ask")
    ask = Menu("ask", keys={"1": "queue", "2": "fails", "3": "lies", "4": "circle_a"}, silence="bye", tries=2)
    queue = Queue(
        "q",
        after_talk="bye",
        still_busy="bye",
        away="bye",
        nobody="bye",
        timeout="bye",
        full="bye",
        closed="bye",
        exit_keys={"*": "ask"},
    )

    @choice("bye")
    def fails(self, call: Call) -> str:
        return str(1 / len(call.context.get("nothing", "")))

    @choice("bye")
    def lies(self, call: Call) -> str:
        return str(call.context.get("nothing", "elsewhere"))

    circle_a = Count(1000, then="circle_b", over="bye")
    circle_b = Count(1000, then="circle_a", over="bye")
    sorry = Play("sorry", then="bye")
    bye = Play("bye", then="end")
    end = HangUp()


def at(step: str, flow: type[Flow] = Example, **changes: object) -> CallRecord:
    record = first_record(flow, "c", "zh", {}, FACTS.at)
    return record.with_(step=step, wait=7, answered=True, tries=1, **changes)


def tell(record: CallRecord, *events: ev.Event, flow: type[Flow] = Example) -> Advance:
    for event in events:
        step = advance(flow, record, event, FACTS)
        record = step.record
    return step


def troubles(step: Advance) -> list[str]:
    return [data["what"] for kind, data in step.story if kind == "trouble"]


def in_queue() -> CallRecord:
    return tell(at("ask"), ev.Keys(7, "1")).record


def test_the_first_event_answers_and_says_the_first_thing():
    step = tell(first_record(Example, "c", "zh", {}, 0.0), ev.Began())
    assert step.commands == (cmd.Answer(), cmd.Play(1, (cmd.Prompt("hello"),), "zh"))
    assert step.story == (("step", {"step": "hello", "event": "Began", "to_hear": ["hello"], "branch": ""}),)


@pytest.mark.parametrize("step", [*Example.steps, "", "gone", "(apology)"])
def test_a_hang_up_ends_a_call_anywhere(step: str):
    ended = tell(at(step), ev.HungUp())
    assert ended.record.ended
    assert ended.commands == ()


@pytest.mark.parametrize(
    "event",
    [
        ev.Keys(6, "1"),
        ev.Keys(8, "1"),
        ev.Played(6),
        ev.Began(),
        ev.Key("1"),
        ev.Offered("c:7", "o", "1001"),
        ev.Released("c:7", "away"),
        ev.TalkEnded("c:7", "o"),
        ev.Played(7),  # of this wait, but the menu asked for keys
    ],
)
def test_an_event_that_is_late_or_not_meant_changes_nothing(event: ev.Event):
    record = at("ask")
    step = tell(record, event)
    assert step.record is record
    assert step.commands == ()


@pytest.mark.parametrize("event", [ev.Resumed(), ev.Keys(7, "1"), ev.Began(), ev.HungUp(), ev.Key("*")])
def test_nothing_follows_the_end(event: ev.Event):
    record = at("ask").with_(ended=True)
    assert tell(record, event) == Advance(record)


def test_an_event_of_an_earlier_visit_changes_nothing():
    record = in_queue()
    assert tell(record, ev.Released("c:1", "away")).record is record
    assert tell(record, ev.TalkBegan("c:1", "o", "1001")).record is record


@pytest.mark.parametrize(("key", "what"), [("2", "ZeroDivisionError"), ("3", "'elsewhere'")])
def test_an_error_in_a_choice_leads_to_the_rescue_step(key: str, what: str):
    step = tell(at("ask"), ev.Keys(7, key))
    assert step.record.step == "sorry"
    assert [type(c) for c in step.commands] == [cmd.Play]
    assert what in troubles(step)[0]


@pytest.mark.parametrize("event", [ev.Resumed(), ev.Keys(7, "1"), ev.Played(7)])
def test_a_step_that_is_gone_leads_to_the_rescue_step(event: ev.Event):
    step = tell(at("removed"), event)
    assert step.record.step == "sorry"
    assert "removed" in troubles(step)[0]


def test_fifty_steps_without_waiting_are_an_error():
    step = tell(at("ask"), ev.Keys(7, "4"))
    assert step.record.step == "sorry"
    assert "50 steps" in troubles(step)[0]


def test_trouble_in_the_queue_leaves_it_properly():
    record = in_queue()
    assert record.visit is not None
    step = tell(record, ev.Released(record.visit.visit, "nonsense"))
    assert step.commands[0] == cmd.LeaveQueue(record.visit.visit, "requeued")
    assert step.record.visit is None
    assert step.record.step == "sorry"


class BadRescue(Flow):
    title = words(zh="坏", en="Bad")
    start = "ask"
    rescue = "broken"
    ask = Menu("ask", keys={"1": "broken"}, silence="end")

    @choice("end")
    def broken(self, call: Call) -> str:
        raise RuntimeError(f"nothing works for {call.language}")

    end = HangUp()


def test_if_the_rescue_itself_fails_the_caller_hears_an_apology_and_the_end():
    step = tell(at("ask", BadRescue), ev.Keys(7, "1"), flow=BadRescue)
    assert step.commands == (cmd.Play(8, (cmd.Prompt("rescue.sorry"),), "zh"),)
    last = tell(step.record, ev.Played(8), flow=BadRescue)
    assert last.commands == (cmd.HangUp(),)


def test_a_call_is_rescued_only_so_often():
    record = at("removed")
    for _ in range(MOST_RESCUES):
        record = tell(record, ev.Resumed()).record
        assert record.step == "sorry"
        record = record.with_(step="removed")
    assert tell(record, ev.Resumed()).record.step == "(apology)"


@pytest.mark.parametrize("context", [{"_rescues": "x"}, {"_counts": 5}, {"_joined": "no"}])
def test_a_record_that_makes_no_sense_still_leads_to_words(context: dict[str, object]):
    for key in "1234":
        step = tell(at("ask", context=context), ev.Keys(7, key))
        assert step.commands
        assert not step.record.ended


def test_a_half_done_move_leaves_nothing_behind():
    @dataclass(frozen=True)
    class Odd(Step):
        def enter(self, call: Call) -> Move:
            return Move(commands=(cmd.Play(call.record.wait + 1, (), "zh"),), changes={"no_such_field": 1})

        def ways(self) -> tuple[Way, ...]:
            return (Way("then", "end"),)

    class Odds(Flow):
        title = words(zh="怪", en="Odds")
        start = "odd"
        rescue = "sorry"
        odd = Odd()
        sorry = Play("sorry", then="end")
        end = HangUp()

    step = tell(first_record(Odds, "c", "zh", {}, 0.0), ev.Began(), flow=Odds)
    assert step.commands == (cmd.Answer(), cmd.Play(1, (cmd.Prompt("sorry"),), "zh"))


def test_the_language_chosen_on_the_way_to_a_step_that_fails_is_kept():
    class Fails(Flow):
        title = words(zh="败", en="Fails")
        start = "which"
        rescue = "sorry"
        which = Menu("which", keys={"2": Go("fails", language="en")}, silence="end")

        @choice("end")
        def fails(self, call: Call) -> str:
            raise RuntimeError(call.language)

        sorry = Play("sorry", then="end")
        end = HangUp()

    step = tell(at("which", Fails), ev.Keys(7, "2"), flow=Fails)
    assert step.commands == (cmd.Play(8, (cmd.Prompt("sorry"),), "en"),)
    assert "At 'fails'" in troubles(step)[0]


def test_a_call_that_only_hangs_up_is_never_answered():
    class Refuses(Flow):
        title = words(zh="拒", en="Refuses")
        start = rescue = "end"
        end = HangUp("CALL_REJECTED")

    assert tell(first_record(Refuses, "c", "zh", {}, 0.0), ev.Began(), flow=Refuses).commands == (
        cmd.HangUp("CALL_REJECTED"),
    )


def test_a_lone_terminator_is_a_wrong_key_and_no_silence():
    step = tell(at("ask"), ev.Keys(7, "", "#"))
    assert step.story == (("keys", {"keys": "#", "step": "ask"}),)


def test_tries_are_those_of_the_present_step():
    step = tell(at("ask").with_(tries=2), ev.Keys(7, ""))
    assert (step.record.step, step.record.tries) == ("bye", 0)


def test_a_missing_sound_is_told_and_takes_its_branch():
    step = tell(at("hello"), ev.Played(7, ("a.wav",)))
    assert step.record.step == "unheard"
    assert "a.wav" in troubles(step)[0]


def test_a_missing_sound_without_a_branch_goes_on():
    assert tell(at("bye"), ev.Played(7, ("a.wav",))).record.step == "end"


def test_taken_up_before_the_first_step_the_call_begins():
    record = first_record(Example, "c", "zh", {}, 0.0)
    assert tell(record, ev.Resumed()).record.step == "hello"


def test_taken_up_in_a_menu_the_tries_go_on_counting():
    once = tell(at("ask"), ev.Keys(7, ""), ev.Resumed())
    assert once.record.tries == 2
    assert tell(once.record, ev.Keys(once.record.wait, "")).record.step == "bye"


def test_taken_up_in_the_announcement_the_call_waits_again_in_the_same_visit():
    record = in_queue()
    assert record.visit is not None
    visit = record.visit.visit
    step = tell(record, ev.MessageGranted(visit), ev.Resumed())
    assert [type(c) for c in step.commands] == [cmd.JoinQueue, cmd.Hold]
    assert step.record.visit == record.visit


def test_taken_up_in_a_talk_that_has_ended_the_flow_goes_on_after_it():
    record = in_queue()
    assert record.visit is not None
    visit = record.visit.visit
    step = tell(record, ev.Offered(visit, "o", "1001"), ev.TalkBegan(visit, "o", "1001"), ev.Resumed())
    assert step.record.step == "bye"
    assert step.record.context["talk"]["agent"] == "1001"


def test_taken_up_at_the_end_it_hangs_up_again():
    step = tell(at("bye"), ev.Played(7), ev.Resumed())
    assert step.commands == (cmd.HangUp(),)


def test_a_way_can_change_the_language_and_be_remembered():
    class Talks(Flow):
        title = words(zh="说", en="Talks")
        start = "which"
        rescue = "end"
        which = Menu("which", keys={"2": Go("bye", language="en", remember={"by": "key"})}, silence="bye")
        bye = Play("bye", then="end")
        end = HangUp()

    step = tell(at("which", Talks), ev.Keys(7, "2"), flow=Talks)
    assert step.record.language == "en"
    assert step.record.context == {"by": "key"}
    assert step.commands == (cmd.Play(8, (cmd.Prompt("bye"),), "en"),)


def test_a_wrong_parameter_counts_as_not_given():
    class Asks(Flow):
        from callcontrol.flow import Number

        title = words(zh="问", en="Asks")
        start = rescue = "end"
        tries = Number(default=3, minimum=1, maximum=9, help=words(zh="次", en="times"))
        end = HangUp()

    assert first_record(Asks, "c", "zh", {"tries": 99, "other": 1}, 0.0).parameters == {"tries": 3}
    assert [p.where for p in Asks.parameter_problems({"tries": 99, "other": 1})] == ["tries", "other"]
