"""The books: counts come to SQL once, whoever writes them and however often; what does not agree is an alarm."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.admin.rehearsal_half_hours import MemoryHalfHours
from callcontrol.desk.books import Books
from callcontrol.floor import entries as e
from callcontrol.floor.floor import Floor
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import OpenVisit, StoreUnavailable
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import HalfHour
from tests.floor.scenes import RULES, START, Scene

FOREVER = 1e12


class Reader:
    """A controller as far as the books know it: a floor that was read up to some line."""

    def __init__(self, lines: list[e.Entry]) -> None:
        self.lock = threading.RLock()
        self.floor = Floor()
        self.lines = lines
        self.read = 0

    @property
    def position(self) -> str:
        return f"{1_700_000_000_000 + self.read}-0"

    @position.setter
    def position(self, position: str) -> None:
        raise AssertionError(position)

    def read_on(self, number: int) -> None:
        for line in self.lines[self.read : self.read + number]:
            self.floor.apply(line)
        self.read = min(len(self.lines), self.read + number)

    def begin_from_snapshot_of(self, other: Reader) -> None:
        self.floor = Floor.from_data(json.loads(json.dumps(other.floor.as_data())))
        self.read = other.read


class Journalled(Scene):
    """A scene whose lines are kept."""

    def __init__(self, *args: Any) -> None:
        self.lines: list[e.Entry] = []
        super().__init__(*args)

    def write(self, kind: type[e.Entry], **fields: Any) -> bool:
        entry = kind(at=self.now, **fields)
        self.lines.append(entry)
        return self.floor.apply(entry)

    def settle(self) -> list[e.Entry]:
        decided = super().settle()
        self.lines += decided
        return decided


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


# --- alarms -----------------------------------------------------------------------------------------------------------
class Office:
    """Books of two hours ago and their records, which agree."""

    def __init__(self) -> None:
        self.scene = Journalled(RULES, "1001", "1003")
        self.scene.after(1800)
        for n in range(20):
            self.scene.join(f"c{n}")
            self.scene.after(20).leave(f"c{n}")
        self.scene.join("talks", "billing")
        self.scene.settle()
        self.scene.talk("talks")
        self.scene.join("waits")
        self.reader = Reader(self.scene.lines)
        self.reader.read_on(999)
        self.clock = ManualClock(self.scene.now + 7200)
        self.sql = MemoryHalfHours()
        self.conducted: int | None = 1
        self.books = Books(self.reader, self.sql, self.clock, in_charge=lambda: True, conducted=lambda: self.conducted)
        self.books.keep()
        self.sql.recorded = {(o.queue, o.began_at): dict(o.counts.outcomes) for o in self.sql.between(0, FOREVER)}
        self.sql.without_end = [OpenVisit("waits", "v-waits", "support", self.scene.now)]
        self.sql.calls_without_end = [self.scene.now, self.scene.now]

    def alarms(self) -> list[str]:
        self.books.check()
        return [alarm.kind for alarm in self.books.alarms]

    @property
    def tally(self) -> Any:
        return self.reader.floor.tallies["support"]


@pytest.fixture
def office() -> Office:
    return Office()


def test_books_that_agree_are_no_alarm(office: Office) -> None:
    assert [office.alarms(), office.alarms(), office.alarms()] == [[], [], []]


def lose_an_outcome(office: Office) -> None:
    cell = next(iter(office.tally.cells.values()))
    cell.count("abandoned_waiting", -1)


def forget_who_waits(office: Office) -> None:
    del office.reader.floor.calls["waits"]


def find_one_more_who_waits(office: Office) -> None:
    calls = office.reader.floor.calls
    calls["ghost"] = replace(calls["waits"], call="ghost", visit="v-ghost", lane=None)


def spoil_the_total(office: Office) -> None:
    office.tally.total.joined += 1


def spoil_a_row(office: Office) -> None:
    key = next(key for key in office.sql.rows if key[0] == "support")
    office.sql.rows[key][1].counts.joined += 3


def lose_a_row(office: Office) -> None:
    office.sql.rows.pop(next(key for key in office.sql.rows if key[0] == "support"))


def lose_a_record(office: Office) -> None:
    key = next(key for key in office.sql.recorded if key[0] == "support")
    office.sql.recorded[key]["abandoned_waiting"] -= 1


def answer_one_in_the_records_only(office: Office) -> None:
    key = next(key for key in office.sql.recorded if key[0] == "support")
    office.sql.recorded[key]["abandoned_waiting"] -= 1
    office.sql.recorded[key]["answered"] = 1


def never_end_17_visits(office: Office) -> None:
    office.sql.without_end += [OpenVisit(f"x{n}", f"vx{n}", "support", office.scene.now) for n in range(17)]


def never_end_17_calls(office: Office) -> None:
    office.sql.calls_without_end += [office.scene.now] * 17


@pytest.mark.parametrize(
    ("corrupt", "kinds"),
    [
        (lose_an_outcome, {"floor_sums"}),
        (forget_who_waits, {"floor_waiting"}),
        (find_one_more_who_waits, {"floor_waiting"}),
        (spoil_the_total, {"floor_sums"}),
        (spoil_a_row, {"kept_differs"}),
        (lose_a_row, {"kept_differs", "records_differ"}),
        (lose_a_record, {"records_differ"}),
        (answer_one_in_the_records_only, {"records_differ"}),
        (never_end_17_visits, {"visits_open"}),
        (never_end_17_calls, {"calls_open"}),
    ],
)
def test_one_figure_that_is_spoiled_is_an_alarm_at_the_second_look(
    office: Office, corrupt: Callable[[Office], None], kinds: set[str]
) -> None:
    corrupt(office)
    assert office.alarms() == []
    assert kinds <= set(office.alarms())
    for alarm in office.books.alarms:
        assert str(alarm).endswith(".")


def test_the_17_calls_are_told_with_their_number(office: Office) -> None:
    never_end_17_visits(office)
    never_end_17_calls(office)
    office.alarms()
    office.alarms()
    told = [str(alarm) for alarm in office.books.alarms]
    assert told[0].startswith("17 visits to queues have no end in the call records")
    assert told[1].startswith("19 calls have no end in the call records, and only 2 are running.")


def test_an_alarm_is_over_when_the_figures_agree_again(office: Office) -> None:
    never_end_17_calls(office)
    office.alarms()
    assert office.alarms() == ["calls_open"]
    del office.sql.calls_without_end[2:]
    assert office.alarms() == []


def test_what_is_young_or_not_known_is_no_alarm(office: Office) -> None:
    office.sql.calls_without_end += [office.clock.now() - 60] * 17
    office.sql.without_end += [OpenVisit("y", "vy", "support", office.clock.now() - 60)]
    assert [office.alarms(), office.alarms()] == [[], []]
    never_end_17_calls(office)
    office.conducted = None
    assert [office.alarms(), office.alarms()] == [[], []]


def test_what_changed_since_it_was_written_is_not_compared(office: Office) -> None:
    cell = next(iter(office.tally.cells.values()))
    office.tally.changed.update(office.tally.cells)
    cell.granted += 1
    office.tally.total.granted += 1
    assert [office.alarms(), office.alarms()] == [[], []]


def test_who_loses_the_charge_has_no_alarms(office: Office) -> None:
    never_end_17_calls(office)
    office.alarms()
    office.alarms()
    office.books._in_charge = lambda: False
    assert office.alarms() == []


def test_a_half_hour_of_before_the_floor_began_is_not_compared(office: Office) -> None:
    office.sql.recorded["support", (START // HALF_HOUR_S) * HALF_HOUR_S - 3600] = {"answered": 5}
    assert [office.alarms(), office.alarms()] == [[], []]


def test_it_runs_by_itself_and_writes_once_more_when_it_ends(office: Office) -> None:
    books = Books(office.reader, office.sql, office.clock, in_charge=lambda: True, keep_s=0.01, check_s=0.0)
    written = threading.Event()
    put = office.sql.put

    def told(half_hours: list[HalfHour], **more: Any) -> None:
        put(half_hours, **more)
        written.set()

    office.sql.put = told  # type: ignore[assignment, method-assign]
    books.start()
    office.scene.join("late")
    office.reader.read_on(9)
    assert written.wait(5)
    written.clear()
    books.stop()
    office.scene.join("later")
    office.reader.read_on(9)
    assert not written.is_set()


def test_counts_that_were_taken_do_not_change_with_the_floor(office: Office) -> None:
    office.scene.join("n")
    office.reader.read_on(9)
    seen: list[Counts] = []
    office.sql.put = lambda half_hours, **_more: seen.extend(one.counts for one in half_hours)  # type: ignore[method-assign]
    office.books.keep()
    before = [counts.as_data() for counts in seen]
    office.scene.leave("n")
    office.reader.read_on(9)
    assert [counts.as_data() for counts in seen] == before
