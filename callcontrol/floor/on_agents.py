"""Entries about agents, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agents import ENGAGED, AgentRecord, AgentState, Happening
from callcontrol.floor.entries import (
    AgentBack,
    AgentBreak,
    AgentLoggedIn,
    AgentLoggedOut,
    PutOnBreak,
    WrapUpExtended,
    WrapUpOver,
)
from callcontrol.floor.fairness import begin_shift, begins_shift
from callcontrol.floor.wrap_up import extend

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def agent_logged_in(floor: Floor, entry: AgentLoggedIn) -> bool:
    """Also takes back a log-out that waits for the end of a call, and gives the phone for the next calls."""
    agent = floor.agents.get(entry.agent)
    if agent is None or entry.agent not in floor.rules.agents:
        return False
    changed = False
    if agent.contact != entry.contact and (entry.contact or agent.state is AgentState.LOGGED_OUT):
        agent.contact, changed = entry.contact, True
        agent.forget_phone()  # it was of another phone
        floor.index.agent_changed(agent)
    if agent.next_state == AgentState.LOGGED_OUT:
        agent.next_state = agent.next_reason = ""
        changed = True
    unregistered = agent.state is AgentState.UNREACHABLE and agent.is_unregistered(entry.at)
    new_shift = begins_shift(agent, entry.at)
    if not unregistered and agent.move(Happening.LOG_IN, entry.at):
        _forgive(agent)
        if new_shift:
            begin_shift(floor, agent)
        if not agent.idle_since:
            agent.idle_since = entry.at
        floor.index.agent_changed(agent)
        changed = True
    return changed


def agent_logged_out(floor: Floor, entry: AgentLoggedOut) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None:
        return False
    if agent.state in ENGAGED or (entry.own and agent.must_wrap_up(entry.at)):
        return _later(agent, AgentState.LOGGED_OUT, "")
    agent.next_state = agent.next_reason = ""  # of a fixed wrap-up that a supervisor ends by this
    if not agent.move(Happening.LOG_OUT, entry.at):
        return False
    if agent.contact:
        agent.contact = ""
        agent.forget_phone()  # of the phone of this log-in
    _forgive(agent)
    floor.index.agent_changed(agent)
    return True


def agent_break(floor: Floor, entry: AgentBreak) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None:
        return False
    if agent.state in ENGAGED or (entry.own and agent.must_wrap_up(entry.at)):
        # A log-out that is already wished for is not weakened to a break.
        return agent.next_state != AgentState.LOGGED_OUT and _later(agent, AgentState.BREAK, entry.reason)
    if agent.state is AgentState.BREAK and agent.reason == entry.reason:
        return False
    agent.next_state = agent.next_reason = ""  # of a fixed wrap-up that a supervisor ends by this
    if not agent.move(Happening.PAUSE, entry.at):
        return False
    agent.reason = entry.reason
    floor.index.agent_changed(agent)
    return True


def agent_back(floor: Floor, entry: AgentBack) -> bool:
    """Ends a break, the wrap-up, an unreachable state or a back-off; takes back a break that waits for the end of a call."""
    agent = floor.agents.get(entry.agent)
    if agent is None:
        return False
    if agent.state in ENGAGED or (entry.own and agent.must_wrap_up(entry.at)):
        if agent.next_state != AgentState.BREAK:
            return False
        agent.next_state = agent.next_reason = ""
        return True
    if agent.state is AgentState.UNREACHABLE and agent.is_unregistered(entry.at):
        return False  # by itself, as soon as the phone registers
    if not agent.move(Happening.BACK, entry.at) and not (agent.state is AgentState.AVAILABLE and agent.back_off_until):
        return False
    _forgive(agent)
    floor.index.agent_changed(agent)
    return True


def wrap_up_extended(floor: Floor, entry: WrapUpExtended) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None:
        return False
    offer = floor.offers.get(agent.offer)
    if not extend(agent, floor.rules.queues.get(offer.queue) if offer else None, entry.seconds, entry.at):
        return False
    floor.index.agent_changed(agent)
    return True


def wrap_up_over(floor: Floor, entry: WrapUpOver) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None or entry.at < agent.wrap_up_until or not agent.move(Happening.WRAP_UP_OVER, entry.at):
        return False
    floor.index.agent_changed(agent)
    return True


def put_on_break(floor: Floor, entry: PutOnBreak) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None or not agent.missed_too_often() or not agent.move(Happening.MISSED_OUT, entry.at):
        return False
    agent.reason = entry.reason
    floor.index.agent_changed(agent)
    return True


def _forgive(agent: AgentRecord) -> None:
    """The agent says "I am here": misses and back-off are forgotten, what the back-off learned is not."""
    agent.misses = 0
    agent.back_off_until = 0.0


def _later(agent: AgentRecord, state: AgentState, reason: str) -> bool:
    if agent.next_state == state and agent.next_reason == reason:
        return False
    agent.next_state, agent.next_reason = state, reason
    return True
