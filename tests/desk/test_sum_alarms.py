"""What does not agree in the books is an alarm, and no more than that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from callcontrol.admin.rehearsal_half_hours import MemoryHalfHours
from callcontrol.desk.books import Books
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.store import OpenVisit
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import HalfHour
from tests.desk.journalled import FOREVER, Journalled, Reader
from tests.floor.scenes import RULES, START


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
