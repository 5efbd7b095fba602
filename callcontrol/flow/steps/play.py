"""Play: say something, go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, Played
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, prompts_of


@dataclass(frozen=True)
class Play(Step):
    """Says ``say`` and goes on to ``then``; where a sound file is missing, to ``missing`` (default: ``then``)."""

    kind: ClassVar[str] = "play"
    say: Say
    then: Target
    missing: Target | None = None

    def enter(self, call: Call) -> Move:
        return call.play(prompts_of(self.say))

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Played):
            return None
        if event.missing and self.missing is not None:
            return Move(go(self.missing), "missing")
        return Move(go(self.then), "then")

    def ways(self) -> tuple[Way, ...]:
        then = Way("then", go(self.then).step)
        return (then,) if self.missing is None else (then, Way("missing", go(self.missing).step))

    def prompts(self) -> tuple[Prompt, ...]:
        return prompts_of(self.say)
