"""Agents of a rehearsal: PINs that are known, states that follow what is done, and no floor behind them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

from callcontrol.flow.facts import AgentFacts


class RehearsedAgents:
    """``pins``: agent -> PIN. ``calling``: the agent whose phone calls. ``results`` answers an action otherwise than by
    doing it: action -> result."""

    def __init__(
        self,
        pins: Mapping[str, str] | None = None,
        *,
        calling: str = "",
        states: Mapping[str, AgentFacts] | None = None,
        break_reasons: tuple[str, ...] = ("rest", "lunch", "training", "meeting"),
        results: Mapping[str, str] | None = None,
        pin_result: str = "",
        leads: frozenset[str] = frozenset({"1001"}),
        emergencies: Mapping[str, bool] | None = None,
    ) -> None:
        self.pins = dict(pins if pins is not None else {"1001": "4711"})
        self.calling = calling
        self.states = {name: AgentFacts() for name in self.pins} | dict(states or {})
        self.break_reasons = break_reasons
        self.results = dict(results or {})
        self.pin_result = pin_result
        self.leads = leads
        self.emergencies = dict({"fire": False, "outage": True} if emergencies is None else emergencies)

    def copy(self) -> RehearsedAgents:
        """The same agents; what one of them does here is not done there."""
        made = copy(self)
        made.states = dict(self.states)
        made.emergencies = dict(self.emergencies)
        return made

    def check(self, agent: str, pin: str) -> str:
        return self.pin_result or ("right" if pin and self.pins.get(agent) == pin else "wrong")

    def switch_emergency(self, agent: str, name: str, hours: float) -> str:
        if "emergency" in self.results:
            return self.results["emergency"]
        if agent not in self.leads:
            return "not_allowed"
        if name not in self.emergencies:
            return "gone"
        self.emergencies[name] = hours > 0
        return "done"

    def do(self, agent: str, action: str, reason: str) -> str:
        if action in self.results:
            return self.results[action]
        before = self.states.get(agent)
        if before is None:
            return "unknown_agent"
        match action:
            case "login":
                after = before if before.state != "logged_out" else AgentFacts("available")
            case "logout":
                after = AgentFacts("logged_out")
            case _ if before.state == "logged_out":
                return "logged_out"
            case "break":
                after = AgentFacts("break", reason)
            case "wrap-up-end" if before.state != "wrap_up":
                return "no_wrap_up"
            case "back" | "wrap-up-end":
                after = AgentFacts("available")
            case _:
                return "done" if before.state == "wrap_up" else "no_wrap_up"
        self.states[agent] = replace(after)
        return "already" if after == before else "done"


def agents_of_story(told: Mapping[str, str]) -> RehearsedAgents:
    """One agent, 1001, with the PIN 4711. ``told`` may hold: calling (the agent who calls), state, reason, next_state,
    missed_out ("yes"), lead ("no": may switch no emergency messages), prepared ("none": of those), pin (what the check says), and for
    each action what comes of it (``back = "fixed_wrap_up"``, ``emergency = "unavailable"``)."""
    of_agent = ("state", "reason", "next_state")
    facts = AgentFacts(
        **{name: told[name] for name in of_agent if name in told}, missed_out=told.get("missed_out") == "yes"
    )
    others = ("calling", "pin", "missed_out", "lead", "prepared", *of_agent)
    return RehearsedAgents(
        calling=told.get("calling", ""),
        states={"1001": facts},
        results={name: result for name, result in told.items() if name not in others},
        pin_result=told.get("pin", ""),
        leads=frozenset() if told.get("lead") == "no" else frozenset({"1001"}),
        emergencies={} if told.get("prepared") == "none" else None,
    )
