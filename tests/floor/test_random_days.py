"""Long days by chance (a given seed): more agents, more callers and more depth than a shrinking search reaches."""

from __future__ import annotations

import random
from typing import Any

import pytest

from callcontrol.floor import entries as e
from tests.floor.day import CAUSES, REASONS, Day, more_rules

AGENTS = [f"10{n:02}" for n in range(1, 7)]
QUEUES = ["billing", "support", "vip"]
NEEDS = ["", "", "", "", "", "zh >= 2", "not zh", "((("]

# How often each of the methods of a day happens.
WEIGHTS: dict[str, float] = {
    "join": 16,
    "ring": 8,
    "talk": 16,
    "fail": 5,
    "end": 12,
    "pass_time": 14,
    "leave": 3,
    "overflow_arrives": 3,
    "finish_message": 6,
    "stay": 1,
    "agent": 5,
    "take_over_one": 2,
    "desk": 10,
    "arrive_one": 10,
    "elect": 0.5,
    "publish": 0.3,
    "newcomer": 1,
    "old_line": 1,
    "settle": 5,
    "clock_goes_back": 1,
}


class RandomDay(Day):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.prompt = self.chance.random() < 0.5
        self.write(e.TermBegan(at=self.now, term=1, desk="one"))
        self.publish()
        for agent in AGENTS[: self.chance.randint(1, 6)]:
            self.fact(e.AgentLoggedIn, agent=agent)

    def publish(self) -> None:
        pick = self.chance.choice
        queues = {
            name: {
                "skills": pick(["", "support", "support", "billing >= 2", "support and (zh >= 2 or billing)"]),
                "strategy": pick(["longest_idle", "best_skill_first"]),
                "patience_s": pick([0, 10, 30, 30]),
                "max_wait_s": pick([40, 300, 900]),
                "max_length": pick([2, 8, 50, 50, 50]),
                "wrap_up_s": pick([0, 5, 20]),
                "target_s": pick([2, 15, 15, 60]),
                "announcement": {
                    "enabled": pick([True, True, True, False]),
                    "max_share": pick([1.0, 1.0, 0.5, 0.2]),
                    "dry_run": pick([False, False, False, True]),
                },
                **more_rules(pick, name),
            }
            for name in self.chance.sample(QUEUES, pick([2, 3, 3]))
        }
        agents = {
            name: {
                "skills": {s: self.chance.randint(0, 5) for s in ("support", "billing", "zh")},
                "max_misses": pick([0, 2, 3]),
            }
            for name in self.chance.sample(AGENTS, pick([4, 6, 6]))
        }
        self.release += 1
        assert self.fact(e.RulesPublished, release=self.release, configuration={"queues": queues, "agents": agents})

    def step(self) -> None:
        what = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        getattr(self, what)()
        self.check()

    def join(self) -> None:
        if len(self.floor.calls) > 25:
            return
        pick = self.chance.choice
        self.visits += 1
        name = (
            f"c{self.visits}" if self.chance.random() < 0.95 or not self.floor.calls else pick(list(self.floor.calls))
        )
        self.fact(
            e.CallJoined,
            call=name,
            visit=f"v{self.visits}",
            queue=pick(["support", "support", "billing", "vip", "vip", "gone"] if self.visits % 9 == 0 else QUEUES),
            first_joined_at=self.now - pick([0, 0, 0, 0, 200]),
            vip=pick([0, 0, 0, 0, 0, 0, 2, 9]),
            needs=pick(NEEDS),
            prefer=pick(["", "", "", "1001", "1002"]),
            caller=pick(["", "", "x", "y", f"n{self.visits}"]),
        )

    def offer(self, *states: str) -> str | None:
        fitting = [o.offer for o in self.floor.offers.values() if o.state in states]
        return self.chance.choice(fitting) if fitting else None

    def ring(self) -> None:
        if offer := self.offer("reserved"):
            assert self.fact(e.OfferRinging, offer=offer)

    def talk(self) -> None:
        if offer := self.offer("reserved", "ringing", "ringing"):
            assert self.fact(e.TalkBegan, offer=offer)

    def fail(self) -> None:
        if offer := self.offer("reserved", "ringing"):
            assert self.fact(e.OfferFailed, offer=offer, cause=self.chance.choice(CAUSES))

    def end(self) -> None:
        if offer := self.offer("talking"):
            assert self.fact(e.TalkEnded, offer=offer)

    def old_line(self) -> None:
        if self.offers:
            kind = self.chance.choice([e.TalkBegan, e.TalkEnded, e.OfferRinging])
            self.fact(kind, offer=self.chance.choice(self.offers[-12:]))

    def pass_time(self) -> None:
        self.now += self.chance.choice([0.5, 1, 1, 5, 5, 10, 10, 30, 60, 2000 if self.chance.random() < 0.1 else 2])
        if self.prompt:
            self.all_is_decided_at_once()

    def one_call(self, *states: str) -> Any:
        fitting = [c for c in self.floor.calls.values() if c.state in states]
        return self.chance.choice(fitting) if fitting else None

    def leave(self) -> None:
        if call := self.one_call("waiting", "message", "offered", "offered", "talking"):
            assert self.fact(e.CallLeft, call=call.call, visit=call.visit, reason=self.chance.choice(REASONS))

    def finish_message(self) -> None:
        if call := self.one_call("message"):
            assert self.fact(e.MessageFinished, call=call.call, visit=call.visit)

    def stay(self) -> None:
        if call := self.one_call("message", "waiting"):
            self.fact(e.CallStays, call=call.call, visit=call.visit)

    def agent(self) -> None:
        kinds = [e.AgentLoggedIn, e.AgentLoggedIn, e.AgentBack, e.AgentBack, e.AgentBreak, e.AgentLoggedOut]
        self.fact(self.chance.choice(kinds), agent=self.chance.choice(AGENTS))

    def take_over_one(self) -> None:
        if call := self.one_call("waiting", "message", "offered", "talking"):
            self.take_over(call.call)

    def desk(self) -> None:
        if batch := self.decided():
            self.in_flight.append(batch)

    def arrive_one(self) -> None:
        if self.in_flight:
            self.arrive(self.in_flight.pop(self.chance.randrange(len(self.in_flight))))

    def elect(self) -> None:
        assert self.fact(e.TermBegan, term=self.floor.term + 1, desk="another")

    def newcomer(self) -> None:
        self.a_newcomer_reads_the_snapshot()

    def clock_goes_back(self) -> None:
        back_s = self.chance.choice([1, 5, 40, 400])
        for change in (-back_s, back_s):
            self.now += change
            self.decided()

    def settle(self) -> None:
        self.all_is_decided_at_once()


@pytest.mark.parametrize("seed", range(24))
def test_a_long_day(seed: int) -> None:
    day = RandomDay(seed)
    for _ in range(250):
        day.step()
    day.all_is_decided_at_once()
