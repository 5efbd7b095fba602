"""Public holidays by country and year. Adapter: ``calendars``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callcontrol.values.hours import SpecialDay


class HolidaysUnknown(LookupError):
    """Nothing is known of that country or year; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class PublicDays:
    """``days``: ISO date -> special day. ``preliminary``: the country moves working days to weekends and has not decided
    which in that year; look again when it has."""

    country: str
    year: int
    days: Mapping[str, SpecialDay]
    preliminary: bool = False
