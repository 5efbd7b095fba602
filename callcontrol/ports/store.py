"""What must outlive everything: configuration releases, call records, recordings, users, audit. Adapter: ``store`` (SQL).

Every method may block for the database and is called off the path of a call; the adapter keeps SQLite off the hub.
All times are seconds since the epoch (UTC) unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from callcontrol.values.configuration import Configuration
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.problems import Problem
from callcontrol.values.report import Answer, Solved


class StoreUnavailable(Exception):
    """The database can't be reached or refused; the message is a sentence with the next move."""


class EditConflict(Exception):
    """Somebody else changed the draft meanwhile. ``theirs`` says who changed what."""


class NotPublishable(Exception):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Release:
    number: int
    published_at: float
    published_by: str
    comment: str
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Draft:
    """``version`` grows with every save; a save names the version it began from."""

    version: int
    based_on: int
    changed_at: float
    changed_by: str
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Change:
    """One audit line: ``before``/``after`` are plain JSON of what changed."""

    at: float
    who: str
    action: str
    object: str
    before: Any = None
    after: Any = None
    reason: str = ""


class Releases(Protocol):
    def current(self) -> Release | None: ...
    def get(self, number: int) -> Release | None: ...
    def history(self, limit: int = 50) -> list[Release]: ...
    def draft(self) -> Draft: ...
    def save_draft(self, configuration: Configuration, *, version: int, who: str) -> Draft:
        """Raises ``EditConflict`` if the draft is no longer at ``version``."""
        ...

    def publish(self, *, version: int, who: str, comment: str) -> Release:
        """The draft becomes the next numbered release. Raises ``NotPublishable``, ``EditConflict``."""
        ...

    def roll_back(self, number: int, *, who: str, comment: str) -> Release:
        """Publish an old release again, under a new number."""
        ...

    def discard_draft(self, *, who: str) -> Draft: ...
    def amend(self, change: Callable[[Configuration], Configuration], *, who: str, comment: str) -> Release:
        """Publish what is published now with this one change, and make the same change in the draft, whose other edits
        stay as they are and unpublished. For what can't wait, such as closing at once. Raises ``NotPublishable`` where the
        change itself is wrong; what was wrong before does not keep anybody from it."""
        ...


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call record. ``outcome`` is that of the last queue visit, or empty if the call never joined a queue."""

    call: str
    began_at: float
    ended_at: float | None
    number: str  # masked
    destination: str
    entry: str
    flow: str
    flow_release: int
    language: str
    queue: str
    agent: str
    outcome: str
    wait_s: float | None
    talk_s: float | None
    cause: str
    ended_by: str
    survey: Mapping[str, int | None] = field(default_factory=dict)
    recordings: tuple[str, ...] = ()
    node: str = ""
    release: int = 0  # of the configuration that the call began with; 0: unknown
    trial: str = ""  # whether it was on trial and why, see ``values.trials``
    number_key: str = ""  # of the caller's number, see ``values.numbers``; empty: withheld


@dataclass(frozen=True, slots=True)
class ReleaseCount:
    """Calls of one flow that are over and agree in all of this. ``wait_s``: of the ``waited`` calls that joined a queue."""

    entry: str
    flow_release: int
    release: int
    trial: str
    outcome: str
    calls: int
    wait_s: float | None
    waited: int
    first_at: float


@dataclass(frozen=True, slots=True)
class StoryRow:
    at: float
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """``state``: recording, complete, missing, short. ``sha256`` once complete."""

    recording: str
    call: str
    queue: str
    agent: str
    path: str
    began_at: float
    seconds: float | None
    talk_s: float | None
    size: int | None
    sha256: str
    state: str


class CallRecords(Protocol):
    def calls(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        queue: str = "",
        agent: str = "",
        outcome: str = "",
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[CallRow]:
        """Newest first. ``before`` pages: (began_at, call) of the last row seen."""
        ...

    def call(self, call: str) -> CallRow | None:
        """By identity or a unique beginning of it."""
        ...

    def story(self, call: str) -> list[StoryRow]: ...
    def ways(self, flow: str, since: float, until: float) -> dict[tuple[str, str], int]:
        """How often the calls of ``flow`` that began in that time went from one step to the next: (step, next) -> times."""
        ...

    def by_release(self, flow: str, since: float, until: float) -> list[ReleaseCount]:
        """Calls of ``flow`` that began in that time and are over, counted by entry, releases, trial and outcome."""
        ...

    def recording(self, recording: str) -> RecordingRow | None: ...
    def recordings_of(self, call: str) -> list[RecordingRow]: ...
    def count_by_outcome(self, since: float, until: float) -> dict[str, dict[str, int]]:
        """queue -> outcome -> visits."""
        ...


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit that the records know no end of."""

    call: str
    visit: str
    queue: str
    joined_at: float


