"""Books a callback for a call that is conducted here: the number into the safe, the line into the journal, the answer back."""

from __future__ import annotations

import structlog

from callcontrol.calls.services import CallServices
from callcontrol.floor import entries
from callcontrol.floor.callbacks import name_of, refusal
from callcontrol.floor.entries import CallbackBooked
from callcontrol.flow import sensitive
from callcontrol.flow.commands import BookCallback
from callcontrol.flow.events import CallbackAnswer
from callcontrol.flow.record import CallRecord
from callcontrol.ports.callbacks import CallbackSecret
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.values.numbers import masked, number_key

log = structlog.get_logger()

# The floor ends a callback in time; this is for one whose end nobody sees.
KEPT_LONGER_S = 24 * 3600.0


def why_no_callback(services: CallServices, queue: str, caller: str, number: str) -> str:
    """Why the caller can't be called back for that queue now, or "". ``caller`` is the key of the caller's number."""
    if not services.dial_out.template:
        return "disabled"
    if not services.dial_out.contact(number):
        return "number"
    return (
        refusal(services.floor(), queue, caller, number_key(number, services.number_secret), services.clock.now()) or ""
    )


def queue_of_callback(services: CallServices, caller: str) -> str:
    """Where a callback of this caller waits, or ""."""
    floor = services.floor()
    call = floor.calls.get(floor.index.booked.get(caller, "")) if caller else None
    return call.queue if call is not None else ""


def book(services: CallServices, command: BookCallback, record: CallRecord, caller: str, entry: str) -> str:
    """Ask the journal for it; the answer comes by ``answer``. Returns why it was not even asked, or ""."""
    key = number_key(command.number, services.number_secret)
    if not key or not services.dial_out.contact(command.number):
        return "number"
    queue = services.configuration()[1].queues.get(command.queue)
    if queue is None:
        return "disabled"
    secret = CallbackSecret(command.number, entry, record.with_(context=sensitive.forgotten(record.context)).as_data())
    try:
        services.callbacks.keep(name_of(command.visit), secret, queue.callback.valid_s + KEPT_LONGER_S)
    except JournalUnavailable as error:
        log.warning("a callback could not be booked", call=record.call, error=str(error))
        return "unavailable"
    services.tell(
        entries.CallbackBooked(
            at=services.clock.now(),
            call=record.call,
            visit=command.visit,
            caller=caller,
            number=key,
            masked=masked(command.number),
            language=record.language,
        )
    )
    return ""


def answer(services: CallServices, entry: CallbackBooked, valid: bool) -> CallbackAnswer:
    """What the floor made of it. Booked twice by two controllers is booked once."""
    floor = services.floor()
    if valid or name_of(entry.visit) in floor.calls:
        return CallbackAnswer(entry.visit)
    left = floor.left.get(entry.visit)
    waiting = floor.calls.get(entry.call)
    visit = waiting or (left.call if left else None)
    why = refusal(floor, visit.queue, entry.caller, entry.number, entry.at) if visit else None
    return CallbackAnswer(entry.visit, why or "no_place")


def forget(services: CallServices, callback: str) -> None:
    try:
        services.callbacks.forget(callback)
    except JournalUnavailable as error:
        log.info("the number of a callback is forgotten later, by its age", callback=callback, error=str(error))
