"""The estimate as everybody is told it: made by the desk every few seconds, written to the journal, read from the floor.

So all controllers say the same, what was said can be graded, and a decision that goes by an estimate (the announcement,
a condition) can be checked by every reader and made again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callcontrol.floor.entries import WaitEstimated
from callcontrol.floor.estimate import Estimate, Outlook
from callcontrol.floor.grades import Grade, result_of
from callcontrol.floor.visits import Call

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.lanes import Lane

EVERY_S = 5.0
# What changed by less is the same to a caller: the journal is spared the line.
_SAME_S, _SAME_SHARE = 3.0, 0.15
_MOST_CALLS = 200  # of a line in the journal; the others have theirs in the next ones
_EXACT = (
    8  # callers of a lane, from its head, whose range is worked out each for itself; further back every tenth or so
)


@dataclass(slots=True)
class Forecast:
    """Of a queue, for one who would join: seconds from ``at``."""

    at: float
    low_s: float
    high_s: float


# --- what is told -------------------------------------------------------------------------------------------------------
def told(floor: Floor, call: Call, now: float) -> Estimate | None:
    """What this caller may be told at ``now``; None for no estimate, or one that has been too wrong lately."""
    if not call.estimated_at or not call.in_line() or is_withdrawn(floor, call.queue):
        return None
    gone = max(0.0, now - call.estimated_at)
    return Estimate(round(max(0.0, call.low_s - gone), 1), round(max(1.0, call.high_s - gone), 1))


def told_joiner(floor: Floor, queue: str) -> Estimate | None:
    """What one who would join the queue could be told, as it was last recorded while somebody waits there."""
    found = floor.forecasts.get(queue)
    if found is None or is_withdrawn(floor, queue) or not floor.index.line(queue).waiting:
        return None
    return Estimate(found.low_s, found.high_s)


def is_short(floor: Floor, call: Call, short_s: float) -> bool:
    """Whether the call has an estimate, and it ends before ``short_s``. As recorded: nothing becomes right by time alone."""
    return bool(call.estimated_at) and call.high_s < short_s and not is_withdrawn(floor, call.queue)


def is_withdrawn(floor: Floor, queue: str) -> bool:
    grade = floor.grades.get(queue)
    return grade is not None and grade.withdrawn


# --- the desk -----------------------------------------------------------------------------------------------------------
class Forecaster:
    """Belongs to one desk; looks at one queue at a time, so that deciding never waits long for it."""

    def __init__(self) -> None:
        self._looked: dict[str, float] = {}

    def next_at(self, floor: Floor, now: float) -> float | None:
        """When to look again; None while nobody waits."""
        queue = self._next(floor)
        return None if queue is None else max(now, self._looked.get(queue, now - EVERY_S) + EVERY_S)

    def look(self, floor: Floor, now: float) -> list[WaitEstimated]:
        """The lines to write for the queue whose turn it is, none if it is nobody's or nothing has changed."""
        queue = self._next(floor)
        if queue is None or now < self._looked.get(queue, 0.0) + EVERY_S:
            return []
        self._looked[queue] = now
        return estimated(floor, queue, now)

    def _next(self, floor: Floor) -> str | None:
        waiting = [name for name in floor.rules.queues if floor.index.line(name).waiting]
        return min(waiting, key=lambda name: (self._looked.get(name, 0.0), name), default=None)


