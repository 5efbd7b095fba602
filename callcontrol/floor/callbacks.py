"""Callbacks: who hung up and keeps the place in the line. One rule each, for deciding and for checking a decision.

A callback stands in ``floor.calls`` like a caller, with the same joining time, so that lanes, order and relaxation are the
same for both. Its name sorts behind that of every call: where all else is equal, who waits on the line goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcontrol.floor.entries import CallbackDue, CallbackGivenUp, CallbackRests, Entry
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.configuration import Queue
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Behind every letter and digit that the name of a call can begin with.
_MARK = "~"
# Whoever books is still on the line for the goodbye; a phone that is called before would be busy with us.
HANGS_UP_S = 15.0
# An agent who picks up hears queue and number before the time for the key begins.
SPOKEN_S = 20.0
# Between the end of a visit and the booking lies a menu, at most a number entered by keys.
LEFT_KEPT_S = 300.0


@dataclass(frozen=True, slots=True)
class CallbackEnded:
    """What an entry made of a callback; for those who tell its story, not part of the state. ``outcome`` is callback_booked
    where it began."""

    callback: str
    call: str
    visit: str
    queue: str
    first_joined_at: float
    outcome: Outcome


@dataclass(slots=True)
class Left:
    """A visit that the queue ended a moment ago, and that may still become a callback."""

    call: Call
    outcome: str
    at: float


# Ends after which a caller may hear of callbacks: everything but being served, hanging up and being lost.
MAY_BOOK = frozenset({Outcome.EXIT_KEY, Outcome.ADVISED_OFFPEAK, Outcome.TIMEOUT, Outcome.FULL, Outcome.CLOSED})


def name_of(visit: str) -> str:
    """The name of the callback that a visit became."""
    return _MARK + visit


def is_open(floor: Floor, rule: Queue, at: float) -> bool:
    """Whether the queue's opening hours hold at ``at``. Hours that are not known are never open: nobody is called at night
    because of a slip of the pen."""
    if not rule.hours:
        return True
    hours = floor.rules.hours.get(rule.hours)
    try:
        return hours is not None and hours.is_open(datetime.fromtimestamp(at, UTC))
    except (ValueError, OverflowError, OSError):  # a time that no calendar has
        return False


def refusal(floor: Floor, queue: str, caller: str, number: str, at: float) -> str | None:
    """Why no callback can be booked (disabled, closed, number, already, full), or None when it can."""
    rule = floor.rules.queues.get(queue)
    if rule is None or not rule.callback.enabled:
        return "disabled"
    if not number:
        return "number"
    if not is_open(floor, rule, at):
        return "closed"
    booked = floor.index.booked
    if number in booked or (caller and caller in booked):
        return "already"
    if sum(floor.calls[name].queue == queue for name in floor.index.callbacks) >= rule.max_length:
        return "full"
    return None


def may_be_called(floor: Floor, call: Call, at: float) -> bool:
    """Whether this callback may be offered or dialled at ``at``, as far as hours and validity go; a caller always may."""
    rule = floor.rules.queues.get(call.queue)
    return call.booking is None or (rule is not None and is_open(floor, rule, at) and at < _valid_until(call, rule))


def next_step(floor: Floor, call: Call, now: float) -> Entry | None:
    """What the desk has to write of this callback at ``now``."""
    booking, rule = call.booking, floor.rules.queues.get(call.queue)
    if booking is None or call.offer:  # in flight: the lease bounds it
        return None
    if rule is None:
        return CallbackGivenUp(at=now, term=floor.term, callback=call.call, reason="no_queue")
    if now >= _valid_until(call, rule):
        return CallbackGivenUp(at=now, term=floor.term, callback=call.call, reason="expired")
    if call.state is CallState.WAITING and not is_open(floor, rule, now):
        return CallbackRests(at=now, term=floor.term, callback=call.call)
    if call.state is CallState.RESTING and now >= booking.rests_until and is_open(floor, rule, now):
        return CallbackDue(at=now, term=floor.term, callback=call.call)
    return None


def next_look(floor: Floor, call: Call, now: float) -> float | None:
    """When ``next_step`` may say something else than at ``now``, other entries apart; None for never."""
    booking, rule = call.booking, floor.rules.queues.get(call.queue)
    if booking is None or call.offer or rule is None:
        return None
    times = [_valid_until(call, rule)]
    if call.state is CallState.RESTING and now < booking.rests_until:
        times.append(booking.rests_until)
    elif (change := _hours_change(floor, rule, now)) is not None:
        times.append(change)
    return min(times)


def _valid_until(call: Call, rule: Queue) -> float:
    assert call.booking is not None
    return call.booking.booked_at + rule.callback.valid_s


def _hours_change(floor: Floor, rule: Queue, now: float) -> float | None:
    hours = floor.rules.hours.get(rule.hours)
    try:
        until = None if hours is None else hours.moment(datetime.fromtimestamp(now, UTC)).until
    except (ValueError, OverflowError, OSError):
        return None
    return None if until is None else until.timestamp()
