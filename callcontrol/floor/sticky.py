"""The sticky agent: for ``sticky_s`` of waiting, the agent who is named for the call, or who last talked with this caller
within a day, is waited for, as long as that agent is there to wait for; then anybody. Never longer, and never against the
order: a caller further in front may get that agent, and anybody else's callers are served meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agents import Standing

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.visits import Call

# The last talk counts for a day, as the announcement's limit does: who calls again tomorrow has another matter.
DAY_S = 86_400.0
# Callers whose last agent is known. Far more than call within a day; a bound all the same.
MAX_KNOWN = 50_000


def waited_for(floor: Floor, call: Call, now: float) -> str:
    """The agent whom this call waits for at ``now``; empty when anybody eligible will do."""
    if not call.prefer:
        return ""
    rule = floor.rules.queues.get(call.queue)
    if rule is None or now >= call.first_joined_at + rule.sticky_s or not present(floor, call.prefer):
        return ""
    return call.prefer if floor.index.group_of(call).has(call.prefer) else ""


def present(floor: Floor, agent: str) -> bool:
    """Logged in, with a phone that can be reached, and not on break."""
    record = floor.agents.get(agent)
    return (
        record is not None and agent in floor.rules.agents and record.standing_now() in (Standing.FREE, Standing.BUSY)
    )


def preferred(floor: Floor, named: str, caller: str, at: float) -> str:
    """Whom a call that joins at ``at`` would like: the agent that is named, else the last one of this caller."""
    if named or not caller:
        return named
    agent, talked_at = floor.last_agents.get(caller, ("", 0.0))
    return agent if talked_at > at - DAY_S else ""


def remember(floor: Floor, caller: str, agent: str, at: float) -> None:
    """They talk. Only kept where some queue asks for it."""
    if not caller or not any(rule.sticky_s > 0 for rule in floor.rules.queues.values()):
        return
    known = floor.last_agents
    known.pop(caller, None)
    known[caller] = (agent, at)
    while known and (len(known) > MAX_KNOWN or next(iter(known.values()))[1] < at - DAY_S):
        del known[next(iter(known))]
