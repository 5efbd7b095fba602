"""Entries about callers, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor import announcement, on_callbacks, relaxation, sticky
from callcontrol.floor.entries import (
    CallJoined,
    CallLeft,
    CallStays,
    MessageFinished,
    MessageGranted,
    Relaxed,
    Released,
)
from callcontrol.floor.on_offers import end_talk, take_back_offers
from callcontrol.floor.pools import Case
from callcontrol.floor.release import overflow_to, released_branch
from callcontrol.floor.visits import Call, CallState, VisitEnded
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# What a ``CallLeft`` other than a hang-up is counted as; a reason of a newer writer is a loss that nobody explained.
_REASONS = {
    "exit_key": Outcome.EXIT_KEY,
    "callback_booked": Outcome.CALLBACK_BOOKED,
    "requeued": Outcome.REQUEUED,
    "closed": Outcome.CLOSED,
    "emergency": Outcome.EMERGENCY,
    "blocked": Outcome.BLOCKED,
    "system_lost": Outcome.SYSTEM_LOST,
}


# Sent away at once: that says nothing of how long callers are patient.
NO_PATIENCE = frozenset({Outcome.FULL, Outcome.CLOSED, Outcome.BLOCKED, Outcome.EMERGENCY})


def call_joined(floor: Floor, entry: CallJoined) -> bool:
    call = floor.calls.get(entry.call)
    if call is not None:
        if call.booking is not None:
            return False  # the name of a callback
        if call.visit == entry.visit and call.queue == entry.queue:
            return _taken_over(floor, call, entry)
        _leave(floor, call, Outcome.REQUEUED, entry.at)
    before, kept = call, on_callbacks.superseded(floor, entry)
    call = floor.calls[entry.call] = Call(
        call=entry.call,
        visit=entry.visit,
        queue=entry.queue,
        first_joined_at=min(entry.first_joined_at, entry.at, *(() if kept is None else (kept.first_joined_at,))),
        joined_at=entry.at,
        caller=entry.caller,
        masked=entry.masked,
        language=entry.language,
        needs=entry.needs,
        vip=entry.vip,
        node=entry.node,
        prefer=sticky.preferred(floor, entry.prefer, entry.caller, entry.at),
        came_from=entry.came_from,
        message_after_s=entry.message_after_s,
        message_until=entry.message_until,
    )
    tally = floor.tally(call.queue)
    tally.join(entry.at)
    floor.durations.of(call.queue).joined(entry.at)
    index = floor.index
    relaxation.keep_steps(floor, call, kept or before)
    index.enter(call)
    index.wait_timers(call)
    relaxation.catch_up(floor, call, entry.at)
    rule = floor.rules.queues.get(call.queue)
    case = index.case_at(index.group_of(call), entry.at)
    if case is Case.AWAY:
        index.came_when_away(call)
    if rule is not None and case is not Case.FREE:
        call.full = tally.total.outcomes.get(Outcome.WAITING, 0) > rule.max_length
    return True


def _taken_over(floor: Floor, call: Call, entry: CallJoined) -> bool:
    """Another controller has the call now. It keeps its place; whatever the old one was about to do with it is void."""
    call.node = entry.node or call.node
    if call.state is CallState.OFFERED:
        take_back_offers(floor, call, entry.at)
        call.state = CallState.WAITING
        floor.index.enter(call)
    elif call.state is CallState.MESSAGE:
        announcement.take_back(floor, call)
        call.state = CallState.WAITING
        floor.index.wait_timers(call)
        floor.index.look_at(call)
    return True


def call_left(floor: Floor, entry: CallLeft) -> bool:
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit or call.booking is not None:
        return False
    outcome = _REASONS.get(entry.reason, Outcome.SYSTEM_LOST)
    if entry.reason == "hangup":
        rule = floor.rules.queues.get(call.queue)
        short_s = rule.short_abandon_s if rule else 0.0
        if call.state is CallState.OFFERED:
            outcome = Outcome.ABANDONED_RINGING
        elif call.state is CallState.MESSAGE:
            outcome = Outcome.ABANDONED_IN_MESSAGE
        elif entry.at - call.joined_at < short_s:
            outcome = Outcome.ABANDONED_SHORT
        else:
            outcome = Outcome.ABANDONED_WAITING
    _leave(floor, call, outcome, entry.at)
    return True


def _leave(floor: Floor, call: Call, outcome: Outcome, at: float) -> None:
    if call.state is CallState.TALKING:
        end_talk(floor, floor.offers[call.offer], at)
        return
    if call.state is CallState.OFFERED:
        take_back_offers(floor, call, at)
    floor.index.leave(call)
    del floor.calls[call.call]
    count_outcome(floor, call, outcome, at)
    on_callbacks.may_book(floor, call, outcome, at)


def count_outcome(floor: Floor, call: Call, outcome: Outcome, at: float) -> None:
    floor.last_visit_ended = VisitEnded(call.visit, outcome)
    if outcome not in NO_PATIENCE:
        floor.durations.left(call, at)
    rule = floor.rules.queues.get(call.queue)
    floor.tally(call.queue).end(call.joined_at, outcome, at - call.joined_at, rule.target_s if rule else 0.0)


def message_finished(floor: Floor, entry: MessageFinished) -> bool:
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit or call.state is not CallState.MESSAGE:
        return False
    call.state, call.verdict = CallState.WAITING, True
    floor.index.look_at(call)
    return True


def call_stays(floor: Floor, entry: CallStays) -> bool:
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit or call.stays or call.state is CallState.TALKING:
        return False
    call.stays, call.verdict = True, False
    if call.state is CallState.MESSAGE:
        call.state = CallState.WAITING
    if call.lane is not None:
        floor.index.look_at(call)
    return True


def message_granted(floor: Floor, entry: MessageGranted) -> bool:
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit or not announcement.is_right(floor, call, entry.at, entry.dry_run):
        return False
    announcement.grant(floor, call, entry.at, entry.dry_run)
    if not entry.dry_run:
        call.state = CallState.MESSAGE
    return True


def released(floor: Floor, entry: Released) -> bool:
    """Void unless its branch is right here and now: a caller is not sent away for what was true a moment ago."""
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit:
        return False
    case = floor.index.case_at(floor.index.group_of(call), entry.at)
    if entry.branch == "overflow":
        right = case is not Case.FREE and entry.to == overflow_to(floor, call, entry.at) != ""
        right = right and entry.outcome == Outcome.REQUEUED
    else:
        right = released_branch(floor, call, case, entry.at) == (entry.branch, entry.outcome)
        # Other agents, or another queue, may have become due since it was decided: they go before.
        right = right and not relaxation.step_due(floor, call, entry.at) and not overflow_to(floor, call, entry.at)
    if not right:
        return False
    _leave(floor, call, Outcome(entry.outcome), entry.at)
    return True


def relaxed(floor: Floor, entry: Relaxed) -> bool:
    """Void unless the call stands in line and reaches that step here and now."""
    call = floor.calls.get(entry.call)
    if call is None or call.visit != entry.visit or not call.in_line():
        return False
    if not entry.step or relaxation.step_due(floor, call, entry.at) != entry.step:
        return False
    relaxation.reach(call, entry.step)
    floor.index.regroup(call)
    return True
