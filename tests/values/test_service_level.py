"""The presets over any counts: shares between nothing and all, in the order of their strictness."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.counts import ABANDONED, Counts, counts_from_data
from callcontrol.values.outcomes import Outcome
from callcontrol.values.service_level import PRESETS, STANDARD, Level, offered, preset_named

ENDS = [outcome for outcome in Outcome if outcome is not Outcome.WAITING]
ended = st.tuples(st.sampled_from(ENDS), st.floats(0, 300), st.sampled_from([10.0, 15.0, 20.5]))


def counted(ends: list[tuple[Outcome, float, float]], *, waiting: int = 0) -> Counts:
    counts = Counts()
    for _ in range(len(ends) + waiting):
        counts.joined += 1
        counts.count(Outcome.WAITING, 1)
    for outcome, waited_s, threshold_s in ends:
        counts.end(outcome, waited_s, threshold_s)
    return counts


def level(counts: Counts, name: str) -> Level:
    return PRESETS[name].level(counts)


@given(st.lists(ended), st.integers(0, 5))
def test_every_count_adds_up_and_every_share_is_one(ends: list[tuple[Outcome, float, float]], waiting: int) -> None:
    counts = counted(ends, waiting=waiting)
    assert counts.sums() == ""
    for preset in PRESETS.values():
        level = preset.level(counts)
        assert 0 <= level.met <= level.of <= len(ends), preset.name
    answered = [waited_s for outcome, waited_s, _ in ends if outcome == Outcome.ANSWERED]
    assert counts.answer_wait_ms == sum(round(waited_s * 1000) for waited_s in answered)


@given(st.lists(ended, min_size=1))
def test_who_counts_more_of_the_lost_reaches_less(ends: list[tuple[Outcome, float, float]]) -> None:
    counts = counted(ends)
    order = ["answered_only", "abandoned_after_threshold", STANDARD, "all_abandoned", "all_offered"]
    shares = [share for name in order if (share := level(counts, name).share) is not None]
    if len(shares) == len(order):
        assert shares == sorted(shares, reverse=True)
    generous, standard = level(counts, "generous"), level(counts, STANDARD)
    assert generous.of == standard.of
    assert generous.met >= standard.met


@given(st.lists(ended), st.lists(ended))
def test_counts_add_and_are_taken_away(one: list[tuple[Outcome, float, float]], two: list[tuple[Outcome, float, float]]) -> None:  # fmt: skip
    both, first = counted(one), counted(one)
    both.add(counted(two))
    assert both == counted(one + two)
    longest = both.longest_wait_ms
    both.take_away(counted(two))
    assert (both.as_data() | {"longest_wait_ms": 0}) == (first.as_data() | {"longest_wait_ms": 0})
    assert both.longest_wait_ms == longest


@given(st.lists(ended))
def test_counts_travel_as_plain_data(ends: list[tuple[Outcome, float, float]]) -> None:
    counts = counted(ends)
    assert counts_from_data(counts.as_data(), 99.0) == counts


def test_counts_of_an_older_program_are_under_the_threshold_of_the_queue() -> None:
    old = {"joined": 3, "granted": 1, "dry_run": 0, "outcomes": {"answered": 2, "waiting": 1}, "levels": [1, 1, 0, 0]}
    assert counts_from_data(old, 15.0).levels == {15.0: [1, 1, 0, 0]}
    assert counts_from_data({**old, "levels": [0, 0, 0, 0]}, 15.0).levels == {}


DAY = counted(
    [
        (Outcome.ANSWERED, 15.0, 15.0),  # at the threshold is within it
        (Outcome.ANSWERED, 15.1, 15.0),
        (Outcome.ANSWERED, 3.0, 15.0),
        (Outcome.ABANDONED_WAITING, 10.0, 15.0),
        (Outcome.ABANDONED_RINGING, 16.0, 15.0),
        (Outcome.ABANDONED_SHORT, 2.0, 15.0),
        (Outcome.ADVISED_OFFPEAK, 40.0, 15.0),
        (Outcome.CALLBACK_DONE, 20.0, 15.0),
        (Outcome.FULL, 0.0, 15.0),
        (Outcome.REQUEUED, 9.0, 15.0),
    ],
    waiting=2,
)


@pytest.mark.parametrize(
    ("name", "met", "of"),
    [
        ("standard", 2, 5),
        ("answered_only", 2, 3),
        ("abandoned_after_threshold", 2, 4),
        ("generous", 3, 5),
        ("all_abandoned", 2, 6),
        ("all_offered", 2, 8),
    ],
)
def test_each_formula_by_hand(name: str, met: int, of: int) -> None:
    assert level(DAY, name) == Level(met, of)


def test_figures_beside_the_share() -> None:
    assert DAY.cells == (2, 1, 1, 1)
    assert offered(DAY) == 8
    assert DAY.answer_wait_ms == 33_100
    assert DAY.longest_wait_ms == 16_000


def test_nobody_is_no_share() -> None:
    assert all(preset.level(Counts()).share is None for preset in PRESETS.values())


def test_each_preset_has_a_title_and_a_formula_in_both_languages() -> None:
    for name, preset in PRESETS.items():
        assert preset.name == name
        for texts in (preset.title, preset.formula):
            assert re.search(r"[\u4e00-\u9fff]", texts["zh"])
            assert texts["en"].isascii() or "÷" in texts["en"]
        assert "T" in preset.formula["zh"]
    assert preset_named("nonsense").name == STANDARD


@pytest.mark.parametrize(
    "break_it",
    [
        lambda c: c.count(Outcome.ANSWERED, 1),
        lambda c: c.count(Outcome.WAITING, -1),
        lambda c: c.levels[15.0].__setitem__(0, 9),
        lambda c: c.levels[15.0].__setitem__(3, 9),
        lambda c: setattr(c, "joined", 5),
        lambda c: (c.count(Outcome.FULL, -3), c.count(Outcome.CLOSED, 3)),
        lambda c: (c.levels[15.0].__setitem__(2, -1), c.levels[15.0].__setitem__(3, 3)),
    ],
)
def test_one_count_that_is_wrong_is_named(break_it: object) -> None:
    counts = counts_from_data(DAY.as_data(), 15.0)
    assert counts.sums() == ""
    break_it(counts)  # type: ignore[operator]
    assert counts.sums() != ""


def test_lost_are_those_who_waited() -> None:
    assert Outcome.ABANDONED_SHORT not in ABANDONED
