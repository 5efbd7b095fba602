"""The state of a queue as conditions ask for it (``values.conditions``): what relaxation, overflow and the reserve go by.

Agents are the queue's regular ones: eligible by its own skills, neither by a relaxation nor as reserve, and they stand
where the floor has noted them last. Whole seconds, so that between two of them nothing can become right by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, inf
from math import floor as whole
from typing import TYPE_CHECKING

from callcontrol.floor.forecast import told_joiner
from callcontrol.values.conditions import STATE, Condition
from callcontrol.values.expressions import comparisons

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


class QueueState(Mapping[str, float]):
    """``values.conditions.STATE`` of the queue at ``now``, each value made when it is asked for. Nobody serving and somebody
    in the queue is a load without limit. ``estimate_s`` is the upper end of the estimate; there is none while there is no estimate."""

    __slots__ = ("_floor", "_now", "_queue")

    def __init__(self, floor: Floor, queue: str, now: float) -> None:
        self._floor, self._queue, self._now = floor, queue, now

    def __getitem__(self, name: str) -> float:
        index = self._floor.index
        if name == "waiting":
            return index.line(self._queue).waiting
        if name == "longest_wait_s":
            earliest = index.line(self._queue).earliest()
            return 0 if earliest is None else whole_seconds(earliest, self._now)
        if name == "estimate_s":
            found = told_joiner(self._floor, self._queue)
            if found is None:
                raise KeyError(name)
            return found.high_s
        free, busy, away, _ = index.pool(self._queue).counts
        match name:
            case "free":
                return free
            case "busy":
                return busy
            case "on_break":
                return away
            case "logged_in":
                return free + busy + away
            case "load":
                return load(index.line(self._queue).callers, free + busy)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in STATE if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def queue_state(floor: Floor, queue: str, now: float) -> dict[str, float]:
    """The whole state at once."""
    return dict(QueueState(floor, queue, now))


def load(callers: int, serving: int) -> float:
    """Callers in the queue (in line, ringing, talking) for each regular agent who serves."""
    return callers / serving if serving else inf if callers else 0.0


def whole_seconds(since: float, now: float) -> int:
    """The greatest n for which ``since + n`` has passed: as sums, because that is how the moments of waking are made."""
    seconds = whole(now - since)
    while since + seconds > now:
        seconds -= 1
    while since + seconds + 1 <= now:
        seconds += 1
    return max(seconds, 0)


def next_moment(floor: Floor, queue: str, condition: Condition, now: float) -> float | None:
    """When the condition may change by time alone; None when it can't: an estimate changes by being
    recorded, see ``forecast``."""
    earliest = floor.index.line(queue).earliest()
    if earliest is None:
        return None
    moments = [
        earliest + seconds
        for part in comparisons(condition.root)
        if part.name == "longest_wait_s"
        for seconds in (ceil(part.level), whole(part.level) + 1)
    ]
    return min((moment for moment in moments if moment > now), default=None)
