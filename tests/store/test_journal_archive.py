"""The journal is kept in the database: each line once, in order, whoever dies, whatever is away, whatever the journal loses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.bus.memory import MemoryFloor, MemoryJournal
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable, Line, position_key
from callcontrol.store.journal_scribe import JournalScribe
from callcontrol.store.store import Store, open_store
from tests.bus.engines import eventually

END = f"{2**62}-0"


@pytest.fixture
def floor() -> MemoryFloor:
    return MemoryFloor()


@pytest.fixture
def journal(floor: MemoryFloor) -> Any:
    return floor.open().journal


def scribe_of(journal: Any, store: Store, **options: Any) -> JournalScribe:
    return JournalScribe(journal, store.archive, ManualClock(), **{"batch": 4, **options})


def line(n: int, **more: Any) -> dict[str, Any]:
    return {"kind": "call_left", "at": 1000.5 + n, "call": f"c{n}", "visit": "v", "reason": "hangup", **more}


def kept(store: Store) -> list[Line]:
    return list(store.archive.lines("0", END))


def drain(scribe: JournalScribe) -> None:
    while scribe.step():
        pass


def test_every_line_is_kept_word_for_word_and_in_order(journal: Any, store: Store) -> None:
    odd = {"unreadable": "\0 \udcff"[:1]}
    journal.append([line(n, text="名字 \0 '\"") for n in range(9)] + [odd, {"kind": "x", "at": None}])
    scribe = scribe_of(journal, store)
    drain(scribe)
    assert kept(store) == journal.read("0")
    assert journal.archived() == scribe.position == store.archive.position() == kept(store)[-1].position


def test_positions_sort_as_numbers(store: Store) -> None:
    positions = ["5-9", "5-10", "40-0", "300-2", "300-11"]
    store.archive.write([Line(p, line(1)) for p in positions], after="0")
    assert [one.position for one in kept(store)] == positions
    assert [one.position for one in store.archive.lines("5-9", "300-2")] == ["5-10", "40-0", "300-2"]
    assert store.archive.span() == ("5-9", "300-11")


def test_lines_are_found_by_kind_and_by_call(journal: Any, store: Store) -> None:
    journal.append([line(1), line(2), {"kind": "offered", "at": 1.0, "call": "c1"}])
    drain(scribe_of(journal, store))
    assert [one.data["call"] for one in store.archive.lines("0", END, kinds=("offered",))] == ["c1"]
    assert [one.data["kind"] for one in store.archive.of_call("c1")] == ["call_left", "offered"]
    assert len(store.archive.of_call("c1", 1)) == 1


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.sampled_from(["write", "one", "other", "restart"]), max_size=25))
def test_two_scribes_keep_each_line_once(store: Store, steps: list[str]) -> None:
    journal = MemoryFloor().open().journal
    one, other = scribe_of(journal, store, batch=2), scribe_of(journal, store, batch=3)
    before = store.archive.position()
    if before != "0":
        store.archive.begin_again("0", None, after=before)
    for n, step in enumerate(steps):
        match step:
            case "write":
                journal.append([line(n), line(n + 100)])
            case "one":
                one.step()
            case "other":
                other.step()
            case "restart":
                one = scribe_of(journal, store, batch=2)
    drain(other)
    drain(one)
    assert kept(store) == journal.read("0")


def test_the_database_away_or_the_journal_away_loses_nothing(
    floor: MemoryFloor, journal: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([line(n) for n in range(3)])
    scribe = scribe_of(journal, store)
    with floor.outage(), pytest.raises(JournalUnavailable):
        scribe.step()
    drain(scribe)
    journal.append(line(5))
    with monkeypatch.context() as broken:
        broken.setattr(store.archive, "write", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            scribe.step()
    drain(scribe)
    assert kept(store) == journal.read("0")


def test_a_journal_that_lost_its_lines_begins_anew_behind_a_mark(journal: MemoryJournal, store: Store) -> None:
    first = journal.append([line(n) for n in range(6)])
    scribe = scribe_of(journal, store)
    drain(scribe)
    journal.save_snapshot(first[3], {"floor": "of the fourth line"})
    del journal._stream.lines[4:]  # the engine ended and lost its last second
    fresh = journal.append([line(10), line(11)])
    drain(scribe)
    # What nobody else remembers is forgotten here too; what follows comes from the snapshot, as for every reader.
    assert [one.position for one in kept(store)] == [*first[:4], *fresh]
    (mark,) = store.archive.breaks("0", END)
    assert (mark.position, mark.data) == (first[3], {"floor": "of the fourth line"})
    # Trimmed before they were kept: the gap is marked by the floor that follows it.
    more = journal.append([line(n) for n in range(20, 24)])
    journal.save_snapshot(more[1], {"floor": "later"})
    del journal._stream.lines[:-1]
    drain(scribe)
    assert [one.position for one in kept(store)] == [*first[:4], *fresh, more[3]]
    assert [b.position for b in store.archive.breaks("0", END)] == [first[3], more[1]]
    # Everything is lost, the snapshot as well.
    journal._stream.lines.clear()
    journal._snapshot = None
    assert scribe.step() == 0
    last = journal.append([line(30)])
    drain(scribe)
    assert kept(store)[-1].position == last[0]
    assert store.archive.bases(END)[0].data is None


def test_a_first_start_on_a_journal_that_was_trimmed_begins_with_its_snapshot(journal: Any, store: Store) -> None:
    positions = journal.append([line(n) for n in range(4)])
    journal.save_snapshot(positions[1], {"floor": 1})
    drain(scribe_of(journal, store))
    assert [one.position for one in kept(store)] == positions[2:]
    assert [b.position for b in store.archive.bases(END)] == [positions[1]]


def test_floors_to_begin_from_are_kept_now_and_then(journal: Any, store: Store) -> None:
    scribe = scribe_of(journal, store, base_lines=5)
    scribe._base_tried = -1e9
    first = journal.append([line(n) for n in range(4)])
    drain(scribe)
    journal.save_snapshot(first[3], {"n": 4})
    second = journal.append([line(n) for n in range(3)])
    scribe._base_tried = -1e9
    drain(scribe)
    assert [b.position for b in store.archive.bases(END)] == [first[3]]
    assert [b.data for b in store.archive.bases(second[2])] == [{"n": 4}]
    assert store.archive.bases(first[2]) == []
    # One that is ahead of the lines is not kept before they are.
    ahead = journal.append([line(n) for n in range(9)])
    journal.save_snapshot(ahead[-1], {"n": 9})
    assert not store.archive.keep_base(ahead[-1], {"n": 9})


def test_what_is_too_old_goes_as_far_as_the_last_floor_before(store: Store) -> None:
    day = 86_400_000
    store.archive.write([Line(f"{n * day}-0", line(n)) for n in range(1, 10)], after="0")
    for n in (2, 5, 8):
        assert store.archive.keep_base(f"{n * day}-0", {"n": n})
    while store.archive.forget_before(7 * 86400.0):
        pass
    assert [position_key(one.position)[0] // day for one in kept(store)] == [6, 7, 8, 9]
    assert [b.data for b in store.archive.bases(END)] == [{"n": 8}, {"n": 5}]


KILLED = """
import sys
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.clock import SystemClock
from callcontrol.store.journal_scribe import JournalScribe
from callcontrol.store.store import open_store
scribe = JournalScribe(open_bus(sys.argv[1], "archive").journal, open_store(sys.argv[2]).archive, SystemClock(), batch=7)
print("on", flush=True)
while True:
    scribe.step(block_s=0.05)
"""


def test_a_scribe_killed_again_and_again_keeps_each_line_once(url: str, tmp_path: Any) -> None:
    from callcontrol.bus.embedded import EmbeddedValkey
    from callcontrol.bus.redis_journal import open_bus

    engine = EmbeddedValkey(tmp_path, die_with_parent=True)
    address = engine.ensure_running()
    store, bus = open_store(url), open_bus(address, "archive")
    try:
        written = 0
        for _ in range(3):
            child = subprocess.Popen(
                [sys.executable, "-c", KILLED, address, url], stdout=subprocess.PIPE, env={**os.environ}
            )
            try:
                assert child.stdout is not None
                child.stdout.readline()
                for _ in range(40):
                    bus.journal.append([line(written + n) for n in range(5)])
                    written += 5
                least = written - 100
                assert eventually(lambda least=least: len(kept(store)) > least)
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
        drain(JournalScribe(bus.journal, store.archive, ManualClock()))
        assert kept(store) == bus.journal.read("0", limit=10_000)
        assert len(kept(store)) == written
    finally:
        bus.close()
        store.close()
        engine.stop()
