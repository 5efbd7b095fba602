"""ChooseBreak: say the break reasons of the configuration, each with its key, and take one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, Keys
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

MOST = 9  # keys


@dataclass(frozen=True)
class ChooseBreak(Step):
    """Says ``say``, then each reason with its key (``press`` is said with the key as ``{key}``); the reason chosen is
    remembered as ``remember``. Silence or a wrong key is asked again, ``tries`` times in all; then ``silence``."""

    kind: ClassVar[str] = "choose_break"
    say: Say
    press: str
    then: Target
    silence: Target
    remember: str = "reason"
    tries: Value[int] = 2
    timeout_s: Value[float] = 5.0
    on_wrong: Say = ()

    def enter(self, call: Call) -> Move:
        return self._ask(call, (), 1)

    def again(self, call: Call) -> Move:
        return self._ask(call, (), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Keys):
            return None
        pressed = event.keys or event.terminator
        story = (("keys", {"step": self.name, "keys": pressed}),) if pressed else ()
        reason = dict(self._keys(call)).get(pressed)
        if reason is not None:
            there = go(self.then)
            there = Go(there.step, there.language, {**there.remember, self.remember: reason})
            return Move(there, f"key {pressed}", story=story)
        if call.record.tries < call.value(self.tries):
            ask = self._ask(call, prompts_of(self.on_wrong) if pressed else (), call.record.tries + 1)
            return Move(commands=ask.commands, changes=ask.changes, story=story)
        return Move(go(self.silence), "wrong key" if pressed else "silence", story=story)

    def _keys(self, call: Call) -> list[tuple[str, str]]:
        return [(str(key), reason) for key, reason in enumerate(call.facts.break_reasons[:MOST], start=1)]

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        reasons = [p for k, name in self._keys(call) for p in (Prompt(f"break.{name}"), Prompt(self.press, {"key": k}))]
        return call.ask(
            (*first, *prompts_of(self.say), *reasons), {"tries": tries}, timeout_s=call.value(self.timeout_s)
        )

    def ways(self) -> tuple[Way, ...]:
        return (Way("reason", go(self.then).step, bounded=True), Way("silence", go(self.silence).step))

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), Prompt(self.press), *prompts_of(self.on_wrong))
