"""Rule and OpenHours: decisions that are declared instead of programmed, so that a form can make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Step
from callcontrol.flow.when import ZONE, all_hold, problems_of, sound

PASSED = "_passed"  # in the call's context: step -> how often the call came there


@dataclass(frozen=True)
class Rule(Step):
    """Goes to ``then`` where all conditions of ``when`` hold (see ``flow.when``: ``busy support``, ``waited 60 support``,
    ``before 16:00``, ...), else to ``otherwise``. Times of day are those of ``zone``. Nothing is heard here."""

    kind: ClassVar[str] = "rule"
    shape: ClassVar[str] = "diamond"
    when: tuple[str, ...]
    then: Target
    otherwise: Target
    zone: str = ZONE

    def enter(self, call: Call) -> Move:
        counts = call.context.get(PASSED, {})
        asked = [int(c.value) for c in sound(self.when) if c.kind == "passed"]
        passed = counts.get(self.name, 0) + 1
        good = all_hold(self.when, call, zone=self.zone, passed=passed)
        there = go(self.then if good else self.otherwise)
        if asked:  # else the record stays as small as it is
            counted = {**counts, self.name: min(passed, max(asked))}
            there = Go(there.step, there.language, {**there.remember, PASSED: counted})
        return Move(there, "then" if good else "otherwise")

    def ways(self) -> tuple[Way, ...]:
        return (Way("yes", go(self.then).step), Way("no", go(self.otherwise).step))

    def conditions(self) -> tuple[str, ...]:
        return self.when

    def problems(self) -> list[str]:
        if not self.when:
            return ["The rule has no condition; give it one, or lead to its step at once."]
        return problems_of(self.when)


@dataclass(frozen=True)
class OpenHours(Step):
    """Goes to ``open`` while the opening hours ``hours`` are open, else to ``closed``. Nothing is heard here."""

    kind: ClassVar[str] = "open_hours"
    shape: ClassVar[str] = "diamond"
    hours: str
    open: Target
    closed: Target

    def enter(self, call: Call) -> Move:
        is_open = call.is_open(self.hours)
        return Move(go(self.open if is_open else self.closed), "open" if is_open else "closed")

    def ways(self) -> tuple[Way, ...]:
        return (Way("open", go(self.open).step), Way("closed", go(self.closed).step))

    def conditions(self) -> tuple[str, ...]:
        return (f"open {self.hours}",)
