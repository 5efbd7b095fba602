"""Every line that the journal can hold. Facts are written by whoever saw them (term 0), decisions by the elected desk
(its term). ``at`` is seconds since the epoch (UTC) at the writer. An entry that does not fit the floor's state is void:
it changes nothing, for every reader alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from callcontrol.floor.entries.agents import (
    AgentBack,
    AgentBreak,
    AgentLoggedIn,
    AgentLoggedOut,
    PhoneSeen,
    WrapUpExtended,
)
from callcontrol.floor.entries.base import Entry
from callcontrol.floor.entries.callbacks import (
    CallbackBooked,
    CallbackCancelled,
    CallbackConfirming,
    CallbackDialled,
    CallbackDue,
    CallbackGivenUp,
    CallbackMoved,
    CallbackRenumbered,
    CallbackRests,
    CallbackTaken,
    CallbackTried,
)
from callcontrol.floor.entries.calls import (
    CallJoined,
    CallLeft,
    CallStays,
    MessageFinished,
)
from callcontrol.floor.entries.decisions import (
    MessageGranted,
    Offered,
    OfferExpired,
    PutOnBreak,
    Relaxed,
    Released,
    ReserveCalled,
    WrapUpOver,
)
from callcontrol.floor.entries.forecasts import QuietTimesLearned, WaitEstimated
from callcontrol.floor.entries.offers import (
    OfferFailed,
    OfferRinging,
    TalkBegan,
    TalkEnded,
    TalkFound,
    TalkHeld,
)
from callcontrol.floor.entries.rules import (
    RulesPublished,
    TermBegan,
)

__all__ = [
    "KINDS",
    "NAMES",
    "AgentBack",
    "AgentBreak",
    "AgentLoggedIn",
    "AgentLoggedOut",
    "CallJoined",
    "CallLeft",
    "CallStays",
    "CallbackBooked",
    "CallbackCancelled",
    "CallbackConfirming",
    "CallbackDialled",
    "CallbackDue",
    "CallbackGivenUp",
    "CallbackMoved",
    "CallbackRenumbered",
    "CallbackRests",
    "CallbackTaken",
    "CallbackTried",
    "Entry",
    "MessageFinished",
    "MessageGranted",
    "OfferExpired",
    "OfferFailed",
    "OfferRinging",
    "Offered",
    "PhoneSeen",
    "PutOnBreak",
    "QuietTimesLearned",
    "Relaxed",
    "Released",
    "ReserveCalled",
    "RulesPublished",
    "TalkBegan",
    "TalkEnded",
    "TalkFound",
    "TalkHeld",
    "TermBegan",
    "WaitEstimated",
    "WrapUpExtended",
    "WrapUpOver",
    "entry_from_data",
]


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
