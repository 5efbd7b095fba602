"""Followers and desks on the stub floor, ended when the test ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from callcontrol.bus.bus import Bus
from callcontrol.desk.desk import Desk
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import AgentLoggedIn, CallJoined, CallLeft, Entry, Offered, OfferFailed, entry_from_data
from callcontrol.ports.clock import Clock, RandomIdentities, SystemClock
from callcontrol.ports.journal import Journal
from tests.desk.stub_floor import StubFloor, decide, next_wake


@contextlib.contextmanager
def following(bus: Bus, clock: Clock | None = None) -> Iterator[Follower]:
    follower = Follower(bus.journal, clock or SystemClock(), new_floor=StubFloor)
    follower.start()
    try:
        yield follower
    finally:
        follower.stop()


@contextlib.contextmanager
def deciding(
    bus: Bus, name: str = "a", *, clock: Clock | None = None, **options: Any
) -> Iterator[tuple[Desk, Follower]]:
    clock = clock or SystemClock()
    options = {"decide": decide, "next_wake": next_wake, "settle_s": 0.0, **options}
    with following(bus, clock) as follower:
        desk = Desk(bus.journal, follower, clock, RandomIdentities(), name, **options)
        desk.start()
        try:
            yield desk, follower
        finally:
            desk.stop()


def joined(n: int, at: float = 1000.0) -> dict[str, Any]:
    return CallJoined(at=at, call=f"call-{n}", visit=f"visit-{n}", queue="support", first_joined_at=at).as_data()


def left(n: int, at: float = 1000.0) -> dict[str, Any]:
    return CallLeft(at=at, call=f"call-{n}", visit=f"visit-{n}", reason="hangup").as_data()


def logged_in(n: int, at: float = 1000.0) -> dict[str, Any]:
    return AgentLoggedIn(at=at, agent=str(1000 + n)).as_data()


def failed(offer: str, at: float = 1000.0) -> dict[str, Any]:
    return OfferFailed(at=at, offer=offer, cause="NO_ANSWER").as_data()


def entries(journal: Journal) -> list[Entry]:
    return [entry_from_data(line.data) for line in journal.read("0", limit=100_000)]


def replayed(journal: Journal) -> tuple[StubFloor, list[Entry]]:
    """The floor of all lines, and those lines that were void."""
    floor, void = StubFloor(), []
    for entry in entries(journal):
        if not floor.apply(entry):
            void.append(entry)
    return floor, void


def offers(journal: Journal) -> list[Offered]:
    return [e for e in entries(journal) if isinstance(e, Offered)]


def same(one: Any, other: Any) -> bool:
    a: Mapping[str, Any] = one.as_data()
    return bool(a == other.as_data())


def holds(floor: Any, call: int) -> bool:
    return any(o[0] == f"call-{call}" for o in floor.offers.values())
