"""Entries about callbacks, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor import callbacks, relaxation
from callcontrol.floor.agents import Happening
from callcontrol.floor.bookings import booking_of, rest, tell
from callcontrol.floor.callbacks import LEFT_KEPT_S, MAY_BOOK, Left, name_of
from callcontrol.floor.entries import (
    CallbackBooked,
    CallbackCancelled,
    CallbackConfirming,
    CallbackDialled,
    CallbackDue,
    CallbackGivenUp,
    CallbackMoved,
    CallbackRenumbered,
    CallbackRests,
    CallbackTaken,
    CallbackTried,
    CallJoined,
    Entry,
)
from callcontrol.floor.on_offers import LEASE_MARGIN_S, take_back_offers
from callcontrol.floor.visits import Booking, Call, CallState, Offer
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Whoever is moved to the front goes this much before the first: less than two callers can differ by.
_A_HAIR_S = 0.001
_NOT_IN_FLIGHT = (CallState.WAITING, CallState.RESTING)


# --- booking --------------------------------------------------------------------------------------------------------
def booked(floor: Floor, entry: CallbackBooked) -> bool:
    """Ends the visit as ``callback_booked``; one that the queue ended a moment ago is counted so instead."""
    name = name_of(entry.visit)
    call = floor.calls.get(entry.call)
    left = floor.left.get(entry.visit)
    if call is not None and call.visit == entry.visit and call.booking is None and call.state is not CallState.TALKING:
        visit = call
    elif left is not None and left.call.call == entry.call and entry.at <= left.at + LEFT_KEPT_S:
        visit, call = left.call, None
    else:
        return False
    if callbacks.refusal(floor, visit.queue, entry.caller, entry.number, entry.at) is not None:
        return False
    if call is not None:
        if call.state is CallState.OFFERED:
            take_back_offers(floor, call, entry.at)
        floor.index.leave(call)
        del floor.calls[call.call]
        floor.tally(call.queue).end(call.joined_at, Outcome.CALLBACK_BOOKED, entry.at - call.joined_at, 0.0)
    elif left is not None:
        floor.tally(visit.queue).turn(visit.joined_at, left.outcome, Outcome.CALLBACK_BOOKED)
        del floor.left[entry.visit]
    booking = Booking(
        call=entry.call,
        queue=visit.queue,
        number=entry.number,
        booked_at=entry.at,
        rests_until=entry.at + callbacks.HANGS_UP_S,
        reason="booked",
    )
    callback = floor.calls[name] = Call(
        call=name,
        visit=visit.visit,
        queue=visit.queue,
        first_joined_at=visit.first_joined_at,
        joined_at=visit.joined_at,
        caller=entry.caller,
        masked=entry.masked,
        language=entry.language,
        needs=visit.needs,
        vip=visit.vip,
        state=CallState.RESTING,
        stays=True,  # nobody is there to hear an announcement
        reached=visit.reached,
        prefer=visit.prefer,
        booking=booking,
    )
    floor.index.callback_came(callback)
    tell(floor, callback, Outcome.CALLBACK_BOOKED)
    return True


def may_book(floor: Floor, call: Call, outcome: Outcome, at: float) -> None:
    """To be called when the queue has ended this visit: its caller may be about to book."""
    for visit in [v for v, left in floor.left.items() if left.at < at - LEFT_KEPT_S]:
        del floor.left[visit]
    if outcome in MAY_BOOK:
        floor.left[call.visit] = Left(call, outcome.value, at)


def superseded(floor: Floor, entry: CallJoined) -> Call | None:
    """The caller of a callback is in the queue again, and the callback is over: it, for its place. None where there is none,
    or where the two of them talk already."""
    call = floor.calls.get(floor.index.booked.get(entry.caller, "")) if entry.caller else None
    if call is None or call.queue != entry.queue:
        return None
    end(floor, call, Outcome.CALLBACK_SUPERSEDED, entry.at)
    return call


# --- the desk ---------------------------------------------------------------------------------------------------------
def due(floor: Floor, entry: CallbackDue) -> bool:
    call = _decided(floor, entry, entry.callback)
    if call is None:
        return False
    call.state = CallState.WAITING
    booking_of(call).reason = ""
    floor.index.enter(call)
    floor.index.next_moment(call, floor.index.agenda.seen)
    relaxation.catch_up(floor, call, entry.at)
    floor.index.watch_callback(call)
    return True


def rests(floor: Floor, entry: CallbackRests) -> bool:
    call = _decided(floor, entry, entry.callback)
    if call is None:
        return False
    rest(floor, call, entry.at, "closed")
    return True


def given_up(floor: Floor, entry: CallbackGivenUp) -> bool:
    call = _decided(floor, entry, entry.callback)
    if call is None:
        return False
    end(floor, call, Outcome.CALLBACK_FAILED, entry.at)
    return True


def _decided(floor: Floor, entry: Entry, name: str) -> Call | None:
    """The callback, if the decision is right here and now."""
    call = floor.calls.get(name)
    right = None if call is None else callbacks.next_step(floor, call, entry.at)
    if right is None or right.kind != entry.kind or getattr(right, "reason", "") != getattr(entry, "reason", ""):
        return None
    return call


# --- a try ------------------------------------------------------------------------------------------------------------
def taken(floor: Floor, entry: CallbackTaken) -> bool:
    found = _in_flight(floor, entry.offer)
    if found is None or found[1].phase:
        return False
    call, booking, _ = found
    booking.phase, booking.taken_by, call.node = "taken", entry.by, entry.node
    return True


def confirming(floor: Floor, entry: CallbackConfirming) -> bool:
    found = _in_flight(floor, entry.offer)
    if found is None or found[1].phase != "taken":
        return False
    call, booking, offer = found
    if offer.state == "reserved":  # it never said that it rings
        agent = floor.agents[offer.agent]
        agent.move(Happening.RING, entry.at)
        floor.index.agent_changed(agent)
        offer.state = "ringing"
    booking.phase = "confirming"
    rule = floor.rules.queues.get(call.queue)
    _extend(floor, offer, entry.at + callbacks.SPOKEN_S + (rule.callback.confirm_s if rule else 0.0))
    return True


def dialled(floor: Floor, entry: CallbackDialled) -> bool:
    """Void outside opening hours: then no phone may ring any more."""
    found = _in_flight(floor, entry.offer)
    if found is None or found[1].phase != "confirming" or not callbacks.may_be_called(floor, found[0], entry.at):
        return False
    call, booking, offer = found
    booking.phase = "dialled"
    rule = floor.rules.queues.get(call.queue)
    _extend(floor, offer, entry.at + (rule.callback.ring_s if rule else 0.0))
    return True


def tried(floor: Floor, entry: CallbackTried) -> bool:
    found = _in_flight(floor, entry.offer)
    if found is None or found[1].phase != "dialled":
        return False
    call, booking, _ = found
    take_back_offers(floor, call, entry.at)
    booking.phase = booking.taken_by = call.node = ""
    booking.tries += 1
    rule = floor.rules.queues.get(call.queue)
    if rule is None or booking.tries >= rule.callback.tries:
        end(floor, call, Outcome.CALLBACK_FAILED, entry.at)
        return True
    first = booking.tries == 1
    rest(
        floor,
        call,
        entry.at + (rule.callback.quarantine_s if first else rule.callback.retry_s),
        "quarantine" if first else "retry",
    )
    return True


def end(floor: Floor, call: Call, outcome: Outcome, at: float) -> None:
    """The callback is over before caller and agent talked."""
    take_back_offers(floor, call, at)
    floor.index.leave(call)
    floor.index.callback_went(call)
    del floor.calls[call.call]
    floor.tally(booking_of(call).queue).turn(call.joined_at, Outcome.CALLBACK_BOOKED, outcome)
    tell(floor, call, outcome)


# --- a supervisor -------------------------------------------------------------------------------------------------------
def cancelled(floor: Floor, entry: CallbackCancelled) -> bool:
    call = floor.calls.get(entry.callback)
    if call is None or call.booking is None or call.state is CallState.TALKING:
        return False
    end(floor, call, Outcome.CALLBACK_CANCELLED, entry.at)
    return True


def moved(floor: Floor, entry: CallbackMoved) -> bool:
    """Void while a phone rings for it: it has its turn already. The visit stays counted where the caller called."""
    call = floor.calls.get(entry.callback)
    if call is None or call.booking is None or call.state not in _NOT_IN_FLIGHT:
        return False
    queue = entry.queue or call.queue
    if queue not in floor.rules.queues or entry.to not in ("", "front", "end"):
        return False
    place = call.first_joined_at
    if entry.to == "end":
        place = max(place, entry.at)
    elif entry.to == "front":
        line = [c.first_joined_at for c in floor.calls.values() if c.queue == queue and c.in_line() and c is not call]
        place = min([place, *(first - _A_HAIR_S for first in line)])
    if (queue, place) == (call.queue, call.first_joined_at):
        return False
    floor.index.leave(call)
    if queue != call.queue:
        call.reached = ()
    call.queue, call.first_joined_at = queue, place
    if call.state is CallState.WAITING:
        floor.index.enter(call)
        floor.index.next_moment(call, floor.index.agenda.seen)
        relaxation.catch_up(floor, call, entry.at)
    floor.index.watch_callback(call)
    return True


def renumbered(floor: Floor, entry: CallbackRenumbered) -> bool:
    call = floor.calls.get(entry.callback)
    if call is None or call.booking is None or call.state not in _NOT_IN_FLIGHT or not entry.number:
        return False
    if floor.index.booked.get(entry.number, call.call) != call.call:
        return False  # one per number
    floor.index.callback_went(call)
    booking_of(call).number, call.masked = entry.number, entry.masked
    floor.index.callback_came(call)
    return True


# --- inside -----------------------------------------------------------------------------------------------------------
def _in_flight(floor: Floor, name: str) -> tuple[Call, Booking, Offer] | None:
    offer = floor.offers.get(name)
    call = None if offer is None or offer.state == "talking" else floor.calls.get(offer.call)
    if offer is None or call is None or call.booking is None:
        return None
    return call, call.booking, offer


def _extend(floor: Floor, offer: Offer, until: float) -> None:
    offer.expires_at = until + LEASE_MARGIN_S
    floor.index.offer_timer(offer.offer, offer.expires_at)
