"""Who is eligible for which call: the group of a call is its queue's base (with the reserve while that is called), and
the relaxation steps that the call has reached; with an exclusive step, only that one and those after it. What the call
itself asks for must hold in each of them.

A group is pools, any of which will do: so all queues, steps and calls that ask for the same share one pool, and nothing
has to be counted for every combination of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcontrol.floor.agents import Standing
from callcontrol.floor.pools import Case, Pool
from callcontrol.floor.rules import expression
from callcontrol.floor.strategies import strategy_name
from callcontrol.values.configuration import Overflow, Queue, Relaxation
from callcontrol.values.skills import EVERYBODY

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Calls may bring their own expression; pools made for those are kept for the next such call, up to this many.
MAX_POOLS_FOR_NEEDS = 500

# Which of a queue's expressions: its own, the reserve's, or the relaxation step of that number (from 1).
BASE, RESERVE = 0, -1

_FREE, _BUSY, _AWAY = Standing.FREE, Standing.BUSY, Standing.AWAY


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """``tiers`` in the order: base, reserve, steps. A queue without rules has a group without anybody."""

    tiers: tuple[Pool, ...]

    def case(self) -> Case:
        tiers = self.tiers
        if len(tiers) == 1:
            return tiers[0].case()
        case = Case.NOBODY
        for pool in tiers:
            free, busy, away, _ = pool.counts
            if free:
                return Case.FREE
            if busy:
                case = Case.BUSY
            elif away and case is Case.NOBODY:
                case = Case.AWAY
        return case

    def has(self, agent: str) -> bool:
        tiers = self.tiers
        return agent in tiers[0].members if len(tiers) == 1 else any(agent in pool.members for pool in tiers)

    def grade(self, agent: str) -> float:
        """The best grade of an agent of the group."""
        return max(pool.members[agent] for pool in self.tiers if agent in pool.members)

    def members(self) -> dict[str, None]:
        return {name: None for pool in self.tiers for name in pool.members}

    @property
    def text(self) -> str:
        """The expressions as one."""
        if len(self.tiers) == 1:
            return self.tiers[0].text
        asked = self.tiers[0].expression
        for pool in self.tiers[1:]:
            asked = asked.or_else(pool.expression)
        return str(asked)


def tiers_of(rule: Queue, reached: tuple[int, ...], reserve_on: bool) -> list[int]:
    """The expressions of the queue that make up the group of a call that has reached these steps."""
    shut = exclusive_step(rule, reached)
    if shut:
        return [step for step in reached if step >= shut]
    return [BASE, *([RESERVE] if reserve_on else []), *reached]


def exclusive_step(rule: Queue, reached: tuple[int, ...]) -> int:
    """The last exclusive step that was reached; 0 for none."""
    return max((step for step in reached if rule.relaxation[step - 1].exclusive), default=0)


class Groups:
    """The pools in use. Belongs to one index."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.pools: dict[str, Pool] = {}  # by the text of the expression
        self._of: dict[tuple[str, str, int], Pool] = {}  # (queue, needs, BASE or RESERVE or step)
        self._needy = 0  # how many of them are for calls that ask for something themselves
        self.watched: set[str] = set()  # queues where a change of their state may decide something
        self._nobody = Group((Pool("(nobody)", EVERYBODY),))  # never given an agent

    def group(self, queue: str, needs: str = "", reached: tuple[int, ...] = ()) -> Group:
        rule = self._floor.rules.queues.get(queue)
        if rule is None:
            return self._nobody
        tiers = [self._pool(rule, needs, tier) for tier in tiers_of(rule, reached, queue in self._floor.reserve)]
        return Group(tuple(dict.fromkeys(tiers)))

    def pool(self, queue: str, needs: str = "", tier: int = BASE) -> Pool:
        """One expression of the queue with these needs."""
        rule = self._floor.rules.queues.get(queue)
        return self._nobody.tiers[0] if rule is None else self._pool(rule, needs, tier)

    def _pool(self, rule: Queue, needs: str, tier: int) -> Pool:
        key = rule.name, needs, tier
        pool = self._of.get(key)
        if pool is None:
            if needs:
                if self._needy >= MAX_POOLS_FOR_NEEDS:
                    self._drop_idle_needs()
                self._needy += 1
            pool = self._of[key] = self._make(rule, needs, tier)
        return pool

    def _make(self, rule: Queue, needs: str, tier: int) -> Pool:
        own = (
            rule.skills
            if tier == BASE
            else rule.reserve.skills
            if tier == RESERVE
            else rule.relaxation[tier - 1].skills
        )
        asked = expression(own).together_with(expression(needs)) if needs else expression(own)
        text = str(asked)
        pool = self.pools.get(text)
        if pool is None:
            pool = self.pools[text] = Pool(text, asked)
            for agent in self._floor.agents.values():
                pool.admit(agent)
        pool.serve(strategy_name(rule.strategy), self._floor.agents)
        return pool

    def rules_changed(self) -> None:
        """Every expression may be another one: those of the queues are made, the rest when they are needed."""
        self._of = {}
        self._needy = 0
        self.watched = {name for name, rule in self._floor.rules.queues.items() if _watched(rule)}
        for pool in self.pools.values():
            pool.watch = {}
        for name in self._floor.rules.queues:
            pool = self.pool(name)
            if name in self.watched:
                pool.watch[name] = None

    def drop_unused(self) -> set[Pool]:
        """Forget the pools that belong to no rule and no caller; gives them."""
        used = {*self._of.values(), *(pool for pool in self.pools.values() if pool.lanes or pool.ringing)}
        gone = {pool for pool in self.pools.values() if pool not in used}
        if gone:
            self.pools = {text: pool for text, pool in self.pools.items() if pool not in gone}
            for agent in self._floor.agents.values():
                agent.pools = [pool for pool in agent.pools if pool not in gone]
        return gone

    def clear_lanes(self) -> None:
        for pool in (*self.pools.values(), *self._nobody.tiers):
            pool.lanes = {}
            pool.held = {}
            pool.ringing = {}

    def _drop_idle_needs(self) -> None:
        self._of = {key: pool for key, pool in self._of.items() if not key[1] or pool.lanes or pool.ringing}
        self._needy = sum(bool(key[1]) for key in self._of)
        for pool in self.drop_unused():
            self._floor.index.agenda.pools.pop(pool, None)


def _watched(rule: Queue) -> bool:
    steps: tuple[Relaxation | Overflow, ...] = (*rule.relaxation, *rule.overflow)
    return bool(rule.reserve.skills) or any(step.when for step in steps)
