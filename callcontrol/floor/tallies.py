"""Counts of each queue per half-hour of joining: arrivals, outcomes, the announcement, service level (``values.counts``).

A visit is counted as ``waiting`` when it joins and moves to its outcome once, so the outcomes of a half-hour always sum to
its arrivals. What became of a callback moves it once more, within the same half-hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callcontrol.values.counts import HALF_HOUR_S, Counts, counts_from_data, half_hour
from callcontrol.values.outcomes import Outcome

__all__ = ["HALF_HOUR_S", "KEPT_FOR_CALLBACKS", "KEPT_HALF_HOURS", "Tally", "half_hour", "tally_from_data"]

# A day is what a wallboard shows and what the limits need; SQL keeps the rest for ever.
KEPT_HALF_HOURS = 48
# An open callback may still change a count of its half-hour; one that never ends is no reason to keep it for ever.
KEPT_FOR_CALLBACKS = 7 * 48


@dataclass(slots=True)
class Tally:
    """One queue. ``total`` is the sum of the half-hours that are kept. ``changed``: those that differ from what was last
    taken to SQL; no part of the state."""

    cells: dict[int, Counts] = field(default_factory=dict)
    total: Counts = field(default_factory=Counts)
    changed: set[int] = field(default_factory=set, compare=False)

    def join(self, at: float) -> None:
        number = half_hour(at)
        cell = self.cells.get(number)
        if cell is None:
            self._forget(number)
            cell = self.cells[number] = Counts()
        self.changed.add(number)
        for counts in (cell, self.total):
            counts.joined += 1
            counts.count(Outcome.WAITING, 1)

    def end(self, joined_at: float, outcome: str, waited_s: float, target_s: float) -> None:
        """The visit that joined at ``joined_at`` has its one outcome after ``waited_s``."""
        for counts in self._cells(joined_at):
            counts.end(outcome, waited_s, target_s)

    def turn(self, joined_at: float, was: str, becomes: str) -> None:
        """A callback that was booked by the visit of ``joined_at`` is done, or failed, ...: one of ``was`` is now one of
        ``becomes``. Nothing happens when that half-hour is forgotten or has no such visit."""
        cell = self.cells.get(half_hour(joined_at))
        if cell is None or not cell.outcomes.get(was):
            return
        for counts in self._cells(joined_at):
            counts.count(was, -1)
            counts.count(becomes, 1)

    def grant(self, joined_at: float, dry_run: bool, by: int = 1) -> None:
        for counts in self._cells(joined_at):
            if dry_run:
                counts.dry_run += by
            else:
                counts.granted += by

    def budget(self, joined_at: float, max_share: float, dry_run: bool) -> int:
        """How many more of the callers who joined in that half-hour may hear the announcement."""
        cell = self.cells.get(half_hour(joined_at))
        if cell is None:
            return 0
        used = cell.dry_run if dry_run else cell.granted
        # The small addition is for shares such as 0.1, whose product with 10 must be 1 and not a hair less.
        return int(min(max_share, 1.0) * cell.joined + 1e-9) - used

    def as_data(self) -> dict[str, Any]:
        return {str(number): cell.as_data() for number, cell in sorted(self.cells.items())}

    def _cells(self, joined_at: float) -> tuple[Counts, ...]:
        # A cell with somebody waiting is never forgotten, so the visit's own is here.
        number = half_hour(joined_at)
        self.changed.add(number)
        return self.cells[number], self.total

    def _forget(self, now: int) -> None:
        old = [number for number, cell in self.cells.items() if _over(cell, now - number)]
        for number in old:
            self.total.take_away(self.cells.pop(number))
            self.changed.discard(number)
        if old:
            self.total.longest_wait_ms = max((cell.longest_wait_ms for cell in self.cells.values()), default=0)


def _over(cell: Counts, age: int) -> bool:
    if age <= KEPT_HALF_HOURS or Outcome.WAITING in cell.outcomes:
        return False
    return age > KEPT_FOR_CALLBACKS or Outcome.CALLBACK_BOOKED not in cell.outcomes


def tally_from_data(data: Mapping[str, Any], target_s: float = 0.0) -> Tally:
    """``target_s``: the queue's threshold, for a snapshot that does not say under which one it counted."""
    tally = Tally({int(number): counts_from_data(cell, target_s) for number, cell in data.items()})
    tally.changed.update(tally.cells)
    for cell in tally.cells.values():
        tally.total.add(cell)
    return tally
