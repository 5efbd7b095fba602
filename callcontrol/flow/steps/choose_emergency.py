"""ChooseEmergency: say the prepared emergency messages, each with its key and whether it is on, and take one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, Keys
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

MOST = 9  # keys
NAME, ACTS = "emergency", "emergency_acts"
_SAID = "_emergencies_said"  # in the context: what each key meant when it was said


@dataclass(frozen=True)
class ChooseEmergency(Step):
    """Says ``say``, then each message: its text, ``on`` if it acts now, and its key (``press`` with ``{key}``). The one chosen is
    remembered as ``emergency``, and goes to ``is_on`` or ``is_off`` as it was said. ``none``: none is prepared. A wrong key or
    silence is asked again, ``tries`` times in all; then ``silence``."""

    kind: ClassVar[str] = "choose_emergency"
    say: Say
    on: str
    press: str
    is_on: Target
    is_off: Target
    none: Target
    silence: Target
    tries: Value[int] = 2
    timeout_s: Value[float] = 5.0
    on_wrong: Say = ()

    def enter(self, call: Call) -> Move:
        return self._ask(call, (), 1) if call.emergencies else Move(go(self.none), "none")

    def again(self, call: Call) -> Move:
        return self._ask(call, (), max(call.record.tries, 1)) if call.emergencies else Move(go(self.none), "none")

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Keys):
            return None
        pressed = event.keys or event.terminator
        story = (("keys", {"step": self.name, "keys": pressed}),) if pressed else ()
        chosen = dict(call.context.get(_SAID, {})).get(pressed)
        if chosen is not None:
            name, acts = chosen
            there = go(self.is_on if acts else self.is_off)
            there = Go(there.step, there.language, {**there.remember, NAME: name, _SAID: {}})
            return Move(there, "is on" if acts else "is off", story=story)
        if call.record.tries < call.value(self.tries) and call.emergencies:
            ask = self._ask(call, prompts_of(self.on_wrong) if pressed else (), call.record.tries + 1)
            return Move(commands=ask.commands, changes=ask.changes, story=story)
        return Move(go(self.silence), "wrong key" if pressed else "silence", story=story)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        said = {str(k): [name, acts] for k, (name, acts) in enumerate(sorted(call.emergencies.items())[:MOST], start=1)}
        told: list[Prompt] = []
        for key, (name, acts) in said.items():
            told += [
                Prompt(f"emergency.{name}"),
                *([Prompt(self.on)] if acts else []),
                Prompt(self.press, {"key": key}),
            ]
        return call.ask(
            (*first, *prompts_of(self.say), *told),
            {"tries": tries, "context": call.remembering(**{_SAID: said})},
            timeout_s=call.value(self.timeout_s),
        )

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("is on", go(self.is_on).step, bounded=True),
            Way("is off", go(self.is_off).step, bounded=True),
            Way("none", go(self.none).step),
            Way("silence", go(self.silence).step),
        )

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), Prompt(self.on), Prompt(self.press), *prompts_of(self.on_wrong))
