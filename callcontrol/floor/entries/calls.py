"""What callers do: facts, written by the controller that conducts the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class CallJoined(Entry):
    """A call asks for an agent of ``queue``. Written again by a controller that took the call over, it changes nothing
    but takes back an offer in flight. ``first_joined_at`` keeps the place of one who comes back. ``needs`` is an extra
    skill expression. ``caller`` is an opaque key of the number (never the number itself)."""

    kind: ClassVar[str] = "call_joined"
    call: str
    queue: str
    first_joined_at: float
    visit: str = ""  # identity of this visit; a re-join with the same visit is a takeover, another one is a new visit
    caller: str = ""
    masked: str = ""
    language: str = ""
    needs: str = ""
    vip: int = 0
    node: str = ""
    prefer: str = ""  # a named agent, waited for as long as the queue's ``sticky_s``
    came_from: str = ""  # the queue that this call overflowed from
    message_after_s: float = 0.0  # no announcement before so long a wait of this visit, by the flow's own rule
    message_until: float = 0.0  # nor from this moment on; 0: no such moment, below 0: never


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeft(Entry):
    """The caller is gone from the queue (or from the message, or from a ringing offer).
    ``reason``: hangup, exit_key, callback_booked, requeued, closed, emergency, blocked, system_lost."""

    kind: ClassVar[str] = "call_left"
    call: str
    visit: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFinished(Entry):
    """The off-peak announcement was heard to its end. The desk decides again: offer, or the end by ``Released``."""

    kind: ClassVar[str] = "message_finished"
    call: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStays(Entry):
    """The caller chose (by key, in or after the announcement) to go on waiting; it will not be played again."""

    kind: ClassVar[str] = "call_stays"
    call: str
    visit: str
