"""How quiet times of the week are said: keys of the pieces, in the order of speaking."""

from __future__ import annotations

import re

from callcontrol.prompts.say import say_counted, say_number

_SPAN = re.compile(r"([a-z,]+) (\d\d):(\d\d)-(\d\d):(\d\d)")
_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})


def say_quiet(value: str, language: str) -> list[str]:
    """``tue,thu 09:30-10:30;fri 14:00-15:00``: 星期二、星期四上午九点半到十点半，或者星期五下午两点到三点; on Tuesday and Thursday
    in the morning between half past nine and half past ten, or on Friday in the afternoon between two and three. What can't
    be read is left out."""
    said: list[str] = []
    for part in value.split(";"):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            continue
        days = [day for day in match[1].split(",") if day in _DAYS]
        start, end = (int(match[2]), int(match[3])), (int(match[4]), int(match[5]))
        said += ["say.or"] if said else []
        said += _zh(days, start, end) if language == "zh" else _en(days, start, end)
    return said


def _zh(days: list[str], start: tuple[int, int], end: tuple[int, int]) -> list[str]:
    said = [f"say.{day}" for day in days]
    said += [_part_zh(*start), *_clock_zh(*start), "say.until"]
    if _part_zh(*start) != _part_zh(*end):
        said.append(_part_zh(*end))
    return said + _clock_zh(*end)


def _part_zh(hour: int, _minute: int) -> str:
    part = "morning" if hour < 12 else "noon" if hour == 12 else "afternoon" if hour < 18 else "evening"
    return f"say.{part}"


def _clock_zh(hour: int, minute: int) -> list[str]:
    if hour == 24:
        hour = 12
    said = [*say_counted(hour if hour <= 12 else hour - 12, "zh"), "say.hour"]
    if minute == 30:
        return [*said, "say.half"]
    return [*said, *say_number(minute, "zh"), "say.minute"] if minute else said


def _en(days: list[str], start: tuple[int, int], end: tuple[int, int]) -> list[str]:
    said = ["say.on"]
    for number, day in enumerate(days):
        said += ["say.and"] if number and number == len(days) - 1 else []
        said.append(f"say.{day}")
    part = "morning" if start[0] < 12 else "afternoon" if start[0] < 18 else "evening"
    return [*said, f"say.in_the_{part}", "say.between", *_clock_en(*start), "say.and", *_clock_en(*end)]


def _clock_en(hour: int, minute: int) -> list[str]:
    number = say_number(hour % 12 or 12, "en")
    if minute == 30:
        return ["say.half_past", *number]
    if not minute:
        return number
    return [*number, *(["say.oh"] if minute < 10 else []), *say_number(minute, "en")]
