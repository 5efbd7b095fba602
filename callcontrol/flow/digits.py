"""Whether digits are what they should be: card numbers, Chinese identity cards and mobile numbers, dates. An ``*`` stands for
the X that a telephone does not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date


def luhn(digits: str) -> bool:
    """Cards and many account numbers: the last digit is a check of the others (ISO/IEC 7812-1)."""
    if not digits.isdecimal() or len(digits) < 2:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_card_cn(digits: str) -> bool:
    """A Chinese identity card of 18 places (GB 11643): a date that exists, and the last place a check (10 is X, here ``*``)."""
    if len(digits) != 18 or not digits[:17].isdecimal() or not date_ymd(digits[6:14]):
        return False
    rest = (12 - sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False))) % 11
    return digits[17] == ("*" if rest == 10 else str(rest))


def mobile_cn(digits: str) -> bool:
    """A Chinese mobile number: eleven digits, 13 to 19 in front."""
    return len(digits) == 11 and digits.isdecimal() and digits[0] == "1" and digits[1] >= "3"


def date_ymd(digits: str) -> bool:
    """Eight digits that are a date: 20261001."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return len(digits) == 8


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "luhn": luhn,
    "id_card_cn": id_card_cn,
    "mobile_cn": mobile_cn,
    "date_ymd": date_ymd,
}


def example(check: str, at_least: int, at_most: int) -> str | None:
    """Digits of that length that pass, for rehearsals; None if there are none."""
    known = {"id_card_cn": "11010519491231002*", "mobile_cn": "13800138000", "date_ymd": "20261001"}
    if check in known:
        return known[check] if at_least <= len(known[check]) <= at_most else None
    for length in range(at_least, at_most + 1):
        for last in range(10):
            digits = "1" * (length - 1) + str(last)
            if digits and CHECKS[check](digits):
                return digits
    return None
