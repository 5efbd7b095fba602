"""The estimate grades itself: what a caller could have been told first, against the wait that followed.

Per queue and half-hour the counts inside, below (waited less) and above (waited longer); and the last ones, by which an
estimate that is too often wrong is withdrawn until it is good again. It goes on being made meanwhile, or it could not be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callcontrol.floor.tallies import KEPT_HALF_HOURS, half_hour

if TYPE_CHECKING:
    from callcontrol.floor.visits import Call

LAST = 50
FEWEST = 25  # before these are known, nothing is withdrawn
WITHDRAWN_BELOW = 0.6
GOOD_FROM = 0.7
# A range is spoken in minutes; half a second of it is nobody's mistake.
TOLERANCE_S = 0.5

INSIDE, BELOW, ABOVE = 0, 1, 2


@dataclass(slots=True)
class Grade:
    """One queue. ``cells``: half-hour -> counts of INSIDE, BELOW, ABOVE."""

    cells: dict[int, list[int]] = field(default_factory=dict)
    last: list[int] = field(default_factory=list)
    withdrawn: bool = False

    def add(self, result: int, at: float) -> None:
        number = half_hour(at)
        if number not in self.cells:
            for old in [n for n in self.cells if n <= number - KEPT_HALF_HOURS]:
                del self.cells[old]
            self.cells[number] = [0, 0, 0]
        self.cells[number][result] += 1
        self.last = [*self.last[1 - LAST :], result]
        if len(self.last) >= FEWEST:
            share = self.last.count(INSIDE) / len(self.last)
            self.withdrawn = share < (GOOD_FROM if self.withdrawn else WITHDRAWN_BELOW)

    def counts(self) -> dict[str, int]:
        """Of the day."""
        inside, below, above = (sum(cell[n] for cell in self.cells.values()) for n in range(3))
        return {"inside": inside, "below": below, "above": above}


def result_of(call: Call, at: float) -> int | None:
    """How the call's first estimate was, now that it is answered; None where none was made."""
    if not call.given_at:
        return None
    waited_s = at - call.given_at
    if waited_s < call.given_low_s - TOLERANCE_S:
        return BELOW
    return ABOVE if waited_s > call.given_high_s + TOLERANCE_S else INSIDE


def grades_as_data(grades: Mapping[str, Grade]) -> dict[str, Any]:
    return {
        name: {
            "cells": {str(number): list(cell) for number, cell in grade.cells.items()},
            "last": list(grade.last),
            "withdrawn": grade.withdrawn,
        }
        for name, grade in grades.items()
    }


def grades_from_data(data: Mapping[str, Any]) -> dict[str, Grade]:
    return {
        name: Grade({int(n): list(cell) for n, cell in row["cells"].items()}, list(row["last"]), row["withdrawn"])
        for name, row in data.items()
    }
