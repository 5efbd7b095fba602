"""AgentMenu: say how an agent stands, then what there is to choose; take a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.facts import AgentFacts
from callcontrol.flow.move import Move
from callcontrol.flow.steps.menu import Menu
from callcontrol.flow.steps.step import Say, Value, prompts_of

# How an agent can stand, as far as it makes a difference to what is said.
STANDINGS = (
    "logged_out",
    "available",
    "on_break",
    "missed_out",
    "wrap_up",
    "unreachable",
    "not_registered",
    "in_call",
    "then_break",
    "then_logged_out",
)


def standing_of(agent: AgentFacts | None) -> str:
    if agent is None:
        return "logged_out"
    if agent.next_state in ("break", "logged_out"):
        return f"then_{agent.next_state}"
    match agent.state:
        case "logged_out" | "available" | "wrap_up":
            return agent.state
        case "break":
            return "missed_out" if agent.missed_out else "on_break"
        case "unreachable":
            return "not_registered" if agent.reason == "not_registered" else "unreachable"
    return "in_call"


@dataclass(frozen=True, kw_only=True)
class AgentMenu(Menu):
    """A ``Menu`` before which is said how ``agent`` stands now: what ``standing`` has for one of ``STANDINGS``."""

    kind: ClassVar[str] = "agent_menu"
    names: ClassVar[Mapping[str, str]] = {"agent": "agent"}
    agent: Value[str]
    standing: Mapping[str, Say] = field(default_factory=dict)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        stands = standing_of(call.facts.agents.get(str(call.value(self.agent))))
        return super()._ask(call, (*first, *prompts_of(self.standing.get(stands, ()))), tries)

    def prompts(self) -> tuple[Prompt, ...]:
        return (*(p for say in self.standing.values() for p in prompts_of(say)), *super().prompts())

    def problems(self) -> list[str]:
        wrong = sorted(set(STANDINGS) ^ self.standing.keys())
        told = [
            f"{name!r}: an agent stands in one of {', '.join(STANDINGS)}; say something for each." for name in wrong
        ]
        return [*super().problems(), *told]
