"""One desk at a time decides, each thing once."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.memory import MemoryFloor
from callcontrol.bus.redis_journal import open_bus
from callcontrol.floor.entries import Entry, OfferExpired, TermBegan
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable
from tests.bus.engines import CuttingProxy, Opener, eventually, new_floor_name
from tests.desk.helpers import deciding, entries, following, holds, joined, left, logged_in, offers, replayed
from tests.desk.stub_floor import StubFloor, decide


def test_whoever_joins_is_offered_at_once_to_the_idle_agent(opened: Opener) -> None:
    bus = opened()
    with deciding(bus) as (desk, follower):
        bus.journal.append([logged_in(1), joined(1)])
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
        assert desk.in_charge
        term = desk.term
    (offer,) = offers(bus.journal)
    assert (offer.call, offer.agent, offer.term) == ("call-1", "1001", term)


def test_its_term_begins_before_its_first_decision(opened: Opener) -> None:
    bus = opened()
    bus.journal.append([logged_in(1), joined(1)])
    with deciding(bus, "north") as (_, follower):
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
    kinds = [e.kind for e in entries(bus.journal)]
    assert kinds == ["agent_logged_in", "call_joined", "term_began", "offered"]
    began = entries(bus.journal)[2]
    assert isinstance(began, TermBegan)
    assert began.desk == "north"


def test_what_it_decided_is_not_decided_again_before_it_came_back(opened: Opener) -> None:
    """Lines pour in, so that the desk is woken all the while with its own lines still on the way."""
    bus = opened()
    with deciding(bus) as (_, follower):
        for n in range(1, 60):
            bus.journal.append([logged_in(n), joined(n)])
        assert follower.wait_until(lambda: len(follower.floor.offers) == 59, 20.0)  # type: ignore[attr-defined]
        for n in range(1, 60):
            bus.journal.append(left(n))
            bus.journal.append(joined(100 + n))
        assert follower.wait_until(lambda: all(holds(follower.floor, 100 + n) for n in range(1, 60)), 20.0)
    _, void = replayed(bus.journal)
    assert void == []
    assert len(offers(bus.journal)) == 118


def test_the_floors_own_time_wakes_it(opened: Opener) -> None:
    bus, clock = opened(), ManualClock(1000.0)
    with deciding(bus, clock=clock) as (_, follower):
        bus.journal.append([logged_in(1), joined(1)])
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
        clock.advance(30.0)
        follower.poke()
        assert eventually(lambda: len(offers(bus.journal)) == 2)
    expired = [e for e in entries(bus.journal) if isinstance(e, OfferExpired)]
    assert [e.offer for e in expired] == [offers(bus.journal)[0].offer]


def test_decisions_that_change_nothing_do_not_fill_the_journal(opened: Opener) -> None:
    def stubborn(floor: StubFloor, now: float, _: object) -> list[Entry]:
        return [OfferExpired(at=now, term=floor.term, offer="no such offer")] if floor.waiting else []

    bus = opened()
    with deciding(bus, decide=stubborn) as (_, follower):
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: follower.applied == 3, 20.0)
        assert not follower.wait_until(lambda: follower.applied > 3, 0.3)


def test_a_decision_that_fails_is_tried_again_in_a_new_term(opened: Opener) -> None:
    failures = iter([True, True])

    def breaks(floor: StubFloor, now: float, identities: Any) -> Sequence[Entry]:
        if floor.waiting and next(failures, False):
            raise RuntimeError("a bug in a rule")
        return decide(floor, now, identities)

    bus = opened()
    with deciding(bus, decide=breaks) as (_, follower):
        bus.journal.append([logged_in(1), joined(1)])
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
    assert sum(isinstance(e, TermBegan) for e in entries(bus.journal)) == 3


def test_of_two_desks_one_decides_and_the_other_takes_over_when_it_resigns(opened: Opener) -> None:
    one, two = opened(), opened()
    with deciding(one, "a") as (first, _):
        assert eventually(lambda: first.in_charge)
        with deciding(two, "b") as (second, follower):
            one.journal.append([logged_in(1), joined(1)])
            assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
            assert not second.in_charge
            began = time.monotonic()
            first.stop()
            assert eventually(lambda: second.in_charge, 3.0)
            assert time.monotonic() - began < 1.0
            two.journal.append([logged_in(2), joined(2)])
            assert follower.wait_until(lambda: holds(follower.floor, 2), 20.0)
    _, void = replayed(one.journal)
    assert void == []


def test_a_desk_that_is_started_again_under_its_name_gets_a_new_term(opened: Opener) -> None:
    bus = opened()
    terms = []
    for _ in range(3):
        with deciding(bus, "a") as (desk, _):
            assert eventually(lambda: desk.in_charge)
            terms.append(desk.term)
    assert terms == sorted(set(terms))


def test_two_desks_of_one_name_are_still_two(opened: Opener) -> None:
    with deciding(opened(), "a") as (first, _), deciding(opened(), "a") as (second, follower):
        assert eventually(lambda: first.in_charge or second.in_charge)
        for n in range(1, 30):
            opened().journal.append([logged_in(n), joined(n)])
        assert follower.wait_until(lambda: len(follower.floor.offers) == 29, 20.0)  # type: ignore[attr-defined]
        assert first.in_charge != second.in_charge
    assert len(offers(opened().journal)) == 29


def test_a_floor_that_wants_to_be_looked_at_at_once_and_for_ever_does_not_burn_the_machine(opened: Opener) -> None:
    looks: list[float] = []

    def looking(floor: StubFloor, now: float, identities: Any) -> Sequence[Entry]:
        looks.append(now)
        return decide(floor, now, identities)

    bus = opened()
    with deciding(bus, decide=looking, next_wake=lambda _, now: now) as (desk, follower):
        assert eventually(lambda: desk.in_charge)
        assert not follower.wait_until(lambda: len(looks) > 5, 0.5)
        bus.journal.append([logged_in(1), joined(1)])
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)


def test_lines_that_the_engine_took_and_then_lost_are_decided_again() -> None:
    memory = MemoryFloor()
    bus = memory.open()

    class Forgetful:
        """Takes a decision, and has forgotten it and the line before it when it comes back."""

        def __init__(self, journal: Any) -> None:
            self._journal = journal
            self.forgets = True

        def __getattr__(self, name: str) -> Any:
            return getattr(self._journal, name)

        def append_in_term(self, data: Sequence[Any], term: int) -> bool:
            if not self.forgets or data[0]["kind"] == "term_began":
                return bool(self._journal.append_in_term(data, term))
            self._journal._stream.lines.pop()
            before = len(resets)
            assert eventually(lambda: blink() or len(resets) > before)
            self.forgets = False
            return True

    def blink() -> None:
        """Away for a moment, so that the follower has reason to look whether its line is still there."""
        with memory.outage():
            time.sleep(0.005)

    resets: list[float] = []

    with deciding(bus) as (desk, follower):
        follower.subscribe(lambda *_: None, lambda: resets.append(time.monotonic()))
        desk._journal = Forgetful(desk._journal)
        bus.journal.append(logged_in(1))
        bus.journal.append(joined(1))
        assert eventually(lambda: not desk._journal.forgets)
        bus.journal.append(joined(2))
        assert follower.wait_until(lambda: holds(follower.floor, 2), 20.0)


def test_when_the_journal_comes_back_the_desk_goes_on_with_a_new_term() -> None:
    memory = MemoryFloor()
    bus = memory.open()
    with deciding(bus) as (desk, follower):
        bus.journal.append(logged_in(1))
        assert eventually(lambda: desk.in_charge)
        before = desk.term
        with memory.outage():
            follower.poke()
            assert eventually(lambda: not desk.in_charge, 5.0)
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: holds(follower.floor, 1), 20.0)
        assert desk.term > before
    _, void = replayed(bus.journal)
    assert void == []


class DoubtfulJournal:
    """Writes lines of a term and then says that it can't be reached, at times; or says so and writes nothing."""

    def __init__(self, journal: Any, plan: Sequence[str]) -> None:
        self._journal = journal
        self._plan = list(plan)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def append_in_term(self, data: Sequence[Any], term: int) -> bool:
        fate = self._plan.pop(0) if self._plan else "well"
        if fate != "unwritten":
            written = self._journal.append_in_term(data, term)
        if fate != "well":
            raise JournalUnavailable("The answer never came; try again.")
        return bool(written)


