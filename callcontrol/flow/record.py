"""The record of a call: all that another controller needs to go on with it. Plain JSON, small, written after every step
to a variable of the call itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class QueueVisit:
    """``phase``: waiting, news, message, offered, talking. ``said_bucket``, ``said_ahead`` and ``said_serving`` are of the
    last news (-1: none yet). ``first_joined_at`` in seconds since the epoch. ``offer`` and ``agent``
    are of the talk, or of the phone that rings; ``others`` (offer -> agent) are the phones that ring as well."""

    queue: str
    visit: str
    first_joined_at: float
    phase: str = "waiting"
    offer: str = ""
    agent: str = ""
    message_heard: bool = False
    talk_at: float = 0.0  # when the talk began
    others: Mapping[str, str] = field(default_factory=dict)
    came_from: str = ""  # the queue that the call overflowed from
    said_bucket: int = -1
    said_ahead: int = -1
    said_serving: int = -1

    def legs(self) -> tuple[str, ...]:
        """Every leg of an agent that there may be: the identities of the offers."""
        return (self.offer, *self.others) if self.offer else ()


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody else than a queue's agent, whom the call is connected with. ``leg`` is the identity of that leg on the switch;
    ``phase``: ringing, talking. ``to`` is how it may be shown (a name, a masked number)."""

    leg: str
    phase: str = "ringing"
    to: str = ""
    talk_at: float = 0.0  # when the talk began
    voice: str = ""  # the voice agent that it is


@dataclass(frozen=True, slots=True)
class CallRecord:
    """``wait`` counts every wait of the call, so that a late answer is known by its number. ``parameters`` are the flow's
    parameters as they stood when the call began."""

    call: str
    flow: str
    flow_release: int
    language: str
    step: str = ""
    wait: int = 0
    answered: bool = False
    ended: bool = False
    tries: int = 0  # of the present step
    context: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    visit: QueueVisit | None = None
    began_at: float = 0.0
    step_at: float = 0.0
    code: str = ""  # of the flow, see ``Flow.code``
    release: int = 0  # of the configuration that the call began with
    trial: str = ""  # whether it is on trial and why, see ``values.trials``
    party: Party | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data. Field by field: ``asdict`` copies deeply, which would be half of what an event costs."""
        data: dict[str, Any] = {"v": VERSION}
        for name in self.__slots__:
            data[name] = getattr(self, name)
        for name in ("code", "release", "trial"):
            if not data[name]:
                del data[name]
        data["visit"] = visit = asdict(self.visit) if self.visit else None
        if visit and not visit["others"]:  # so the record is one that a controller of the release before can read
            del visit["others"]
        if self.party is None:
            del data["party"]
        else:
            data["party"] = asdict(self.party)
        if visit and visit["said_serving"] < 0:
            del visit["said_bucket"], visit["said_ahead"], visit["said_serving"]
        return data

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> CallRecord:
        """Raises ``ValueError`` with a sentence for a record that is not ours or of another version."""
        if data.get("v") != VERSION:
            raise ValueError(
                f"The call's record has version {data.get('v')!r}; this controller reads version {VERSION}."
            )
        # What we do not know is of a newer controller: its calls must not begin anew with us.
        fields = {k: v for k, v in data.items() if k in CallRecord.__slots__}
        try:
            visit = fields.pop("visit", None)
            party = fields.pop("party", None)
            return CallRecord(
                **fields,
                visit=_visit(visit) if visit else None,
                party=Party(**{k: v for k, v in party.items() if k in Party.__slots__}) if party else None,
            )
        except TypeError as error:
            raise ValueError(f"The call's record can't be read: {error}.") from error

    def with_(self, **changes: Any) -> CallRecord:
        return replace(self, **changes)


def _visit(data: Mapping[str, Any]) -> QueueVisit:
    return QueueVisit(**{k: v for k, v in data.items() if k in QueueVisit.__slots__})
