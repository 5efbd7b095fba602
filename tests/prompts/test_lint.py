"""What is said to be awkward in texts, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.prompts.catalogue import Texts, shipped_texts
from callcontrol.prompts.lint import MENU_S, digit_first, lint, too_long

KEY_FIRST = [
    ("en", "Press 1 for billing."),
    ("en", "Please press two to hear it again."),
    ("en", "For billing, press 1. Press 0 at any time for an agent."),
    ("en", "Press 1 to 5, or 0 to skip."),
    ("en", "Press the star key if that is right."),
    ("en", "Press {key} for a break."),
    ("zh", "按1账单"),
    ("zh", "请按2键查询余额。"),
    ("zh", "任何时候按0转人工。"),
    ("zh", "重听请按1，按星号返回。"),
]
KEY_LAST = [
    ("en", "For billing, press 1."),
    ("en", "To hear it again, press 1. For an agent, press 2."),
    ("en", "How friendly was the agent? Press 1 to 5."),
    ("en", "Please enter your PIN, then press hash."),
    ("en", "We impress 1 for all."),
    ("en", "One or two for free."),
    ("zh", "账单请按1"),
    ("zh", "号码正确请按1，换一个号码请按2。"),
    ("zh", "请按1到5。"),
    ("zh", "请输入您的工号，按井号键结束。"),
    ("zh", "按1或2。"),
]


@pytest.mark.parametrize(("language", "text"), KEY_FIRST)
def test_a_key_before_what_it_is_for_is_found(language: str, text: str):
    assert digit_first(text, language)


@pytest.mark.parametrize(("language", "text"), KEY_LAST)
def test_a_key_after_what_it_is_for_is_well(language: str, text: str):
    assert not digit_first(text, language)


def kinds(zh: dict[str, str], en: dict[str, str], stale: set[tuple[str, str]] = frozenset()) -> list[tuple[str, ...]]:
    return [(f.key, f.language, f.kind) for f in lint(Texts({"zh": zh, "en": en}), stale)]


def test_nothing_is_found_in_the_shipped_texts():
    assert [str(finding) for finding in lint(shipped_texts())] == []


def test_a_text_that_lacks_a_language():
    assert kinds({"a": "你好。"}, {}) == [("a", "en", "missing")]
    assert kinds({"say.wan": "万"}, {}) == []


def test_fields_that_only_one_language_has():
    assert kinds({"a": "还有{n}位，{name}"}, {"a": "{n} more"}) == [("a", "zh", "fields")]
    assert kinds({"a": "{x:money}"}, {"a": "{x:number}"}) == [("a", "zh", "fields"), ("a", "en", "fields")]
    assert kinds({"a": "{b}在{a}"}, {"a": "{a} at {b}"}) == []


def test_a_menu_may_be_shorter_than_a_text_that_asks_nothing():
    long = "word " * 50  # 18 seconds
    assert not too_long(long, "en")
    assert too_long(long + "press 1.", "en") > MENU_S
    assert too_long("字" * 60 + "请按1。", "zh") > MENU_S
    assert not too_long("字" * 50 + "请按1。", "zh")
    assert too_long("字" * 160, "zh")


def test_a_recording_of_an_older_text():
    assert kinds({"a": "好。"}, {"a": "Good."}, {("a", "en")}) == [("a", "en", "stale")]


some_texts = st.dictionaries(st.sampled_from(["a", "b.c", "say.1"]), st.text(max_size=60))


@given(some_texts, some_texts)
def test_whatever_is_written_is_judged_with_a_sentence(zh: dict[str, str], en: dict[str, str]):
    for finding in lint(Texts({"zh": zh, "en": en})):
        assert str(finding).endswith(".")


@given(st.sampled_from("0123456789"), st.sampled_from(["billing", "an agent", "the status of an order"]))
def test_the_advice_is_itself_well(key: str, what: str):
    assert digit_first(f"Press {key} for {what}.", "en")
    assert not digit_first(f"For {what}, press {key}.", "en")
