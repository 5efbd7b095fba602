"""A step of the same kind and fields whose ways lead elsewhere: what sub-flows and mutants are made of."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from callcontrol.flow.call import Call
from callcontrol.flow.events import Event
from callcontrol.flow.move import Go, Move, Way
from callcontrol.flow.steps.step import Step


def led(step: Step, lead: Callable[[str], str], name: str = "") -> Step:
    """``step``, going to ``lead(target)`` wherever it went to ``target``. ``name``: its own new name, if it gets one."""

    def moved(move: Move) -> Move:
        if move.to is None:
            return move
        return replace(move, to=Go(lead(move.to.step), move.to.language, move.to.remember))

    kind: Any = type(step)

    class Led(kind):  # type: ignore[misc]
        def enter(self, call: Call) -> Move:
            return moved(kind.enter(self, call))

        def again(self, call: Call) -> Move:
            return moved(kind.again(self, call))

        def take(self, call: Call, event: Event) -> Move | None:
            move = kind.take(self, call, event)
            return None if move is None else moved(move)

        def ways(self) -> tuple[Way, ...]:
            return tuple(Way(way.label, lead(way.target), way.bounded) for way in kind.ways(self))

    Led.__name__, Led.__qualname__ = kind.__name__, kind.__qualname__
    made = copy.copy(step)
    object.__setattr__(made, "__class__", Led)
    if name:
        object.__setattr__(made, "name", name)
    return made
