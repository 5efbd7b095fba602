"""The line for being called back, as its callers meet it."""

from __future__ import annotations

from typing import Any

import pytest

from callcontrol.flow import commands as cmd
from callcontrol.flow.any_name import every_name
from callcontrol.flow.rehearsal import NUMBER, Rehearsal
from ivr_flows.callback_line import CallbackLine

OFFERS = {"callback_line.welcome", "callback_line.offer", "callback_line.ask"}


def line(refusal: str = "", **more: Any) -> Rehearsal:
    return Rehearsal(CallbackLine, callbacks=every_name(refusal), **more)


def joins(call: Rehearsal) -> list[cmd.JoinQueue]:
    return [c for c in call.done if isinstance(c, cmd.JoinQueue)]


def test_who_finds_an_agent_free_is_served_and_asked_nothing() -> None:
    call = line().run()
    assert call.heard() == ["callback_line.welcome", "goodbye"]
    assert not [c for c in call.done if isinstance(c, cmd.Ask)]
    assert call.booked == []


def test_the_place_that_was_waited_for_is_the_one_that_is_kept() -> None:
    call = line(queue="busy").run("1 1")
    assert [(b.visit, b.number) for b in call.booked] == [(joins(call)[-1].visit, NUMBER)]
    assert call.heard()[-1] == "callback.booked"


def test_who_rather_waits_goes_on_with_the_time_waited_so_far() -> None:
    call = line(language="en")
    call.begin()
    call.listen()
    call.waits(90)
    call.released("still_busy")
    call.press("2")
    first, second = joins(call)
    assert (second.queue, second.first_joined_at) == (first.queue, first.first_joined_at)


@pytest.mark.parametrize("why", ["disabled", "closed", "full", "number", "already"])
@pytest.mark.parametrize("queue", ["free", "busy", "away", "nobody", "full", "closed", "timeout"])
def test_who_can_have_none_is_offered_none_and_left_with_an_agent_or_a_message(why: str, queue: str) -> None:
    call = line(why, queue=queue).run()
    assert call.over
    assert not OFFERS & {*call.heard()}
    assert not call.rescued()
    assert queue == "free" or [c for c in call.done if isinstance(c, cmd.Record)]


def test_who_has_one_keeps_it_by_saying_nothing() -> None:
    call = line("already", callback_queue="support").run()
    assert call.heard()[-1] == "callback_line.keeps"
    assert joins(call) == []


def test_one_in_another_queue_is_not_this_one() -> None:
    call = line("already", callback_queue="billing")
    call.begin()
    assert call.heard() == ["callback_line.wait_only"]


def test_while_the_house_is_ill_nobody_waits() -> None:
    call = line()
    call.begin()
    call.listen()
    call.released("fault")
    assert call.heard()[-1] == "rescue.sorry"
    call.listen()
    call.listen()
    assert isinstance(call.doing, cmd.Record)
    assert call.doing.box == "support"
