"""Booking a callback, as the caller hears it."""

from __future__ import annotations

import json

import pytest

from callcontrol.flow import Callback, Flow, HangUp, Menu, Play, Queue, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.catalogue import Flows
from callcontrol.flow.drawing import mermaid
from callcontrol.flow.rehearsal import NUMBER, Rehearsal
from callcontrol.flow.uses import check_configuration
from callcontrol.values.configuration import from_data
from ivr_flows.hotline import Hotline

FREE = {"q": ""}


class Books(Flow):
    title = words(zh="预约", en="Books")
    start = "wait"
    rescue = "end"
    wait = Queue(
        "q",
        exit_keys={"9": "book", "8": "elsewhere"},
        after_talk="end",
        still_busy="book",
        away="end",
        nobody="end",
        timeout="end",
        full="end",
        closed="end",
    )
    book = Callback("q", booked="booked", refused="refused", silence="silent", wrong="wrong", tries=2)
    elsewhere = Callback("other", booked="booked", refused="refused", silence="silent")
    booked = Play("booked", then="end")
    refused = Menu("refused", keys={"1": "wait"}, silence="end")
    silent = Play("silent", then="end")
    wrong = Play("wrong", then="end")
    end = HangUp()


def asked(**how: object) -> Rehearsal:
    """The caller left the queue by key 9."""
    call = Rehearsal(Books, callbacks=FREE, queue="busy", **how)  # type: ignore[arg-type]
    call.begin()
    call.press("9")
    return call


def said(call: Rehearsal) -> cmd.Prompt:
    assert isinstance(call.doing, cmd.Ask)
    return call.doing.prompts[-1]


def test_the_number_is_said_and_1_books_it_for_the_visit_that_was_left() -> None:
    call = asked()
    assert said(call) == cmd.Prompt("callback.confirm", {"number": NUMBER})
    call.press("1")
    assert call.done[-2] == cmd.BookCallback("q", "rehearsal:1", NUMBER)
    call.callback_answered()
    assert call.record.step == "booked"
    assert NUMBER not in json.dumps(call.record.as_data())


def test_the_visit_ends_before_it_is_booked() -> None:
    call = asked()
    assert cmd.LeaveQueue("rehearsal:1", "exit_key") in call.done
    assert call.record.visit is None


def test_another_number_is_read_back_before_it_is_booked() -> None:
    call = asked()
    call.press("2")
    assert said(call).key == "callback.number"
    call.press("02161234567")
    assert said(call) == cmd.Prompt("callback.confirm", {"number": "02161234567"})
    call.press("1")
    call.callback_answered()
    assert [book.number for book in call.booked] == ["02161234567"]


def test_keys_of_a_number_are_in_no_story() -> None:
    call = asked()
    call.press("2")
    call.press("02161234567")
    call.press("1")
    call.callback_answered()
    assert "02161234567" not in json.dumps(call.story)
    assert NUMBER not in json.dumps(call.story)


@pytest.mark.parametrize("reason", ["disabled", "closed", "full", "already", "number"])
def test_where_none_can_be_booked_nothing_is_asked(reason: str) -> None:
    call = Rehearsal(Books, callbacks={"q": reason}, queue="busy")
    call.begin()
    call.press("9")
    assert call.record.step == "refused"
    assert call.record.context["callback_refused"] == reason


def test_for_another_queue_than_the_one_left_there_is_no_place() -> None:
    call = Rehearsal(Books, callbacks={"q": "", "other": ""}, queue="busy")
    call.begin()
    call.press("8")
    assert call.record.context["callback_refused"] == "no_place"


def test_a_refusal_at_the_last_moment_is_told() -> None:
    call = asked()
    call.press("1")
    call.callback_answered("already")
    assert (call.record.step, call.record.context["callback_refused"]) == ("refused", "already")


def test_a_journal_that_says_nothing_is_a_refusal() -> None:
    call = asked()
    call.press("1")
    call.be_silent()
    assert (call.record.step, call.record.context["callback_refused"]) == ("refused", "unavailable")


