"""Quiet times as they are said."""

from __future__ import annotations

import pytest

from callcontrol.prompts.catalogue import shipped_texts
from callcontrol.prompts.quiet import say_quiet

CASES = [
    (
        "tue,thu 09:30-10:30",
        "星期二星期四上午九点半到十点半",
        "on Tuesday and Thursday in the morning between half past nine and half past ten",
    ),
    ("mon 11:00-13:00", "星期一上午十一点到下午一点", "on Monday in the morning between eleven and one"),
    ("fri 14:00-16:00", "星期五下午两点到四点", "on Friday in the afternoon between two and four"),
    (
        "sat 18:00-19:30;sun 12:00-13:30",
        "星期六晚上六点到七点半或者星期日中午十二点到下午一点半",
        "on Saturday in the evening between six and half past seven or on Sunday in the afternoon between twelve and half past one",
    ),
    (
        "mon,tue,wed 22:00-24:00",
        "星期一星期二星期三晚上十点到十二点",
        "on Monday Tuesday and Wednesday in the evening between ten and twelve",
    ),
]


def text_of(value: str, language: str) -> str:
    texts = shipped_texts()
    found = [texts.find(key, language) for key in say_quiet(value, language)]
    assert all(found), f"a piece has no text: {say_quiet(value, language)}"
    return ("" if language == "zh" else " ").join(piece.text for piece in found if piece is not None)


@pytest.mark.parametrize(("value", "zh", "en"), CASES)
def test_as_somebody_would_say_it(value: str, zh: str, en: str) -> None:
    assert text_of(value, "zh") == zh
    assert text_of(value, "en") == en


def test_what_can_not_be_read_is_not_said() -> None:
    assert say_quiet("whenever", "en") == []
    assert say_quiet("", "zh") == []
