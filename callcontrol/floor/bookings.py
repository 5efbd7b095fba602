"""What becomes of a callback when its offer is answered or gone; part of applying entries (``on_offers``, ``on_callbacks``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.callbacks import CallbackEnded
from callcontrol.floor.visits import Booking, Call, CallState
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def back(floor: Floor, call: Call, at: float) -> None:
    """Its offer is gone without a try: the agent did not take it, or whoever conducted it is lost. A caller whose phone rang
    already is left in peace for a while."""
    booking = booking_of(call)
    rang = booking.phase == "dialled"
    call.state = CallState.WAITING
    booking.phase = booking.taken_by = call.node = ""
    rule = floor.rules.queues.get(call.queue)
    if rang:
        rest(floor, call, at + (rule.callback.quarantine_s if rule else 0.0), "interrupted")
        return
    floor.index.enter(call)
    floor.index.watch_callback(call)


def answered(floor: Floor, call: Call) -> None:
    """Caller and agent talk: the callback has done what it was for."""
    booking = booking_of(call)
    booking.phase = ""
    floor.tally(booking.queue).turn(call.joined_at, Outcome.CALLBACK_BOOKED, Outcome.CALLBACK_DONE)
    floor.index.callback_went(call)
    tell(floor, call, Outcome.CALLBACK_DONE)


def rest(floor: Floor, call: Call, until: float, reason: str) -> None:
    floor.index.leave(call)
    call.state = CallState.RESTING
    booking = booking_of(call)
    booking.rests_until, booking.reason = until, reason
    floor.index.watch_callback(call)


def tell(floor: Floor, call: Call, outcome: Outcome) -> None:
    booking = booking_of(call)
    floor.last_callback = CallbackEnded(
        callback=call.call,
        call=booking.call,
        visit=call.visit,
        queue=booking.queue,
        first_joined_at=call.first_joined_at,
        outcome=outcome,
    )


def booking_of(call: Call) -> Booking:
    assert call.booking is not None
    return call.booking
