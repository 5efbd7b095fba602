"""The ordered journal that everything which matters to routing is written to, and the story of each call.

Real adapter: ``bus`` (Redis streams). Fake that ships: ``bus.memory`` (one process, same behaviour, contract-tested together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class JournalUnavailable(Exception):
    """The journal can't be reached now. The message is a sentence with the next move."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as read: ``position`` grows strictly (``1700000000000-0``), ``data`` is plain JSON."""

    position: str
    data: Mapping[str, Any]


def position_key(position: str) -> tuple[int, int]:
    """Two positions compare as these do (``"0"`` is the beginning). As text they do not: 5-10 comes after 5-9."""
    first, _, second = position.partition("-")
    return int(first), int(second or 0)


class Journal(Protocol):
    def append(self, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[str]:
        """Write one line or several in order, atomically; their positions. Raises ``JournalUnavailable``."""
        ...

    def append_in_term(self, data: Sequence[Mapping[str, Any]], term: int) -> bool:
        """Write these lines only if ``term`` is still the current term (atomic with the check); False and nothing
        written otherwise. A decision's line has one more field than its entry: ``seen``, the position that the desk
        had applied when it decided, so that the decision can be made again on the very same floor."""
        ...

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 1000) -> list[Line]:
        """Lines after that position ("0" is the beginning), waiting up to ``block_s`` for the first one."""
        ...

    def snapshot(self) -> tuple[str, Mapping[str, Any]] | None:
        """The newest snapshot of the floor and the position it stands for."""
        ...

    def save_snapshot(self, position: str, data: Mapping[str, Any]) -> None: ...

    def elect(self, name: str, lease_s: float) -> int | None:
        """Take or renew the desk's lease under ``name``: the term held, or None while another holds it. A new holder
        always gets a higher term than every term before."""
        ...

    def resign(self, name: str) -> None: ...

    def holder(self) -> tuple[str, int] | None:
        """Name and term of the desk that holds the lease now."""
        ...

    def holds(self, position: str) -> bool:
        """Whether the line of that position is still there ("0" always is). A reader who finds its own position gone
        (the engine lost lines, or they were trimmed) must begin again from the snapshot."""
        ...

    def trim(self, upto: str, *, keep_s: float = 3600.0) -> None:
        """Lines more than ``keep_s`` older than ``upto`` (a saved snapshot's position) may be forgotten."""
        ...

    def note_archived(self, position: str) -> None:
        """Lines up to here are safe in the store (``ports.archive``). Told by whoever keeps them there."""
        ...

    def archived(self) -> str | None:
        """What was noted last; None when nothing ever was."""
        ...


@dataclass(frozen=True, slots=True)
class StoryLine:
    """What happened to a call, for its record: step entered, prompt played, keys (masked where sensitive), offer, talk,
    recording, survey, end. ``kind`` is one of ``STORY_KINDS``."""

    call: str
    at: float
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


# kind -> fields of data. The scribe (store) makes the call record of these lines and of nothing else.
STORY_KINDS: Mapping[str, str] = {
    "began": "number (masked), number_key, destination, entry, flow, flow_release, code (digest of the flow), release (of the configuration), trial (caller, share; '': none), of a share also lot and share; language, node; of a callback also callback_of (the call that booked it), queue",
    "step": "step, event (what led here), to_hear (prompt keys), branch",
    "keys": "step, keys ('***' where sensitive)",
    "joined": "queue, visit, first_joined_at",
    "offered": "offer, agent, why",
    "offer_failed": "offer, agent, cause",
    "talk_began": "offer, agent, queue, visit",
    "talk_ended": "offer, agent, talk_s, by",
    "visit_ended": "queue, visit, outcome, wait_s, detail",
    "party_rung": "leg, to (somebody who is no agent, as it may be shown)",
    "party_failed": "leg, to, cause (of the switch, or FORBIDDEN, NO_NUMBER, BRIDGE_FAILED), why (a sentence)",
    "party_began": "leg, to, final (a talk with somebody who is no agent; final: the caller does not come back)",
    "party_ended": "leg, to, talk_s, by (party, caller, system), result (what a voice agent said)",
    "conference_joined": "room",
    "conference_left": "room, how (left, ended, hung_up, locked, full, failed), seconds",
    "message": "queue (the off-peak announcement was begun)",
    "recording_began": "recording, path, agent, queue",
    "recording_ended": "recording, path, seconds",
    "looked_up": "step, result (known, unknown, failed, blocked), calls, label, why (a sentence, where it failed)",
    "said": "step, text (its beginning; '***' where sensitive), characters; or why it was not (a sentence)",
    "voicemail_began": "message, box, path, min_s (shorter than that nothing was said)",
    "voicemail_ended": "message, how (kept, discarded, silence, too_short, failed), seconds; without it the caller hung up meanwhile",
    "service": "step, service, result (ok, not_found, failed, timeout), why (a sentence for engineers)",
    "survey": "answers ({attitude, speed, correctness}: 1..5 or null)",
    "agent_action": "action (of an agent, by key), result (see floor.requests)",
    "emergency_switched": "emergency, hours (0: off), result (done, not_allowed, gone, refused, unavailable)",
    "taken_over": "controller (another controller went on with the call), step",
    "callback": "offer, queue, talk (the call that it became) or cause (a try that failed)",
    "trouble": "what (a sentence)",
    "ended": "cause, by (caller, party, flow, system), duration_s",
}


class Stories(Protocol):
    def tell(self, lines: Sequence[StoryLine]) -> None:
        """Write story lines; never blocks on the network for longer than the journal's deadline, raises
        ``JournalUnavailable``."""
        ...

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 500) -> list[tuple[str, StoryLine]]: ...

    def trim(self, upto: str) -> None:
        """Lines up to that position are safe in the store and may be forgotten."""
        ...


class Notices(Protocol):
    """Short-lived things that need no order: who is alive, a new release."""

    def alive(self, kind: str, name: str, info: Mapping[str, Any], ttl_s: float) -> None: ...

    def living(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]: ...
