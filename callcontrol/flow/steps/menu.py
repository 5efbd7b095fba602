"""Menu: say what there is to choose, take a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event, Keys
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

KEYS = frozenset("0123456789*#ABCD")


@dataclass(frozen=True)
class Menu(Step):
    """Says ``say`` and goes where the key leads. Silence or a wrong key is told (``on_silence``, ``on_wrong``) and asked
    again, ``tries`` times in all; then ``silence`` or ``wrong`` (default: the same as ``silence``)."""

    kind: ClassVar[str] = "menu"
    shape: ClassVar[str] = "diamond"
    say: Say
    keys: Mapping[str, Target]
    silence: Target
    wrong: Target | None = None
    tries: Value[int] = 3
    timeout_s: Value[float] = 5.0
    on_silence: Say = ()
    on_wrong: Say = ()

    def enter(self, call: Call) -> Move:
        return self._ask(call, (), 1)

    def again(self, call: Call) -> Move:
        return self._ask(call, (), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Keys):
            return None
        pressed = event.keys or event.terminator
        told = ({"keys": pressed, "step": self.name},) if pressed else ()
        story = tuple(("keys", t) for t in told)
        if pressed in self.keys:
            return Move(go(self.keys[pressed]), f"key {pressed}", story=story)
        if call.record.tries < call.value(self.tries):
            ask = self._ask(call, prompts_of(self.on_wrong if pressed else self.on_silence), call.record.tries + 1)
            return Move(commands=ask.commands, changes=ask.changes, story=story)
        if pressed and self.wrong is not None:
            return Move(go(self.wrong), "wrong key", story=story)
        return Move(go(self.silence), "wrong key" if pressed else "silence", story=story)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        return call.ask(
            (*first, *prompts_of(self.say)),
            {"tries": tries},
            min_keys=1,
            max_keys=max(map(len, self.keys)),
            timeout_s=call.value(self.timeout_s),
            terminators="" if any("#" in k for k in self.keys) else "#",
        )

    def knows(self, keys: str) -> bool:
        return keys in self.keys

    def ways(self) -> tuple[Way, ...]:
        ways = [Way(f"key {key}", go(target).step, bounded=True) for key, target in self.keys.items()]
        ways.append(Way("silence", go(self.silence).step))
        if self.wrong is not None:
            ways.append(Way("wrong key", go(self.wrong).step))
        return tuple(ways)

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), *prompts_of(self.on_silence), *prompts_of(self.on_wrong))

    def problems(self) -> list[str]:
        if not self.keys:
            return ["The menu has no key; give it at least one, or make it a Play."]
        bad = [k for k in self.keys if not k or not set(k) <= KEYS]
        return [f"{k!r} can't be pressed on a phone; keys are made of 0-9, * and #." for k in bad]
