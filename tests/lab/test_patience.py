"""Patience that was not seen is drawn from what the day tells of it."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.lab.patience import FOREVER, learn

waits = st.lists(st.tuples(st.floats(0, 1000), st.booleans()), min_size=1, max_size=60)


def test_the_estimate_of_kaplan_and_meier_of_a_small_example() -> None:
    # Hung up at 3, 5 and 8; censored at 4 and 9: 4/5, then 2/3 of it, then 1/2 of that.
    curve = learn([(3, True), (4, False), (5, True), (8, True), (9, False)])
    assert curve.moments == (3, 5, 8)
    assert curve.survival == pytest.approx((4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3 / 2))
    assert curve.hazard == 3 / 29
    assert [round(curve.staying(t), 3) for t in (0, 3, 4.9, 5)] == [1.0, 0.8, 0.8, 0.533]


@given(waits=waits, at=st.floats(0, 2000), later=st.floats(0, 2000))
def test_fewer_and_fewer_stay(waits: list[tuple[float, bool]], at: float, later: float) -> None:
    curve = learn(waits)
    assert 0 <= curve.staying(at + later) <= curve.staying(at) <= 1


@given(waits=waits, waited=st.floats(0, 1500), chance=st.floats(0, 1, exclude_max=True))
def test_what_is_drawn_is_no_shorter_than_what_is_known(
    waits: list[tuple[float, bool]], waited: float, chance: float
) -> None:
    assert learn(waits).longer_than(waited, chance) >= waited


@given(waits=waits, waited=st.floats(0, 800), one=st.floats(0, 0.999), other=st.floats(0, 0.999))
def test_more_chance_is_more_patience(waits: list[tuple[float, bool]], waited: float, one: float, other: float) -> None:
    curve = learn(waits)
    assert curve.longer_than(waited, min(one, other)) <= curve.longer_than(waited, max(one, other))


def test_nobody_who_hung_up_is_patience_for_ever() -> None:
    assert learn([(5, False)]).longer_than(1, 0.99) == FOREVER


@pytest.mark.parametrize("mean_s", [60.0, 240.0])
def test_most_were_answered_and_the_patience_of_all_is_found_again(mean_s: float) -> None:
    chance = random.Random(7)
    seen = []
    for _ in range(6000):
        patience, served = chance.expovariate(1 / mean_s), chance.expovariate(1 / 40.0)
        seen.append((min(patience, served), patience < served))
    assert sum(hung_up for _, hung_up in seen) < 3000
    curve = learn(seen)
    drawn = [wait if hung_up else curve.longer_than(wait, chance.random()) for wait, hung_up in seen]
    assert sum(drawn) / len(drawn) == pytest.approx(mean_s, rel=0.08)
    for share in (0.25, 0.5, 0.75):
        assert sorted(drawn)[int(share * len(drawn))] == pytest.approx(-mean_s * math.log(1 - share), rel=0.12)
