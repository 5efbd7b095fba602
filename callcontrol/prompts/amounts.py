"""How amounts of money, dates, spans of time and telephone numbers are said: keys of the pieces, in the order of speaking.

What can't be read as what it is said to be is said digit by digit: a caller who hears "three, one, two" is better served than
one who hears nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from callcontrol.prompts.quiet import say_quiet
from callcontrol.prompts.say import say_counted, say_digits, say_number, say_time, say_value
from callcontrol.values.waits import BUCKETS

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")
_MOST_MONEY = Decimal("999999999999.99")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def say_money(value: str, language: str) -> list[str]:
    """An amount with at most two places, ``123.45``: 一百二十三元四角五分; one hundred twenty three yuan forty five."""
    try:
        amount = Decimal(value.strip())
        if not amount.is_finite() or abs(amount) > _MOST_MONEY:
            return say_digits(value)
        amount = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return say_digits(value)
    sign = ["say.minus"] if amount < 0 else []
    whole, cents = divmod(int(abs(amount) * 100), 100)
    return [*sign, *(_money_zh if language == "zh" else _money_en)(whole, cents)]


def _money_zh(whole: int, cents: int) -> list[str]:
    said = [*say_counted(whole, "zh"), "say.yuan"] if whole or not cents else []
    jiao, fen = divmod(cents, 10)
    if jiao:
        said += [*say_number(jiao, "zh"), "say.jiao"]
    if fen:
        said += [*(["say.0"] if whole and not jiao else []), *say_number(fen, "zh"), "say.fen"]
    return said


def _money_en(whole: int, cents: int) -> list[str]:
    said = [*say_number(whole, "en"), "say.yuan"] if whole or not cents else []
    if not cents:
        return said
    if not whole:
        return [*say_number(cents, "en"), "say.fen"]
    return [*said, *(["say.oh"] if cents < 10 else []), *say_number(cents, "en")]


def say_date(value: str, language: str) -> list[str]:
    """``2026-10-01``: 十月一日; October first. The year is left out: what is said on a telephone is near."""
    try:
        day = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return say_digits(value)
    if language == "zh":
        return [*say_number(day.month, "zh"), "say.month", *say_number(day.day, "zh"), "say.day"]
    return [f"say.month.{day.month}", f"say.th.{day.day}"]


def say_weekday(value: str, _language: str) -> list[str]:
    """``mon`` to ``sun``, or a date: 星期一; Monday."""
    text = value.strip().lower()
    if text not in WEEKDAYS:
        try:
            text = WEEKDAYS[date.fromisoformat(text[:10]).weekday()]
        except ValueError:
            return say_digits(value)
    return [f"say.{text}"]


def say_clock(value: str, language: str) -> list[str]:
    """``14:05``, or a date and time: 下午两点零五分; two oh five p m."""
    text = value.strip()
    match = _TIME.fullmatch(text[11:16] if "T" in text else text)
    return say_time(int(match[1]), int(match[2]), language) if match else say_digits(value)


def say_duration(value: str, language: str) -> list[str]:
    """Whole seconds: 3905 is 一小时五分钟, one hour five minutes. Above a minute, seconds are not worth the breath."""
    try:
        seconds = int(Decimal(value.strip()).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):  # no number, not a number, without end
        return say_digits(value)
    if not 0 <= seconds < 1_000 * 3600:
        return say_digits(str(seconds))
    if seconds < 60:
        return _counted(seconds, "second", language)
    hours, minutes = divmod((seconds + 30) // 60, 60)
    said = _counted(hours, "hours", language) if hours else []
    return said + (_counted(minutes, "minutes", language) if minutes or not hours else [])


def _counted(number: int, unit: str, language: str) -> list[str]:
    if language == "zh":
        return [*say_counted(number, "zh"), f"say.for_{unit.rstrip('s')}"]
    one = f"say.for_{unit.rstrip('s')}" if number == 1 else f"say.for_{unit.rstrip('s')}s"
    return [*say_number(number, "en"), one]


def say_phone(value: str, language: str) -> list[str]:
    """A telephone number digit by digit; in Chinese the one is said yāo, which nobody mistakes for a seven."""
    keys = say_digits(value)
    return ["say.yao" if key == "say.1" else key for key in keys] if language == "zh" else keys


def say_amount(value: str, language: str) -> list[str]:
    """A whole number with its sign."""
    try:
        number = int(value)
    except ValueError:
        return say_value(value, language)
    return ["say.minus", *say_number(-number, language)] if number < 0 else say_number(number, language)


def say_of(value: str, language: str) -> list[str]:
    """A number of things (两位)."""
    return say_counted(int(value), language) if value.isdecimal() else say_value(value, language)


# Kinds of values: after the colon in ``{balance:money}``, and keys of prompts that say nothing but a value.
def say_wait(value: str) -> list[str]:
    """``2_to_5``: 预计等待两到五分钟; the wait is about two to five minutes. The names are those of ``values.waits``."""
    return [f"wait.{value}"] if value in {name for _, name in BUCKETS} else []


KINDS: Mapping[str, Callable[[str, str], list[str]]] = {
    "number": say_amount,
    "count": say_of,
    "digits": lambda value, _language: say_digits(value),
    "phone": say_phone,
    "money": say_money,
    "date": say_date,
    "weekday": say_weekday,
    "time": say_clock,
    "duration": say_duration,
    "quiet": say_quiet,
    "wait": lambda value, _language: say_wait(value),
}
