"""Sub: another flow as a part of this one; Return: the end of such a part.

The part's steps become steps of the flow under the name of the Sub (``identity.ask_number``): so checks, drawing, coverage and
the call's record know nothing of parts, and a call in the middle of one is taken up like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import HangUp as HangUpNow
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.leading import led
from callcontrol.flow.steps.step import Step

if TYPE_CHECKING:
    from callcontrol.flow.flow import Flow


@dataclass(frozen=True)
class Return(Step):
    """Ends a part with ``result``; where the call goes on, the Sub says. In a flow that is no part, it ends the call."""

    kind: ClassVar[str] = "return"
    shape: ClassVar[str] = "round"
    result: str

    def enter(self, call: Call) -> Move:
        return Move(commands=(HangUpNow(),), changes={"wait": call.record.wait + 1})

    def ends(self) -> bool:
        return True


@dataclass(frozen=True)
class Returned(Step):
    """A ``Return`` in its place: on to where the Sub leads for that result."""

    kind: ClassVar[str] = "return"
    shape: ClassVar[str] = "round"
    result: str
    then: Target

    def enter(self, call: Call) -> Move:
        return Move(go(self.then), self.result)

    def ways(self) -> tuple[Way, ...]:
        return (Way(self.result, go(self.then).step),)


@dataclass(frozen=True)
class Sub(Step):
    """Goes through ``flow`` and on to where ``returns`` leads for the result that it ends with. What the part remembers, the
    call remembers. Parameters of the part are parameters of this flow; declare one of the same name to give it another default."""

    kind: ClassVar[str] = "sub"
    flow: type[Flow]
    returns: Mapping[str, Target]

    def enter(self, call: Call) -> Move:
        return Move(go(self._inside(self.flow.start)))

    def ways(self) -> tuple[Way, ...]:
        return (Way("", self._inside(self.flow.start)),)

    def problems(self) -> list[str]:
        results = {step.result for step in self.flow.steps.values() if isinstance(step, Return)}
        missing, unknown = sorted(results - set(self.returns)), sorted(set(self.returns) - results)
        found = [f"The part {self.flow.name!r} can end with {r!r}; say in returns where that leads." for r in missing]
        found += [f"The part {self.flow.name!r} never ends with {r!r}; take it out of returns." for r in unknown]
        if not results:
            found.append(f"The part {self.flow.name!r} has no Return: the call would never come back from it.")
        return found

    def inlined(self) -> dict[str, Step]:
        """The part's steps, as far as its start leads to them, under their names in this flow."""
        return {self._inside(name): self._as_mine(name) for name in self._reached()}

    def _inside(self, name: str) -> str:
        return f"{self.name}.{name}"

    def _reached(self) -> list[str]:
        todo, seen = [self.flow.start], dict.fromkeys([self.flow.start])
        while todo:
            for way in self.flow.steps[todo.pop()].ways():
                if way.target not in seen:
                    seen[way.target] = None
                    todo.append(way.target)
        return [name for name in self.flow.steps if name in seen]

    def _as_mine(self, name: str) -> Step:
        step: Any = self.flow.steps[name]
        if isinstance(step, Return):
            made: Step = Returned(step.result, self.returns.get(step.result, ""))
            object.__setattr__(made, "name", self._inside(name))
            object.__setattr__(made, "where", step.where)
            return made
        return led(step, self._inside, self._inside(name))
