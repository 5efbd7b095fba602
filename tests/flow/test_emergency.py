"""The emergency message: heard at once by new callers and by those who wait, once, and where it closes the line it ends the call."""

from __future__ import annotations

import pytest

from callcontrol.flow import AGAIN, Flow, HangUp, Menu, Play, Queue, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.facts import EmergencyFacts
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.steps.queue import BRANCHES

FIRE = EmergencyFacts("fire", "fire until noon")
CLOSED = EmergencyFacts("fire", "fire until noon", hang_up=True)


class Line(Flow):
    title = words(zh="热线", en="Line")
    start = "menu"
    rescue = "bye"
    everywhere = {"0": "line", "*": AGAIN}
    menu = Menu("hotline.menu", keys={"1": "line", "2": "other"}, silence="line")
    line = Queue("support", after_talk="menu", exit_keys={"9": "menu"}, **dict.fromkeys(BRANCHES, "bye"))  # type: ignore[arg-type]
    other = Queue("billing", after_talk="bye", exit_keys={"9": "menu"}, **dict.fromkeys(BRANCHES, "bye"))  # type: ignore[arg-type]
    bye = Play("goodbye", then="end")
    end = HangUp()


def in_queue(**how: object) -> Rehearsal:
    call = Rehearsal(Line, **how)  # type: ignore[arg-type]
    call.begin()
    call.press("1")
    assert call.record.step == "line"
    return call


def left(call: Rehearsal) -> list[str]:
    return [c.reason for c in call.done if isinstance(c, cmd.LeaveQueue)]


def test_a_new_caller_hears_it_in_every_language_and_then_what_is_heard_always():
    call = Rehearsal(Line, language="en", emergency=FIRE)
    call.begin()
    assert call.heard() == ["emergency.fire", "emergency.fire@zh"]
    call.listen()
    assert call.record.step == "menu"
    assert call.steps == ["(emergency)", "menu"]


def test_where_it_closes_the_line_the_call_ends_after_it():
    call = Rehearsal(Line, emergency=CLOSED).run()
    assert call.steps == ["(emergency)", "(end)"]
    assert isinstance(call.done[-1], cmd.HangUp)


@pytest.mark.parametrize("key", ["0", "1", "*"])
def test_no_key_leads_past_it(key: str):
    call = Rehearsal(Line, emergency=CLOSED)
    call.begin()
    call.press(key)
    assert call.record.step == "(emergency)"
    assert len(call.done) == 2  # answered, and said once


def test_a_takeover_says_it_again_and_ends_the_same_way():
    call = Rehearsal(Line, emergency=CLOSED)
    call.begin()
    call.emergency = None  # switched off meanwhile: what is being said is said to its end
    call.taken_over()
    assert call.heard() == ["emergency.fire", "emergency.fire@en"] * 2
    call.listen()
    assert call.record.step == "(end)"


def test_sounds_that_are_missing_keep_nobody_from_going_on():
    call = Rehearsal(Line, emergency=FIRE)
    call.begin()
    call.listen("emergency.fire")
    assert call.record.step == "menu"


def test_whoever_waits_hears_it_once_and_waits_on():
    call = in_queue()
    call.queue_emergency = FIRE
    call.emergency_news()
    assert call.heard()[-1] == "emergency.fire"
    call.listen()
    assert isinstance(call.doing, cmd.Hold)
    before = call.record
    call.emergency_news()
    assert call.record == before
    assert left(call) == []


def test_switched_on_again_it_is_heard_again():
    call = in_queue()
    call.queue_emergency = FIRE
    call.emergency_news()
    call.listen()
    call.queue_emergency = EmergencyFacts("fire", "fire until one")
    call.emergency_news()
    assert call.heard().count("emergency.fire") == 2


def test_an_agent_who_is_free_cuts_it():
    call = in_queue()
    call.queue_emergency = FIRE
    call.emergency_news()
    call.offered()
    assert isinstance(call.doing, cmd.Hold)


def test_whoever_waits_where_it_closes_the_line_leaves_with_that_reason_hears_it_and_the_call_ends():
    call = in_queue(language="en")
    call.queue_emergency = CLOSED
    call.emergency_news()
    assert left(call) == ["emergency"]
    assert call.heard()[-1] == "emergency.fire"
    assert call.record.visit is None
    call.listen()
    assert call.record.step == "(end)"


@pytest.mark.parametrize("emergency", [FIRE, CLOSED])
def test_a_phone_that_rings_and_words_that_are_being_said_come_first(emergency: EmergencyFacts):
    for happens in (Rehearsal.offered, Rehearsal.news, Rehearsal.message_granted):
        call = in_queue()
        happens(call)
        call.queue_emergency = emergency
        before = call.record
        call.emergency_news()
        assert call.record == before


def test_a_talk_is_left_alone():
    call = in_queue()
    call.offered()
    call.answered()
    call.queue_emergency = CLOSED
    call.emergency_news()
    assert call.record.visit is not None
    assert call.record.visit.phase == "talking"


def test_who_joins_hears_it_standing_in_line_already():
    call = Rehearsal(Line)
    call.begin()
    call.queue_emergency = FIRE
    call.press("1")
    assert [type(c).__name__ for c in call.done[-2:]] == ["JoinQueue", "Play"]
    assert call.heard()[-1] == "emergency.fire"
    call.press("9")
    call.press("2")  # another queue: it was heard in this call
    assert call.heard()[-1] == "hotline.menu"
    assert isinstance(call.doing, cmd.Hold)


def test_who_heard_it_at_the_beginning_does_not_hear_it_in_the_queue():
    call = Rehearsal(Line, emergency=FIRE)
    call.queue_emergency = FIRE
    call.begin()
    call.listen()
    call.press("1")
    assert isinstance(call.doing, cmd.Hold)


def test_who_joins_a_queue_that_it_closes_is_counted_and_sent_away():
    call = Rehearsal(Line)
    call.begin()
    call.queue_emergency = CLOSED
    call.press("1")
    joined = next(c for c in call.done if isinstance(c, cmd.JoinQueue))
    (leave,) = [c for c in call.done if isinstance(c, cmd.LeaveQueue)]
    assert (leave.visit, leave.reason) == (joined.visit, "emergency")
    assert not [c for c in call.done if isinstance(c, cmd.Hold)]
    call.listen()
    assert call.record.step == "(end)"


def test_a_message_that_is_not_for_those_who_wait_is_not_said_to_them():
    call = in_queue()
    call.queue_emergency = EmergencyFacts("fire", "x", hang_up=True, waiting=False)
    before = call.record
    call.emergency_news()
    assert call.record == before
