"""Every line that the journal can hold. Facts are written by whoever saw them (term 0), decisions by the elected desk
(its term). ``at`` is seconds since the epoch (UTC) at the writer. An entry that does not fit the floor's state is void:
it changes nothing, for every reader alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    kind: ClassVar[str] = ""
    at: float
    term: int = 0

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"kind": self.kind}
        for f in fields(self):
            data[f.name] = getattr(self, f.name)
        return data


# --- configuration and terms -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPublished(Entry):
    """A configuration release acts from here on, on calls that wait now too. ``configuration`` is ``as_data`` of it."""

    kind: ClassVar[str] = "rules_published"
    release: int
    configuration: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermBegan(Entry):
    """A desk was elected. Decisions of older terms that come later in the journal are void."""

    kind: ClassVar[str] = "term_began"
    desk: str


# --- calls: facts --------------------------------------------------------------------------------------------------
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


# --- offers: facts -------------------------------------------------------------------------------------------------
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


# --- agents: facts -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn(Entry):
    """``contact`` overrides the configured one when not empty."""

    kind: ClassVar[str] = "agent_logged_in"
    agent: str
    contact: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut(Entry):
    """Takes effect at once, or after the talk when the agent is in one."""

    kind: ClassVar[str] = "agent_logged_out"
    agent: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBreak(Entry):
    """Takes effect at once, or after the talk when the agent is in one."""

    kind: ClassVar[str] = "agent_break"
    agent: str
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBack(Entry):
    """Ends a break, an unreachable state, or the wrap-up."""

    kind: ClassVar[str] = "agent_back"
    agent: str
    by: str = ""


# --- decisions of the desk ---------------------------------------------------------------------------------------
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
    """The queue gives the call back to its flow. ``branch``: still_busy, away, nobody, timeout, full, closed.
    ``outcome`` is a ``values.outcomes.Outcome``."""

    kind: ClassVar[str] = "released"
    call: str
    visit: str
    branch: str
    outcome: str


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


def _all_kinds(base: type[Entry]) -> dict[str, type[Entry]]:
    return {c.kind: c for c in base.__subclasses__()}


KINDS: dict[str, type[Entry]] = _all_kinds(Entry)
NAMES = {kind: frozenset(f.name for f in fields(cls)) for kind, cls in KINDS.items()}


def entry_from_data(data: Mapping[str, Any]) -> Entry:
    """The entry in ``data`` (as made by ``as_data``). Raises ``ValueError`` with a sentence for an unknown kind or field."""
    kind = data.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise ValueError(f"The journal has a line of the unknown kind {kind!r}; it may be of a newer release.")
    known = NAMES[cls.kind]
    try:
        return cls(**{k: v for k, v in data.items() if k in known})
    except TypeError as error:
        raise ValueError(f"A journal line {kind!r} is incomplete: {error}.") from error
