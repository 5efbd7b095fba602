"""When the queue gives a waiting caller back to the flow. One rule, for deciding it and for checking the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.pools import Case
from callcontrol.floor.queue_state import QueueState
from callcontrol.floor.rules import condition
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def released_branch(floor: Floor, call: Call, case: Case, now: float) -> tuple[str, Outcome] | None:
    """(branch, outcome), or None when the caller waits on. ``case`` is that of the agents eligible for the call. While
    somebody is free nobody is sent away, only offered, or waits for one agent; a message and a ringing phone are never cut
    short by this. A relaxation step or an overflow that is due goes before."""
    if call.state is not CallState.WAITING or call.booking is not None:
        return None  # nobody is on the line of a callback (see ``callbacks.next_step``)
    rule = floor.rules.queues.get(call.queue)
    if rule is None:
        return "closed", Outcome.CLOSED
    if case is Case.FREE:
        return None
    if call.full:
        return "full", Outcome.FULL
    if case is Case.NOBODY:
        return "nobody", Outcome.CLOSED
    if case is Case.AWAY and call.away:
        return "away", Outcome.CLOSED
    if call.verdict:
        return "still_busy", Outcome.ADVISED_OFFPEAK
    if now >= call.joined_at + rule.max_wait_s:
        return "timeout", Outcome.TIMEOUT
    return None


def overflow_to(floor: Floor, call: Call, now: float) -> str:
    """The queue that this call overflows to at ``now``, if nobody is free for it; empty for none. The first rule whose time
    has come and whose condition holds; never the queue that the call came from, and never one that there is not."""
    rule = floor.rules.queues.get(call.queue)
    if rule is None or not rule.overflow or call.state is not CallState.WAITING or call.booking is not None:
        return ""
    for overflow in rule.overflow:
        if overflow.to in (call.queue, call.came_from) or overflow.to not in floor.rules.queues:
            continue
        if now < call.first_joined_at + overflow.after_s:
            continue
        if not overflow.when or condition(overflow.when).holds(QueueState(floor, call.queue, now)):
            return overflow.to
    return ""
