"""The pure floor: journal entries a second, and what one decision costs, also as waiting calls and agents grow.

A full floor (everybody talks, the lines are long) goes on as a floor does: talks end, wrap-ups pass, calls are offered,
ring, are answered, and for each a new caller comes.
"""

from __future__ import annotations

import gc
import random
from statistics import median
from time import perf_counter, process_time
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.decide import decide
from callcontrol.floor.floor import Floor
from callcontrol.values.strategies import STRATEGIES
from tests.bench._figures import Figure

WAITING, AGENTS, QUEUES = 10_000, 5_000, 200
GROWTH_WAITING = (10, 100, 1_000, 10_000)
GROWTH_AGENTS = (10, 100, 1_000, 5_000)
FREE_QUEUES = 4
SKILLS = [f"skill{n}" for n in range(40)]


def configuration(agents: int, queues: int, chance: random.Random) -> dict[str, Any]:
    """Each queue asks for one skill at a level and one of two languages, each agent has five skills and a language. After
    half a minute a lower level will do, after two any language if many wait; each has a reserve and an overflow."""
    return {
        "queues": {
            f"q{n}": {
                "skills": f"{SKILLS[n % len(SKILLS)]} >= {1 + n % 3} and ({'zh' if n % 2 else 'en'} >= 2 or both)",
                "relaxation": [
                    {
                        "skills": f"{SKILLS[n % len(SKILLS)]} and ({'zh' if n % 2 else 'en'} >= 1 or both)",
                        "after_s": 30,
                    },
                    {"skills": SKILLS[n % len(SKILLS)], "after_s": 120, "when": "load > 1.5 or longest_wait_s > 300"},
                    {"skills": SKILLS[(n + 1) % len(SKILLS)], "after_s": 300, "when": "free == 0 and waiting > 1000"},
                ],
                "overflow": [{"to": f"q{(n + 1) % queues}", "after_s": 600, "when": "logged_in < 1"}],
                "reserve": {"skills": f"{SKILLS[(n + 2) % len(SKILLS)]} >= 4", "load_on": 1.2, "load_off": 1.0},
                "sticky_s": 20,
                "strategy": ("longest_idle", "best_skill_first")[n % 2],
                "max_wait_s": 1e8,
                "max_length": 1_000_000,
                "target_s": (10, 15, 30, 60)[n % 4],
                "announcement": {"max_share": 0.5},
            }
            for n in range(queues)
        },
        "agents": {
            f"a{n}": {
                "skills": {
                    **{skill: chance.randint(1, 5) for skill in chance.sample(SKILLS, 5)},
                    chance.choice(["zh", "en", "both"]): chance.randint(1, 5),
                }
            }
            for n in range(agents)
        },
    }


class Names:
    def __init__(self, began: int = 0) -> None:
        self.count = began

    def new(self) -> str:
        self.count += 1
        return f"o{self.count}"


class Day:
    """A floor that goes on. What it writes is kept in ``journal``, the time of each decision in ``decide_s``."""

    def __init__(self, floor: Floor, now: float, queues: int, began: int = 0) -> None:
        self.chance = random.Random(1)
        self.floor = floor
        self.now = now
        self.queues = queues
        self.names = Names(began)
        self.journal: list[e.Entry] = []
        self.decide_s: list[float] = []
        self.joined = began

    def write(self, entry: e.Entry) -> None:
        self.floor.apply(entry)
        self.journal.append(entry)

    def decide(self) -> list[e.Entry]:
        began = perf_counter()
        batch = decide(self.floor, self.now, self.names)
        self.decide_s.append(perf_counter() - began)
        return batch

    def join(self) -> None:
        self.joined += 1
        self.write(
            e.CallJoined(
                at=self.now,
                call=f"c{self.joined}",
                visit="1",
                queue=f"q{self.chance.randrange(self.queues)}",
                first_joined_at=self.now,
                vip=int(self.chance.random() < 0.02),
                caller=f"n{self.joined % 50_000}",
                prefer=f"a{self.chance.randrange(5000)}" if self.chance.random() < 0.1 else "",
            )
        )

    def settle(self, *, answer: bool) -> None:
        while batch := self.decide():
            for entry in batch:
                self.write(entry)
                if isinstance(entry, e.Offered) and answer:
                    self.write(e.OfferRinging(at=self.now, offer=entry.offer))
                    self.write(e.TalkBegan(at=self.now, offer=entry.offer))
                elif isinstance(entry, e.MessageGranted):
                    self.write(e.CallStays(at=self.now, call=entry.call, visit=entry.visit))

    def go_on(self, decisions: int) -> None:
        """After each line a decision, as the desk does it; all that is decided is written and answered."""
        talking = [o.offer for o in self.floor.offers.values() if o.state == "talking"]
        while len(self.decide_s) < decisions:
            self.now += 0.02
            if talking:
                place = self.chance.randrange(len(talking))
                talking[place], talking[-1] = talking[-1], talking[place]
                self.write(e.TalkEnded(at=self.now, offer=talking.pop()))
                self.decide()
            self.join()
            before = len(self.journal)
            self.settle(answer=True)
            talking += [entry.offer for entry in self.journal[before:] if isinstance(entry, e.TalkBegan)]


