"""What the engine may know of the world when it decides. Gathered by the conductor (or the rehearsal) for one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """How an agent stands now: ``state`` and ``reason`` as on the floor; ``next_state`` what follows the call in hand;
    ``missed_out``: put on break for missed calls."""

    state: str = "logged_out"
    reason: str = ""
    next_state: str = ""
    missed_out: bool = False


@dataclass(frozen=True, slots=True)
class HouseFacts:
    """How the house stands. ``troubles``: what has been wrong for a while (journal, desk, switch, agents). For each queue: ``loads``
    (callers for each agent who serves), ``surging`` (the load passed the queue's limit and has not fallen below the lower one
    since), ``estimates`` (name of the bucket of ``values.waits``, "": none)."""

    troubles: tuple[str, ...] = ()
    loads: Mapping[str, float] = field(default_factory=dict)
    surging: Mapping[str, bool] = field(default_factory=dict)
    estimates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmergencyFacts:
    """A message that is switched on. ``hang_up``: the line is closed by it; ``waiting``: those who wait hear it too. ``mark`` tells
    one switching-on from the next."""

    name: str
    mark: str
    hang_up: bool = False
    waiting: bool = True


@dataclass(frozen=True, slots=True)
class ListedFacts:
    """What the configuration's list of callers says of this one."""

    known: bool = False
    label: str = ""
    vip: int = 0
    blocked: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """``now`` knows its zone. ``open`` says of every opening hours of the configuration whether they are open now.
    ``queue_hours`` names, for every queue of the configuration, its opening hours ("" : always open). ``caller`` is an
    opaque key of the number, the same for each call of that number, and never the number itself; ``number`` is it, for saying it to the caller and for booking a callback, and stays in memory.
    ``callbacks`` says of every queue why this caller can't book a callback for it now ("" : it can be booked).
    ``agents`` are all of the configuration; ``calling`` is the one whose phone calls (by its number, which anybody can
    write), or "". ``break_reasons`` in the order of their keys."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    open: Mapping[str, bool] = field(default_factory=dict)
    queue_hours: Mapping[str, str] = field(default_factory=dict)
    caller: str = ""
    agents: Mapping[str, AgentFacts] = field(default_factory=dict)
    calling: str = ""
    break_reasons: tuple[str, ...] = ()
    leads: frozenset[str] = frozenset()  # agents who may switch emergency messages by telephone
    emergencies: Mapping[str, bool] = field(
        default_factory=dict
    )  # each that is prepared, by name -> whether it acts now
    number: str = field(default="", repr=False)
    listed: ListedFacts = field(default_factory=ListedFacts)
    callbacks: Mapping[str, str] = field(default_factory=dict)
    callback_queue: str = (
        ""  # where a callback of this caller waits; joining that queue brings the caller back to its place
    )

    quiet: Mapping[str, str] = field(
        default_factory=dict
    )  # queue -> quiet times to tell this caller, see ``say_quiet``

    emergency: EmergencyFacts | None = None  # what callers of this entry hear now
    queue_emergencies: Mapping[str, EmergencyFacts | None] = field(default_factory=dict)  # what callers of a queue do
    cases: Mapping[str, str] = field(
        default_factory=dict
    )  # queue -> free, busy, away, nobody: how its agents stand now

    opens: Mapping[str, datetime | None] = field(default_factory=dict)  # hours that are closed -> when they open next
    house: HouseFacts = field(default_factory=HouseFacts)

    @property
    def at(self) -> float:
        """``now`` in seconds since the epoch."""
        return self.now.timestamp()
