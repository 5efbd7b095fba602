"""What is sensitive is known by name, hidden in what is written, and forgotten where the call stays."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.calls.record_text import from_text, to_text
from callcontrol.flow import (
    AskDigits,
    Call,
    Flow,
    HangUp,
    Play,
    Queue,
    Remember,
    Remembered,
    SayText,
    choice,
    sensitive,
    words,
)
from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.values.sealed import seal, unseal

ENDS = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "closed", "after_talk"), "bye")
PINS = st.from_regex(r"[0-9]{8}", fullmatch=True)
SECRET = b"secret of the numbers"


class Bank(Flow):
    title = words(zh="银行", en="Bank")
    start = "pin"
    rescue = "waiting"
    pin = AskDigits(
        "hotline.menu", remember="pin", then="copy", silence="bye", min_digits=8, max_digits=8, sensitive=True
    )
    copy = Remember({"copied": Remembered("pin"), "other": "open"}, then="say")
    say = SayText("It is {copied}.", then="check", failed="check")

    @choice("waiting")
    def check(self, call: Call) -> str:
        raise ValueError(f"invalid literal for int(): {call.context['copied']}x")

    waiting = Queue("support", **ENDS)  # type: ignore[arg-type]
    bye = Play("goodbye", then="end")
    end = HangUp()


def with_pin(pin: str) -> Rehearsal:
    call = Rehearsal(Bank)
    call.begin()
    call.press(pin)
    assert call.record.step == "say"
    return call


@given(PINS)
def test_it_is_in_no_story_and_no_record_in_the_clear(pin: str) -> None:
    call = with_pin(pin)
    assert isinstance(call.doing, cmd.Speak)
    assert call.doing.text == f"It is {pin}."
    assert call.doing.private
    record = call.record
    text = to_text(record, SECRET)
    assert from_text(text, SECRET).context == record.context  # the next controller knows it
    others = [from_text(text), from_text(text, b"another secret"), from_text(to_text(record))]
    for other in others:
        assert pin not in json.dumps(other.as_data())
        assert other.context["other"] == "open"
    assert pin not in json.dumps(from_text(text).as_data()) + text
    call.listen()
    assert call.record.step == "waiting"  # by the rescue: the choice raised
    assert pin not in json.dumps(call.record.as_data())
    assert call.record.context["other"] == "open"
    assert sensitive.NAMES not in call.record.context
    assert pin not in str(call.story)
    assert sensitive.HIDDEN in str(call.story)
    assert pin not in repr(call.done)


@given(st.text(max_size=200), st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_a_seal_is_opened_by_its_secret_alone(text: str, secret: bytes, other: bytes) -> None:
    text = text.encode("utf-8", "replace").decode()
    sealed = seal(text, secret)
    assert unseal(sealed, secret) == text
    assert seal(text, secret) != sealed
    if secret.ljust(64, b"\0") != other.ljust(64, b"\0"):  # HMAC fills a short key up with zeros
        assert unseal(sealed, other) is None
    changed = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    assert unseal(changed, secret) is None


@given(st.text(max_size=60))
def test_what_is_no_seal_is_not_opened(text: str) -> None:
    assert unseal(text, b"secret") is None


def test_one_that_is_a_part_of_another_leaves_nothing_of_it() -> None:
    context = {"a": "1234", "b": "123456", "c": "", sensitive.NAMES: ["a", "b", "c", "gone"]}
    assert sensitive.hidden("x 123456 y 1234 z", context) == "x *** y *** z"
    assert sensitive.forgotten({**context, "d": 1}) == {"d": 1}
    assert not sensitive.holds({"c": "", sensitive.NAMES: ["c"]}, "anything")


def test_digits_that_are_not_sensitive_are_kept() -> None:
    class Plain(Flow):
        title = words(zh="平", en="Plain")
        start = "ask"
        rescue = "bye"
        ask = AskDigits("hotline.menu", remember="number", then="waiting", silence="bye", min_digits=2, max_digits=2)
        waiting = Queue("support", **ENDS)  # type: ignore[arg-type]
        bye = Play("goodbye", then="end")
        end = HangUp()

    call = Rehearsal(Plain)
    call.begin()
    call.press("42")
    assert call.record.context["number"] == "42"
