"""A visit of a call to a queue, and the offer that it may hold."""

from __future__ import annotations

from dataclasses import dataclass
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
    offer: str = ""
    heard: bool = False  # the announcement was begun; it is not played again
    counted: bool = False  # would have heard it, in a dry run
    verdict: bool = False  # heard it to the end: an agent now, or the end
    stays: bool = False  # chose to go on waiting
    full: bool = False  # came when the line was full
    away: bool = False  # came when everybody was on break, and they still are
    reached: tuple[int, ...] = ()  # relaxation steps, from 1
    prefer: str = ""  # the agent that is named for it, or who talked with the caller last
    came_from: str = ""  # the queue that it overflowed from
    lane: Lane | None = None  # where it stands in line; not part of a snapshot

    def in_line(self) -> bool:
        return self.state is CallState.WAITING or self.state is CallState.MESSAGE


@dataclass(slots=True)
class Offer:
    """One call to one agent. ``state`` is reserved, ringing or talking (the agent's own while it lasts)."""

    offer: str
    call: str
    visit: str
    queue: str
    agent: str
    at: float
    ring_s: float
    expires_at: float
    state: str = "reserved"
