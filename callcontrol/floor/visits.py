"""A visit of a call to a queue, and the offers that it may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.lanes import Lane


@dataclass(frozen=True, slots=True)
class VisitEnded:
    """What an entry made of a visit; for those who tell its story, not part of the state."""

    visit: str
    outcome: Outcome


class CallState(StrEnum):
    WAITING = "waiting"
    MESSAGE = "message"  # hears the off-peak announcement; still in line
    OFFERED = "offered"
    TALKING = "talking"
    RESTING = "resting"  # a callback whose turn it is not: just booked, after a failed try, outside opening hours


@dataclass(slots=True)
class Booking:
    """What a callback has beyond a caller in line. ``number`` is the opaque key of the number to call. ``phase`` is that of
    the offer in flight: taken (a controller conducts it), confirming (the agent hears of it), dialled (the caller's phone
    rings). ``reason`` says why it rests: booked, quarantine, retry, interrupted, closed."""

    call: str  # that it was booked in
    queue: str  # where its visit is counted
    number: str
    booked_at: float
    tries: int = 0
    rests_until: float = 0.0
    reason: str = ""
    phase: str = ""
    taken_by: str = ""


@dataclass(slots=True)
class Call:
    """Times are seconds since the epoch. ``joined_at`` is of this visit (patience, longest wait, service level),
    ``first_joined_at`` of the first one (place in the line)."""

    call: str
    visit: str
    queue: str
    first_joined_at: float
    joined_at: float
    caller: str = ""
    masked: str = ""
    language: str = ""
    needs: str = ""
    vip: int = 0
    node: str = ""
    state: CallState = CallState.WAITING
    offers: list[str] = field(default_factory=list)  # in flight, in their order; or the one that talks
    heard: bool = False  # the announcement was begun; it is not played again
    counted: bool = False  # would have heard it, in a dry run
    verdict: bool = False  # heard it to the end: an agent now, or the end
    stays: bool = False  # chose to go on waiting
    full: bool = False  # came when the line was full
    away: bool = False  # came when everybody was on break, and they still are
    reached: tuple[int, ...] = ()  # relaxation steps, from 1
    prefer: str = ""  # the agent that is named for it, or who talked with the caller last
    came_from: str = ""  # the queue that it overflowed from
    message_after_s: float = 0.0  # the flow's own rule for the announcement, see ``CallJoined``
    message_until: float = 0.0
    estimated_at: float = 0.0  # when the wait was estimated last; 0: there is no estimate
    low_s: float = 0.0  # the range, from then
    high_s: float = 0.0
    given_at: float = 0.0  # the first estimate, by which it is graded
    given_low_s: float = 0.0
    given_high_s: float = 0.0
    booking: Booking | None = None  # the caller hung up and is called back
    lane: Lane | None = None  # where it stands in line; not part of a snapshot

    @property
    def offer(self) -> str:
        """The offer that talks, or the first of those in flight; empty when there is none."""
        return self.offers[0] if self.offers else ""

    def in_line(self) -> bool:
        return self.state is CallState.WAITING or self.state is CallState.MESSAGE


@dataclass(slots=True)
class Offer:
    """One call to one agent. ``state`` is reserved, ringing or talking (the agent's own while it lasts; a
    talk on hold is talking)."""

    offer: str
    call: str
    visit: str
    queue: str
    agent: str
    at: float
    ring_s: float
    expires_at: float
    state: str = "reserved"
    talk_began_at: float = 0.0
