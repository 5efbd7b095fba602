"""Remember: keep something in the call's context, and go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from callcontrol.flow import sensitive
from callcontrol.flow.call import Call
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Step


@dataclass(frozen=True)
class Remember(Step):
    """Remembers ``things`` (name -> a value, a parameter, something remembered already) and goes on to ``then``."""

    kind: ClassVar[str] = "remember"
    things: Mapping[str, Any]
    then: Target

    def enter(self, call: Call) -> Move:
        there = go(self.then)
        things = {name: call.value(thing) for name, thing in self.things.items()}
        secret = [name for name, thing in things.items() if sensitive.holds(call.context, thing)]
        marks = sensitive.marked(call.context, secret) if secret else {}
        return Move(Go(there.step, there.language, {**there.remember, **things, **marks}), "then")

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", go(self.then).step),)

    def problems(self) -> list[str]:
        bad = sorted(name for name in self.things if name.startswith("_"))
        return [f"{name!r} can't be remembered: names with _ in front are the steps' own; rename it." for name in bad]