@pytest.mark.parametrize(
    "plan",
    [
        ["written"],
        ["unwritten"],
        ["well", "written"],
        ["well", "unwritten"],
        ["well", "written", "written", "unwritten", "well", "written"],
    ],
)
def test_lines_that_may_or_may_not_have_been_written_are_never_decided_twice(opened: Opener, plan: list[str]) -> None:
    bus = opened()
    bus.journal.append([logged_in(1), joined(1), logged_in(2), joined(2)])
    with deciding(bus) as (desk, follower):
        desk._journal = DoubtfulJournal(desk._journal, plan)
        bus.journal.append([logged_in(3), joined(3)])
        assert follower.wait_until(lambda: all(holds(follower.floor, n) for n in (1, 2, 3)), 8.0)
    _, void = replayed(bus.journal)
    assert void == []
    assert len(offers(bus.journal)) == 3


def test_connections_cut_at_any_moment_make_no_double_offer(engine: EmbeddedValkey, tmp_path: Path) -> None:
    floor = new_floor_name()
    cuts = [("answer" if n % 3 else "request", 40 + 97 * n) for n in range(24)]
    proxy = CuttingProxy(engine.socket_path, tmp_path, cuts)
    cut, direct = open_bus(proxy.socket_path, floor), open_bus(engine.address, floor)
    try:
        with deciding(cut) as (_, follower):
            for n in range(1, 80):
                direct.journal.append([logged_in(n), joined(n)])
                assert follower.wait_until(lambda n=n: holds(follower.floor, n), 8.0)
        floor_of_all, void = replayed(direct.journal)
        assert void == []
        assert len(floor_of_all.offers) == len(offers(direct.journal)) == 79
    finally:
        cut.close()
        direct.close()
        proxy.close()


