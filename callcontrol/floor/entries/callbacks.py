"""Callers who hung up and keep their place: facts of the flow, of the controller that calls them and of supervisors, and what
the desk decides of them. ``callback`` is the name of it (see ``floor.callbacks.name_of``); numbers are opaque keys and masked
texts, never a number itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBooked(Entry):
    """The caller of ``visit`` (in line now, or given back by the queue a moment ago) hangs up and keeps the place. ``number``
    is the key of the number to call, ``caller`` that of the number the caller called from; mostly the same."""

    kind: ClassVar[str] = "callback_booked"
    call: str
    visit: str
    caller: str
    number: str
    masked: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTaken(Entry):
    """A controller is ready to conduct this offer of a callback; the first one in the journal does."""

    kind: ClassVar[str] = "callback_taken"
    offer: str
    by: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackConfirming(Entry):
    """The agent picked up and hears who it is about."""

    kind: ClassVar[str] = "callback_confirming"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDialled(Entry):
    """The agent pressed 1. Only when this line is valid the caller's phone may ring."""

    kind: ClassVar[str] = "callback_dialled"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTried(Entry):
    """The caller was not reached: one try is used up. ``cause`` is the switch's, or NO_NUMBER: ours to blame."""

    kind: ClassVar[str] = "callback_tried"
    offer: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled(Entry):
    kind: ClassVar[str] = "callback_cancelled"
    callback: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackMoved(Entry):
    """By a supervisor: ``to`` the ``front`` or the ``end`` of its line, or to the line of ``queue``, or both."""

    kind: ClassVar[str] = "callback_moved"
    callback: str
    to: str = ""
    queue: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRenumbered(Entry):
    """It is called at another number from now on."""

    kind: ClassVar[str] = "callback_renumbered"
    callback: str
    number: str
    masked: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDue(Entry):
    """Decided: its rest is over and the queue is open; it stands in line (again)."""

    kind: ClassVar[str] = "callback_due"
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRests(Entry):
    """Decided: its queue is closed; it is nobody's turn until it opens."""

    kind: ClassVar[str] = "callback_rests"
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackGivenUp(Entry):
    """Decided. ``reason``: expired (nobody served it in time), no_queue (its queue is not in the rules any more)."""

    kind: ClassVar[str] = "callback_given_up"
    callback: str
    reason: str