def estimated(floor: Floor, queue: str, now: float) -> list[WaitEstimated]:
    """What is to be recorded of the queue now: pure."""
    outlook = Outlook(floor, now)
    short_s = floor.rules.queues[queue].announcement.short_estimate_s
    calls: dict[str, tuple[float, ...]] = {}
    for lane in floor.index.line(queue).lanes:
        for (_, name), found in zip(lane.order, _of_lane(outlook, floor, lane), strict=True):
            call = floor.calls[name]
            if _differs(found, call, short_s, now):
                calls[name] = () if found is None else (found.low_s, found.high_s)
    joiner = outlook.of_joiner(queue)
    old = floor.forecasts.get(queue)
    news = (joiner is None) != (old is None)
    if joiner is not None and old is not None:
        news = not (_same(joiner.low_s, old.low_s) and _same(joiner.high_s, old.high_s))
    if not calls and not news:
        return []
    names = list(calls)
    return [
        WaitEstimated(
            at=now,
            term=floor.term,
            queue=queue,
            joiner=() if joiner is None else (joiner.low_s, joiner.high_s),
            calls={name: calls[name] for name in names[start : start + _MOST_CALLS]},
        )
        for start in range(0, max(1, len(names)), _MOST_CALLS)
    ]


def _of_lane(outlook: Outlook, floor: Floor, lane: Lane) -> list[Estimate | None]:
    """Of everybody in the lane, in its order."""
    places, place = [], 0
    while place < len(lane.order):
        places.append(place)
        place += 1 + max(0, place - _EXACT) // 3
    if places[-1] != len(lane.order) - 1:
        places.append(len(lane.order) - 1)
    known = {n: outlook.of_call(floor.calls[lane.order[n][1]]) for n in places}
    found: list[Estimate | None] = []
    for first, last in zip(places, [*places[1:], len(lane.order)], strict=True):
        a, b = known[first], known.get(last)
        for n in range(first, last):
            part = (n - first) / (last - first)
            if n == first or a is None or b is None:
                found.append(a)
            else:
                low_s, high_s = a.low_s + part * (b.low_s - a.low_s), a.high_s + part * (b.high_s - a.high_s)
                found.append(Estimate(round(low_s, 1), round(high_s, 1)))
    return found


def _differs(found: Estimate | None, call: Call, short_s: float, now: float) -> bool:
    if found is None or not call.estimated_at:
        return (found is None) == bool(call.estimated_at)
    gone = now - call.estimated_at
    if (found.high_s < short_s) != (call.high_s < short_s):
        return True
    return not (_same(found.low_s, max(0.0, call.low_s - gone)) and _same(found.high_s, call.high_s - gone))


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= max(_SAME_S, _SAME_SHARE * abs(a))


# --- what is read -------------------------------------------------------------------------------------------------------
def wait_estimated(floor: Floor, entry: WaitEstimated) -> bool:
    if entry.queue not in floor.rules.queues:
        return False
    joiner = _range(entry.joiner)
    floor.forecasts.pop(entry.queue, None)
    if joiner is not None:
        floor.forecasts[entry.queue] = Forecast(entry.at, *joiner)
    for name, given in entry.calls.items():
        call = floor.calls.get(name)
        if call is None or call.queue != entry.queue or not call.in_line():
            continue
        found = _range(given)
        call.estimated_at, call.low_s, call.high_s = (0.0, 0.0, 0.0) if found is None else (entry.at, *found)
        if found is not None and not call.given_at:
            call.given_at, call.given_low_s, call.given_high_s = entry.at, *found
    floor.index.agenda.announce[entry.queue] = None
    floor.index.state_changed(entry.queue)
    return True


def answered(floor: Floor, call: Call, at: float) -> None:
    """The wait is over: grade what was said of it."""
    result = result_of(call, at) if call.booking is None else None
    if result is None:
        return
    grade = floor.grades.setdefault(call.queue, Grade())
    before = grade.withdrawn
    grade.add(result, at)
    if grade.withdrawn is not before:  # what goes by the estimate is another thing now
        floor.index.agenda.announce[call.queue] = None
        floor.index.state_changed(call.queue)


def _range(given: Any) -> tuple[float, float] | None:
    if not isinstance(given, list | tuple) or len(given) != 2:
        return None
    low_s, high_s = given
    if not isinstance(low_s, int | float) or not isinstance(high_s, int | float) or not 0 <= low_s <= high_s < 1e9:
        return None
    return float(low_s), float(high_s)
