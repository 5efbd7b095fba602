"""AskDigits: say what is wanted, take a number of digits, remember them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow import sensitive
from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.digits import CHECKS
from callcontrol.flow.events import Event, Keys
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of


@dataclass(frozen=True)
class AskDigits(Step):
    """Takes ``min_digits`` to ``max_digits`` digits (``#`` ends them), remembers them as ``remember`` and goes on to
    ``then``. Silence or a wrong number of digits is asked again, ``tries`` times in all; then ``silence`` or ``wrong``
    (default: the same as ``silence``). ``check`` (see ``flow.digits.CHECKS``) is asked of the digits too: luhn, id_card_cn,
    mobile_cn, date_ymd. ``sensitive`` digits are written nowhere in the clear, the switch does not tell of their keys, and
    they are forgotten where the call stays: a queue, a message, a callback (``flow.sensitive``)."""

    kind: ClassVar[str] = "ask_digits"
    say: Say
    remember: str
    then: Target
    silence: Target
    wrong: Target | None = None
    min_digits: int = 1
    max_digits: int = 1
    tries: Value[int] = 3
    timeout_s: Value[float] = 8.0
    check: str = ""
    sensitive: bool = False
    on_silence: Say = ()
    on_wrong: Say = ()

    def enter(self, call: Call) -> Move:
        return self._ask(call, (), 1)

    def again(self, call: Call) -> Move:
        return self._ask(call, (), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, Keys):
            return None
        keys = event.keys
        story = (("keys", {"step": self.name, "keys": "***" if self.sensitive else keys}),) if keys else ()
        if self._fits(keys):
            there = go(self.then)
            marks = sensitive.marked(call.context, [self.remember]) if self.sensitive else {}
            there = Go(there.step, there.language, {**there.remember, self.remember: keys, **marks})
            return Move(there, "digits", story=story)
        if call.record.tries < call.value(self.tries):
            ask = self._ask(call, prompts_of(self.on_wrong if keys else self.on_silence), call.record.tries + 1)
            return Move(commands=ask.commands, changes=ask.changes, story=story)
        if keys and self.wrong is not None:
            return Move(go(self.wrong), "wrong digits", story=story)
        return Move(go(self.silence), "wrong digits" if keys else "silence", story=story)

    def _fits(self, keys: str) -> bool:
        if not self.min_digits <= len(keys) <= self.max_digits:
            return False
        return CHECKS[self.check](keys) if self.check else set(keys) <= set("0123456789")

    def knows(self, keys: str) -> bool:
        return self._fits(keys)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        return call.ask(
            (*first, *prompts_of(self.say)),
            {"tries": tries},
            min_keys=self.min_digits,
            max_keys=self.max_digits,
            timeout_s=call.value(self.timeout_s),
            sensitive=self.sensitive,
        )

    def ways(self) -> tuple[Way, ...]:
        ways = [Way("digits", go(self.then).step, bounded=True), Way("silence", go(self.silence).step)]
        if self.wrong is not None:
            ways.append(Way("wrong digits", go(self.wrong).step))
        return tuple(ways)

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), *prompts_of(self.on_silence), *prompts_of(self.on_wrong))

    def problems(self) -> list[str]:
        if self.check and self.check not in CHECKS:
            return [f"{self.check!r} is no check of digits; there are: {', '.join(CHECKS)}."]
        found = []
        if not 1 <= self.min_digits <= self.max_digits:
            found.append(f"It asks for {self.min_digits} to {self.max_digits} digits; make it 1 <= min <= max.")
        if not self.remember or self.remember.startswith("_"):
            found.append(f"The digits can't be remembered as {self.remember!r}; give a name that begins with a letter.")
        return found