def test_a_key_in_the_moment_of_booking_does_not_end_it() -> None:
    call = asked()
    call.press("1")
    call.press("5")
    call.callback_answered()
    assert call.record.step == "booked"


def test_an_answer_to_another_visit_changes_nothing() -> None:
    call = asked()
    call.press("1")
    record = call.record
    call.tell(ev.CallbackAnswer("rehearsal:77"))
    assert call.record == record


def test_silence_and_wrong_keys_are_asked_again_and_told_apart() -> None:
    call = asked()
    call.be_silent()
    assert said(call).key == "callback.confirm"
    call.be_silent()
    assert call.record.step == "silent"
    call = asked()
    call.press("7")
    call.press("7")
    assert call.record.step == "wrong"
    call = asked()
    call.press("2")
    call.press("123")
    assert call.heard()[-2:] == ["menu.wrong", "callback.number"]


@pytest.mark.parametrize("keys", [[], ["2"], ["2", "02161234567"], ["1"]])
def test_another_controller_goes_on_where_the_caller_was(keys: list[str]) -> None:
    call = asked()
    for key in keys:
        call.press(key)
    before = call.doing
    call.taken_over()
    assert isinstance(before, cmd.Ask)
    assert isinstance(call.doing, cmd.Ask)
    assert call.doing.prompts == before.prompts
    if keys == ["1"]:
        assert len([c for c in call.done if isinstance(c, cmd.BookCallback)]) == 2
        call.callback_answered()
        assert call.record.step == "booked"


def test_a_step_for_a_queue_that_calls_nobody_back_is_a_warning() -> None:
    configuration = from_data({"entries": {"1": {"flow": "books"}}, "queues": {"q": {}, "other": {}}})
    found = check_configuration(Flows((Books,), ()), configuration)
    assert any("calls nobody back" in p.what or "calls anybody back" in p.what for p in found)
    assert not any(p.fatal for p in found)
    enabled = {"q": {"callback": {"enabled": True}}, "other": {"callback": {"enabled": True}}}
    configuration = from_data({"entries": {"1": {"flow": "books"}}, "queues": enabled})
    assert check_configuration(Flows((Books,), ()), configuration) == []


def test_it_is_drawn_with_its_ways() -> None:
    assert '-->|"booked"| s_booked' in mermaid(Books)


def test_the_hotline_offers_it_when_the_queue_calls_back() -> None:
    call = Rehearsal(Hotline, queue="busy", callbacks={"support": ""}).run("1 1 - - 2 1")
    assert call.record.step == "end"
    assert [book.queue for book in call.booked] == ["support"]
    assert "hotline.advised_callback" in call.heard()
    assert call.heard()[-1] == "callback.booked"
    without = Rehearsal(Hotline, queue="busy").run("1 1 - - 2")
    assert "hotline.advised_callback" not in without.heard()
    assert without.booked == []


def test_in_the_hotline_key_2_books_while_waiting_and_a_refusal_waits_on() -> None:
    call = Rehearsal(Hotline, queue="busy", callbacks={"support": ""})
    call.begin()
    call.listen()
    for key in "112":
        call.press(key)
    assert said(call).key == "callback.confirm"
    refused = Rehearsal(Hotline, queue="busy", callbacks={"support": "closed"})
    refused.begin()
    refused.listen()
    for key in "112":
        refused.press(key)
    refused.listen()
    assert refused.record.step == "waiting"
    assert refused.record.visit is not None
    assert refused.record.visit.first_joined_at < refused.now.timestamp()


def test_who_calls_again_hears_that_the_place_was_kept() -> None:
    call = Rehearsal(Hotline, queue="busy", callbacks={"support": "already"}, callback_queue="support")
    call.begin()
    call.listen()
    call.press("1")
    call.press("1")
    assert call.heard()[-1] == "callback.kept"
    call.listen()
    assert call.record.step == "waiting"
    other = Rehearsal(Hotline, queue="free", callback_queue="billing").run("1 1")
    assert "callback.kept" not in other.heard()
