"""Which call is conducted here: gives each conductor the journal's decisions about its call, and tells how its visits to
queues ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from callcontrol.calls.booking import answer
from callcontrol.floor import entries
from callcontrol.floor.entries import Entry

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices


class Line(Protocol):
    def post(self, event: object) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenVisit:
    call: str
    queue: str
    first_joined_at: float


@dataclass(frozen=True, slots=True)
class LookAgain:
    """To the conductor of a call: the floor does not know it as the call is."""


class Directory:
    def __init__(self, services: CallServices) -> None:
        self._services = services
        self._lines: dict[str, Line] = {}
        self._led_by: dict[str, tuple[str, int, str]] = {}  # call -> flow, its release, its code
        self._offers: dict[str, str] = {}  # offer -> call that is conducted here
        self._visits: dict[str, OpenVisit] = {}  # visits whose end is ours to tell

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, call: str, line: Line) -> None:
        self._lines[call] = line

    def remove(self, call: str, line: Line) -> None:
        if self._lines.get(call) is line:  # a call that came back has a newer line already
            del self._lines[call]
            self._led_by.pop(call, None)
            for offer in [offer for offer, of in self._offers.items() if of == call]:
                del self._offers[offer]

    def conducts(self, call: str) -> bool:
        return call in self._lines

    def led_by(self, call: str, flow: str, release: int, code: str) -> None:
        """The flow in which a call that is conducted here began."""
        if call in self._lines:
            self._led_by[call] = flow, release, code

    def under_way(self) -> Counter[tuple[str, int, str]]:
        """(flow, release, code) -> calls that are conducted here; a call in its talk is not."""
        return Counter(self._led_by.values())

    def joined(self, visit: str, open_visit: OpenVisit) -> None:
        self._visits[visit] = open_visit

    def waiting(self) -> list[tuple[str, str]]:
        """(visit, call) of every visit that is conducted here and whose end nobody told."""
        return [(visit, open_.call) for visit, open_ in self._visits.items() if open_.call in self._lines]

    def post(self, call: str, event: object) -> None:
        if line := self._lines.get(call):
            line.post(event)

    def on_entry(self, entry: Entry, valid: bool) -> None:
        """Called by the follower for each entry, right after the floor took it."""
        if isinstance(entry, entries.CallbackBooked) and (line := self._lines.get(entry.call)):
            line.post(answer(self._services, entry, valid))
        if not valid:
            return
        match entry:
            case entries.CallbackBooked(visit=booked):
                self._visits.pop(booked, None)  # told by ``callbacks``
            case entries.Offered(call=call) | entries.Released(call=call) | entries.MessageGranted(call=call):
                if line := self._lines.get(call):
                    line.post(entry)
                    if isinstance(entry, entries.Offered):
                        self._offers[entry.offer] = call
            case entries.OfferExpired(offer=offer):
                expired = self._services.floor().expired.get(offer)
                if expired is not None and (line := self._lines.get(expired.call)):
                    line.post(entry)
            case entries.OfferFailed(offer=offer):
                if line := self._lines.get(self._offers.pop(offer, "")):
                    line.post(entry)
            case _:
                pass
        ended = self._services.floor().last_visit_ended
        if ended is not None and (visit := self._visits.pop(ended.visit, None)):
            self._services.story(
                visit.call,
                "visit_ended",
                queue=visit.queue,
                visit=ended.visit,
                outcome=str(ended.outcome),
                wait_s=round(max(entry.at - visit.first_joined_at, 0.0), 3),
                detail=getattr(entry, "branch", "") or getattr(entry, "reason", ""),
            )
