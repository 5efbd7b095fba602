"""Opening hours: a weekly table in a time zone, with special days by date (holidays, half days, working weekends).

A span is a stretch of time between two instants. On the two days a year on which clocks change, a start that does not exist
is the moment of the change; of a time that comes twice, a start is the first and an end the last: so nothing opens twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
# How far a change is looked for: a line that does not open within a year is closed for good.
HORIZON_DAYS = 370


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``start`` up to, not including, ``end``; both local times as ``HH:MM``; ``24:00`` ends a day."""

    start: str
    end: str

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One date that is not as the week says: ``spans`` (none: closed all day), or, if ``like`` names a weekday, the hours
    of that one: a Saturday that works for a moved holiday. ``title`` is per language."""

    spans: tuple[Span, ...] = ()
    like: str = ""
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds at an instant. ``because``: week, special_day or closure; ``until``: when it changes next (UTC), None
    if not within a year."""

    open: bool
    because: str
    title: Mapping[str, str]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DayOfHours:
    """``clock_change``: by how many minutes the clocks are put forward on that day (back: negative)."""

    day: date
    spans: tuple[Span, ...]
    special: SpecialDay | None
    clock_change: int = 0


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """``week`` maps mon..sun to spans, ``exceptions`` maps ISO dates to special days. ``closed_until`` (ISO instant with
    offset) closes at once, whatever the table says, until then."""

    name: str
    zone: str = "Asia/Shanghai"
    week: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    exceptions: Mapping[str, SpecialDay] = field(default_factory=dict)
    closed_until: str = ""

    def is_open(self, at: datetime) -> bool:
        """Whether the line is open at that instant (an aware datetime of any zone)."""
        closure = self.closure()
        if closure is not None and at < closure:
            return False
        day = at.astimezone(ZoneInfo(self.zone)).date()
        return any(start <= at < end for start, end in self._instants(day))

    def closure(self) -> datetime | None:
        return datetime.fromisoformat(self.closed_until) if self.closed_until else None

    def spans_of(self, day: date) -> tuple[Span, ...]:
        special = self.exceptions.get(day.isoformat())
        if special is None:
            return self.week.get(DAYS[day.weekday()], ())
        return self.week.get(special.like, ()) if special.like else special.spans

    def moment(self, at: datetime) -> Moment:
        """What holds at ``at`` (aware), why, and until when."""
        closure = self.closure()
        is_open = self.is_open(at)
        special = self.exceptions.get(at.astimezone(ZoneInfo(self.zone)).date().isoformat())
        closed_now = closure is not None and at < closure
        because = "closure" if closed_now else "special_day" if special is not None else "week"
        title = special.title if special is not None and not closed_now else {}
        return Moment(is_open, because, title, self._until(at, is_open))

    def opens_at(self, at: datetime) -> datetime | None:
        """When it opens next after ``at``, in its own zone; None while it is open, or if it does not within a year."""
        moment = self.moment(at)
        return None if moment.open or moment.until is None else moment.until.astimezone(ZoneInfo(self.zone))

    def days(self, first: date, count: int) -> list[DayOfHours]:
        """``count`` days from ``first`` on, as a calendar shows them. A closure is not in it: it is no day."""
        zone = ZoneInfo(self.zone)
        rows = []
        for number in range(count):
            day = first + number * _DAY
            offsets = [datetime.combine(d, time(), zone).utcoffset() or timedelta() for d in (day, day + _DAY)]
            change = int((offsets[1] - offsets[0]).total_seconds() // 60)
            rows.append(DayOfHours(day, self.spans_of(day), self.exceptions.get(day.isoformat()), change))
        return rows

    def open_spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of being open that end after ``since``, in order, joined over midnight, for about a year; UTC."""
        closure = self.closure()
        day = since.astimezone(ZoneInfo(self.zone)).date() - _DAY
        open_from: datetime | None = None
        open_to: datetime | None = None
        for number in range(HORIZON_DAYS):
            for span in self._instants(day + number * _DAY):
                start = span[0] if closure is None else max(span[0], closure)
                if start >= span[1]:
                    continue
                if open_to is not None and open_from is not None and start > open_to:
                    if open_to > since:
                        yield open_from, open_to
                    open_from = None
                open_from = open_from or start
                open_to = span[1]
        if open_from is not None and open_to is not None and open_to > since:
            yield open_from, open_to

    def _until(self, at: datetime, is_open: bool) -> datetime | None:
        horizon = at + (HORIZON_DAYS - 3) * _DAY
        for start, end in self.open_spans(at):
            change = end if is_open else start
            return change if change < horizon else None
        return None

    def _instants(self, day: date) -> list[tuple[datetime, datetime]]:
        return [_span_instants(self.zone, day, span) for span in self.spans_of(day)]

    def as_data(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "zone": self.zone,
            "week": {day: [str(span) for span in spans] for day, spans in self.week.items()},
            "exceptions": {day: _special_as_data(special) for day, special in self.exceptions.items()},
            "closed_until": self.closed_until,
        }


def _special_as_data(special: SpecialDay) -> dict[str, Any]:
    said: dict[str, Any] = {"like": special.like} if special.like else {"spans": [str(span) for span in special.spans]}
    return {**said, "title": dict(special.title)} if special.title else said


@lru_cache(maxsize=10_000)  # asked at every call that begins, of the same day
def _span_instants(zone: str, day: date, span: Span) -> tuple[datetime, datetime]:
    return _instant(zone, day, span.start, fold=0), _instant(zone, day, span.end, fold=1)


def _instant(zone: str, day: date, text: str, *, fold: int) -> datetime:
    """That local time as an instant in UTC; one that the clocks leave out is the moment at which they do."""
    if text == "24:00":
        day, text = day + _DAY, "00:00"
    local = datetime.combine(day, time.fromisoformat(text), ZoneInfo(zone))
    instant = local.replace(fold=fold).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None):
        return instant
    before, after = sorted(local.replace(fold=f).astimezone(UTC) for f in (0, 1))
    old = before.astimezone(ZoneInfo(zone)).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(ZoneInfo(zone)).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


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
    exceptions: dict[str, SpecialDay] = {}
    for key, special in _table(data, "exceptions").items():
        try:
            day = date.fromisoformat(str(key)).isoformat()
        except ValueError as error:
            raise ValueError(f"The special day {key!r} is no date; write it as 2026-10-01.") from error
        try:
            exceptions[day] = read_special_day(special)
        except ValueError as error:
            raise ValueError(f"The special day {key} is wrong: {error}") from error
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
    texts: Any = [spans] if isinstance(spans, str) else spans
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


def read_special_day(data: Any) -> SpecialDay:
    """``[]`` (closed), ``["09:00-12:00"]``, or a table with ``spans`` or ``like``, and a ``title`` per language. Raises
    ``ValueError``."""
    if not isinstance(data, Mapping):
        return SpecialDay(read_spans(data))
    unknown = sorted(set(data) - {"spans", "like", "title"})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not known; a special day has spans or like, and a title.")
    like, title = data.get("like") or "", data.get("title") or {}
    if like and like not in DAYS:
        raise ValueError(f"like = {like!r} names no day; use one of {' '.join(DAYS)}.")
    if like and data.get("spans"):
        raise ValueError("it has both spans and like; keep one.")
    if not isinstance(title, Mapping) or not all(isinstance(text, str) for text in title.values()):
        raise ValueError(f'the title is a text for each language, such as {{zh = "…", en = "…"}}, not {title!r}.')
    return SpecialDay(read_spans(data.get("spans") or ()), like, dict(title))


def _is_time(text: str) -> bool:
    try:
        return f"{time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        return False
