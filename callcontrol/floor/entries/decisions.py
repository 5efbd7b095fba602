"""What the desk decides, each in its term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Entry):
    """One call to one agent. ``offer`` is also the identity of the agent's leg on the switch. A lease: it is void at
    ``expires_at`` unless it rang, failed or became a talk. Cuts an announcement that is playing. ``why`` is a short
    machine-readable reason (strategy, rank) for the explanation."""

    kind: ClassVar[str] = "offered"
    offer: str
    call: str
    visit: str
    queue: str
    agent: str
    contact: str
    ring_s: float
    expires_at: float
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferExpired(Entry):
    kind: ClassVar[str] = "offer_expired"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageGranted(Entry):
    """Everybody skilled is busy and still busy after one wait: this caller is told to avoid the peak hours."""

    kind: ClassVar[str] = "message_granted"
    call: str
    visit: str
    dry_run: bool = False  # counted, not played


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Entry):
    """The queue gives the call back to its flow. ``branch``: still_busy, away, nobody, timeout, full, closed, or overflow:
    then the call joins the queue ``to`` and keeps its waiting time. ``outcome`` is a ``values.outcomes.Outcome``."""

    kind: ClassVar[str] = "released"
    call: str
    visit: str
    branch: str
    outcome: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpOver(Entry):
    kind: ClassVar[str] = "wrap_up_over"
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnBreak(Entry):
    """After too many misses the desk puts the agent on break, with the reason."""

    kind: ClassVar[str] = "put_on_break"
    agent: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveCalled(Entry):
    """The queue's reserve agents join it (``on``) or leave it."""

    kind: ClassVar[str] = "reserve_called"
    queue: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed(Entry):
    """The call reached a relaxation step of its queue (from 1): the agents of that step may have it too."""

    kind: ClassVar[str] = "relaxed"
    call: str
    visit: str
    step: int
