"""What the switch says of agents' phones (``PhoneSeen``), applied to the floor: a phone that is not registered is not rung,
one in a call of its own is left alone. Both are leases: whoever says so must say it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agents import NOT_REGISTERED, AgentState, Happening
from callcontrol.floor.entries import PhoneSeen

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Forgotten after this, if no controller says it again: a wrong "not there" must not keep an agent from work for ever, and
# a phone that is rung in vain costs one ringing. Two tellings may be lost.
PHONE_LEASE_S = 150.0
# What holds is said again so often; the same line sooner is another controller's and void.
SAY_AGAIN_S = 45.0


def phone_seen(floor: Floor, entry: PhoneSeen) -> bool:
    agent = floor.agents.get(entry.agent)
    if agent is None:
        return False
    registered = None if entry.registered is None else bool(entry.registered)
    own_call = bool(entry.busy)
    holds_off = registered is False or own_call
    same = (agent.registered, agent.own_call) == (registered, own_call)
    if same and (not holds_off or entry.at < agent.phone_at + SAY_AGAIN_S):
        return False
    came = registered is not False and agent.registered is False
    agent.registered, agent.own_call = registered, own_call
    agent.phone_at, agent.phone_until = entry.at, entry.at + PHONE_LEASE_S if holds_off else 0.0
    if registered is False and agent.state is AgentState.AVAILABLE:
        agent.move(Happening.PHONE_GONE, entry.at)
        agent.reason = NOT_REGISTERED
    elif registered is False and agent.state is AgentState.UNREACHABLE:
        agent.reason = NOT_REGISTERED
    elif came:
        # What made it unreachable is over, the back-off with it; other states keep theirs.
        if agent.state is AgentState.UNREACHABLE:
            agent.back_off_until = 0.0
        agent.move(Happening.PHONE_BACK, entry.at)
    floor.index.agent_changed(agent)
    return True