def test_snapshots_are_saved_and_a_new_follower_begins_there(opened: Opener) -> None:
    bus = opened()
    with deciding(bus, snapshot_every=20) as (_, follower):
        for n in range(1, 60):
            bus.journal.append([logged_in(n), joined(n)])
        assert follower.wait_until(lambda: len(follower.floor.offers) == 59, 20.0)  # type: ignore[attr-defined]
        assert eventually(lambda: bus.journal.snapshot() is not None)
    found = bus.journal.snapshot()
    assert found is not None
    with following(opened()) as late:
        assert late.wait_until(lambda: late.caught_up, 20.0)
        assert late.applied < follower.applied
        assert late.floor.as_data() == follower.floor.as_data()


def test_a_snapshot_that_can_not_be_saved_disturbs_no_decision(opened: Opener) -> None:
    class FullDisk:
        def __init__(self, journal: Any) -> None:
            self._journal = journal

        def __getattr__(self, name: str) -> Any:
            return getattr(self._journal, name)

        def save_snapshot(self, position: str, data: Any) -> None:
            raise TypeError(f"{len(data)} fields at {position} can't be saved")

    bus = opened()
    with deciding(bus, snapshot_every=2) as (desk, follower):
        desk._journal = FullDisk(desk._journal)
        for n in range(1, 10):
            bus.journal.append([logged_in(n), joined(n)])
            assert follower.wait_until(lambda n=n: holds(follower.floor, n), 20.0)
    assert sum(isinstance(e, TermBegan) for e in entries(bus.journal)) == 1


def test_an_engine_that_hangs_for_a_while_makes_no_double_offer(tmp_path: Path) -> None:
    engine = EmbeddedValkey(tmp_path, die_with_parent=True)
    engine.ensure_running()
    cut, bus = open_bus(engine.address), open_bus(engine.address)
    pid = int(bus.journal._connection.ask("INFO", "server").partition(b"process_id:")[2].split()[0])  # type: ignore[attr-defined]
    try:
        with deciding(cut) as (desk, follower):
            for n in range(1, 20):
                bus.journal.append([logged_in(n), joined(n)])
            os.kill(pid, signal.SIGSTOP)  # most likely with a decision on its way
            try:
                assert eventually(lambda: not desk.in_charge, 8.0)
            finally:
                os.kill(pid, signal.SIGCONT)
            bus.journal.append([logged_in(20), joined(20)])
            assert follower.wait_until(lambda: len(follower.floor.offers) == 20, 20.0)  # type: ignore[attr-defined]
        _, void = replayed(bus.journal)
        assert void == []
    finally:
        cut.close()
        bus.close()
        engine.stop()
