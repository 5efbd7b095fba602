"""How the talks of each agent are counted for the strategies that share work out.

A shift begins with a log-in after ``SHIFT_GAP_S`` or more logged out (or with the first of all). It begins where the
colleagues stand: of each count the smallest among those logged in who serve the same queue; with several queues the
greatest of these. So nobody comes in at noon to do all the work until the counts are even, and nobody comes in behind
all others. Breaks and shorter log-outs change nothing, and there is no hour of the day at which counts begin anew: it
would be in the middle of somebody's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agents import AgentRecord, AgentState

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Longer than any break and shorter than the night between two shifts.
SHIFT_GAP_S = 4 * 3600.0
# A talk of an agent with next to no weight must not count without end.
MIN_WEIGHT = 0.001


def begins_shift(agent: AgentRecord, at: float) -> bool:
    """Whether a log-in at ``at`` begins a shift. To be asked before the agent's state is changed."""
    if agent.state is not AgentState.LOGGED_OUT:
        return False
    return not agent.idle_since or at - agent.since >= SHIFT_GAP_S


def begin_shift(floor: Floor, agent: AgentRecord) -> None:
    calls, talk_s, share = 0, 0.0, 0.0
    for queue in floor.rules.queues:
        members = floor.index.pool(queue).members
        if agent.name not in members:
            continue
        there = [floor.agents[name] for name in members if name != agent.name]
        there = [a for a in there if a.state is not AgentState.LOGGED_OUT]
        if there:
            calls = max(calls, min(a.calls for a in there))
            talk_s = max(talk_s, min(a.talk_s for a in there))
            share = max(share, min(a.share for a in there))
    agent.calls, agent.talk_s, agent.share = calls, talk_s, share


def count_talk(agent: AgentRecord, at: float) -> None:
    """A talk begins."""
    agent.answered += 1
    agent.calls += 1
    if agent.weight > 0:
        agent.share += 1.0 / max(agent.weight, MIN_WEIGHT)
    agent.turn_at = at
