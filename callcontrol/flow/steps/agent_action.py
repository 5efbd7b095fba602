"""AgentAction: does for an agent what the agent asked for by key: log in, break, back, ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import AgentDo
from callcontrol.flow.events import AgentAnswered, Event
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.steps.step import Step, Value

ACTIONS = ("login", "logout", "break", "back", "wrap-up-end", "extend")


@dataclass(frozen=True)
class AgentAction(Step):
    """``action`` is one of ``ACTIONS``; ``reason`` is of a break, ``seconds`` of an extension. ``done``; ``later``: after
    the call or the wrap-up; ``already``: it was so before; ``refused``, or what ``because`` has for the answer
    (``fixed_wrap_up``, ``not_registered``, ...: see ``floor.requests.Result``). Only what is asked after an ``AskPin`` is
    known to come from the agent."""

    kind: ClassVar[str] = "agent_action"
    names: ClassVar[Mapping[str, str]] = {"agent": "agent", "reason": "break_reason"}
    action: str
    agent: Value[str]
    done: Target
    later: Target
    already: Target
    refused: Target
    because: Mapping[str, Target] = field(default_factory=dict)
    reason: Value[str] = ""
    seconds: Value[float] = 0.0

    def enter(self, call: Call) -> Move:
        wait = call.record.wait + 1
        agent, reason = str(call.value(self.agent)), str(call.value(self.reason))
        do = AgentDo(wait, self.action, agent, reason, float(call.value(self.seconds)))
        return Move(commands=(do,), changes={"wait": wait})

    def take(self, call: Call, event: Event) -> Move | None:
        if not isinstance(event, AgentAnswered):
            return None
        known: dict[str, Target] = {"done": self.done, "later": self.later, "already": self.already, **self.because}
        told = (("agent_action", {"action": self.action, "result": event.result}),)
        return Move(go(known.get(event.result, self.refused)), event.result, story=told)

    def ways(self) -> tuple[Way, ...]:
        ways = [Way(name, go(getattr(self, name)).step) for name in ("done", "later", "already", "refused")]
        return (*ways, *(Way(result.replace("_", " "), go(target).step) for result, target in self.because.items()))

    def problems(self) -> list[str]:
        if self.action in ACTIONS:
            return []
        return [f"{self.action!r} is nothing that an agent can do; choose one of {', '.join(ACTIONS)}."]
