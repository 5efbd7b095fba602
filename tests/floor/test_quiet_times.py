"""Quiet times: learned from counts, inside opening hours, spread over the callers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.desk.learner import Learner
from callcontrol.floor import entries as e
from callcontrol.floor.floor import Floor
from callcontrol.floor.quiet_times import Window, as_text, chosen, learned, read_windows, rows_of, told_to
from callcontrol.ports.clock import ManualClock
from callcontrol.values.counts import Counts
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.hours import OpeningHours, read_hours
from tests.floor.scenes import Scene

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = read_hours("office", {"week": {"mon-fri": ["09:00-18:00"]}})
MONDAY = datetime(2026, 3, 2, tzinfo=SHANGHAI)


def counts(calls: int, wait_s: float, lost: int = 0) -> Counts:
    outcomes = {"answered": calls - lost, "abandoned_waiting": lost} if lost else {"answered": calls}
    return Counts(joined=calls, outcomes=outcomes, answer_wait_ms=int(1000 * wait_s * (calls - lost)))


def weeks(quiet: set[tuple[int, int]], number: int = 4, lost: int = 0) -> list[tuple[float, Counts]]:
    """Monday to Friday, nine to six: a minute's wait, and 2 s in the quiet (weekday, half-hour)."""
    found = []
    for day in range(7 * number):
        for half_hour in range(18, 36):
            at = MONDAY + timedelta(days=day, minutes=30 * half_hour)
            if at.weekday() < 5:
                calm = (at.weekday(), half_hour) in quiet
                found.append((at.timestamp(), counts(10, 2.0 if calm else 60.0, lost if calm else 0)))
    return found


def test_the_half_hours_that_are_quiet_each_week_are_a_window() -> None:
    found = learned(weeks({(1, 19), (1, 20), (3, 19), (3, 20)}), OFFICE, "UTC")
    assert as_text(found) == "tue,thu 09:30-10:30"


def test_one_half_hour_alone_is_too_short_and_a_long_time_is_several() -> None:
    assert learned(weeks({(1, 19)}), OFFICE, "UTC") == ()
    found = learned(weeks({(4, n) for n in range(20, 30)}), OFFICE, "UTC")
    assert sorted((w.start, w.end) for w in found) == [("10:00", "12:00"), ("12:00", "14:00"), ("14:00", "15:00")]


def test_a_time_in_which_many_give_up_is_not_quiet() -> None:
    assert learned(weeks({(1, 19), (1, 20)}, lost=3), OFFICE, "UTC") == ()


def test_too_little_is_known_of_one_week_or_a_few_calls() -> None:
    assert learned(weeks({(1, 19), (1, 20)}, number=1), OFFICE, "UTC") == ()
    assert learned(weeks({(1, 19), (1, 20)})[:9], OFFICE, "UTC") == ()
    assert learned([], OFFICE, "UTC") == ()


def test_where_it_is_always_quiet_there_is_nothing_to_advise() -> None:
    everything = {(day, n) for day in range(5) for n in range(18, 36)}
    assert learned(weeks(everything), OFFICE, "UTC") == ()


def test_nobody_is_sent_to_a_closed_door() -> None:
    short = read_hours("short", {"week": {"mon-fri": ["10:00-18:00"]}})
    assert learned(weeks({(1, 19), (1, 20), (1, 21)}), short, "UTC") == (Window("tue", "10:00", "11:00", 1.667),)


def test_the_time_zone_is_that_of_the_opening_hours() -> None:
    berlin = OpeningHours("b", zone="Europe/Berlin", week=OFFICE.week)
    found = learned(weeks({(1, 30), (1, 31), (1, 32), (1, 33)}), berlin, "UTC")
    # Eight hours ahead until the end of March: 15:00 in Shanghai is 08:00 there, which is closed.
    assert all(window.start >= "09:00" and window.end <= "18:00" for window in found)


def test_a_half_hour_without_a_call_is_quiet_when_the_day_was_worked() -> None:
    rows = [row for row in weeks(set()) if datetime.fromtimestamp(row[0], SHANGHAI).hour != 11]
    assert as_text(learned(rows, OFFICE, "UTC")) == "mon,tue,wed,thu,fri 11:00-12:00"


WINDOWS = (
    Window("tue", "09:30", "10:30", 2.0),
    Window("thu", "09:30", "10:30", 1.0),
    Window("fri", "14:00", "15:00", 1.0),
)


def test_callers_are_spread_by_weight_and_each_is_told_the_same_again() -> None:
    firsts = Counter(chosen(WINDOWS, f"call-{n}", 1)[0].day for n in range(4000))
    assert firsts["tue"] == pytest.approx(2000, abs=150)
    assert firsts["thu"] == pytest.approx(1000, abs=120)
    assert chosen(WINDOWS, "x", 2) == chosen(WINDOWS, "x", 2)


@given(st.text(max_size=20), st.integers(0, 5))
def test_nobody_is_told_a_window_twice(call: str, most: int) -> None:
    told = chosen(WINDOWS, call, most)
    assert len(set(told)) == len(told) == min(most, len(WINDOWS))
    assert set(told) <= set(WINDOWS)


def scene(**announcement: Any) -> Scene:
    return Scene({"queues": {"q": {"announcement": announcement}}, "agents": {}})


def test_what_was_learned_is_told_unless_a_supervisor_fixed_the_text() -> None:
    for text, expected in (({}, "tue 09:30-10:30"), ({"en": "Call at night."}, "")):
        found = scene(text=text, windows=2)
        assert found.write(e.QuietTimesLearned, queue="q", windows=rows_of(WINDOWS[:1]))
        assert told_to(found.floor, "q", "c") == expected
        assert not found.write(e.QuietTimesLearned, queue="q", windows=rows_of(WINDOWS[:1]))
        assert not found.write(e.QuietTimesLearned, queue="gone", windows=rows_of(WINDOWS[:1]))


def test_it_survives_a_snapshot_and_can_be_forgotten() -> None:
    found = scene()
    found.write(e.QuietTimesLearned, queue="q", windows=rows_of(WINDOWS))
    again = Floor.from_data(found.floor.as_data())
    assert again.quiet_times == {"q": WINDOWS}
    found.write(e.QuietTimesLearned, queue="q", windows=())
    assert found.floor.quiet_times == {}
    assert read_windows([["xxx", "1", "2", 1], ["mon", "09:00", "10:00", -1], "?"]) == ()


class Kept:
    def __init__(self, rows: list[tuple[float, Counts]]) -> None:
        self.rows = rows

    def between(self, since: float, until: float, *, queue: str = "") -> list[HalfHour]:
        return [HalfHour(queue, at, counts) for at, counts in self.rows if since <= at < until]


def test_the_learner_tells_the_journal_what_has_changed_and_only_that() -> None:
    found = scene(weeks=4)
    found.publish({"queues": {"q": {"hours": "office"}}, "hours": {"office": OFFICE.as_data()}, "agents": {}})
    rows = weeks({(1, 19), (1, 20)})
    clock = ManualClock((MONDAY + timedelta(days=28)).timestamp())
    told: list[Any] = []
    learner = Learner(lambda: found.floor, Kept(rows), clock, told.append, in_charge=lambda: True)  # type: ignore[arg-type]
    learner.learn()
    assert [row["windows"] for row in told] == [(("tue", "09:30", "10:30", 1.667),)]
    assert found.floor.apply(e.entry_from_data(told[0]))
    learner.learn()
    assert len(told) == 1
    clock.advance(60 * 86_400)
    learner.learn()
    assert told[1]["windows"] == ()
