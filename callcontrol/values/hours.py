"""Opening hours: a weekly table in a time zone, with exceptions by date (holidays, working weekends, half days)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``start`` up to, not including, ``end``; both local times as ``HH:MM``; ``24:00`` ends a day."""

    start: str
    end: str

    def holds(self, at: time) -> bool:
        return self.start <= f"{at.hour:02d}:{at.minute:02d}" < self.end


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """``week`` maps mon..sun to spans, ``exceptions`` maps ISO dates to the spans of that day (empty: closed all day).
    ``closed_until`` (ISO instant with offset) closes at once, whatever the table says, until then."""

    name: str
    zone: str = "Asia/Shanghai"
    week: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    exceptions: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    closed_until: str = ""

    def is_open(self, at: datetime) -> bool:
        """Whether the line is open at that instant (an aware datetime of any zone)."""
        if self.closed_until and at < datetime.fromisoformat(self.closed_until):
            return False
        local = at.astimezone(ZoneInfo(self.zone))
        return any(span.holds(local.time()) for span in self.spans_of(local.date()))

    def spans_of(self, day: date) -> tuple[Span, ...]:
        exception = self.exceptions.get(day.isoformat())
        if exception is not None:
            return exception
        return self.week.get(DAYS[day.weekday()], ())

    def as_data(self) -> dict[str, Any]:
        def plain(table: Mapping[str, tuple[Span, ...]]) -> dict[str, list[str]]:
            return {key: [f"{span.start}-{span.end}" for span in spans] for key, spans in table.items()}

        return {
            "name": self.name,
            "zone": self.zone,
            "week": plain(self.week),
            "exceptions": plain(self.exceptions),
            "closed_until": self.closed_until,
        }


def read_hours(name: str, data: Mapping[str, Any]) -> OpeningHours:
    """Hours from plain data, as ``as_data`` gives them. A key of ``week`` may name several days: ``mon-fri``,
    ``sat,sun``. Raises ``ValueError`` with a sentence."""
    zone = str(data.get("zone", "Asia/Shanghai"))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"The time zone {zone!r} is not known; use a name such as Asia/Shanghai.") from error
    week: dict[str, tuple[Span, ...]] = {}
    for key, spans in _table(data, "week").items():
        for day in days_of(key):
            week[day] = read_spans(spans)
    exceptions: dict[str, tuple[Span, ...]] = {}
    for key, spans in _table(data, "exceptions").items():
        try:
            exceptions[date.fromisoformat(str(key)).isoformat()] = read_spans(spans)
        except ValueError as error:
            raise ValueError(f"The exception {key!r} is wrong ({error}); write a date as 2026-10-01.") from error
    closed_until = str(data.get("closed_until", "") or "")
    if closed_until:
        try:
            instant = datetime.fromisoformat(closed_until)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise ValueError(f"closed_until {closed_until!r} is no instant; write 2026-10-01T18:00+08:00.")
    return OpeningHours(name, zone, week, exceptions, closed_until)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key) or {}
    if not isinstance(table, Mapping):
        raise ValueError(f"{key} is a table of days and spans, such as mon-fri = ['09:00-18:00'], not {table!r}.")
    return table


def days_of(key: str) -> list[str]:
    """``mon-fri`` -> mon, tue, ... ; ``sat,sun`` -> sat, sun."""
    days: list[str] = []
    for part in key.replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{key!r} names no day; use mon tue wed thu fri sat sun, mon-fri, or sat,sun.")
        start, end = DAYS.index(first), DAYS.index(last or first)
        if end < start:
            raise ValueError(f"{key!r} runs backwards; write the earlier day first.")
        days += DAYS[start : end + 1]
    return days


def read_spans(spans: Any) -> tuple[Span, ...]:
    """``["09:00-12:00", "13:00-18:00"]`` or one such text; ordered, not overlapping. Raises ``ValueError``."""
    texts: Sequence[Any] = [spans] if isinstance(spans, str) else spans
    if not isinstance(texts, list | tuple):
        raise ValueError(f"{spans!r} is no list of spans; write ['09:00-18:00'], or [] for closed.")
    read: list[Span] = []
    for text in texts:
        start, dash, end = str(text).replace(" ", "").partition("-")
        if not dash or not _is_time(start) or not (_is_time(end) or end == "24:00") or not start < end:
            raise ValueError(f"{text!r} is no span; write 09:00-18:00, the earlier time first, 24:00 for midnight.")
        if read and start < read[-1].end:
            raise ValueError(f"{text!r} overlaps the span before it; join the two.")
        read.append(Span(start, end))
    return tuple(read)


def _is_time(text: str) -> bool:
    try:
        return f"{time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        return False
