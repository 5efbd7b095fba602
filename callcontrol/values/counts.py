"""Counts of a queue's visits: what every report, every preset of the service level and the live figure are made of.

Counts only, never percentages. The floor counts one ``Counts`` for each queue and half-hour of joining; they add up to
hours, days and months, in the floor, in SQL and in a report alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callcontrol.values.outcomes import Outcome

HALF_HOUR_S = 1800.0

ABANDONED = frozenset(
    {Outcome.ABANDONED_WAITING, Outcome.ABANDONED_RINGING, Outcome.ABANDONED_IN_MESSAGE}
)  # without short ones: those are counted, but are nobody's lost caller


def half_hour(at: float) -> int:
    """Number of the half-hour that ``at`` lies in, since the epoch."""
    return int(at // HALF_HOUR_S)


@dataclass(slots=True)
class Counts:
    """``levels``: threshold in seconds -> the four cells (answered within it, answered later, lost within it, lost later);
    a visit is in one cell, under the threshold that its queue had when it ended. Waits are of this visit, in whole
    milliseconds, so that they add up the same everywhere."""

    joined: int = 0
    granted: int = 0  # heard the off-peak announcement
    dry_run: int = 0  # would have heard it
    outcomes: dict[str, int] = field(default_factory=dict)
    levels: dict[float, list[int]] = field(default_factory=dict)
    answer_wait_ms: int = 0  # sum over the answered
    longest_wait_ms: int = 0  # of answered and lost

    def count(self, outcome: str, by: int) -> None:
        value = self.outcomes.get(outcome, 0) + by
        if value:
            self.outcomes[outcome] = value
        else:
            self.outcomes.pop(outcome, None)

    def end(self, outcome: str, waited_s: float, threshold_s: float) -> None:
        """One who waited has this outcome."""
        self.count(Outcome.WAITING, -1)
        self.count(outcome, 1)
        level = 0 if outcome == Outcome.ANSWERED else 2 if outcome in ABANDONED else None
        if level is None:
            return
        waited_ms = max(0, round(waited_s * 1000))
        self.levels.setdefault(float(threshold_s), [0, 0, 0, 0])[level + (waited_s > threshold_s)] += 1
        if outcome == Outcome.ANSWERED:
            self.answer_wait_ms += waited_ms
        self.longest_wait_ms = max(self.longest_wait_ms, waited_ms)

    def add(self, other: Counts) -> None:
        self._sum(other, 1)
        self.longest_wait_ms = max(self.longest_wait_ms, other.longest_wait_ms)

    def take_away(self, other: Counts) -> None:
        """The opposite of ``add``, but for the longest wait: who takes away asks what is left."""
        self._sum(other, -1)

    def _sum(self, other: Counts, sign: int) -> None:
        self.joined += sign * other.joined
        self.granted += sign * other.granted
        self.dry_run += sign * other.dry_run
        self.answer_wait_ms += sign * other.answer_wait_ms
        for outcome, count in other.outcomes.items():
            self.count(outcome, sign * count)
        for threshold_s, cells in other.levels.items():
            own = self.levels.get(threshold_s, [0, 0, 0, 0])
            own = [a + sign * b for a, b in zip(own, cells, strict=True)]
            if any(own):
                self.levels[threshold_s] = own
            else:
                self.levels.pop(threshold_s, None)

    def copy(self) -> Counts:
        levels = {threshold_s: list(cells) for threshold_s, cells in self.levels.items()}
        return replace(self, outcomes=dict(self.outcomes), levels=levels)

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """The four cells over all thresholds: each visit was measured by the one of its time."""
        a, b, c, d = map(sum, zip((0, 0, 0, 0), *self.levels.values(), strict=True))
        return a, b, c, d

    def sums(self) -> str:
        """Empty when everything adds up, else what does not, as ``outcomes 3 of 4 arrivals``."""
        wrong = []
        if sum(self.outcomes.values()) != self.joined:
            wrong.append(f"outcomes {sum(self.outcomes.values())} of {self.joined} arrivals")
        answered, late, lost, lost_late = self.cells
        if answered + late != self.outcomes.get(Outcome.ANSWERED, 0):
            wrong.append(f"answered {answered + late} of {self.outcomes.get(Outcome.ANSWERED, 0)}")
        abandoned = sum(self.outcomes.get(outcome, 0) for outcome in ABANDONED)
        if lost + lost_late != abandoned:
            wrong.append(f"lost {lost + lost_late} of {abandoned}")
        if any(count < 0 for count in self.outcomes.values()) or min(self.cells) < 0:
            wrong.append("a count below zero")
        return ", ".join(wrong)

    def as_data(self) -> dict[str, Any]:
        """Plain JSON; the same counts give the same data."""
        return {
            "joined": self.joined,
            "granted": self.granted,
            "dry_run": self.dry_run,
            "outcomes": dict(sorted(self.outcomes.items())),
            "levels": {repr(threshold_s): list(cells) for threshold_s, cells in sorted(self.levels.items())},
            "answer_wait_ms": self.answer_wait_ms,
            "longest_wait_ms": self.longest_wait_ms,
        }


def counts_from_data(data: Mapping[str, Any], threshold_s: float) -> Counts:
    """``threshold_s``: what the four cells are under where an older program wrote them without."""
    levels = data["levels"]
    if isinstance(levels, list):
        levels = {threshold_s: levels} if any(levels) else {}
    return Counts(
        joined=data["joined"],
        granted=data["granted"],
        dry_run=data["dry_run"],
        outcomes=dict(data["outcomes"]),
        levels={float(threshold): list(cells) for threshold, cells in levels.items()},
        answer_wait_ms=data.get("answer_wait_ms", 0),
        longest_wait_ms=data.get("longest_wait_ms", 0),
    )
