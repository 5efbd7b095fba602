"""How the talks of each agent are counted for the strategies that share work out.

A shift begins with a log-in after ``SHIFT_GAP_S`` or more logged out (or with the first of all). It begins where the
colleagues stand: of each count the smallest among those logged in who serve the same queue; with several queues the
greatest of these. So nobody comes in at noon to do all the work until the counts are even, and nobody comes in behind
all others. Breaks and shorter log-outs change nothing, and there is no hour of the day at which counts begin anew: it
would be in the middle of somebody's work.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        if agent.name in members and (least := _least(floor, members, agent.name)) is not None:
            calls, talk_s, share = max(calls, least[0]), max(talk_s, least[1]), max(share, least[2])
    agent.calls, agent.talk_s, agent.share = calls, talk_s, share


def _least(floor: Floor, members: Iterable[str], but: str) -> tuple[int, float, float] | None:
    """The smallest (calls, talk_s, share), each by itself, of those who are logged in; None when nobody is."""
    least: tuple[int, float, float] | None = None
    for name in members:
        other = floor.agents[name]
        if name == but or other.state is AgentState.LOGGED_OUT:
            continue
        if least is None:
            least = other.calls, other.talk_s, other.share
        else:
            least = min(least[0], other.calls), min(least[1], other.talk_s), min(least[2], other.share)
        if not any(least):  # in the morning, when a whole centre logs in
            break
    return least


def count_talk(agent: AgentRecord, at: float) -> None:
    """A talk begins."""
    agent.answered += 1
    agent.calls += 1
    if agent.weight > 0:
        agent.share += 1.0 / max(agent.weight, MIN_WEIGHT)
    agent.turn_at = at
