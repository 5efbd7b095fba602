"""The caller is looked up: known, unknown, failed, blocked; what is found leads the queue step."""

from __future__ import annotations

import pytest

from callcontrol.flow import Flow, HangUp, LookUpCaller, Play, Queue, Remembered, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.facts import ListedFacts
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.testing import coverage, generated_stories, play, surprises

ENDS = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "closed", "after_talk"), "bye")
BLOCKED = ListedFacts(True, "nuisance", blocked=True)


class Known(Flow):
    title = words(zh="认识", en="Known")
    start = "look"
    rescue = "bye"
    look = LookUpCaller(known="back", unknown="waiting", failed="waiting", blocked="bye")
    back = Play("hotline.welcome", then="waiting")
    waiting = Queue(
        "support",
        prefer=Remembered("caller_last_agent"),
        vip=Remembered("caller_vip", otherwise=0),
        **ENDS,  # type: ignore[arg-type]
    )
    bye = Play("goodbye", then="end")
    end = HangUp()


class Unaware(Flow):
    title = words(zh="不认识", en="Unaware")
    start = "waiting"
    rescue = "bye"
    waiting = Queue("support", **{**ENDS, "blocked": "no"})  # type: ignore[arg-type]
    no = Play("hotline.closed", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()


def begun(listed: ListedFacts | None = None, flow: type[Flow] = Known) -> Rehearsal:
    call = Rehearsal(flow, listed=listed)
    call.begin()
    return call


def joined(call: Rehearsal) -> cmd.JoinQueue:
    return next(c for c in call.done if isinstance(c, cmd.JoinQueue))


def test_who_called_before_waits_for_the_same_agent() -> None:
    call = begun()
    assert isinstance(call.doing, cmd.LookUp)
    call.looked_up("known", caller_last_agent="1007", caller_calls=3)
    assert call.record.step == "back"
    call.listen()
    assert (joined(call).prefer, joined(call).vip) == ("1007", 0)
    assert call.record.context["caller_calls"] == 3
    assert ("looked_up", {"step": "look", "result": "known", "calls": 3, "label": ""}) in call.story


def test_who_is_listed_is_known_by_the_first_call_and_is_spoken_to_in_the_own_language() -> None:
    call = begun(ListedFacts(True, "Zhang", 7, language="en"))
    call.looked_up("unknown")
    assert (call.record.step, call.language if hasattr(call, "language") else call.record.language) == ("back", "en")
    call.listen()
    assert joined(call).vip == 7


@pytest.mark.parametrize(("result", "step"), [("unknown", "waiting"), ("failed", "waiting")])
def test_unknown_and_failed_go_their_ways_with_nothing_of_before(result: str, step: str) -> None:
    call = begun(ListedFacts(True, "Zhang", 7) if result == "failed" else None)
    call.looked_up(result)
    assert call.record.step == step
    assert joined(call).prefer == ""
    assert joined(call).vip == (7 if result == "failed" else 0)


def test_a_late_answer_changes_nothing() -> None:
    call = begun()
    assert isinstance(call.doing, cmd.LookUp)
    call.tell(ev.LookedUp(call.doing.wait - 1, True, {"caller_calls": 9}))
    assert call.record.step == "look"
    call.taken_over()
    assert isinstance(call.doing, cmd.LookUp)
    call.looked_up("known")
    assert call.record.step == "back"


def test_who_withholds_the_number_is_unknown_without_asking() -> None:
    class Withheld(Rehearsal):
        def facts(self):  # type: ignore[no-untyped-def]
            from dataclasses import replace

            return replace(super().facts(), caller="")

    call = Withheld(Known)
    call.begin()
    assert call.record.step == "waiting"
    assert not any(isinstance(command, cmd.LookUp) for command in call.done)


def test_facts_of_other_names_are_not_taken() -> None:
    call = begun()
    call.looked_up("known", caller_vip=99, _rescues=5)
    assert call.record.context["caller_vip"] == 0
    assert "_rescues" not in call.record.context


def test_a_blocked_number_is_led_away_and_not_asked_for() -> None:
    call = begun(BLOCKED)
    assert call.record.step == "bye"
    assert not any(isinstance(command, cmd.LookUp | cmd.JoinQueue) for command in call.done)


def test_a_blocked_number_waits_in_no_queue_of_any_flow() -> None:
    call = begun(BLOCKED, Unaware)
    assert call.record.step == "no"
    assert call.record.visit is None
    left = [c for c in call.done if isinstance(c, cmd.LeaveQueue)]
    assert [(c.visit, c.reason) for c in left] == [(joined(call).visit, "blocked")]
    assert not any(isinstance(command, cmd.Hold) for command in call.done)


def test_its_stories_reach_every_way_but_that_of_the_blocked() -> None:
    stories = list(generated_stories(Known))
    assert not list(surprises(Known, stories))
    missing = coverage(Known, [play(Known, story) for story in stories]).missing_edges()
    assert [edge[:2] for edge in missing] in ([], [("look", "blocked")]) or all("blocked" in str(e) for e in missing)
