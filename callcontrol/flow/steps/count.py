"""Count: the counter that makes a loop end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Step, Value


@dataclass(frozen=True)
class Count(Step):
    """Lets the call through to ``then`` for ``times`` times, and to ``over`` from then on."""

    kind: ClassVar[str] = "count"
    shape: ClassVar[str] = "diamond"
    times: Value[int]
    then: Target
    over: Target

    def enter(self, call: Call) -> Move:
        counts = call.context.get("_counts", {})
        count = counts.get(self.name, 0) + 1
        if count > call.value(self.times):
            return Move(go(self.over), "over")
        there = go(self.then)
        remember = {**there.remember, "_counts": {**counts, self.name: count}}
        return Move(Go(there.step, there.language, remember), f"time {count}")

    def ways(self) -> tuple[Way, ...]:
        return (Way("again", go(self.then).step, bounded=True), Way("over", go(self.over).step))
