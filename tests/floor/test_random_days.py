"""Long days by chance (a given seed): more agents, more callers and more depth than a shrinking search reaches."""

from __future__ import annotations

import random
from typing import Any

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.decide import next_wake
from callcontrol.floor.forecast import estimated
from callcontrol.values.strategies import STRATEGIES
from tests.floor.day import CAUSES, REASONS, Day, more_rules

AGENTS = [f"10{n:02}" for n in range(1, 7)]
QUEUES = ["billing", "support", "vip"]
NEEDS = ["", "", "", "", "", "zh >= 2", "not zh", "((("]

# Open in the first half of every hour.
HALVES = {
    "halves": {
        "zone": "Asia/Kathmandu",
        "week": {"mon-sun": [f"{h:02}:00-{h:02}:30" for h in range(24)]},
        "exceptions": {},
    }
}

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
    "hold": 2,
    "phone": 5,
    "more_wrap_up": 3,
    "take_over_one": 2,
    "desk": 10,
    "estimate": 6,
    "arrive_one": 10,
    "arrive_twice": 1,
    "never_arrive": 1,
    "elect": 0.5,
    "publish": 0.3,
    "newcomer": 1,
    "old_line": 1,
    "find": 1,
    "settle": 5,
    "book_one": 5,
    "book_late": 2,
    "again": 1,
    "conduct": 12,
    "supervise": 2,
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
                "strategy": pick(STRATEGIES),
                "patience_s": pick([0, 10, 30, 30]),
                "max_wait_s": pick([40, 300, 900]),
                "max_length": pick([2, 8, 50, 50, 50]),
                "wrap_up_s": pick([0, 5, 20]),
                "wrap_up_mode": pick(["none", "optional", "fixed", "fixed", "up_to"]),
                "wrap_up_cap_s": pick([10, 60]),
                "target_s": pick([2, 15, 15, 60]),
                "hours": pick(["", "", "", "", "halves", "halves", "never heard of"]),
                "callback": {
                    "enabled": pick([True, True, True, True, True, False]),
                    "tries": pick([1, 2, 3]),
                    "quarantine_s": pick([5, 60]),
                    "retry_s": pick([10, 600]),
                    "valid_s": pick([200, 9000, 30000, 30000]),
                },
                "announcement": {
                    "enabled": pick([True, True, True, False]),
                    "max_share": pick([1.0, 1.0, 0.5, 0.2]),
                    "dry_run": pick([False, False, False, True]),
                    "short_estimate_s": pick([30, 30, 0, 100]),
                },
                **more_rules(pick, name),
            }
            for name in self.chance.sample(QUEUES, pick([2, 3, 3]))
        }
        agents = {
            name: {
                "skills": {s: self.chance.randint(0, 5) for s in ("support", "billing", "zh")},
                "max_misses": pick([0, 2, 3]),
                "order": pick([0, 1, 2]),
                "weight": pick([1, 1, 2.5, 0]),
            }
            for name in self.chance.sample(AGENTS, pick([4, 6, 6]))
        }
        self.release += 1
        assert self.fact(
            e.RulesPublished, release=self.release, configuration={"queues": queues, "agents": agents, "hours": HALVES}
        )

    def step(self) -> None:
        what = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        getattr(self, what)()
        self.check()

    def join(self) -> None:
        if len(self.floor.calls) > 25:
            return
        pick = self.chance.choice
        self.visits += 1
        on_the_line = [c.call for c in self.floor.calls.values() if c.booking is None]
        name = f"c{self.visits}" if self.chance.random() < 0.95 or not on_the_line else pick(on_the_line)
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
            message_after_s=pick([0.0, 0.0, 0.0, 20.0, 60.0]),
            message_until=pick([0.0, 0.0, 0.0, 0.0, self.now + 45.0, -1.0]),
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
        fitting = [c for c in self.floor.calls.values() if c.state in states and c.booking is None]
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
        kind = self.chance.choice(kinds)
        own = {} if kind is e.AgentLoggedIn else {"own": self.chance.random() < 0.5}
        self.fact(kind, agent=self.chance.choice(AGENTS), **own)

    def hold(self) -> None:
        if offer := self.offer("talking"):
            self.fact(e.TalkHeld, offer=offer, held=self.chance.random() < 0.5)

    def phone(self) -> None:
        registered = self.chance.choice([True, True, False, None])
        self.fact(
            e.PhoneSeen,
            agent=self.chance.choice(AGENTS),
            registered=registered,
            busy=registered is not False and self.chance.random() < 0.3,
        )

    def more_wrap_up(self) -> None:
        self.fact(e.WrapUpExtended, agent=self.chance.choice(AGENTS), seconds=self.chance.choice([5, 30, 1e9, 0, -1]))

    def take_over_one(self) -> None:
        if call := self.one_call("waiting", "message", "offered", "talking"):
            self.take_over(call.call)

    def desk(self) -> None:
        if batch := self.decided():
            self.in_flight.append(batch)

    def estimate(self) -> None:
        """Now and then what the rule says, mostly anything: it is a decision like others, and may be late or of an old desk."""
        queue = self.chance.choice(QUEUES)
        if queue in self.floor.rules.queues and self.chance.random() < 0.3:
            for entry in estimated(self.floor, queue, self.now):
                assert self.write(entry)
            return

        def drawn() -> list[float]:
            low = self.chance.choice([0, 3, 8, 25, 60, 200])
            return self.chance.choice([[low, 2 * low + 5], [low, low + 1], []])

        calls = {
            call: drawn() for call in self.chance.sample([*self.floor.calls, "nobody"], len(self.floor.calls) // 2)
        }
        term = self.floor.term - (self.chance.random() < 0.1)
        right = queue in self.floor.rules.queues and term == self.floor.term  # afterwards there may be another desk
        assert self.fact(e.WaitEstimated, queue=queue, joiner=drawn(), calls=calls, term=term) == right

    def arrive_one(self) -> None:
        if self.in_flight:
            self.arrive(self.in_flight.pop(self.chance.randrange(len(self.in_flight))))

    def arrive_twice(self) -> None:
        """A second desk with the same term and the same thoughts can't be, but if it were: the second is void."""
        if self.in_flight:
            batch = self.in_flight.pop(self.chance.randrange(len(self.in_flight)))
            self.arrive(batch)
            for entry in batch:
                assert not (isinstance(entry, e.Offered) and self.write(entry)), "an offer was taken twice"

    def find(self) -> None:
        """Mostly a talk of an offer that was lost or is in flight, sometimes of a call that nobody knows."""
        calls = list(self.floor.calls)
        call = self.chance.choice(calls) if calls and self.chance.random() < 0.7 else f"unknown{self.visits}"
        offer = self.chance.choice(self.offers[-12:]) if self.offers and self.chance.random() < 0.5 else f"o-{self.now}"
        self.find_a_talk(offer, call, self.chance.choice(AGENTS), "" if self.chance.random() < 0.9 else "another")

    def never_arrive(self) -> None:
        """The desk died, or the engine forgot."""
        if self.in_flight:
            self.in_flight.pop(self.chance.randrange(len(self.in_flight)))

    def elect(self) -> None:
        assert self.fact(e.TermBegan, term=self.floor.term + 1, desk="another")

    def newcomer(self) -> None:
        self.a_newcomer_reads_the_snapshot()

    def clock_goes_back(self) -> None:
        back_s = self.chance.choice([1, 5, 40, 400])
        for change in (-back_s, back_s):
            self.now += change
            self.decided()

    # --- callbacks ---------------------------------------------------------------------------------------------------
    def book_one(self) -> None:
        if call := self.one_call("waiting", "message", "offered"):
            number = self.chance.choice(["x", "y", f"n{self.visits}", f"n{self.visits}", ""])
            self.book(call.call, call.visit, call.caller or number, number)

    def book_late(self) -> None:
        if self.floor.left:
            left = self.chance.choice(list(self.floor.left.values()))
            self.book(left.call.call, left.call.visit, left.call.caller, self.chance.choice(["x", f"b{self.visits}"]))

    def again(self) -> None:
        if self.floor.index.booked:
            queue = self.chance.choice(QUEUES)
            self.come_again(self.chance.choice(sorted(self.floor.index.booked)), queue)

    def conduct(self) -> None:
        """Mostly all of a try in a row; a day is too short for one step of it now and then."""
        for what in ("take", "confirm", "dial", self.chance.choice(["try", "try", "talk", "miss"])):
            self.try_step(self.chance.choice, what)
            if self.chance.random() < 0.2:
                return

    def supervise(self) -> None:
        if names := self.booked():
            name, by = self.chance.choice(names), "lead"
            what = self.chance.randrange(4)
            if what == 0:
                self.fact(e.CallbackCancelled, callback=name, by=by)
            elif what == 1:
                number = self.chance.choice(["x", "z", f"r{self.visits}"])
                self.fact(e.CallbackRenumbered, callback=name, number=number, masked="*", by=by)
            else:
                to, queue = self.chance.choice(["front", "end", ""]), self.chance.choice(["", *QUEUES])
                self.fact(e.CallbackMoved, callback=name, to=to, queue=queue, by=by)

    def settle(self) -> None:
        self.all_is_decided_at_once()


@pytest.mark.parametrize("seed", range(24))
def test_a_long_day(seed: int) -> None:
    day = RandomDay(seed)
    for _ in range(250):
        day.step()
    day.all_is_decided_at_once()


def test_no_callback_is_held_for_ever() -> None:
    """Whatever a day left behind: a week of nothing but the desk's own decisions ends all of it."""
    for seed in range(6):
        day = RandomDay(seed)
        for _ in range(150):
            day.step()
        day.prompt = True
        for offer in sorted(o.offer for o in day.floor.offers.values() if o.state == "talking"):
            day.fact(e.TalkEnded, offer=offer)
        for _ in range(2000):
            day.all_is_decided_at_once()
            wake = next_wake(day.floor, day.now)
            if wake is None or not day.booked():
                break
            day.now = max(wake, day.now + 300.0)
        assert day.booked() == []
