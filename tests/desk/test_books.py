"""The books: counts come to SQL once, whoever writes them and however often; what does not agree is an alarm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.admin.rehearsal_half_hours import MemoryHalfHours
from callcontrol.desk.books import Books
from callcontrol.floor.floor import Floor
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import StoreUnavailable
from callcontrol.values.counts import HALF_HOUR_S
from tests.desk.journalled import FOREVER, Journalled, Reader
from tests.floor.scenes import RULES, START


def busy_day(steps: list[tuple[str, float]]) -> Journalled:
    scene = Journalled(RULES, "1001", "1002", "1003")
    for number, (step, seconds) in enumerate(steps):
        scene.after(seconds)
        waiting = [call.call for call in scene.floor.calls.values() if call.in_line()]
        offered = [call.call for call in scene.floor.calls.values() if call.state == "offered"]
        talking = [call.call for call in scene.floor.calls.values() if call.state == "talking"]
        match step:
            case "support" | "billing":
                scene.join(f"c{number}", step)
            case "leave" if waiting:
                scene.leave(waiting[0])
            case "book" if waiting:
                scene.leave(waiting[-1], "callback_booked")
            case "talk" if offered:
                scene.talk(offered[0])
            case "end" if talking:
                scene.hang_up(talking[0])
            case "target":
                scene.publish({**RULES, "queues": {"support": {"target_s": 10 + number % 3}, "billing": {}}})
        scene.settle()
    return scene


steps = st.lists(
    st.tuples(
        st.sampled_from(["support", "support", "billing", "leave", "book", "talk", "end", "target"]),
        st.sampled_from([1.0, 7.0, 20.0, 900.0, 1800.0]),
    ),
    max_size=40,
)
turns = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["read", "keep", "keep", "reborn"]), st.integers(1, 30)), max_size=25
)


def as_kept(floor: Floor) -> dict[tuple[str, float], dict[str, Any]]:
    return {
        (queue, number * HALF_HOUR_S): cell.as_data()
        for queue, tally in floor.tallies.items()
        for number, cell in tally.cells.items()
    }


@given(steps, turns)
def test_whoever_keeps_the_books_and_however_often_each_visit_is_counted_once(
    steps: list[tuple[str, float]], turns: list[tuple[int, str, int]]
) -> None:
    """Three controllers read at their own pace and each believes to be in charge, as a desk that was paused does."""
    scene = busy_day(steps)
    sql, clock = MemoryHalfHours(), ManualClock(scene.now)
    readers = [Reader(scene.lines) for _ in range(3)]
    books = [Books(reader, sql, clock, in_charge=lambda: True) for reader in readers]
    for who, what, number in turns:
        if what == "read":
            readers[who].read_on(number)
        elif what == "keep":
            books[who].keep()
        else:
            readers[who].begin_from_snapshot_of(readers[(who + 1) % 3])
    readers[0].read_on(len(scene.lines))
    books[0].keep()
    for late in books[1:]:  # the paused ones wake up and write what they knew
        late.keep()
    kept = {(one.queue, one.began_at): one.counts.as_data() for one in sql.between(0, FOREVER)}
    assert kept == as_kept(scene.floor)
    assert all(one.counts.sums() == "" for one in sql.between(0, FOREVER))


def test_what_the_database_refused_is_written_when_it_is_back() -> None:
    scene, sql = Journalled(RULES, "1001"), MemoryHalfHours()
    scene.join("a")
    reader = Reader(scene.lines)
    reader.read_on(99)
    books = Books(reader, sql, ManualClock(scene.now), in_charge=lambda: True)
    put = sql.put

    def away(*_args: object, **_more: object) -> None:
        raise StoreUnavailable("The database is away.")

    sql.put = away  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable):
        books.keep()
    sql.put = put  # type: ignore[method-assign]
    assert books.keep() == 1
    assert books.keep() == 0
    assert [one.counts.joined for one in sql.between(0, FOREVER)] == [1]


def test_an_outcome_that_comes_later_is_written_too() -> None:
    scene, sql = Journalled(RULES, "1001"), MemoryHalfHours()
    for n in range(2):
        scene.join(f"c{n}")
    reader = Reader(scene.lines)
    reader.read_on(99)
    books = Books(reader, sql, ManualClock(scene.now), in_charge=lambda: True)
    books.keep()
    scene.after(7200).leave("c0")
    reader.read_on(9)
    assert books.keep() == 1
    assert [one.counts.outcomes for one in sql.between(0, FOREVER)] == [{"waiting": 1, "abandoned_waiting": 1}]


def test_a_desk_that_was_paused_replaces_nothing_that_is_newer() -> None:
    scene, sql = Journalled(RULES, "1001"), MemoryHalfHours()
    scene.join("a")
    paused = Reader(scene.lines)
    paused.read_on(99)
    scene.join("b")
    current = Reader(scene.lines)
    current.read_on(99)
    for reader in (current, paused):
        Books(reader, sql, ManualClock(scene.now), in_charge=lambda: True).keep()
    assert [one.counts.joined for one in sql.between(0, FOREVER)] == [2]


def test_who_began_from_a_snapshot_writes_all_that_it_holds() -> None:
    scene, sql = Journalled(RULES, "1001"), MemoryHalfHours()
    for n in range(3):
        scene.join(f"c{n}")
        scene.after(1800)
    dead, elected = Reader(scene.lines), Reader(scene.lines)
    dead.read_on(99)
    elected.begin_from_snapshot_of(dead)
    assert Books(elected, sql, ManualClock(scene.now), in_charge=lambda: True).keep() == 3


def test_who_is_not_in_charge_writes_nothing_and_all_of_it_once_elected() -> None:
    scene, sql = Journalled(RULES, "1001"), MemoryHalfHours()
    for n in range(3):
        scene.join(f"c{n}")
        scene.after(1800)
    reader = Reader(scene.lines)
    reader.read_on(99)
    elected = [False]
    books = Books(reader, sql, ManualClock(scene.now), in_charge=lambda: elected[0])
    assert books.keep() == 0
    elected[0] = True
    assert books.keep() == 3


def test_a_journal_that_began_anew_adds_to_what_was_counted_before() -> None:
    sql = MemoryHalfHours()
    for at in (START, START + 300):  # the engine lost everything in between
        scene = Journalled(RULES, "1001")
        scene.lines.clear()
        scene.now = at
        scene.publish(RULES)
        scene.join("a")
        scene.join("b")
        reader = Reader(scene.lines)
        reader.read_on(99)
        Books(reader, sql, ManualClock(scene.now), in_charge=lambda: True).keep()
    assert [one.counts.joined for one in sql.between(0, FOREVER)] == [4]