def full_floor(waiting: int, agents: int, queues: int) -> Day:
    """Everybody talks, and ``waiting`` callers came in the last ten minutes."""
    day = Day(Floor(), 1_700_000_000.0, queues)
    rules = configuration(agents, queues, day.chance)
    day.write(e.RulesPublished(at=day.now, release=1, configuration=rules))
    for name in rules["agents"]:
        day.write(e.AgentLoggedIn(at=day.now, agent=name))
    for _ in range(50):
        for _ in range(agents // 5 + 1):
            day.join()
        day.settle(answer=True)
        if len(day.floor.offers) >= agents * 0.98:
            break
    for call in [c for c in day.floor.calls.values() if c.in_line()]:
        day.write(e.CallLeft(at=day.now, call=call.call, visit=call.visit, reason="hangup"))
    for number in range(waiting):
        day.now += 600.0 / waiting
        day.join()
        if number % 100 == 0:
            day.settle(answer=True)
    day.settle(answer=True)
    return day


def cost(waiting: int, agents: int, queues: int, decisions: int) -> dict[str, float]:
    """Microseconds of one decision and entries a second on a floor of this size.

    The same day is lived three times and the best time of each decision counts: whatever else the machine did is left
    out. The entries are read again in one go, in processor time, the collector of garbage included.
    """
    start = full_floor(waiting, agents, queues)
    snapshot = start.floor.as_data()
    days = []
    for _ in range(3):
        day = Day(Floor.from_data(snapshot), start.now, queues, start.joined)
        day.settle(answer=True)  # a newcomer's first look is at everything; it is not what a desk does all day
        day.decide_s.clear()
        skipped = len(day.journal)
        gc.collect()
        gc.freeze()  # as a desk does after it has read the snapshot
        day.go_on(decisions)
        days.append(day)
    decide_s = [min(times) for times in zip(*(day.decide_s for day in days), strict=True)]
    reader = Floor.from_data(snapshot)
    for entry in days[0].journal[:skipped]:
        reader.apply(entry)
    rest = days[0].journal[skipped:]
    began = process_time()
    for entry in rest:
        reader.apply(entry)
    took_s = process_time() - began
    gc.unfreeze()
    return {
        "waiting": waiting,
        "agents": agents,
        "queues": queues,
        "entries_per_s": round(len(rest) / took_s),
        "decide_p50_us": round(median(decide_s) * 1e6, 1),
        "decide_p99_us": round(percentile(decide_s, 0.99) * 1e6, 1),
        "decide_max_us": round(max(decide_s) * 1e6, 1),
    }


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def quiet(strategy: str, agents: int, offers: int) -> list[float]:
    """Seconds of each decision that offers a call, on a floor where nearly everybody is free and anybody may have any call:
    there is most to choose from. A tenth of the agents talks. The best of three times, as in ``cost``."""
    return [min(times) for times in zip(*(_quiet(strategy, agents, offers) for _ in range(3)), strict=True)]


def _quiet(strategy: str, agents: int, offers: int) -> list[float]:
    rules = {
        "queues": {f"q{n}": {"strategy": strategy, "wrap_up_s": 0} for n in range(FREE_QUEUES)},
        "agents": {f"a{n}": {"order": n % 7, "weight": 1 + n % 3} for n in range(agents)},
    }
    day = Day(Floor(), 1_700_000_000.0, FREE_QUEUES)
    day.write(e.RulesPublished(at=day.now, release=1, configuration=rules))
    for name in rules["agents"]:
        day.write(e.AgentLoggedIn(at=day.now, agent=name))
    day.settle(answer=True)
    gc.collect()
    talking: list[str] = []
    took_s: list[float] = []
    while len(took_s) < agents // 10 + offers:
        day.now += 0.02
        if len(talking) > agents // 10:
            day.write(e.TalkEnded(at=day.now, offer=talking.pop(0)))
        day.join()
        day.decide_s.clear()
        before = len(day.journal)
        day.settle(answer=True)
        took_s.append(day.decide_s[0])
        talking += [entry.offer for entry in day.journal[before:] if isinstance(entry, e.TalkBegan)]
    return took_s[-offers:]


def measure(*, growth: bool = True, decisions: int = 4_000) -> dict[str, Any]:
    """The figures (10,000 waiting, 5,000 agents, 200 queues) as rows, and how they grow as ``growth``."""
    design = cost(WAITING, AGENTS, QUEUES, decisions)
    size = f"{WAITING:,} waiting, {AGENTS:,} agents, {QUEUES} queues"
    rows = [
        Figure("journal entries through the floor", design["entries_per_s"], "/s", ">= 20,000", size),
        Figure("one decision, median", design["decide_p50_us"] / 1000, "ms", "", size),
        Figure("one decision, p99", design["decide_p99_us"] / 1000, "ms", "<= 1", size),
        Figure("one decision, longest", design["decide_max_us"] / 1000, "ms", "", size),
    ]
    result: dict[str, Any] = {"what": "The pure floor", "rows": rows, "design": design}
    if growth:
        result["growth"] = [
            cost(waiting, agents, min(QUEUES, max(4, agents // 5)), decisions // 2)
            for waiting in GROWTH_WAITING
            for agents in GROWTH_AGENTS
        ]
        for waiting in GROWTH_WAITING:
            p99 = [f"{g['decide_p99_us'] / 1000:.2f}" for g in result["growth"] if g["waiting"] == waiting]
            sizes = ", ".join(f"{agents:,}" for agents in GROWTH_AGENTS)
            rows.append(
                Figure(
                    f"one decision, p99, {waiting:,} waiting",
                    " / ".join(p99),
                    "ms",
                    "",
                    f"{sizes} agents, {QUEUES} queues at most",
                )
            )
    for strategy in STRATEGIES if growth else ():
        p99_ms = percentile(quiet(strategy, AGENTS, decisions // 4), 0.99) * 1000
        against = f"nearly all of {AGENTS:,} agents free, each for any of {FREE_QUEUES} queues"
        rows.append(Figure(f"one decision, p99, strategy {strategy}", p99_ms, "ms", "<= 1", against))
    return result


if __name__ == "__main__":
    import json

    print(json.dumps(measure(), indent=1, default=str))
