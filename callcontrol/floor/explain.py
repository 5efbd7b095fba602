"""Why a caller still waits, and why each agent does not take the call: told by the rules that decide, not by others."""

from __future__ import annotations

from dataclasses import dataclass

from callcontrol.floor import announcement
from callcontrol.floor.agents import AgentRecord, AgentState
from callcontrol.floor.floor import Floor
from callcontrol.floor.order import rank
from callcontrol.floor.pools import Case
from callcontrol.floor.relaxation import next_step, step_due
from callcontrol.floor.release import overflow_to, released_branch
from callcontrol.floor.sticky import waited_for
from callcontrol.floor.view import position
from callcontrol.floor.visits import Call
from callcontrol.values.configuration import Queue


@dataclass(frozen=True, slots=True)
class AgentReason:
    """``reason``: free, skills, logged_out, break, unreachable, back_off, too_many_misses, not_registered, own_call,
    reserved, ringing, talking, hold, wrap_up; or sticky: free, but the call waits for another agent first. ``until``: when it
    ends by itself, if it does (seconds since the epoch)."""

    agent: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """``case``: free, busy, away, nobody. ``next_step``: what the desk would do at once (relaxed:STEP, offered,
    released:BRANCH, message_granted) or wait. ``late``: has waited so long that it goes before everybody who has not.

    ``reached``: the relaxation steps that count for the call; ``step_at``: the time of the next one (past while it waits for
    its condition ``step_when``), None when there is none. ``waits_for``: the agent who is waited for until ``waits_until``.
    ``reserve``: the queue's reserve is called. ``overflow``: where the call goes if nobody is free for it."""

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
    reached: tuple[int, ...] = ()
    step_at: float | None = None
    step_when: str = ""
    waits_for: str = ""
    waits_until: float | None = None
    reserve: bool = False
    overflow: str = ""


def why(floor: Floor, call: str, now: float) -> Explanation | None:
    """The explanation of a call on the floor at ``now``; None for one that is not there. Free agents who would be
    eligible but are passed over are those whom a caller further in front gets."""
    found = floor.calls.get(call)
    if found is None:
        return None
    rule = floor.rules.queues.get(found.queue) or Queue(found.queue)
    group = floor.index.group_of(found)
    case = floor.index.case_at(group, now)
    waits_for = waited_for(floor, found, now) if found.in_line() else ""
    number, step_at = next_step(found, rule) if found.in_line() else (0, None)
    return Explanation(
        call=call,
        queue=found.queue,
        state=found.state.value,
        position=position(floor, call, now),
        case=case.value,
        asked=group.text,
        waited_s=round(now - found.joined_at, 3),
        late=rank(found.first_joined_at, rule.target_s, found.vip, call, now, rule.hard_bound)[0] == 0,
        next_step=_next(floor, found, rule, case, waits_for, now),
        agents=tuple(
            agent_reason(agent, group.has(agent.name), now, waits_for) for _, agent in sorted(floor.agents.items())
        ),
        reached=found.reached,
        step_at=step_at,
        step_when=rule.relaxation[number - 1].when if number else "",
        waits_for=waits_for,
        waits_until=found.first_joined_at + rule.sticky_s if waits_for else None,
        reserve=found.queue in floor.reserve,
        overflow=overflow_to(floor, found, now),
    )


def _next(floor: Floor, call: Call, rule: Queue, case: Case, waits_for: str, now: float) -> str:
    """In the order in which the desk decides."""
    if not call.in_line():
        return "wait"
    if step := step_due(floor, call, now):
        return f"relaxed:{step}"
    if case is not Case.FREE and overflow_to(floor, call, now):
        return "released:overflow"
    if branch := released_branch(floor, call, case, now):
        return f"released:{branch[0]}"
    if announcement.is_right(floor, call, now, rule.announcement.dry_run):
        return "message_granted"
    wanted = floor.agents[waits_for].is_free(now) if waits_for else case is Case.FREE
    return "offered" if wanted else "wait"


def agent_reason(agent: AgentRecord, fits: bool, now: float, waits_for: str = "") -> AgentReason:
    """Why this agent is, or is not, one to offer a call to that the agent's skills fit (or not). ``waits_for``: the call
    waits for this agent alone."""
    if not fits:
        return AgentReason(agent.name, "skills")
    if agent.is_free(now):
        return AgentReason(agent.name, "sticky" if waits_for not in ("", agent.name) else "free")
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
