"""SayText: what is known only in the call is said, in the call's language, or takes the branch."""

from __future__ import annotations

import pytest

from callcontrol.flow import Flow, HangUp, Play, Remember, Remembered, SayText, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.testing import coverage, generated_stories, play, surprises


def flow_saying(text: object, remember: dict[str, object], **how: bool) -> type[Flow]:
    class Saying(Flow):
        title = words(zh="说", en="Saying")
        start = "know"
        rescue = "sorry"
        know = Remember(remember, then="say")
        say = SayText(text, then="bye", failed="sorry", **how)  # type: ignore[arg-type]
        sorry = Play("rescue.sorry", then="bye")
        bye = Play("goodbye", then="end")
        end = HangUp()

    return Saying


def begun(text: object, remember: dict[str, object], language: str = "en", **how: bool) -> Rehearsal:
    call = Rehearsal(flow_saying(text, remember, **how), language=language)
    call.begin()
    return call


def said(call: Rehearsal) -> tuple[str, str]:
    assert isinstance(call.doing, cmd.Speak)
    return call.doing.text, call.doing.language


def test_what_is_remembered_is_said_and_the_call_goes_on() -> None:
    call = begun(Remembered("news"), {"news": "Rain."})
    assert said(call) == ("Rain.", "en")
    call.listen()
    assert call.record.step == "bye"


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "订单A1已发货。"), ("en", "Order A1 was shipped."), ("fr", "订单A1已发货。")]
)
def test_one_text_for_each_language_with_what_is_remembered_in_it(language: str, text: str) -> None:
    written = words(zh="订单{order}已发货。", en="Order {order} was shipped.")
    assert said(begun(written, {"order": "A1"}, language)) == (text, language)


def test_what_a_service_answered_is_no_template() -> None:
    call = begun(Remembered("news"), {"news": "{pin} {0.__class__}", "pin": "4711"})
    assert said(call)[0] == "{pin} {0.__class__}"


@pytest.mark.parametrize("text", ["x" * 501, "x" * 10_000_000])
def test_too_long_takes_the_branch(text: str) -> None:
    call = begun(Remembered("news"), {"news": text})
    assert call.record.step == "sorry"
    assert not any(isinstance(command, cmd.Speak) for command in call.done)
    assert max(len(str(data)) for _, data in call.story) < 1000


def test_nothing_to_say_is_said_at_once() -> None:
    assert begun(Remembered("news"), {}).record.step == "bye"


def test_a_voice_that_fails_takes_the_branch_and_a_late_one_changes_nothing() -> None:
    call = begun(Remembered("news"), {"news": "Rain."})
    assert isinstance(call.doing, cmd.Speak)
    call.tell(ev.NotSpoken(call.doing.wait - 1, "late"))
    assert call.record.step == "say"
    call.speech_fails("There is no voice.")
    assert call.record.step == "sorry"
    assert ("said", {"step": "say", "why": "There is no voice."}) in call.story


def test_a_missing_sound_takes_the_branch() -> None:
    call = begun(Remembered("news"), {"news": "Rain."})
    call.listen("said.wav")
    assert call.record.step == "sorry"


def test_a_sensitive_text_is_in_no_story_and_no_repr() -> None:
    call = begun(Remembered("news"), {"news": "Your PIN is 4711."}, sensitive=True)
    assert said(call)[0] == "Your PIN is 4711."
    assert isinstance(call.doing, cmd.Speak)
    assert call.doing.private
    assert "4711" not in str(call.story) + repr(call.doing) + str(call.transcript)
    assert ("said", {"step": "say", "text": "***", "characters": 17}) in call.story


def test_another_controller_says_it_again() -> None:
    call = begun(Remembered("news"), {"news": "Rain."})
    call.taken_over()
    assert said(call)[0] == "Rain."


def test_its_stories_reach_every_way() -> None:
    flow = flow_saying(Remembered("news"), {"news": "Rain."})
    stories = list(generated_stories(flow))
    assert not list(surprises(flow, stories))
    assert not coverage(flow, [play(flow, story) for story in stories]).missing_edges()


def test_what_is_wrong_is_said() -> None:
    assert len(SayText("", then="a", failed="b", longest=0).problems()) == 2