class HalfHours(Protocol):
    """Counts of the queues, for ever."""

    def put(self, half_hours: Sequence[HalfHour], *, since: float, upto: float, position: str) -> None:
        """Keep these counts of a floor that was made of the journal from ``since`` to ``upto``, read to ``position``. Of one
        journal the counts of the furthest position stand, however often and by whomever they are written."""
        ...

    def between(self, since: float, until: float, *, queue: str = "") -> list[HalfHour]:
        """Those that began at ``since`` or later and before ``until``, in the order of time and queue."""
        ...

    def visits(self, since: float, until: float) -> dict[tuple[str, float], dict[str, int]]:
        """(queue, beginning of the half-hour) -> outcome -> visits, as the call records have them."""
        ...

    def open_visits(self, since: float, until: float, limit: int = 1000) -> list[OpenVisit]:
        """Visits that joined then and have no outcome in the call records, oldest first."""
        ...

    def open_calls(self, since: float, until: float) -> int:
        """How many calls that began then have no end in the call records."""
        ...

    def answers(self, since: float, until: float, *, queue: str = "") -> list[Answer]:
        """Every answer that a caller gave."""
        ...

    def solved(self, since: float, until: float, *, now: float, queue: str = "") -> list[Solved]:
        """Who had a talk and did not call again, by queue and half-hour of joining; see ``values.report.SOLVED``."""
        ...


class Audit(Protocol):
    def note(self, change: Change) -> None: ...
    def changes(self, *, object_prefix: str = "", limit: int = 100) -> list[Change]: ...


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that a caller left in ``box``. ``number`` is masked; ``state`` as of a ``RecordingRow``; ``handled``: new,
    heard, done."""

    message: str
    call: str
    box: str
    number: str
    language: str
    destination: str
    path: str
    began_at: float
    seconds: float | None
    size: int | None
    sha256: str
    state: str
    handled: str
    handled_by: str
    handled_at: float | None


class CallerRecords(Protocol):
    def look_up(self, number_key: str, *, since: float, but: str = "") -> Mapping[str, str | int | float]:
        """Of the calls of that number (but the call ``but``) that began since then: ``caller_calls``, and if there are any
        ``caller_last_at``, ``caller_last_queue``, ``caller_last_outcome``, ``caller_last_agent``. Raises ``StoreUnavailable`` within
        a second."""
        ...


class HasNoRecords:
    """Where no database was handed in."""

    def look_up(self, number_key: str, *, since: float, but: str = "") -> Mapping[str, str | int | float]:
        raise StoreUnavailable("This controller has no database.")


class Messages(Protocol):
    def list(
        self, *, box: str = "", handled: str = "", before: tuple[float, str] | None = None, limit: int = 100
    ) -> list[MessageRow]:
        """Newest first. ``before`` pages: (began_at, message) of the last row seen."""
        ...

    def get(self, message: str) -> MessageRow | None: ...
    def count_new(self) -> int: ...
    def boxes(self) -> Sequence[str]: ...
    def mark(self, message: str, handled: str, *, who: str, at: float) -> bool:
        """Heard never undoes done. Whether it changed anything. Raises ``ValueError``."""
        ...


@dataclass(frozen=True, slots=True)
class User:
    """``role``: agent, lead, manager. ``agent`` and ``team`` bound what an agent or a lead may see."""

    name: str
    role: str
    language: str = ""
    agent: str = ""
    active: bool = True
    session_key: str = ""  # changes when all sessions of the user must end


class Users(Protocol):
    def any(self) -> bool: ...
    def get(self, name: str) -> User | None: ...
    def all(self) -> list[User]: ...
    def create(
        self, name: str, role: str, *, password: str = "", language: str = "", agent: str = "", who: str = ""
    ) -> User:
        """``who`` (here and below) is the user who does it, for the audit; empty: the program itself. Raises
        ``ValueError`` with a sentence."""
        ...

    def set_password(self, name: str, password: str, *, who: str = "") -> None: ...
    def set_active(self, name: str, active: bool, *, who: str = "") -> None: ...
    def check_password(self, name: str, password: str) -> User | None: ...
    def sign_in_link(self, name: str, *, valid_s: float, who: str = "") -> str:
        """A token for one sign-in (stored hashed, used once)."""
        ...

    def redeem_link(self, token: str) -> User | None: ...


class PinCheck(StrEnum):
    """``CLOSED``: too many wrong ones, nobody is let in by that PIN for a while; said before it is looked at."""

    RIGHT = "right"
    WRONG = "wrong"
    CLOSED = "closed"


class Pins(Protocol):
    """What agents type at the telephone to say who they are."""

    def set(self, agent: str, pin: str, *, who: str = "") -> None:
        """Raises ``ValueError`` with a sentence for what can't be a PIN."""
        ...

    def clear(self, agent: str, *, who: str = "") -> bool: ...
    def agents(self) -> frozenset[str]:
        """Those who have one."""
        ...

    def check(self, agent: str, pin: str) -> PinCheck:
        """An agent without a PIN has none that is right. Takes a fifth of a second, whoever is asked for."""
        ...


class Tokens(Protocol):
    """Bearer tokens of the API, stored hashed."""

    def make(self, user: str, *, who: str = "") -> str:
        """A new token, shown this once. Raises ``LookupError``."""
        ...

    def user_of(self, token: str) -> User | None:
        """None for a token that is unknown or revoked, and for a user who is not active."""
        ...

    def revoke(self, user: str, *, who: str = "") -> int:
        """All tokens of the user; how many there were."""
        ...
