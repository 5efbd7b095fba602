"""The real floor, driven by chance, against Erlang A."""

from __future__ import annotations

import math
import random
from statistics import mean, stdev
from typing import Any

import pytest

from callcontrol.floor import entries as e
from callcontrol.lab.queue_simulation import Caller, People, Simulation, poisson_callers
from callcontrol.values.erlang import answered_within, erlang_a

START = 1_700_000_000.0
SERVICE_S, PATIENCE_S = 180.0, 240.0


def facts(agents: int, **queue: Any) -> list[e.Entry]:
    rules = {
        "queues": {
            "q": {"wrap_up_s": 0.0, "max_wait_s": 1e6, "max_length": 10**6, "announcement": {"enabled": False}, **queue}
        },
        "agents": {str(n): {} for n in range(agents)},
    }
    published = e.RulesPublished(at=START, release=1, configuration=rules)
    return [published, *(e.AgentLoggedIn(at=START, agent=str(n)) for n in range(agents))]


@pytest.mark.parametrize(("load", "agents"), [(0.7, 4), (0.95, 12), (1.2, 8)])
def test_waits_and_abandons_are_those_of_erlang_a(load: float, agents: int) -> None:
    """Sixteen independent days; what they measure holds the formula's value within the 99.9 % interval of their mean."""
    rate = load * agents / SERVICE_S
    theory = erlang_a(rate, SERVICE_S, agents, PATIENCE_S)
    measured: dict[str, list[float]] = {"waits": [], "waited": [], "abandoned": [], "in time": []}
    for seed in range(16):
        chance = random.Random(seed)
        callers = poisson_callers(
            chance,
            "q",
            rate,
            lambda c: c.expovariate(1 / SERVICE_S),
            lambda c: c.expovariate(1 / PATIENCE_S),
            START + 1,
            START + 1 + 700 / rate,
        )
        day = Simulation(facts(agents), callers)
        visits = [v for v in day.run() if v.joined_at > START + 10 * SERVICE_S]
        measured["waits"].append(mean(v.waited_s > 0 for v in visits))
        measured["waited"].append(mean(v.waited_s for v in visits))
        measured["abandoned"].append(mean(v.outcome != "answered" for v in visits))
        measured["in time"].append(mean(v.outcome == "answered" and v.waited_s <= 15 for v in visits))
        assert not day.floor.calls
    expected = {
        "waits": theory.wait_probability,
        "waited": theory.mean_wait_s,
        "abandoned": theory.abandoned,
        "in time": answered_within(15, rate, SERVICE_S, agents, PATIENCE_S),
    }
    for what, values in measured.items():
        error = stdev(values) / math.sqrt(len(values))
        assert abs(mean(values) - expected[what]) < 4.1 * error, (what, mean(values), expected[what], error)  # t, 15


def test_the_same_chance_gives_the_same_day() -> None:
    def day() -> list[Any]:
        chance = random.Random(5)
        callers = poisson_callers(
            chance, "q", 0.1, lambda c: c.uniform(5, 60), lambda c: c.uniform(1, 90), START, START + 600
        )
        people = People(answer=lambda _o, c: (c.uniform(1, 9), c.choice(["", "", "NO_ANSWER"])), seed=3)
        return [(v.call, v.outcome, v.waited_s, v.agent) for v in Simulation(facts(3), callers, people).run()]

    assert day() == day()
    assert {outcome for _, outcome, _, _ in day()} >= {"answered", "abandoned_waiting"}


def test_a_caller_who_hears_the_announcement_goes_or_stays() -> None:
    rules = {"announcement": {"enabled": True, "max_share": 1.0, "short_estimate_s": 0.0}, "patience_s": 30.0}
    talk = Caller(START + 1, "q", talk_s=500)
    goes, stays = Caller(START + 2, "q", talk_s=9), Caller(START + 3, "q", talk_s=9, stays=True)
    day = Simulation(facts(1, **rules), [talk, goes, stays], People(message_s=12))
    # The first spoke of ``talk`` is told too when it would wait; here it is answered at once.
    outcomes = [(v.outcome, round(v.waited_s)) for v in day.run()]
    assert outcomes == [("answered", 0), ("advised_offpeak", 42), ("answered", 498)]


def test_a_rate_that_changes_is_followed() -> None:
    chance = random.Random(1)
    callers = list(
        poisson_callers(
            chance, "q", lambda at: 0.2 if at < 1000 else 0.05, lambda _: 1, lambda _: 1, 0, 2000, most_per_s=0.2
        )
    )
    early = sum(c.at < 1000 for c in callers)
    assert 160 < early < 240
    assert 30 < len(callers) - early < 75
