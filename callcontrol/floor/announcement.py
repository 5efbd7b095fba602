"""The busy-aware off-peak announcement: to whom it is granted, and within which limits. One rule, for deciding it and for
checking the decision.

A caller hears it after one whole waiting period in which everybody skilled was busy, and only then. The share is of those
who joined in the same half-hour, so that a grant never depends on who calls later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.forecast import is_short
from callcontrol.floor.pools import Case
from callcontrol.floor.visits import Call, CallState

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.values.configuration import Queue

# "Never the same number twice in a day": any 24 hours, so that midnight does not make it twice in an hour.
DAY_S = 86_400.0


def may_hear(floor: Floor, call: Call, now: float) -> bool:
    """What the caller and the queue's settings say: everything but the share and the agents."""
    rule = floor.rules.queues.get(call.queue)
    return (
        rule is not None
        and rule.announcement.enabled
        and call.state is CallState.WAITING
        and not call.heard
        and not call.stays
        and not call.full
        and call.vip <= 0
        and not (call.counted and rule.announcement.dry_run)
        and now >= ripe_at(call, rule)
        and (call.message_until == 0 or now < call.message_until)
        and not is_short(floor, call, rule.announcement.short_estimate_s)
        and not heard_today(floor, call, rule.announcement.dry_run)
    )


def ripe_at(call: Call, rule: Queue) -> float:
    """When the call has waited for one period; the flow may ask for a longer one, never for a shorter."""
    return call.joined_at + max(rule.patience_s, call.message_after_s)


def heard_today(floor: Floor, call: Call, dry_run: bool) -> bool:
    if not call.caller:
        return False
    began_at = floor.heard.get(_key(call, dry_run))
    # Against the joining, not the present moment: waiting long is no way to be told twice.
    return began_at is not None and began_at > call.joined_at - DAY_S


def budget(floor: Floor, call: Call) -> int:
    """How many more callers of this one's half-hour may hear it."""
    rule = floor.rules.queues[call.queue].announcement
    return floor.tally(call.queue).budget(call.joined_at, rule.max_share, rule.dry_run)


def is_right(floor: Floor, call: Call, now: float, dry_run: bool) -> bool:
    """Whether the announcement (or the counting of it, in a dry run) is right for this call at ``now``."""
    return (
        may_hear(floor, call, now)
        and floor.rules.queues[call.queue].announcement.dry_run == dry_run
        and budget(floor, call) > 0
        and floor.index.case_at(floor.index.group_of(call), now) is Case.BUSY
    )


def grant(floor: Floor, call: Call, at: float, dry_run: bool) -> None:
    floor.tally(call.queue).grant(call.joined_at, dry_run)
    if dry_run:
        call.counted = True
    else:
        call.heard = True
    if call.caller:
        key = _key(call, dry_run)
        floor.heard.pop(key, None)
        floor.heard[key] = at
        _forget(floor, at)


def take_back(floor: Floor, call: Call) -> None:
    """The controller that played it is gone; the caller is treated as not told."""
    call.heard = False
    floor.tally(call.queue).grant(call.joined_at, False, by=-1)
    if call.caller:
        floor.heard.pop(_key(call, False), None)
    for queue in floor.rules.queues:  # the same caller may wait in another one
        floor.index.agenda.announce[queue] = None


def _key(call: Call, dry_run: bool) -> str:
    return f"dry:{call.caller}" if dry_run else call.caller


def _forget(floor: Floor, at: float) -> None:
    """Keep a day, and the longest wait after it."""
    while floor.heard:
        caller = next(iter(floor.heard))
        if floor.heard[caller] > at - 2 * DAY_S:
            return
        del floor.heard[caller]
