"""What became of offers: facts, written by the controller that rings the phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRinging(Entry):
    kind: ClassVar[str] = "offer_ringing"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed(Entry):
    """``cause`` is the switch's: NO_ANSWER, USER_BUSY, CALL_REJECTED, USER_NOT_REGISTERED, SUBSCRIBER_ABSENT,
    NORMAL_TEMPORARY_FAILURE, ...; or ours: CONTROLLER_LOST (no fault of the agent: no miss, no back-off)."""

    kind: ClassVar[str] = "offer_failed"
    offer: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkBegan(Entry):
    """Caller and agent hear each other. This is the moment ``answered`` is counted."""

    kind: ClassVar[str] = "talk_began"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded(Entry):
    """Written by whoever sees it first; a second one is void."""

    kind: ClassVar[str] = "talk_ended"
    offer: str
    by: str = ""  # caller, agent, system


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkHeld(Entry):
    """The agent put the caller on hold, or took the caller back (``held`` False)."""

    kind: ClassVar[str] = "talk_held"
    offer: str
    held: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkFound(Entry):
    """The switch has a talk that the floor does not know: its lines were lost with an engine, or its controller died before
    it could tell. Holds all that is needed to make it true. ``evidence`` is a sentence."""

    kind: ClassVar[str] = "talk_found"
    offer: str
    call: str
    visit: str
    queue: str
    agent: str
    began_at: float
    joined_at: float
    first_joined_at: float
    caller: str = ""
    masked: str = ""
    language: str = ""
    node: str = ""
    evidence: str = ""
