"""A floor to play scenes on: entries are written as on a desk, the clock is in the tester's hand."""

from __future__ import annotations

import json
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.decide import decide
from callcontrol.floor.floor import Floor
from callcontrol.ports.clock import CountedIdentities
from tests.floor import checks
from tests.floor.reference import reference

START = 1_700_000_000.0

RULES: dict[str, Any] = {
    "queues": {
        "support": {"skills": "support", "announcement": {"max_share": 1.0}},
        "billing": {"skills": "billing >= 2", "target_s": 30.0, "announcement": {"max_share": 1.0}},
    },
    "agents": {
        "1001": {"skills": {"support": 3}, "contact": "user/1001"},
        "1002": {"skills": {"support": 5, "billing": 2}, "contact": "user/1002"},
        "1003": {"skills": {"billing": 4}, "contact": "user/1003"},
    },
}


class Scene:
    def __init__(self, rules: dict[str, Any] | None = None, *logged_in: str) -> None:
        self.floor = Floor()
        self.now = START
        self.identities = CountedIdentities()
        self.release = 0
        self.publish(RULES if rules is None else rules)
        for agent in logged_in:
            self.log_in(agent)

    def write(self, kind: type[e.Entry], **fields: Any) -> bool:
        return self.floor.apply(kind(at=self.now, **fields))

    def publish(self, rules: dict[str, Any]) -> bool:
        self.release += 1
        return self.write(e.RulesPublished, release=self.release, configuration=json.loads(json.dumps(rules)))

    def log_in(self, agent: str) -> bool:
        return self.write(e.AgentLoggedIn, agent=agent)

    def join(self, call: str, queue: str = "support", **more: Any) -> bool:
        more.setdefault("visit", f"v-{call}")
        more.setdefault("first_joined_at", self.now)
        return self.write(e.CallJoined, call=call, queue=queue, **more)

    def leave(self, call: str, reason: str = "hangup") -> bool:
        return self.write(e.CallLeft, call=call, visit=f"v-{call}", reason=reason)

    def decide(self) -> list[e.Entry]:
        batch = decide(self.floor, self.now, self.identities)
        if len(self.floor.calls) < 12:  # the slow way is slow
            assert [checks.key(entry) for entry in batch] == reference(self.floor, self.now)
        return batch

    def settle(self) -> list[e.Entry]:
        """Decide and write until nothing is left to decide; all that was decided."""
        done: list[e.Entry] = []
        while batch := self.decide():
            for entry in batch:
                assert self.floor.apply(entry), f"a decision was void: {entry}"
            done += batch
            assert len(done) < 10_000, "deciding never ends"
        return done

    def told(self) -> list[str]:
        """What ``settle`` decided, short: ``offered a 1001``, ``released a timeout``."""
        return [short(entry) for entry in self.settle()]

    def after(self, seconds: float) -> Scene:
        self.now += seconds
        return self

    def offer_of(self, call: str) -> str:
        return self.floor.calls[call].offer

    def ring(self, call: str) -> bool:
        return self.write(e.OfferRinging, offer=self.offer_of(call))

    def talk(self, call: str) -> bool:
        return self.write(e.TalkBegan, offer=self.offer_of(call))

    def hang_up(self, call: str) -> bool:
        return self.write(e.TalkEnded, offer=self.offer_of(call))

    def fail(self, call: str, cause: str = "NO_ANSWER") -> bool:
        return self.write(e.OfferFailed, offer=self.offer_of(call), cause=cause)

    def outcomes(self, queue: str = "support") -> dict[str, int]:
        return dict(self.floor.tallies[queue].total.outcomes)


def short(entry: e.Entry) -> str:
    match entry:
        case e.Offered():
            return f"offered {entry.call} {entry.agent}"
        case e.Released():
            return f"released {entry.call} {entry.branch}"
        case e.MessageGranted():
            return f"{'dry-run' if entry.dry_run else 'message'} {entry.call}"
        case e.WrapUpOver() | e.PutOnBreak():
            return f"{entry.kind} {entry.agent}"
        case e.OfferExpired():
            return "expired"
        case _:
            return entry.kind
