"""A follower has the floor that all the lines make, whatever it began from and whatever happened to the engine."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.bus.memory import MemoryFloor
from callcontrol.bus.redis_journal import open_bus
from callcontrol.floor.entries import KINDS, Entry, Offered, TermBegan, entry_from_data
from callcontrol.ports.clock import ManualClock
from tests.bus.engines import Opener, openings
from tests.desk.helpers import failed, following, joined, left, logged_in, same
from tests.desk.stub_floor import StubFloor

few = st.integers(0, 3)


def offered(n: int, call: int, agent: int, term: int) -> dict[str, object]:
    return Offered(
        at=1.0,
        term=term,
        offer=f"o{n}",
        call=f"call-{call}",
        visit=f"visit-{call}",
        queue="support",
        agent=str(1000 + agent),
        contact="",
        ring_s=1.0,
        expires_at=2.0,
    ).as_data()


lines = st.lists(
    few.map(joined)
    | few.map(left)
    | few.map(logged_in)
    | st.builds(offered, few, few, few, few)
    | few.map(lambda n: failed(f"o{n}"))
    | few.map(lambda n: TermBegan(at=1.0, term=n, desk="d").as_data())
    | st.just({"kind": "of a newer release", "at": 1.0}),
    max_size=60,
)


@pytest.mark.parametrize("kind", ["memory", "valkey"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=lines, snapshot_at=st.integers(0, 60))
def test_resuming_from_a_snapshot_is_the_same_as_reading_everything(
    engine: EmbeddedValkey, kind: str, written: list[dict[str, object]], snapshot_at: int
) -> None:
    with openings(engine.address if kind == "valkey" else "") as opened:
        journal = opened().journal
        journal.append(written)
        floor = StubFloor()
        for n, line in enumerate(journal.read("0")):
            if line.data["kind"] in KINDS:
                floor.apply(entry_from_data(line.data))
            if n == snapshot_at:
                journal.save_snapshot(line.position, floor.as_data())
        with following(opened()) as follower:
            assert follower.wait_until(lambda: follower.caught_up, 20.0)
            assert same(follower.floor, floor)
            assert follower.position == (journal.read("0")[-1].position if written else "0")


def test_every_subscriber_is_told_every_line_in_order_with_its_effect_and_at_its_moment(opened: Opener) -> None:
    bus = opened()
    told: list[tuple[str, bool, int]] = []
    with following(bus) as follower:
        floor_seen = follower.floor
        end = follower.subscribe(lambda e, valid: told.append((e.kind, valid, len(follower.floor.waiting))))  # type: ignore[attr-defined]
        bus.journal.append([joined(1), joined(1), joined(2)])
        bus.journal.append(left(1))
        assert follower.wait_until(lambda: len(told) == 4, 20.0)
        end()
        bus.journal.append(left(2))
        assert follower.wait_until(lambda: follower.applied == 5, 20.0)
        assert floor_seen is not None
    assert told == [
        ("call_joined", True, 1),
        ("call_joined", False, 1),
        ("call_joined", True, 2),
        ("call_left", True, 1),
    ]


def test_the_version_grows_with_what_changed_the_floor_and_with_nothing_else(opened: Opener) -> None:
    bus = opened()
    with following(bus) as follower:
        assert follower.wait_until(lambda: follower.caught_up, 20.0)
        before = follower.version
        bus.journal.append([joined(1), joined(1), {"kind": "unheard of", "at": 1.0}, {"no": "kind"}, left(1)])
        assert follower.wait_until(lambda: follower.applied == 5, 20.0)
        assert follower.version == before + 2


def test_a_subscriber_that_fails_and_a_line_that_can_not_be_read_stop_nobody(opened: Opener) -> None:
    bus = opened()
    told: list[Entry] = []

    def fails(entry: Entry, valid: bool) -> None:
        raise RuntimeError(f"{entry.kind} {valid}")

    with following(bus) as follower:
        follower.subscribe(fails)
        follower.subscribe(lambda e, _: told.append(e))
        bus.journal.append([joined(1), {"kind": "call_joined", "at": 1.0}, {"kind": ["odd"]}, joined(2)])
        assert follower.wait_until(lambda: len(told) == 2, 20.0)


def test_its_age_grows_while_the_journal_is_away_and_it_goes_on_when_that_is_back() -> None:
    clock, memory = ManualClock(), MemoryFloor()
    bus = memory.open()
    with following(bus, clock) as follower:
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: follower.applied == 1, 20.0)
        with memory.outage():
            clock.advance(7.0)
            assert follower.age_s() == 7.0
        bus.journal.append(joined(2))
        assert follower.wait_until(lambda: follower.applied == 2, 20.0)
        assert follower.age_s() == 0.0
        assert list(follower.floor.waiting) == ["call-1", "call-2"]  # type: ignore[attr-defined]


def test_lines_that_the_engine_lost_are_forgotten_by_the_floor_too(tmp_path: Path) -> None:
    engine = EmbeddedValkey(tmp_path, die_with_parent=True)
    engine.ensure_running()
    bus = open_bus(engine.address)
    resets: list[int] = []
    try:
        with following(bus) as follower:
            follower.subscribe(lambda *_: None, lambda: resets.append(follower.version))
            bus.journal.append([joined(1), joined(2)])
            assert follower.wait_until(lambda: follower.applied == 2, 20.0)
            before = follower.version
            engine.stop()
            shutil.rmtree(tmp_path / "valkey")  # as when its file was lost, or an older copy took over
            engine.ensure_running()
            bus.journal.append(joined(3))
            assert follower.wait_until(lambda: list(follower.floor.waiting) == ["call-3"], 20.0)  # type: ignore[attr-defined]
        assert resets[-1] == before + 1
    finally:
        bus.close()
        engine.stop()


def test_a_snapshot_that_can_not_be_read_is_replaced_by_all_the_lines(opened: Opener) -> None:
    bus = opened()
    position = bus.journal.append([joined(1), joined(2)])[-1]
    bus.journal.save_snapshot(position, {"of": "another release"})
    with following(bus) as follower:
        assert follower.wait_until(lambda: follower.caught_up, 20.0)
        assert list(follower.floor.waiting) == ["call-1", "call-2"]  # type: ignore[attr-defined]


def test_more_lines_than_one_read_gives_are_all_applied(opened: Opener) -> None:
    bus = opened()
    bus.journal.append([joined(n) for n in range(1, 1300)])
    with following(bus) as follower:
        assert follower.wait_until(lambda: follower.caught_up, 20.0)
        assert len(follower.floor.waiting) == 1299  # type: ignore[attr-defined]
