"""What the pages ask of the outside. The admin reaches nothing but what stands here; ``rehearsal`` gives all of it from
memory, ``bootstrap`` the real things."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from callcontrol.desk.account import Told
from callcontrol.floor.entries import Entry
from callcontrol.floor.requests import Answer, Request
from callcontrol.flow.flow import Flow
from callcontrol.ports.calendars import PublicDays
from callcontrol.ports.clock import Clock, SystemClock
from callcontrol.ports.store import Audit, CallRecords, HalfHours, Messages, Pins, Release, Releases, Tokens, Users
from callcontrol.prompts.shelf import Shelf
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem


class Live(Protocol):
    def snapshot(self) -> Mapping[str, Any]:
        """The floor view (``floor.view.view``) and beside it: ``version`` (changes with every change of the floor),
        ``age_s`` (seconds since the journal was last read), ``desk_alive`` (bool), ``troubles`` (sentences, may lack)."""
        ...

    def wait_change(self, version: Any, timeout_s: float, /) -> object:
        """Return as soon as the floor is at another version than that, or after ``timeout_s``."""
        ...


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step or decision of a flow; ``leads_to`` is (answer, step) in declared order."""

    name: str
    kind: str
    leads_to: Sequence[tuple[str, str]] = ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class FlowParameter:
    """A declared parameter of a flow, as it stands: ``value`` and ``default`` are plain."""

    name: str
    value: Any
    default: Any
    unit: str = ""
    help: Mapping[str, str] | str = ""


@dataclass(frozen=True, slots=True)
class FlowSheet:
    """A flow as a supervisor reads it. ``dot`` is drawn by Graphviz where that is installed."""

    name: str
    title: Mapping[str, str] | str = ""
    mermaid: str = ""
    parameters: Sequence[FlowParameter] = ()
    steps: Sequence[FlowStep] = ()
    dot: str = ""
    entries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FlowRelease:
    """A release that new calls can begin with. ``declared``: its parameters (``flow.parameters.Parameter.as_form``)."""

    name: str
    release: int
    title: Mapping[str, str] | str = ""
    file: str = ""
    code: str = ""  # digest of the file
    declared: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class FlowOnController:
    """A release that a controller has. ``kept``: only for the ``calls`` under way (those that talk are not counted)."""

    controller: str
    name: str
    release: int
    code: str
    kept: bool
    calls: int


@dataclass(frozen=True, slots=True)
class FlowState:
    """``broken`` and ``warnings`` are of the pages' own look at the folder of flows."""

    broken: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    controllers: Sequence[FlowOnController] = ()


@dataclass(frozen=True, slots=True)
class HeardLine:
    """``at_s`` since the call came; ``kind``: hears, presses, silence, queue, survey, trouble, ends."""

    at_s: float
    kind: str
    text: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How far a try is (``done``, 0 to 1); then ``result`` (``lab.whatif.Comparison`` as plain data) or ``problem``."""

    done: float
    result: Mapping[str, Any] | None = None
    problem: str = ""


class Tries(Protocol):
    """What-if beside the pages: each try is done by a process of its own."""

    def begin(self, queue: str, configuration: Mapping[str, Any], day: str) -> str:
        """Simulate the day (yesterday, today) under that configuration; the number of the try."""
        ...

    def state(self, number: str) -> Tried | None:
        """None for a try that nobody knows (any more)."""
        ...


class NotRenumbered(Exception):
    """``why``: number (may not be called), already (it is booked), gone (the callback is over or has its turn)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The callback keeps its number: {why}.")
        self.why = why


@dataclass(slots=True)
class Services:
    releases: Releases
    records: CallRecords
    half_hours: HalfHours
    audit: Audit
    users: Users
    live: Live
    tell: Callable[[Entry], None]
    """Append a fact to the journal. Raises ``JournalUnavailable``."""
    ask: Callable[[Request], Answer]
    """Ask something for an agent; what came of it is on the floor when it returns. Raises ``JournalUnavailable``."""
    pins: Pins
    tokens: Tokens
    release_published: Callable[[Release], None]
    """Tell the floor and the controllers of a release. Raises ``JournalUnavailable``."""
    check: Callable[[Configuration], Sequence[Problem]]
    recording_file: Callable[[str], Path | None]
    """The file of a ``RecordingRow.path``; None when it is not there (or lies outside of the recordings' directory)."""
    flows: Callable[[], Sequence[FlowSheet]]
    flow: Callable[[Configuration, str], type[Flow] | None]
    """(configuration, name) -> the flow as new calls would have it by that configuration; None where it can't be used."""
    flow_releases: Callable[[Configuration], Sequence[FlowRelease]]
    """Every release that is loaded, with the flows that this configuration composes; by name and number."""
    flow_state: Callable[[], FlowState]
    rehearsed: Callable[[Configuration, str, bool, str, Sequence[str]], Sequence[HeardLine]]
    """(configuration, entry, whether on trial, state of the queue, keys) -> what a caller of the entry hears, to the end; ``-``
    is silence, and so is what follows the last key. Nothing for an entry whose flow can't be used."""
    number_key: Callable[[str], str]
    """A key of a number, which tells it from others and can't be turned back."""
    heard: Callable[[Configuration, str, datetime], tuple[Sequence[str], str]]
    """(configuration, entry, aware moment) -> the texts that a caller hears who presses nothing, and the queue in which the
    caller then waits ("": the call ends)."""
    public_days: Callable[[str, int], PublicDays]
    """Public holidays of a country (two letters) in a year. Raises ``HolidaysUnknown``."""
    countries: Callable[[], Sequence[str]]
    """Countries whose holidays are known, as two letters."""
    renumber: Callable[[str, str, str], str]
    """(callback, number, who) -> the new number masked. Raises ``NotRenumbered``, ``JournalUnavailable``."""
    picture: Callable[[str, int | None, Collection[tuple[str, str]], Mapping[tuple[str, str], int] | None], str]
    """(flow, release, ways that one call took, how often each way was taken) -> DOT text for Graphviz; "" for a flow that is
    not there (any more)."""
    why: Callable[[str, str, float | None], Told | None]
    """(call, position of one of its moments or "", seconds since the epoch or None) -> see ``desk.account.tell``. Raises
    ``HistoryMissing``."""
    tries: Tries
    messages: Messages
    message_number: Callable[[str], str]
    """The full number of whoever left that message; "" where it is not kept (any more). Raises ``JournalUnavailable``."""
    prompts: Shelf
    """Texts and their sounds."""
    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = time.sleep
