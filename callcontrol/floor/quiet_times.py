"""When it is really quiet: learned from a queue's own half-hours of the last weeks, inside its opening hours; and which of
these times a caller is told, so that not everybody is sent to one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.hours import DAYS, OpeningHours
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.entries import QuietTimesLearned
    from callcontrol.floor.floor import Floor

FEWEST_CALLS = 100  # of all the weeks; with fewer, waits are chance
FEWEST_WEEKS = 2  # in which that half-hour was worked in
# Quiet is who waits at most this long, or half of what is usual; and hardly anybody gives up.
QUIET_S, QUIET_SHARE, MOST_LOST = 10.0, 0.5, 0.1
MOST_WINDOWS = 12
# A window is long enough to hit and short enough to remember; a longer quiet time is several.
SHORTEST, LONGEST = 2, 4  # half-hours
_LOST = (Outcome.ABANDONED_WAITING, Outcome.ABANDONED_RINGING, Outcome.ABANDONED_IN_MESSAGE, Outcome.ADVISED_OFFPEAK)


@dataclass(frozen=True, slots=True)
class Window:
    """``day`` mon..sun, local times ``HH:MM``, ``24:00`` ends a day. ``weight``: its share of those who are told."""

    day: str
    start: str
    end: str
    weight: float = 1.0


@dataclass(slots=True)
class _Slot:
    days: set[date]
    answered: int = 0
    waited_s: float = 0.0
    lost: int = 0

    def mean_s(self) -> float:
        return self.waited_s / self.answered if self.answered else 0.0


def learned(half_hours: Iterable[tuple[float, Counts]], hours: OpeningHours | None, zone: str) -> tuple[Window, ...]:
    """The quiet windows of one queue; ``half_hours`` are (beginning in seconds since the epoch, counts), ``zone`` is used
    where the queue has no opening hours (it is always open). Empty where too little is known, or no time is quiet."""
    here = ZoneInfo(hours.zone if hours else zone)
    slots: dict[tuple[int, int], _Slot] = {}
    worked: set[date] = set()
    calls = answered = 0
    waited_s = 0.0
    seen: list[tuple[datetime, Counts]] = []
    for began_at, counts in half_hours:
        local = datetime.fromtimestamp(began_at, UTC).astimezone(here)
        calls += counts.joined
        answered += counts.outcomes.get(Outcome.ANSWERED, 0)
        waited_s += counts.answer_wait_ms / 1000
        if counts.joined:
            worked.add(local.date())
            seen.append((local, counts))
    if calls < FEWEST_CALLS or not answered:
        return ()
    for day in worked:  # a half-hour in which nobody called is a quiet one
        for number in range(48):
            if _is_open(hours, day, number, here):
                slots.setdefault((day.weekday(), number), _Slot(set())).days.add(day)
    for local, counts in seen:
        slot = slots.get((local.weekday(), (local.hour * 60 + local.minute) // 30))
        if slot is not None:
            slot.answered += counts.outcomes.get(Outcome.ANSWERED, 0)
            slot.waited_s += counts.answer_wait_ms / 1000
            slot.lost += sum(counts.outcomes.get(outcome, 0) for outcome in _LOST)
    limit_s = max(QUIET_S, QUIET_SHARE * waited_s / answered)
    quiet = {
        place: slot
        for place, slot in slots.items()
        if len(slot.days) >= FEWEST_WEEKS
        and slot.mean_s() <= limit_s
        and slot.lost <= MOST_LOST * (slot.answered + slot.lost)
    }
    if len(quiet) == len(slots):
        return ()  # never anything else than quiet: there is nothing to advise
    found = [window for day in range(7) for window in _windows(day, quiet)]
    return tuple(sorted(found, key=lambda w: (-w.weight, DAYS.index(w.day), w.start))[:MOST_WINDOWS])


def _is_open(hours: OpeningHours | None, day: date, number: int, zone: ZoneInfo) -> bool:
    if hours is None:
        return True
    start = datetime.combine(day, time(number // 2, number % 2 * 30), zone)
    return hours.is_open(start) and hours.is_open(start + timedelta(minutes=29))


def _windows(day: int, quiet: Mapping[tuple[int, int], _Slot]) -> Iterable[Window]:
    number = 0
    while number < 48:
        run = number
        while (day, run) in quiet and run - number < LONGEST:
            run += 1
        if run - number >= SHORTEST:
            slots = [quiet[day, n] for n in range(number, run)]
            # The shorter the wait was, the more callers it can bear.
            weight = sum(1.0 / (1.0 + slot.mean_s() / QUIET_S) for slot in slots)
            yield Window(DAYS[day], _clock(number), _clock(run), round(weight, 3))
        number = max(run, number + 1)


def _clock(number: int) -> str:
    return f"{number // 2:02d}:{number % 2 * 30:02d}"


def chosen(windows: tuple[Window, ...], call: str, most: int) -> tuple[Window, ...]:
    """Which of them this caller is told: by chance that is the same for everybody who asks, weighted, none twice; in the
    order of the week."""
    left = list(windows)
    told: list[Window] = []
    for number in range(min(most, len(left))):
        digest = hashlib.sha256(f"{call} {number}".encode()).digest()
        place = int.from_bytes(digest[:8]) / 2**64 * sum(w.weight for w in left)
        picked = left[-1]
        for window in left:
            place -= window.weight
            if place < 0:
                picked = window
                break
        left.remove(picked)
        told.append(picked)
    return tuple(sorted(told, key=lambda w: (DAYS.index(w.day), w.start)))


def as_text(windows: Iterable[Window]) -> str:
    """``tue,thu 09:30-10:30;fri 14:00-15:00``: what is spoken and shown; days of the same times are one."""
    days: dict[str, list[str]] = {}
    for window in windows:
        days.setdefault(f"{window.start}-{window.end}", []).append(window.day)
    return ";".join(f"{','.join(names)} {span}" for span, names in days.items())


def told_to(floor: Floor, queue: str, call: str) -> str:
    """What that call is told of the queue's quiet times, as ``as_text``; empty where a supervisor has fixed the text, and
    where nothing is known."""
    rule = floor.rules.queues.get(queue)
    if rule is None or any(rule.announcement.text.values()):
        return ""
    return as_text(chosen(floor.quiet_times.get(queue, ()), call, rule.announcement.windows))


def quiet_times_learned(floor: Floor, entry: QuietTimesLearned) -> bool:
    if entry.queue not in floor.rules.queues:
        return False
    windows = read_windows(entry.windows)
    if floor.quiet_times.get(entry.queue, ()) == windows:
        return False
    floor.quiet_times.pop(entry.queue, None)
    if windows:
        floor.quiet_times[entry.queue] = windows
    return True


def read_windows(rows: Any) -> tuple[Window, ...]:
    """Rows (day, start, end, weight); what is none is left out."""
    found = []
    for row in rows if isinstance(rows, list | tuple) else ():
        if isinstance(row, list | tuple) and len(row) == 4 and row[0] in DAYS:
            day, start, end, weight = row
            if isinstance(start, str) and isinstance(end, str) and isinstance(weight, int | float) and weight > 0:
                found.append(Window(day, start, end, float(weight)))
    return tuple(found[:MOST_WINDOWS])


def rows_of(windows: Iterable[Window]) -> tuple[tuple[str, str, str, float], ...]:
    return tuple((w.day, w.start, w.end, w.weight) for w in windows)


WEEK_S = 7 * 48 * HALF_HOUR_S
