"""Entries about configuration releases and terms, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor import relaxation, reserve
from callcontrol.floor.agents import ENGAGED, AgentRecord, AgentState, Happening
from callcontrol.floor.entries import ReserveCalled, RulesPublished, TermBegan
from callcontrol.floor.rules import read_rules, readable

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

REMOVED = "removed"  # why an agent who was taken out of the configuration logs out after the call


def term_began(floor: Floor, entry: TermBegan) -> bool:
    if entry.term <= floor.term:
        return False
    floor.term, floor.desk = entry.term, entry.desk
    return True


def rules_published(floor: Floor, entry: RulesPublished) -> bool:
    """Acts on everybody who waits now. An agent who is no longer in it leaves after the call in hand."""
    if entry.release == floor.release and entry.configuration == floor.configuration:
        return False
    if not readable(entry.configuration):
        return False
    before = floor.rules
    floor.release, floor.configuration = entry.release, entry.configuration
    floor.rules = read_rules(entry.configuration)
    # Before anybody is arranged by the new rules: an agent who goes moves those who waited for that agent.
    new_steps = relaxation.forget_old_steps(floor, before)
    for name in [n for n in floor.agents if n not in floor.rules.agents]:
        remove_agent(floor, floor.agents[name], entry.at)
    for name in floor.rules.agents:
        agent = floor.agents.get(name)
        if agent is None:
            floor.agents[name] = AgentRecord(name, since=entry.at)
        elif agent.next_reason == REMOVED:
            agent.next_state = agent.next_reason = ""
    floor.durations.forget(floor.rules.queues, floor.rules.agents)
    for name in [
        name for name in (*floor.forecasts, *floor.grades, *floor.quiet_times) if name not in floor.rules.queues
    ]:
        floor.forecasts.pop(name, None)
        floor.grades.pop(name, None)
        floor.quiet_times.pop(name, None)
    reserve.rules_changed(floor)
    floor.index.rules_changed(before)
    for call in new_steps:
        relaxation.catch_up(floor, call, entry.at)
    return True


def reserve_called(floor: Floor, entry: ReserveCalled) -> bool:
    """Void unless the load says so here and now."""
    if reserve.change(floor, entry.queue) is not entry.on:
        return False
    if entry.on:
        floor.reserve[entry.queue] = entry.at
    else:
        del floor.reserve[entry.queue]
    floor.index.regroup_queue(entry.queue)
    return True


def remove_agent(floor: Floor, agent: AgentRecord, at: float) -> None:
    if agent.state in ENGAGED:
        agent.next_state, agent.next_reason = AgentState.LOGGED_OUT, REMOVED
        return
    agent.move(Happening.LOG_OUT, at)
    floor.index.agent_changed(agent)
    floor.index.agent_went(agent)
    del floor.agents[agent.name]
