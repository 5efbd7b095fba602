"""Erlang A against published figures, its own limits, and sense."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.erlang import answered_within, beta_cdf, erlang_a, erlang_b


def test_fifty_agents_with_and_without_patience_as_published() -> None:
    """Garnett, Mandelbaum and Reiman (2002): 50 agents, 48 calls a minute, a minute of service, two of patience."""
    patient = erlang_a(48 / 60, 60, 50)
    assert patient.mean_wait_s == pytest.approx(20.8, abs=0.05)
    assert patient.mean_line == pytest.approx(17, abs=0.5)
    assert patient.occupancy == pytest.approx(0.96)
    impatient = erlang_a(48 / 60, 60, 50, 120)
    assert impatient.abandoned == pytest.approx(0.031, abs=0.0005)
    assert impatient.mean_wait_s == pytest.approx(3.7, abs=0.05)
    assert impatient.mean_line == pytest.approx(3, abs=0.1)
    assert impatient.occupancy == pytest.approx(0.93, abs=0.005)


def test_erlang_c_as_published() -> None:
    """A textbook's 0.2 calls a second, four minutes each, 55 agents: 0.2387 wait, 8.184 s on average, 84.59 % in 15 s."""
    found = erlang_a(0.2, 240, 55)
    assert found.wait_probability == pytest.approx(0.2387, abs=5e-5)
    assert found.mean_wait_s == pytest.approx(8.184, abs=5e-4)
    assert answered_within(15, 0.2, 240, 55) == pytest.approx(0.8459, abs=5e-5)


def test_erlang_b_as_published() -> None:
    """The first line of every table: 10 Erlang on 10 agents, 21.46 % blocked; 100 on 117: just under 1 %."""
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=5e-5)
    assert erlang_b(100, 117) == pytest.approx(0.0098, abs=2e-4)


def test_one_agent_and_callers_as_patient_as_served_is_a_poisson_number_in_the_house() -> None:
    """With patience of the service's mean each caller leaves at the same rate, wherever: M/M/infinity."""
    load = 1.7
    found = erlang_a(load / 60, 60, 1, 60)
    assert found.wait_probability == pytest.approx(1 - math.exp(-load))
    assert found.mean_line == pytest.approx(load - 1 + math.exp(-load))


@given(st.floats(0.1, 3.0), st.integers(1, 100), st.floats(1, 600))
def test_whoever_comes_is_served_or_gives_up(load: float, agents: int, patience_s: float) -> None:
    found = erlang_a(load * agents / 100, 100, agents, patience_s)
    assert 0 <= found.abandoned < 1
    assert 0 <= found.wait_probability <= 1
    assert found.occupancy <= 1 + 1e-9
    assert found.abandoned <= found.wait_probability
    served = answered_within(1e6, load * agents / 100, 100, agents, patience_s)
    assert served == pytest.approx(1 - found.abandoned, abs=1e-5)


@given(st.floats(0.3, 0.97), st.integers(1, 60), st.floats(0, 300))
def test_endless_patience_is_the_limit(load: float, agents: int, target_s: float) -> None:
    nearly = erlang_a(load * agents / 100, 100, agents, 1e9)
    endless = erlang_a(load * agents / 100, 100, agents)
    assert nearly.mean_wait_s == pytest.approx(endless.mean_wait_s, rel=1e-3)
    within = answered_within(target_s, load * agents / 100, 100, agents)
    assert answered_within(target_s, load * agents / 100, 100, agents, 1e8) == pytest.approx(within, abs=1e-4)


def test_five_thousand_agents_do_not_overflow() -> None:
    found = erlang_a(50.5, 100, 5000, 200)
    assert 0.01 < found.abandoned < 0.02  # a little more than the one per cent by which they are too few
    assert found.wait_probability > 0.8
    assert erlang_a(1, 100, 5000, 200).wait_probability == 0.0


# A thousandth is coarse enough that 1 - x loses nothing of x.
@given(st.integers(0, 1000).map(lambda n: n / 1000), st.floats(0.5, 50), st.floats(0.5, 50))
def test_the_beta_function_is_symmetric(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(1 - beta_cdf(1 - x, b, a), abs=1e-9)
    assert beta_cdf(x, 1, b) == pytest.approx(1 - (1 - x) ** b, abs=1e-9)


@pytest.mark.parametrize(
    "figures", [(0.1, 100, 0, 60), (0.1, 0, 5, 60), (0.1, 100, 5, 0), (-1, 100, 5, 60), (1, 100, 5)]
)
def test_what_has_no_answer_is_a_sentence(figures: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="agents"):
        erlang_a(*figures)  # type: ignore[arg-type]
