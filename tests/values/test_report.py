"""A report is the live figure over any span of time; its CSV can't do anything."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.configuration import Queue
from callcontrol.values.counts import Counts
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.outcomes import Outcome
from callcontrol.values.report import Answer, Solved, formulas, report
from callcontrol.values.service_level import Level
from callcontrol.values.spreadsheet import FORMULA, MARK, csv_text

ZONE = ZoneInfo("Asia/Shanghai")
T0 = 1_795_300_200.0  # 2026-11-22 06:30 there
QUEUES = {
    "support": Queue("support", goal=0.5),
    "billing": Queue("billing", service_level="answered_only", goal=0.9),
}


def half_hour(
    queue: str, number: int, *ends: tuple[str, float], granted: int = 0, threshold_s: float = 15.0
) -> HalfHour:
    counts = Counts(granted=granted)
    for outcome, waited_s in ends:
        counts.joined += 1
        counts.count(Outcome.WAITING, 1)
        counts.end(outcome, waited_s, threshold_s)
    return HalfHour(queue, T0 + number * 1800, counts)


ROWS = [
    half_hour("support", 0, ("answered", 4.0), ("answered", 30.0), ("abandoned_waiting", 50.0), granted=1),
    half_hour("support", 1, ("answered", 20.0), ("callback_done", 60.0), ("exit_key", 5.0), threshold_s=20.0),
    half_hour("billing", 1, ("answered", 1.0), ("abandoned_ringing", 9.0), ("abandoned_short", 1.0)),
]


def test_each_queue_has_the_formula_and_the_goal_of_its_own() -> None:
    billing, support = report(ROWS, by="day", zone=ZONE, queues=QUEUES)
    assert (support.queue, support.level, support.goal, support.met) == ("support", Level(2, 4), 0.5, True)
    assert (billing.level, billing.goal, billing.met) == (Level(1, 1), 0.9, True)
    assert [title for title, _ in formulas([billing, support], "en")] == ["Standard", "Answered only"]
    assert "÷" in formulas([support], "zh")[0][1]


def test_one_formula_for_all_applies_to_the_past_as_well() -> None:
    billing, support = report(ROWS, by="day", zone=ZONE, queues=QUEUES, preset="all_offered")
    assert (billing.level, support.level) == (Level(1, 3), Level(2, 6))


def test_all_queues_as_one_are_the_sum_of_each() -> None:
    [line] = report(ROWS, by="all", zone=ZONE, queues=QUEUES, together=True)
    assert (line.queue, line.counts.joined, line.answered, line.abandoned, line.callbacks) == ("", 9, 4, 2, 1)
    assert (line.level, line.goal, line.thresholds) == (Level(3, 6), 0.85, [15.0, 20.0])
    assert line.answer_s == pytest.approx((4 + 30 + 20 + 1) / 4)
    assert line.longest_s == 50.0
    assert line.as_data()["announcement_plays"] == 1


def test_a_line_says_every_outcome_and_they_sum_to_the_arrivals() -> None:
    for line in report(ROWS, by="half_hour", zone=ZONE, queues=QUEUES):
        data = line.as_data()
        assert sum(data[outcome.value] for outcome in Outcome) == data["arrivals"]


def test_satisfaction_is_of_the_answers_given_in_the_period_to_the_queue() -> None:
    answers = [
        Answer("support", T0 + 10, "attitude", 5),
        Answer("support", T0 + 10, "speed", 3),
        Answer("support", T0 + 1810, "attitude", 4),
        Answer("billing", T0 + 1810, "attitude", 1),
        Answer("support", T0 - 86_400, "attitude", 1),  # of a day without arrivals
    ]
    billing, support = report(ROWS, answers, by="day", zone=ZONE, queues=QUEUES)
    assert (support.satisfied, dict(support.averages)) == (Level(2, 3), {"attitude": 4.5, "speed": 3.0})
    assert billing.satisfied == Level(0, 1)
    [together] = report(ROWS, answers, by="day", zone=ZONE, queues=QUEUES, together=True)
    assert together.satisfied == Level(2, 4)
    first, *_ = report(ROWS, answers, by="half_hour", zone=ZONE, queues=QUEUES)
    assert first.satisfied == Level(1, 2)


def test_who_was_helped_is_of_the_period_and_the_queue() -> None:
    solved = [Solved("support", T0, 3, 4), Solved("support", T0 + 1800, 1, 1), Solved("billing", T0 + 1800, 0, 2)]
    billing, support = report(ROWS, by="day", zone=ZONE, queues=QUEUES, solved=solved)
    assert (billing.solved, support.solved) == (Level(0, 2), Level(4, 5))
    [together] = report(ROWS, by="day", zone=ZONE, queues=QUEUES, together=True, solved=solved)
    assert together.solved == Level(4, 7)
    assert (together.as_data()["solved"], together.as_data()["solved_of"]) == (0.5714, 7)
    [nothing] = report(ROWS, by="day", zone=ZONE, queues=QUEUES, together=True)
    assert nothing.as_data()["solved"] is None


def test_a_queue_that_is_gone_is_reported_by_the_standard_formula() -> None:
    [line] = report([half_hour("gone", 0, ("answered", 3.0))], by="day", zone=ZONE, queues=QUEUES)
    assert (line.preset.name, line.goal, line.level) == ("standard", 0.85, Level(1, 1))


def test_nobody_is_no_figure() -> None:
    [line] = report([half_hour("support", 0)], by="day", zone=ZONE, queues=QUEUES)
    assert (line.level.share, line.met, line.answer_s, line.longest_s) == (None, None, None, None)


# --- CSV ---------------------------------------------------------------------------------------------------------------
def read(text: str) -> list[list[str]]:
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))


@given(st.lists(st.lists(st.text() | st.integers() | st.floats(allow_nan=False) | st.none(), min_size=1, max_size=4)))
def test_no_text_of_a_spreadsheet_is_a_formula(rows: list[list[object]]) -> None:
    for row in read(csv_text(["a"], rows))[1:]:
        for cell in row:
            try:
                float(cell)
            except ValueError:
                assert not cell.lstrip(" ").startswith(FORMULA)


def test_numbers_stay_numbers_and_texts_stay_texts() -> None:
    text = csv_text(["名称", "n"], [["=cmd|' /C calc'!A0", -3], ["技术,支持\n二", 0.85], [" +1", None]])
    assert read(text) == [["名称", "n"], ["'=cmd|' /C calc'!A0", "-3"], ["技术,支持\n二", "0.85"], ["' +1", ""]]
    assert text.endswith("\r\n")
