"""How numbers, digits and times of day are said: keys of the pieces, in the order of speaking."""

from __future__ import annotations

import re

MOST = 999_999_999_999  # a greater number is said digit by digit
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SIGNS = {"*": "say.star", "#": "say.hash"}


def say_value(value: str | int, language: str) -> list[str]:
    """A whole number, a time ``HH:MM``, or anything else digit by digit (what is no digit is left out)."""
    if isinstance(value, int):
        return say_number(value, language)
    if time := _TIME.fullmatch(value):
        return say_time(int(time[1]), int(time[2]), language)
    return say_digits(value)


def say_digits(text: str) -> list[str]:
    return [_SIGNS.get(c, f"say.{c}") for c in text if c in "0123456789*#"]


def say_number(number: int, language: str) -> list[str]:
    if not 0 <= number <= MOST:
        return say_digits(str(number))
    return _number_zh(number) if language == "zh" else _number_en(number)


def say_counted(number: int, language: str) -> list[str]:
    """A number before the thing that is counted: Chinese says two differently there (两位)."""
    return ["say.liang"] if language == "zh" and number == 2 else say_number(number, language)


def say_time(hour: int, minute: int, language: str) -> list[str]:
    return _time_zh(hour, minute) if language == "zh" else _time_en(hour, minute)


def _number_zh(number: int) -> list[str]:
    if number == 0:
        return ["say.0"]
    said: list[str] = []
    skipped = False
    for power, unit in ((10**8, "say.yi"), (10**4, "say.wan"), (1, "")):
        group = number // power % 10**4
        if not group:
            skipped = bool(said)
            continue
        if said and (skipped or group < 1000):
            said.append("say.0")  # a gap: 一万零五, 一亿零一千
        said += ["say.liang"] if group == 2 and unit else _group_zh(group, first=not said)
        said += [unit] if unit else []
    return said


def _group_zh(number: int, *, first: bool) -> list[str]:
    """1 to 9999, within a greater number unless ``first``."""
    said: list[str] = []
    gap = False
    for unit in (1000, 100, 10, 1):
        digit = number // unit % 10
        if digit == 0:
            gap = bool(said)
            continue
        if gap:
            said.append("say.0")
            gap = False
        if not (unit == 10 and digit == 1 and not said and first):  # 十二, not 一十二; but 一百一十二, 一万零一十二
            said.append("say.liang" if digit == 2 and unit >= 100 else f"say.{digit}")
        if unit > 1:
            said.append(f"say.{unit}")
    return said


def _number_en(number: int) -> list[str]:
    if number == 0:
        return ["say.0"]
    said: list[str] = []
    for power, unit in ((10**9, "say.billion"), (10**6, "say.million"), (1000, "say.1000"), (1, "")):
        group = number // power % 1000
        if group:
            said += [*_group_en(group), *([unit] if unit else [])]
    return said


def _group_en(number: int) -> list[str]:
    said: list[str] = []
    if number >= 100:
        said += [f"say.{number // 100}", "say.100"]
        number %= 100
    if number >= 20:
        said.append(f"say.{number // 10 * 10}")
        number %= 10
    return [*said, f"say.{number}"] if number else said


def _time_zh(hour: int, minute: int) -> list[str]:
    part = "morning" if hour < 12 else "noon" if hour == 12 else "afternoon" if hour < 18 else "evening"
    twelve = hour if hour <= 12 else hour - 12
    said = [f"say.{part}", *say_counted(twelve, "zh"), "say.hour"]
    if minute:
        said += [*(["say.0"] if minute < 10 else []), *_number_zh(minute), "say.minute"]
    return said


def _time_en(hour: int, minute: int) -> list[str]:
    said = _number_en(hour % 12 or 12)
    if minute:
        said += [*(["say.oh"] if minute < 10 else []), *_number_en(minute)]
    return [*said, "say.am" if hour < 12 else "say.pm"]
