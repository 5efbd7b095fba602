"""Choice: a small pure method of the flow that decides, with its possible targets declared by a decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.move import FlowTrouble, Move, Target, Way, go
from callcontrol.flow.steps.step import Step

Decision = Callable[[Any, Call], Target]


@dataclass(frozen=True)
class Choice(Step):
    """Made by ``@choice(...)``. Nothing is heard here. Answering with a target that was not declared is trouble."""

    kind: ClassVar[str] = "choice"
    shape: ClassVar[str] = "diamond"
    decide: Decision
    targets: tuple[str, ...]
    flow: Any = field(default=None, init=False, compare=False, repr=False)  # the class it stands in

    def __set_name__(self, owner: type, name: str) -> None:
        Step.__set_name__(self, owner, name)
        object.__setattr__(self, "flow", owner)

    def __post_init__(self) -> None:
        Step.__post_init__(self)
        code = self.decide.__code__
        object.__setattr__(self, "where", f"{code.co_filename.rsplit('/', 1)[-1]}:{code.co_firstlineno}")

    def enter(self, call: Call) -> Move:
        answer = self.decide(self.flow(call.record.parameters), call)
        there = go(answer) if isinstance(answer, str) or hasattr(answer, "step") else None
        if there is None or there.step not in self.targets:
            raise FlowTrouble(
                f"The choice {self.name!r} answered {answer!r}, which is none of its targets "
                f"({', '.join(self.targets)}); add it to @choice(...) or correct the method."
            )
        return Move(there, "chosen")

    def ways(self) -> tuple[Way, ...]:
        return tuple(Way("", target) for target in self.targets)

    def problems(self) -> list[str]:
        return [] if self.targets else ["The choice declares no target; name them all: @choice('here', 'there')."]


def choice(*targets: str) -> Callable[[Decision], Choice]:
    """Makes a choice of a method ``(self, call) -> name of a step`` (or a ``Go``), which answers one of ``targets``."""

    def make(decide: Decision) -> Choice:
        return Choice(decide, targets)

    return make
