"""An agent on the telephone: who calls, whether the PIN is right, and what is asked for, done on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from callcontrol.floor.requests import Action, Request, answer
from callcontrol.flow import commands, events
from callcontrol.flow.facts import AgentFacts
from callcontrol.flow.flow import Flow
from callcontrol.flow.steps import AgentAction, AskPin
from callcontrol.ports.switch import CallSession, SwitchError
from callcontrol.values.configuration_checks import CONTACT

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.floor.agents import AgentRecord

log = structlog.get_logger()

BY = "telephone"  # who did it, in the journal


def agent_facts(agent: AgentRecord) -> AgentFacts:
    return AgentFacts(agent.state.value, agent.reason, agent.next_state, agent.is_missed_out())


def calling_agent(services: CallServices, number: str) -> str:
    """The agent whose phone has that number; "" if there is none."""
    agents = services.configuration()[1].agents
    if number in agents:
        return number
    return next((a.name for a in agents.values() if a.contact.partition("@")[0] == f"user/{number}"), "")


class AgentCalls:
    """Of one call. ``caller`` is the key of its number."""

    def __init__(self, services: CallServices, session: CallSession, caller: str) -> None:
        self._services = services
        self._session = session
        self._caller = caller
        self._calling: str | None = None

    def calling(self, flow: type[Flow]) -> str:
        """The agent who calls, for a flow that asks such things; found out once."""
        if self._calling is None:
            asks = any(isinstance(step, AskPin | AgentAction) for step in flow.steps.values())
            self._calling = calling_agent(self._services, self._session.caller_number) if asks else ""
        return self._calling

    def answer(self, asked: commands.CheckPin | commands.AgentDo) -> events.PinChecked | events.AgentAnswered:
        return self.check(asked) if isinstance(asked, commands.CheckPin) else self.do(asked)

    def check(self, asked: commands.CheckPin) -> events.PinChecked:
        pins = self._services.pins
        result = pins.check(self._caller, asked.agent, asked.pin) if pins is not None else "unavailable"
        if result != "right":
            log.info("a PIN was not taken", call=self._session.uuid, agent=asked.agent, result=result)
        return events.PinChecked(asked.wait, str(result))

    def do(self, asked: commands.AgentDo) -> events.AgentAnswered:
        services = self._services
        action = Action(asked.action)
        contact = self._contact(asked.agent) if action is Action.LOG_IN else ""
        request = Request(
            action, asked.agent, by=BY, own=True, reason=asked.reason, seconds=asked.seconds, contact=contact
        )
        said = answer(services.floor(), request, services.clock.now())
        if said.entry is not None:
            services.tell(said.entry)
        return events.AgentAnswered(asked.wait, said.result.value)

    def _contact(self, agent: str) -> str:
        """The phone to ring from now on: the one in hand, if the switch knows it as a phone and it is not the agent's own.
        The number alone would not do: anybody can write one."""
        number, configured = self._session.caller_number, self._services.configuration()[1].agents.get(agent)
        contact = f"user/{number}"
        if configured is None or configured.contact.partition("@")[0] == contact or not CONTACT.fullmatch(contact):
            return ""
        if calling_agent(self._services, number) == agent:
            return ""
        try:
            known = self._services.control(self._session.node).registered(number)
        except SwitchError:
            return ""
        return contact if known else ""
