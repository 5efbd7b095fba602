"""Estimated waits and quiet times as the floor page says them."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

_DAYS = {
    "mon": lazy_gettext("Monday"),
    "tue": lazy_gettext("Tuesday"),
    "wed": lazy_gettext("Wednesday"),
    "thu": lazy_gettext("Thursday"),
    "fri": lazy_gettext("Friday"),
    "sat": lazy_gettext("Saturday"),
    "sun": lazy_gettext("Sunday"),
}


def wait_range(estimate: Mapping[str, float] | None) -> str:
    """``{"low_s": 65.0, "high_s": 170.0}``: 1–3 min. Empty where there is no estimate."""
    if not estimate:
        return ""
    high = ceil(estimate["high_s"] / 60)
    if high <= 1:
        return str(_("under 1 min"))
    low = int(estimate["low_s"] // 60)
    return str(_("%(low)s–%(high)s min", low=low, high=high) if low < high else _("%(high)s min", high=high))


def quiet_times(text: str) -> str:
    """``tue,thu 09:30-10:30;fri 14:00-15:00``: Tuesday, Thursday 09:30–10:30; Friday 14:00–15:00."""
    parts = []
    for part in filter(None, text.split(";")):
        days, _space, span = part.partition(" ")
        names = ", ".join(str(_DAYS.get(day, day)) for day in days.split(","))
        parts.append(f"{names} {span.replace('-', '–')}")
    return "; ".join(parts)


def graded(grades: Mapping[str, Any] | None) -> dict[str, int] | None:
    """Of the day's estimates that were graded: how many were right, of how many."""
    if not grades:
        return None
    of = grades["inside"] + grades["below"] + grades["above"]
    return {"right": grades["inside"], "of": of} if of else None
