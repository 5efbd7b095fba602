"""A day of a busy hotline that never was, as the journal would have it: for benchmarks, for tests, and to try what-if before
there is a yesterday. Callers come by half-hours as they do in offices, two queues share their agents, and the lines are those
that the floor and its desk write."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.floor import DECISIONS, Floor
from callcontrol.lab.queue_simulation import Caller, People, Simulation
from callcontrol.ports.journal import Line

DAY_S = 86400.0
OPENS_S, CLOSES_S = 8 * 3600.0, 20 * 3600.0
BUSIEST = (10 * 3600.0, 15 * 3600.0)  # two peaks
PEAK_S = 5400.0


def rules(agents: int) -> dict[str, Any]:
    return {
        "queues": {
            "support": {"skills": "support", "max_wait_s": 900.0, "max_length": 500, "wrap_up_s": 20.0},
            "billing": {"skills": "billing >= 2", "strategy": "best_skill_first", "target_s": 20.0, "wrap_up_s": 30.0},
        },
        "agents": {
            str(1001 + n): {
                "skills": {"support": 1 + n % 5, **({"billing": 2 + n % 4} if n % 3 == 0 else {})},
                "contact": f"user/{1001 + n}",
            }
            for n in range(agents)
        },
    }


def synthetic_day(midnight: float, calls: int = 10_000, agents: int = 48, seed: int = 1) -> list[Line]:
    """The journal's lines of one day that began at ``midnight`` (seconds since the epoch), with about so many calls."""
    chance = random.Random(seed)
    lines: list[Line] = []
    numbers = {"ms": 0, "number": 0}
    decided_on = {"position": "0", "at": -1.0}

    def position(at: float) -> str:
        ms = max(int(at * 1000), numbers["ms"])
        numbers["number"] = numbers["number"] + 1 if ms == numbers["ms"] else 0
        numbers["ms"] = ms
        return f"{ms}-{numbers['number']}"

    def write(entry: e.Entry) -> None:
        data = entry.as_data()
        if type(entry) in DECISIONS:
            if decided_on["at"] != entry.at or not lines or type_of(lines[-1]) not in _DECIDED:
                decided_on["position"], decided_on["at"] = (lines[-1].position if lines else "0"), entry.at
            data["seen"] = decided_on["position"]
        lines.append(Line(position(entry.at), data))

    def answer(_offer: e.Offered, chance: random.Random) -> tuple[float, str]:
        if chance.random() < 0.04:
            return 20.0, "NO_ANSWER"
        return 1.0 + chance.random() * 5, ""

    simulation = Simulation(
        _facts(midnight, agents, chance),
        list(_callers(midnight, calls, chance)),
        People(answer=answer, seed=seed),
        watch=lambda _floor, entry: write(entry),
        floor=Floor(),
    )
    simulation.now = midnight
    simulation.run(midnight + DAY_S)
    return lines


_DECIDED = frozenset(kind for kind, entry in e.KINDS.items() if entry in DECISIONS)


def type_of(line: Line) -> str:
    return str(line.data["kind"])


def _facts(midnight: float, agents: int, chance: random.Random) -> list[e.Entry]:
    facts: list[e.Entry] = [e.RulesPublished(at=midnight + 1, release=1, configuration=rules(agents))]
    facts.append(e.TermBegan(at=midnight + 2, term=1, desk="synthetic"))
    for name in rules(agents)["agents"]:
        begins = midnight + OPENS_S - 600 + chance.random() * 3600 * (0.2 if chance.random() < 0.6 else 4)
        facts.append(e.AgentLoggedIn(at=begins, agent=name))
        lunch = begins + 3.5 * 3600 + chance.random() * 3600
        facts.append(e.AgentBreak(at=lunch, agent=name, reason="lunch"))
        facts.append(e.AgentBack(at=lunch + 1800, agent=name))
        facts.append(e.AgentLoggedOut(at=min(begins + 9 * 3600, midnight + CLOSES_S + 600), agent=name))
    return sorted(facts, key=lambda fact: fact.at)


def _callers(midnight: float, calls: int, chance: random.Random) -> Iterator[Caller]:
    times = sorted(_moment(chance) for _ in range(calls))
    for n, at in enumerate(times):
        yield Caller(
            at=midnight + at,
            queue="billing" if chance.random() < 0.25 else "support",
            talk_s=chance.lognormvariate(math.log(110.0), 0.6),
            patience_s=chance.expovariate(1 / 240.0),
            vip=int(chance.random() < 0.02),
            number=f"n{chance.randrange(calls)}",
            stays=chance.random() < 0.4,
            call=f"call-{n:05d}",
        )


def _moment(chance: random.Random) -> float:
    """Seconds since midnight."""
    while True:
        at = (
            chance.gauss(chance.choice(BUSIEST), PEAK_S) if chance.random() < 0.6 else chance.uniform(OPENS_S, CLOSES_S)
        )
        if OPENS_S <= at < CLOSES_S:
            return at


__all__ = ["rules", "synthetic_day"]
