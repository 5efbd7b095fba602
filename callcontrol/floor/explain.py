"""Why a caller still waits, and why each agent does not take the call: told by the rules that decide, not by others."""

from __future__ import annotations

from dataclasses import dataclass

from callcontrol.floor import announcement
from callcontrol.floor.agents import AgentRecord, AgentState
from callcontrol.floor.floor import Floor
from callcontrol.floor.order import rank
from callcontrol.floor.release import released_branch
from callcontrol.floor.view import position
from callcontrol.values.configuration import Queue


@dataclass(frozen=True, slots=True)
class AgentReason:
    """``reason``: free, skills, logged_out, break, unreachable, back_off, too_many_misses, not_registered, own_call,
    reserved, ringing, talking, hold, wrap_up. ``until``: when it ends by itself, if it does (seconds since the epoch)."""

    agent: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """``case``: free, busy, away, nobody. ``next_step``: what the desk would do at once (offered, released:BRANCH,
    message_granted) or wait. ``late``: has waited so long that it goes before everybody who has not."""

    call: str
    queue: str
    state: str
    position: int | None
    case: str
    asked: str
    waited_s: float
    late: bool
    next_step: str
    agents: tuple[AgentReason, ...]


def why(floor: Floor, call: str, now: float) -> Explanation | None:
    """The explanation of a call on the floor at ``now``; None for one that is not there. Free agents who would be
    eligible but are passed over are those whom a caller further in front gets."""
    found = floor.calls.get(call)
    if found is None:
        return None
    rule = floor.rules.queues.get(found.queue) or Queue(found.queue)
    group = floor.index.group_of(found)
    case = floor.index.case_at(group, now)
    branch = released_branch(floor, found, case, now)
    return Explanation(
        call=call,
        queue=found.queue,
        state=found.state.value,
        position=position(floor, call, now),
        case=case.value,
        asked=group.text,
        waited_s=round(now - found.joined_at, 3),
        late=rank(found.first_joined_at, rule.target_s, found.vip, call, now)[0] == 0,
        next_step=(
            f"released:{branch[0]}"
            if branch
            else "message_granted"
            if announcement.is_right(floor, found, now, rule.announcement.dry_run)
            else "offered"
            if case.value == "free" and found.in_line()
            else "wait"
        ),
        agents=tuple(agent_reason(agent, group.has(agent.name), now) for _, agent in sorted(floor.agents.items())),
    )


def agent_reason(agent: AgentRecord, fits: bool, now: float) -> AgentReason:
    """Why this agent is, or is not, one to offer a call to that the agent's skills fit (or not)."""
    if not fits:
        return AgentReason(agent.name, "skills")
    if agent.is_free(now):
        return AgentReason(agent.name, "free")
    if agent.missed_too_often():
        return AgentReason(agent.name, "too_many_misses")
    if agent.state is AgentState.UNREACHABLE and agent.is_unregistered(now):
        return AgentReason(agent.name, "not_registered", agent.phone_until)
    if agent.state is AgentState.AVAILABLE and agent.in_own_call(now):
        return AgentReason(agent.name, "own_call", agent.phone_until)
    if agent.state is AgentState.AVAILABLE:
        return AgentReason(agent.name, "back_off", agent.back_off_until)
    if agent.state is AgentState.UNREACHABLE:
        return AgentReason(agent.name, "unreachable", agent.back_off_until)
    if agent.state is AgentState.WRAP_UP:
        return AgentReason(agent.name, "wrap_up", agent.wrap_up_until)
    return AgentReason(agent.name, agent.state.value)
