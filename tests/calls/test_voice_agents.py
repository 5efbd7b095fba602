"""What goes to a voice agent and what comes back: only names that are allowed, bounded, and never a surprise."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.calls.voice_agents import CONTEXT, MOST_CONTEXT, headers_for, said
from callcontrol.flow.steps.voice_agent import TOO_LONG
from callcontrol.ports.switch import LastWords
from callcontrol.switch import gate
from callcontrol.values.configuration import VoiceAgent

BOT = VoiceAgent("bot", "user/bot", context=("account", "name"), facts=("people", "topic"))
nasty = st.text(st.one_of(st.sampled_from("${}[]()&<>,|^;!%'\"`\\\n\r\0 =:/"), st.characters()), max_size=120)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def packed(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode("utf-8", "replace")).decode().rstrip("=")


@given(st.dictionaries(st.sampled_from(["account", "name", "card"]), nasty))
def test_what_is_sent_comes_out_as_it_was_and_is_harmless_on_the_way(values: dict[str, str]) -> None:
    try:
        headers = headers_for(BOT, "call-1", "en", values)
    except ValueError:
        return
    for name, value in headers.items():
        gate.header(name)
        assert gate.variable_value(value) == value
        assert re.fullmatch(r"[A-Za-z0-9_-]*", value)
    text = headers.get(CONTEXT, packed({}))
    assert len(text) <= MOST_CONTEXT
    sent = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert sent == {n: v.encode("utf-8", "replace").decode() for n, v in values.items() if n in BOT.context}


def test_too_much_is_not_sent() -> None:
    with pytest.raises(ValueError, match="at most 700"):
        headers_for(BOT, "c", "en", {"account": "x" * 600})


@given(nasty, st.one_of(nasty, json_like.map(packed), st.dictionaries(st.sampled_from(["people", "topic", "other"]), json_like).map(packed)))  # fmt: skip
def test_whatever_comes_back_is_a_word_and_plain_facts_of_allowed_names(result: str, facts: str) -> None:
    word, told = said(BOT, LastWords("NORMAL_CLEARING", {"X-Result": result, "X-Facts": facts}))
    assert re.fullmatch(r"[A-Za-z0-9_-]{0,40}", word)
    assert told.keys() <= {"people", "topic"}
    for value in told.values():
        assert value is None or isinstance(value, str | int | float | bool)
        json.dumps(value, allow_nan=False)


def test_what_is_told_arrives() -> None:
    words = LastWords("NORMAL_CLEARING", {"X-Result": "to_agent", "X-Facts": packed({"people": 3, "secret": "x"})})
    assert said(BOT, words) == ("to_agent", {"people": 3})
    assert said(None, words) == ("to_agent", {})
    assert said(BOT, None) == ("", {})
    assert said(BOT, LastWords("ALLOTTED_TIMEOUT", {"X-Result": "done"})) == (TOO_LONG, {})


@pytest.mark.parametrize(
    "facts", ["", "%%%", packed([1]), packed({"people": "x" * 501}), "A" * 5000, packed({"people": {"a": 1}})]
)
def test_facts_that_are_no_facts_are_none(facts: str) -> None:
    assert said(BOT, LastWords("NORMAL_CLEARING", {"X-Result": "done", "X-Facts": facts})) == ("done", {})
