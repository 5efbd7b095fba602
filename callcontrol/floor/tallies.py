"""Counts of each queue per half-hour of joining: arrivals, outcomes, the announcement, service level. Counts only, never
percentages: every formula is made of these, for the past as well.

A visit is counted as ``waiting`` when it joins and moves to its outcome once, so the outcomes of a half-hour always sum to
its arrivals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callcontrol.values.outcomes import Outcome

HALF_HOUR_S = 1800.0
# A day is what a wallboard shows and what the limits need; the scribe keeps the rest for ever.
KEPT_HALF_HOURS = 48

ABANDONED = frozenset(
    {Outcome.ABANDONED_WAITING, Outcome.ABANDONED_RINGING, Outcome.ABANDONED_IN_MESSAGE}
)  # without short ones: those are counted, but are nobody's lost caller


def half_hour(at: float) -> int:
    """Number of the half-hour that ``at`` lies in, since the epoch."""
    return int(at // HALF_HOUR_S)


@dataclass(slots=True)
class Cell:
    """``levels``: answered within target, answered later, lost within target, lost later."""

    joined: int = 0
    granted: int = 0
    dry_run: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    levels: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def count(self, outcome: str, by: int) -> None:
        value = self.outcomes.get(outcome, 0) + by
        if value:
            self.outcomes[outcome] = value
        else:
            self.outcomes.pop(outcome, None)

    def as_data(self) -> dict[str, Any]:
        return {
            "joined": self.joined,
            "granted": self.granted,
            "dry_run": self.dry_run,
            "outcomes": dict(sorted(self.outcomes.items())),
            "levels": list(self.levels),
        }


def _cell(data: Mapping[str, Any]) -> Cell:
    return Cell(data["joined"], data["granted"], data["dry_run"], dict(data["outcomes"]), list(data["levels"]))


@dataclass(slots=True)
class Tally:
    """One queue. ``total`` is the sum of the half-hours that are kept."""

    cells: dict[int, Cell] = field(default_factory=dict)
    total: Cell = field(default_factory=Cell)

    def join(self, at: float) -> None:
        number = half_hour(at)
        cell = self.cells.get(number)
        if cell is None:
            self._forget(number - KEPT_HALF_HOURS)
            cell = self.cells[number] = Cell()
        for c in (cell, self.total):
            c.joined += 1
            c.count(Outcome.WAITING, 1)

    def end(self, joined_at: float, outcome: str, waited_s: float, target_s: float) -> None:
        """The visit that joined at ``joined_at`` has its one outcome after ``waited_s``."""
        level = 0 if outcome == Outcome.ANSWERED else 2 if outcome in ABANDONED else None
        for c in self._cells(joined_at):
            c.count(Outcome.WAITING, -1)
            c.count(outcome, 1)
            if level is not None:
                c.levels[level + (waited_s > target_s)] += 1

    def move(self, joined_at: float, outcome: str, to: str) -> None:
        """An outcome becomes another one (callback_booked, callback_done). Nothing where the half-hour is forgotten."""
        cell = self.cells.get(half_hour(joined_at))
        if cell is not None:
            for c in (cell, self.total):
                c.count(outcome, -1)
                c.count(to, 1)

    def grant(self, joined_at: float, dry_run: bool, by: int = 1) -> None:
        for c in self._cells(joined_at):
            if dry_run:
                c.dry_run += by
            else:
                c.granted += by

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

    def _cells(self, joined_at: float) -> tuple[Cell, ...]:
        # A cell with somebody waiting is never forgotten, so the visit's own is here.
        return self.cells[half_hour(joined_at)], self.total

    def _forget(self, before: int) -> None:
        old = [n for n, c in self.cells.items() if n < before and Outcome.WAITING not in c.outcomes]
        for number in old:
            cell = self.cells.pop(number)
            self.total.joined -= cell.joined
            self.total.granted -= cell.granted
            self.total.dry_run -= cell.dry_run
            for outcome, count in cell.outcomes.items():
                self.total.count(outcome, -count)
            self.total.levels = [a - b for a, b in zip(self.total.levels, cell.levels, strict=True)]


def tally_from_data(data: Mapping[str, Any]) -> Tally:
    tally = Tally({int(number): _cell(cell) for number, cell in data.items()})
    for cell in tally.cells.values():
        tally.total.joined += cell.joined
        tally.total.granted += cell.granted
        tally.total.dry_run += cell.dry_run
        for outcome, count in cell.outcomes.items():
            tally.total.count(outcome, count)
        tally.total.levels = [a + b for a, b in zip(tally.total.levels, cell.levels, strict=True)]
    return tally
