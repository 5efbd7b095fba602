"""How many go before a caller whose line turns over: counted one by one, and with agents who are free like a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor.crews import Crew
from callcontrol.floor.order import rank
from callcontrol.floor.turns import Front, Stream, when

NOW = 1_700_000_000.0

waits = st.lists(st.integers(0, 900).map(lambda s: NOW - s - 0.5), max_size=12).map(sorted)
streams = st.builds(
    Stream,
    joined=waits,
    queue=st.just("q"),
    target_s=st.sampled_from([10.0, 15.0, 60.0]),
    vip=st.sampled_from([0, 0, 3]),
    hard_bound=st.sampled_from([5.0, 10.0]),
    weight=st.sampled_from([0.5, 1.0]),
    per_s=st.sampled_from([0.0, 0.1, 1.0]),
)


@given(own=streams, others=st.lists(streams, max_size=3), waited_s=st.integers(0, 400), seconds=st.integers(1, 400))
def test_those_in_front_are_those_whom_the_order_puts_there(
    own: Stream, others: list[Stream], waited_s: int, seconds: int
) -> None:
    front, at = Front([own, *others], own, NOW - waited_s, NOW), NOW + seconds
    mine = rank(NOW - waited_s, own.target_s, own.vip, "", at, own.hard_bound)

    def before(stream: Stream, since: float) -> bool:
        return rank(since, stream.target_s, stream.vip, "~", at, stream.hard_bound) < mine

    passing = passed = coming = 0.0
    for stream in front.streams:
        standing = stream.weight * sum(before(stream, since) for since in stream.joined)
        # Each second of those to come stands for the callers who join in it.
        came = stream.weight * stream.per_s * sum(before(stream, NOW + s + 0.5) for s in range(seconds))
        if stream.target_s < own.target_s:
            passing, coming = passing + standing, coming + came
        else:
            passed += standing + came
    turns, variance = front.passing(seconds)
    tolerance = 0.51 * sum(stream.weight * stream.per_s for stream in front.streams) + 1e-6
    assert variance == pytest.approx(coming, abs=tolerance)
    assert turns == pytest.approx(passing + max(0.0, variance - 0.5))
    assert front.passed(seconds) == pytest.approx(passed, abs=tolerance)


class Clockwork:
    """Agents who are free once every ``each_s``; with the quantile ``z`` so much slower or faster."""

    def __init__(self, each_s: float) -> None:
        self.each_s = each_s
        self.asked: list[tuple[float, float]] = []

    def until(self, needed: Callable[[float], tuple[float, float]], z: float) -> float:
        for tenths in range(100_000):
            t = tenths / 10
            turns, variance = needed(t)
            if t >= (1 + 0.1 * z) * self.each_s * turns:
                self.asked.append((turns, variance))
                return t
        raise AssertionError("never")


def ready(front: Front, each_s: float, z: float = 1.0) -> tuple[tuple[float, float, float], Clockwork]:
    agents = Clockwork(each_s)
    return when(front, cast(Crew, agents), z), agents


def stream(target_s: float, *waited_s: float, per_s: float = 0.0, hard_bound: float = 10.0) -> Stream:
    return Stream(sorted(NOW - s for s in waited_s), "q", target_s, 0, hard_bound, 1.0, per_s)


def test_who_keeps_the_place_waits_for_those_in_front_and_the_own_turn() -> None:
    own = stream(60.0, 50.0, 40.0, 30.0, 20.0)
    (early, usual, late), _ = ready(Front([own], own, NOW - 30.0, NOW), 10.0)
    assert (early, usual, late) == (27.0, 30.0, 33.0)


def test_who_comes_later_and_goes_before_takes_a_turn() -> None:
    """Of a target a quarter as long: of those who come, three in four go before."""
    own, quick = stream(60.0, *range(10)), stream(15.0, per_s=0.05)
    (early, usual, late), agents = ready(Front([own, quick], own, NOW, NOW), 10.0)
    # t = 10 · (9 in front + ¾ · 0.05 t - ½ + 1)
    assert usual == pytest.approx(10 * 9.5 / (1 - 0.375), abs=0.2)
    assert agents.asked[-1][1] == pytest.approx(0.05 * 0.75 * late, abs=0.1)
    # Slower by a tenth is later by more than a tenth: more have come by then.
    assert late - usual > 1.2 * 0.1 * usual
    assert usual - early > 1.1 * 0.1 * usual


def test_who_is_passed_takes_no_turn_and_whom_the_hard_bound_holds_is_passed_by_nobody() -> None:
    quick, slow = stream(15.0, 0.0), stream(60.0, 130.0, 100.0, 20.0)
    (_, usual, _), _ = ready(Front([quick, slow], quick, NOW, NOW), 30.0)
    assert usual == pytest.approx(60.0)  # after 30 s only the first of them is in front, and has gone
    for bound, seconds in ((10.0, 6.0), (1000.0, 36.0)):
        own, later = stream(60.0, 595.0, hard_bound=bound), stream(15.0, *[145.0] * 5)
        (_, usual, _), _ = ready(Front([own, later], own, NOW - 595.0, NOW), 6.0)
        assert usual == pytest.approx(seconds)


def test_nobody_is_expected_in_a_stream_that_nobody_is_known_to_join() -> None:
    own, quick = stream(60.0, 50.0), Stream([NOW - 5.0], "q", 15.0, 0, 10.0, 1.0)
    assert Front([own, quick], own, NOW - 50.0, NOW).passing(20.0) == (1.0, 0.0)


def test_who_is_passed_is_counted_as_it_usually_happens() -> None:
    """When it takes a tenth longer, the one in front is passed just before; that makes no range wider."""
    quick, slow = stream(15.0, 0.0), stream(60.0, 97.0)
    (_, usual, late), _ = ready(Front([quick, slow], quick, NOW, NOW), 30.0)
    assert (usual, late) == (60.0, 66.0)
