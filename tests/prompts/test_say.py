"""Numbers and times, said in both languages."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from callcontrol.prompts.catalogue import shipped_texts
from callcontrol.prompts.say import say_counted, say_number, say_time, say_value

TEXTS = {x: shipped_texts().by_language[x] for x in ("zh", "en")}


def read(keys: list[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(TEXTS[language][k] for k in keys)


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "零", "zero"),
        (2, "二", "two"),
        (10, "十", "ten"),
        (12, "十二", "twelve"),
        (20, "二十", "twenty"),
        (23, "二十三", "twenty three"),
        (100, "一百", "one hundred"),
        (105, "一百零五", "one hundred five"),
        (112, "一百一十二", "one hundred twelve"),
        (222, "两百二十二", "two hundred twenty two"),
        (1000, "一千", "one thousand"),
        (1005, "一千零五", "one thousand five"),
        (1050, "一千零五十", "one thousand fifty"),
        (2010, "两千零一十", "two thousand ten"),
        (9999, "九千九百九十九", "nine thousand nine hundred ninety nine"),
    ],
)
def test_a_number_is_said_as_people_say_it(number: int, zh: str, en: str):
    assert read(say_number(number, "zh"), "zh") == zh
    assert read(say_number(number, "en"), "en") == en


@given(st.integers(), st.sampled_from(["zh", "en"]))
def test_every_number_can_be_said_with_the_pieces_there_are(number: int, language: str):
    keys = say_number(number, language)
    assert keys
    assert all(key in TEXTS[language] for key in keys)


def test_different_numbers_sound_different():
    for language in ("zh", "en"):
        said = {read(say_number(n, language), language) for n in range(10_000)}
        assert len(said) == 10_000


def test_two_of_something_is_said_differently_in_chinese():
    assert read(say_counted(2, "zh"), "zh") == "两"
    assert read(say_counted(12, "zh"), "zh") == "十二"


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        ("0:00", "上午零点", "twelve a m"),
        ("9:05", "上午九点零五分", "nine oh five a m"),
        ("12:00", "中午十二点", "twelve p m"),
        ("14:30", "下午两点三十分", "two thirty p m"),
        ("20:15", "晚上八点十五分", "eight fifteen p m"),
    ],
)
def test_a_time_is_said_as_people_say_it(time: str, zh: str, en: str):
    assert read(say_value(time, "zh"), "zh") == zh
    assert read(say_value(time, "en"), "en") == en


def test_every_minute_of_the_day_can_be_said():
    for language in ("zh", "en"):
        said = {read(say_time(h, m, language), language) for h in range(24) for m in range(60)}
        assert len(said) == 24 * 60


@given(st.text())
def test_any_text_is_said_digit_by_digit_or_not_at_all(text: str):
    for language in ("zh", "en"):
        assert all(key in TEXTS[language] for key in say_value(text, language))
