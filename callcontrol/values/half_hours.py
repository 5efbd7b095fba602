"""One half-hour of one queue, as it is kept for ever, and how they add up to days, weeks and months."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from callcontrol.values.counts import HALF_HOUR_S, Counts

PERIODS = ("half_hour", "hour", "day", "week", "month", "all")


@dataclass(frozen=True, slots=True)
class HalfHour:
    """``began_at`` is its beginning in seconds since the epoch (UTC), by which visits of that half-hour joined."""

    queue: str
    began_at: float
    counts: Counts


@dataclass(frozen=True, slots=True)
class Kept:
    """What one journal says of a half-hour: ``since`` and ``upto`` are the times of the first and of the last line that its
    floor was made of."""

    since: float
    upto: float
    counts: Counts


def united(kept: Sequence[Kept]) -> Counts:
    """The counts of a half-hour that several journals tell of. Usually there is one. A journal that began anew, because
    the engine lost everything, counted other visits: they add up. One that was read again from what was left of it counted
    some of the same: the fuller of the two stands."""
    chosen: list[Kept] = []
    for one in sorted(kept, key=lambda k: (k.since, k.upto)):
        if chosen and one.since <= chosen[-1].upto:
            if one.counts.joined > chosen[-1].counts.joined:
                chosen[-1] = one
            continue
        chosen.append(one)
    counts = Counts()
    for one in chosen:
        counts.add(one.counts)
    return counts


@dataclass(slots=True)
class Period:
    """``queue`` is empty where all were asked for in one. ``until`` is the beginning of the next period."""

    queue: str
    since: float
    until: float
    counts: Counts = field(default_factory=Counts)


def summed(half_hours: Iterable[HalfHour], by: str, zone: tzinfo | None, *, together: bool = False) -> list[Period]:
    """Periods in the order of time and queue; those without a visit are left out. ``by`` is one of ``PERIODS``; days, weeks
    (from Monday) and months begin at midnight in ``zone`` (None: this machine's). Raises ``KeyError`` for another ``by``."""
    begin = BEGINNINGS[by]
    found: dict[tuple[float, str], Period] = {}
    for one in half_hours:
        queue = "" if together else one.queue
        since, until = begin(one.began_at, zone)
        period = found.get((since, queue))
        if period is None:
            period = found[since, queue] = Period(queue, since, until)
        period.counts.add(one.counts)
    return [found[key] for key in sorted(found)]


def _of_hours(hours: float) -> Callable[[float, tzinfo | None], tuple[float, float]]:
    length_s = hours * 3600.0

    def beginning(at: float, zone: tzinfo | None) -> tuple[float, float]:
        # By the wall clock: an hour of a zone that is off by a quarter begins there, not in UTC.
        offset_s = (_local(at, zone).utcoffset() or timedelta()).total_seconds() if length_s > HALF_HOUR_S else 0.0
        since = (at + offset_s) // length_s * length_s - offset_s
        return since, since + length_s

    return beginning


def _day(at: float, zone: tzinfo | None) -> tuple[float, float]:
    return _days(_midnight(at, zone), zone, 1)


def _week(at: float, zone: tzinfo | None) -> tuple[float, float]:
    day = _midnight(at, zone)
    return _days(day - timedelta(days=day.weekday()), zone, 7)


def _month(at: float, zone: tzinfo | None) -> tuple[float, float]:
    first = _midnight(at, zone).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return _stamp(first, zone), _stamp(following, zone)


def _all(_at: float, _zone: tzinfo | None) -> tuple[float, float]:
    return 0.0, float("inf")


def _days(first: datetime, zone: tzinfo | None, days: int) -> tuple[float, float]:
    return _stamp(first, zone), _stamp(first + timedelta(days=days), zone)


def _midnight(at: float, zone: tzinfo | None) -> datetime:
    """Without a zone, so that days can be added where one has 23 or 25 hours."""
    return _local(at, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _local(at: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(at, zone) if zone else datetime.fromtimestamp(at, UTC).astimezone()


def _stamp(naive: datetime, zone: tzinfo | None) -> float:
    return naive.replace(tzinfo=zone).timestamp()


BEGINNINGS = {
    "half_hour": _of_hours(0.5),
    "hour": _of_hours(1.0),
    "day": _day,
    "week": _week,
    "month": _month,
    "all": _all,
}
