"""AskPin: an agent at a telephone types the PIN; it is checked and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import CheckPin, Prompt
from callcontrol.flow.events import Event, Keys, PinChecked
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of


@dataclass(frozen=True)
class AskPin(Step):
    """Asks for the PIN of ``agent`` (``#`` ends it) and goes on to ``then`` when it is right. Silence or a wrong one is
    asked again, ``tries`` times in all; then ``wrong``. ``closed``: guessed too often, by this caller or for this agent.
    ``unavailable``: it can't be checked now. The digits stand neither in the call's record nor in its story."""

    kind: ClassVar[str] = "ask_pin"
    names: ClassVar[Mapping[str, str]] = {"agent": "agent"}
    say: Say
    agent: Value[str]
    then: Target
    wrong: Target
    closed: Target
    unavailable: Target
    tries: Value[int] = 3
    timeout_s: Value[float] = 8.0
    on_silence: Say = ()
    on_wrong: Say = ()

    def enter(self, call: Call) -> Move:
        return self._ask(call, (), 1)

    def again(self, call: Call) -> Move:
        return self._ask(call, (), max(call.record.tries, 1))

    def take(self, call: Call, event: Event) -> Move | None:
        match event:
            case Keys(keys=""):
                return self._once_more(call, self.on_silence, "silence")
            case Keys(keys=keys):
                wait = call.record.wait + 1
                check = CheckPin(wait, str(call.value(self.agent)), keys)
                story = (("keys", {"step": self.name, "keys": "***"}),)
                return Move(commands=(check,), changes={"wait": wait}, story=story)
            case PinChecked(result="right"):
                return Move(go(self.then), "right")
            case PinChecked(result="closed"):
                return Move(go(self.closed), "closed")
            case PinChecked(result="wrong"):
                return self._once_more(call, self.on_wrong, "wrong")
            case PinChecked():
                return Move(go(self.unavailable), "unavailable")
        return None

    def _once_more(self, call: Call, first: Say, branch: str) -> Move:
        if call.record.tries < call.value(self.tries):
            return self._ask(call, prompts_of(first), call.record.tries + 1)
        return Move(go(self.wrong), branch)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        return call.ask(
            (*first, *prompts_of(self.say)),
            {"tries": tries},
            min_keys=1,
            max_keys=10,
            timeout_s=call.value(self.timeout_s),
            sensitive=True,
        )

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("right", go(self.then).step, bounded=True),
            Way("wrong", go(self.wrong).step),
            Way("closed", go(self.closed).step),
            Way("unavailable", go(self.unavailable).step),
        )

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say), *prompts_of(self.on_silence), *prompts_of(self.on_wrong))
