"""Gives a callback another number: the number beside the journal, its key and mask into it. For the pages and the command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from callcontrol.admin.services import NotRenumbered
from callcontrol.bus.bus import Bus
from callcontrol.calls.booking import KEPT_LONGER_S
from callcontrol.calls.dial_out import DialOut
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import CallbackRenumbered
from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import position_key
from callcontrol.settings import Settings
from callcontrol.values.numbers import masked, number_key

SEEN_WITHIN_S = 3.0


def renumber(
    settings: Settings, bus: Bus, follower: Follower, clock: Clock, callback: str, number: str, by: str
) -> str:
    """The number as it may be shown. Raises ``NotRenumbered``, ``JournalUnavailable``."""
    key = number_key(number, settings.secret("numbers"))
    if not key or not DialOut(settings.dial_out, settings.dial_out_numbers).contact(number):
        raise NotRenumbered("number")
    floor: Any = follower.floor
    call, before = floor.calls.get(callback), bus.callbacks.get(callback)
    if call is None or call.booking is None or before is None:
        raise NotRenumbered("gone")
    if floor.index.booked.get(key, callback) != callback:
        raise NotRenumbered("already")
    rule = floor.rules.queues.get(call.queue)
    keep_s = KEPT_LONGER_S + (rule.callback.valid_s if rule else 0.0)
    # First the number: whoever dials after the line must find it. A line that turns out void takes it back.
    bus.callbacks.keep(callback, replace(before, number=number), keep_s)
    entry = CallbackRenumbered(at=clock.now(), callback=callback, number=key, masked=masked(number), by=by)
    written = position_key(bus.journal.append(entry.as_data())[-1])
    follower.wait_until(lambda: position_key(follower.position) >= written, SEEN_WITHIN_S)
    call = floor.calls.get(callback)
    if call is None or call.booking is None or call.booking.number != key:
        bus.callbacks.keep(callback, before, keep_s)
        raise NotRenumbered("gone")
    return masked(number)
