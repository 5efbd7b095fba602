"""Money, dates, times, spans, telephone numbers and great numbers, as people say them in both languages."""

from __future__ import annotations

import re
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from callcontrol.prompts.amounts import KINDS
from callcontrol.prompts.catalogue import shipped_texts
from callcontrol.prompts.say import MOST, say_number
from callcontrol.prompts.sounds import pieces_of, sounds_for, spoken

TEXTS = {x: shipped_texts().by_language[x] for x in ("zh", "en")}


def read(keys: list[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(TEXTS[language][k] for k in keys)


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("money", "123.45", "一百二十三元四角五分", "one hundred twenty three yuan forty five"),
        ("money", "2", "两元", "two yuan"),
        ("money", "2.05", "两元零五分", "two yuan oh five"),
        ("money", "0.50", "五角", "fifty fen"),
        ("money", "0.02", "二分", "two fen"),
        ("money", "-10", "负十元", "minus ten yuan"),
        ("money", "0", "零元", "zero yuan"),
        ("money", "12000.00", "一万两千元", "twelve thousand yuan"),
        ("money", "about 5", "五", "five"),
        ("date", "2026-10-01", "十月一日", "October first"),
        ("date", "2026-12-31", "十二月三十一日", "December thirty first"),
        ("date", "2026-02-22T10:00", "二月二十二日", "February twenty second"),
        ("date", "02/03", "零二零三", "zero two zero three"),
        ("weekday", "sat", "星期六", "Saturday"),
        ("weekday", "2026-11-22", "星期日", "Sunday"),
        ("time", "14:05", "下午两点零五分", "two oh five p m"),
        ("time", "2026-11-22T09:30:00", "上午九点三十分", "nine thirty a m"),
        ("duration", "45", "四十五秒", "forty five seconds"),
        ("duration", "1", "一秒", "one second"),
        ("duration", "120", "两分钟", "two minutes"),
        ("duration", "3905", "一小时五分钟", "one hour five minutes"),
        ("duration", "7200", "两小时", "two hours"),
        ("duration", "3599", "一小时", "one hour"),
        ("phone", "13812", "幺三八幺二", "one three eight one two"),
        ("digits", "1*2#", "一星号二井号", "one star two hash"),
        ("number", "-7", "负七", "minus seven"),
        ("count", "2", "两", "two"),
        ("count", "12", "十二", "twelve"),
    ],
)
def test_a_value_is_said_as_people_say_it(kind: str, value: str, zh: str, en: str) -> None:
    assert read(KINDS[kind](value, "zh"), "zh") == zh
    assert read(KINDS[kind](value, "en"), "en") == en


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (10_000, "一万", "ten thousand"),
        (10_005, "一万零五", "ten thousand five"),
        (10_012, "一万零一十二", "ten thousand twelve"),
        (20_000, "两万", "twenty thousand"),
        (100_000, "十万", "one hundred thousand"),
        (200_500, "二十万零五百", "two hundred thousand five hundred"),
        (1_001_500, "一百万一千五百", "one million one thousand five hundred"),
        (100_001_000, "一亿零一千", "one hundred million one thousand"),
        (123_456_789, "一亿两千三百四十五万六千七百八十九",
         "one hundred twenty three million four hundred fifty six thousand seven hundred eighty nine"),
    ],
)  # fmt: skip
def test_great_numbers(number: int, zh: str, en: str) -> None:
    assert read(say_number(number, "zh"), "zh") == zh
    assert read(say_number(number, "en"), "en") == en


DIGITS = {word: n for n, word in enumerate("零一二三四五六七八九")} | {"两": 2}


def heard_zh(text: str) -> int:
    """The number that a listener writes down."""
    total = group = digit = 0
    for word in text:
        if word in DIGITS:
            digit = DIGITS[word]
        elif word in "十百千":
            group += (digit or (1 if word == "十" else 0)) * 10 ** ("十百千".index(word) + 1)
            digit = 0
        else:
            total += (group + digit) * (10_000 if word == "万" else 10**8)
            group = digit = 0
    return total + group + digit


@given(st.integers(0, MOST) | st.integers(0, 10**5) | st.sampled_from([10**n for n in range(12)]))
def test_a_listener_hears_the_number_that_was_meant(number: int) -> None:
    said = read(say_number(number, "zh"), "zh")
    assert heard_zh(said) == number
    assert "零零" not in said
    assert not re.search(r"零[十百千万亿]", said)


values = (
    st.text(max_size=12)
    | st.decimals(allow_nan=True).map(str)
    | st.dates().map(date.isoformat)
    | st.integers().map(str)
)


@given(st.sampled_from(sorted(KINDS)), values, st.sampled_from(["zh", "en"]))
def test_whatever_the_value_there_is_a_sound_for_every_piece(kind: str, value: str, language: str) -> None:
    assert all(key in TEXTS[language] for key in KINDS[kind](value, language))


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400", "²", "9" * 40])
def test_what_is_no_number_of_a_caller_is_said_all_the_same(value: str) -> None:
    for kind in KINDS:
        KINDS[kind](value, "zh")


def test_a_text_names_how_its_values_are_said(tmp_path) -> None:
    from callcontrol.flow.commands import Prompt
    from callcontrol.prompts.catalogue import Texts

    texts = Texts({"zh": {**TEXTS["zh"], "balance": "余额{left:money}，截至{day:date}。"}})
    prompt = Prompt("balance", {"left": "8.5", "day": "2026-11-22"})
    assert spoken(prompt, "zh", texts) == "余额8.5，截至2026-11-22。"
    files = sounds_for(prompt, "zh", tmp_path, texts)
    names = [re.sub(r"-[0-9a-f]{12}\.wav$", "", file.rpartition("/")[2]) for file in files]
    assert names == [
        "balance.0", "say.8", "say.yuan", "say.5", "say.jiao", "balance.1",
        "say.10", "say.1", "say.month", "say.2", "say.10", "say.2", "say.day",
    ]  # fmt: skip
    found = texts.find("balance", "zh")
    assert found is not None
    assert [piece for piece in pieces_of(found) if isinstance(piece, str)] == ["left:money", "day:date"]
