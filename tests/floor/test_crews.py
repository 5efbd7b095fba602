"""Agents together, where it is known exactly: talks of exponential length free them like a Poisson process."""

from __future__ import annotations

from math import exp, inf, lgamma, log, sqrt
from statistics import NormalDist

import pytest

from callcontrol.floor.crews import Crew, Freeing
from callcontrol.floor.laws import Law

MEAN_S = 100.0
NORMAL = NormalDist()
MANY = 10**9
QUANTILES = [-1.2815515594, 0.0, 1.2815515594]


def freeing(samples: int = MANY, *, pace: float = 1.0, delay_s: float = 0.0, certain_s: float = inf) -> Freeing:
    law = Law(MEAN_S, 1.0, samples, (0.0,), (0.0,), 1 / MEAN_S)
    elapsed = 40.0  # what has no memory does not mind
    each_s = pace * MEAN_S
    return Freeing(law, pace, elapsed, law.at(elapsed), delay_s, each_s + delay_s, each_s, 1.0, certain_s)


def within(turns: int, t: float, per_s: float, leaving_per_s: float = 0.0) -> float:
    """The chance that as many turns are over, each caller in front leaving at that rate (see ``estimate``)."""
    if not leaving_per_s:
        return 1 - sum(exp(-per_s * t + i * log(per_s * t) - lgamma(i + 1)) for i in range(turns))
    b, gone = per_s / leaving_per_s, leaving_per_s * t
    x = 1 - exp(-gone)
    return 1 - sum(exp(lgamma(b + i) - lgamma(b) - lgamma(i + 1) - gone * b + i * log(x)) for i in range(turns))


@pytest.mark.parametrize("pace", [1.0, 0.5, 2.0])
def test_one_agent_is_free_once_for_each_mean_talk(pace: float) -> None:
    agent = freeing(pace=pace)
    for t in (1.0, 30.0, 100.0, 1000.0):
        assert agent.rounds(t) == pytest.approx((t / (pace * MEAN_S), t / (pace * MEAN_S)))
    late = freeing(delay_s=20.0)
    assert late.rounds(20.0) == (0.0, 0.0)
    assert late.rounds(30.0)[0] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("agents", [1, 5, 24])
@pytest.mark.parametrize("turns", [1, 2, 4, 7, 16, 21, 50, 77])
@pytest.mark.parametrize("leaving_per_s", [0.0, 1e-7, 0.0005, 0.005])
def test_the_time_of_so_many_turns_has_the_known_distribution(agents: int, turns: int, leaving_per_s: float) -> None:
    crew = Crew([freeing()] * agents, leaving_per_s, 0)
    for z in QUANTILES:
        t = crew.quantile(turns, z)
        assert within(turns, t, agents / MEAN_S, leaving_per_s) == pytest.approx(NORMAL.cdf(z), abs=0.01)
        if turns == 4:
            assert crew.until(lambda _: (4.0, 0.0), z) == pytest.approx(t)


def test_what_was_measured_on_few_talks_is_told_with_a_wider_range() -> None:
    sure, unsure = Crew([freeing()] * 5, 0.0, 0), Crew([freeing(samples=20)] * 5, 0.0, 0)
    for z in QUANTILES:
        assert unsure.quantile(20, z) == pytest.approx(sure.quantile(20, z * sqrt(2)), rel=0.01)
        assert sure.quantile(20, z, unsure=20.0) == pytest.approx(unsure.quantile(20, z), rel=0.01)


@pytest.mark.parametrize(("leaving_per_s", "share"), [(0.002, 0.8), (0.01, 1.0)])
def test_few_who_left_make_it_wider_too(leaving_per_s: float, share: float) -> None:
    """Of what moves the line, ``leaving_per_s`` · 20 / (5 / 100) is leaving, and all at most; of that share's square a quarter
    counts, over two who left."""
    known, guessed = (Crew([freeing()] * 5, leaving_per_s, left) for left in (MANY, 2))
    assert known.quantile(20, 0.0) == pytest.approx(guessed.quantile(20, 0.0))
    assert guessed.quantile(20, 1.0) == pytest.approx(known.quantile(20, sqrt(1 + share**2 / 4 / 2 * 20)), rel=0.005)
    assert Crew([freeing()] * 5, leaving_per_s, 0).quantile(20, 1.28) == pytest.approx(known.quantile(20, 1.28))


def test_who_is_free_for_sure_at_a_moment_is_counted_from_then_on() -> None:
    crew = Crew([freeing(delay_s=30.0, certain_s=30.0), freeing()], 0.0, 0)
    assert crew.quantile(1, 1.28) == pytest.approx(30.0, abs=0.5)
    assert crew.quantile(1, -1.28) < 15.0
    assert Crew([freeing(certain_s=0.0, delay_s=1e4)], 0.0, 0).quantile(1, 0.0) < 0.1


def test_a_great_team_is_as_quick_as_the_few_who_stand_for_it() -> None:
    for agents in (25, 240):
        crew = Crew([freeing()] * agents, 0.0, 0)
        assert len(crew.agents) == 24
        assert crew.number == pytest.approx(agents)
        assert within(50, crew.quantile(50, 0.0), agents / MEAN_S) == pytest.approx(0.5, abs=0.05)
    mixed = Crew([freeing(certain_s=float(n), delay_s=float(n)) for n in range(60)] + [freeing()] * 60, 0.0, 0)
    assert mixed.number == pytest.approx(120)
    assert sum(weight for _, weight in mixed.certain) == pytest.approx(60)
    assert [certain_s for certain_s, _ in mixed.certain] == [5.0 * n + 2.0 for n in range(12)]


def test_of_few_turns_a_part_of_one_is_worked_out_and_of_more_it_is_a_straight_line() -> None:
    crew = Crew([freeing()] * 5, 0.0, 0)
    for turns in (0.5, 1.5, 2.5, 3.9):
        assert crew.quantile(turns, 1.28) == crew.until(lambda _, turns=turns: (turns, 0.0), 1.28)
    for turns, step in ((20.0, 2.0), (4.0, 1.0)):
        low, between, high = (crew.quantile(turns + part * step, 1.28) for part in (0.0, 0.5, 1.0))
        assert between == pytest.approx((low + high) / 2, rel=1e-12)
    assert crew.quantile(2.04, 1.28) == crew.quantile(2.0, 1.28)  # a tenth of a turn is found again
