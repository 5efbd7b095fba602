"""Callers to agents: the greedy rule of SEMANTICS over all queues at once. The heart of ``decide``."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heapreplace
from typing import Any

from callcontrol.floor.agents import AgentRecord, Standing
from callcontrol.floor.floor import Floor
from callcontrol.floor.groups import Group
from callcontrol.floor.order import Rank, rank
from callcontrol.floor.pools import Best, Case, Pool, Ranked
from callcontrol.floor.several import MOST_PHONES, may_ring_more
from callcontrol.floor.sticky import waited_for
from callcontrol.floor.strategies import DRAWN, STRATEGIES, strategy_name
from callcontrol.floor.visits import Call

# More than this at once keeps others waiting for the desk; the rest follows in the next batch.
MAX_BATCH = 100

# A call, the agent to offer it to, and why.
Found = tuple[Call, AgentRecord, dict[str, Any]]


class Match:
    """Callers in their order, each with the best agent that is left.

    ``also_free`` are agents who are free though the floor does not say so yet: wrap-up or back-off is over at ``now``.
    """

    def __init__(self, floor: Floor, now: float, also_free: list[AgentRecord]) -> None:
        self.taken: dict[str, AgentRecord] = {}
        self.calls: dict[str, None] = {}  # offered in this batch
        self._floor = floor
        self._now = now
        self._also_free = also_free
        self._held: dict[tuple[Pool, str], list[Ranked]] = {}
        self._left: dict[Pool, tuple[bool, bool]] = {}
        self._extra: dict[tuple[Pool, str, str], list[Best]] = {}

    def run(self) -> list[Found]:
        floor, now = self._floor, self._now
        pools = {pool: None for pool in floor.index.agenda.pools if pool.counts[0]}
        for agent in self._also_free:
            for pool in agent.pools:
                if pool.lanes or pool.ringing:
                    pools[pool] = None
                    if agent.standing is Standing.AWAY:  # with this offer the others there are busy and not away
                        floor.index.agenda.announce.update((lane.queue, None) for lane in pool.lanes)
        lanes = {lane: None for pool in pools for lane in pool.lanes}
        heads = [(lane.rank(0, now), 0, lane) for lane in lanes]
        heapify(heads)
        left = floor.index.free + len(self._also_free)
        found: list[Found] = []
        most = min(left, MAX_BATCH)
        while heads and len(found) < most:
            place, index, lane = heads[0]  # ranks differ, down to the call: lanes are never compared
            call = floor.calls[lane.order[index][1]]
            if not self._give(call, lane.group, lane.strategy, place, found, lane.sticky):
                heappop(heads)
                continue
            if index + 1 < len(lane.order):
                heapreplace(heads, (lane.rank(index + 1, now), index + 1, lane))
            else:
                heappop(heads)
        done = not heads
        self._ring_more({name: None for pool in pools for name in pool.ringing}, most, found)
        for (pool, strategy), held in self._held.items():
            pool.put_back(strategy, held)
        for agent in self.taken.values():
            for pool in agent.pools:
                if pool.held:
                    floor.index.look_at_held(pool)
        self._clear_agenda(done=done)
        return found

    def _ring_more(self, names: Iterable[str], most: int, found: list[Found]) -> None:
        """Agents whom no caller in line needs: one more phone for calls that already ring, always for the one that rings
        fewest; among equals in the order of callers. After this nobody is left who could be rung."""
        floor, now = self._floor, self._now
        heads = []
        for name in names:
            call = floor.calls[name]
            if may_ring_more(floor, call, now) and not waited_for(floor, call, now):
                rule = floor.rules.queues[call.queue]
                place = rank(call.first_joined_at, rule.target_s, call.vip, name, now, rule.hard_bound)
                heads.append((len(call.offers), place, call))
        heapify(heads)
        while heads and len(found) < most:
            phones, place, call = heads[0]  # places differ, down to the call: calls are never compared
            strategy = strategy_name(floor.rules.queues[call.queue].strategy)
            given = self._give(call, floor.index.group_of(call), strategy, place, found)
            if given and strategy == "ring_all" and phones + 1 < MOST_PHONES:
                heapreplace(heads, (phones + 1, place, call))
            else:
                heappop(heads)

    def _give(self, call: Call, group: Group, strategy: str, place: Rank, found: list[Found], only: str = "") -> bool:
        """The best agent that is left to this call, if there is one; ``only``: this one or none."""
        best = self._only(only) if only else self._best(group, strategy, call.call)
        if best is None:
            return False
        agent = self._floor.agents[best[2]]
        self.taken[agent.name] = agent
        self.calls[call.call] = None
        found.append((call, agent, self._why(call, group, strategy, place, best, sticky=bool(only))))
        return True

    def case(self, group: Group) -> Case:
        """The case of this group once the offers of this batch are made."""
        left = [self._left_of(pool) for pool in group.tiers]
        if any(free for free, _ in left):
            return Case.FREE
        return Case.BUSY if any(taken for _, taken in left) else group.case()

    def _left_of(self, pool: Pool) -> tuple[bool, bool]:
        """(somebody is free still, somebody was taken in this batch)"""
        found = self._left.get(pool)
        if found is None:
            free = pool.counts[0] + sum(agent.name in pool.members for agent in self._also_free)
            taken = sum(name in pool.members for name in self.taken)
            found = self._left[pool] = free > taken, taken > 0
        return found

    def _only(self, name: str) -> Best | None:
        agent = self._floor.agents[name]
        free = agent.standing is Standing.FREE or any(agent is other for other in self._also_free)
        return (0.0, agent.idle_since, name) if free and name not in self.taken else None

    def _best(self, group: Group, strategy: str, call: str) -> Best | None:
        tiers = group.tiers
        if len(tiers) == 1:
            return self._best_of(tiers[0], strategy, call)
        found = [best for pool in tiers if (best := self._best_of(pool, strategy, call)) is not None]
        return min(found, default=None)

    def _best_of(self, pool: Pool, strategy: str, call: str) -> Best | None:
        held = self._held.setdefault((pool, strategy), [])
        best = pool.best_free(strategy, call, self._floor.agents, self.taken, held) if pool.counts[0] else None
        if self._also_free:
            for ranked in self._extras(pool, strategy, call):
                if ranked[2] not in self.taken:
                    return ranked if best is None else min(best, ranked)
        return best

    def _extras(self, pool: Pool, strategy: str, call: str) -> list[Best]:
        key = pool, strategy, call if strategy in DRAWN else ""
        extra = self._extra.get(key)
        if extra is None:
            rule = STRATEGIES[strategy]
            extra = self._extra[key] = sorted(
                (rule(agent, pool.members[agent.name], call), agent.idle_since, agent.name)
                for agent in self._also_free
                if agent.name in pool.members
            )
        return extra

    def _why(self, call: Call, group: Group, strategy: str, place: Rank, best: Best, *, sticky: bool) -> dict[str, Any]:
        return {
            "strategy": strategy,
            "late": place[0] == 0,
            "wait_score": round(-place[1], 3) if place[0] else None,
            "vip": call.vip,
            "idle_s": round(self._now - best[1], 3),
            "grade": group.grade(best[2]),
            "rank": best[0],
            "step": max(call.reached, default=0),
            "sticky": sticky,
        }

    def _clear_agenda(self, *, done: bool) -> None:
        # A pool stays on the agenda until the offers are true: they may turn out void. One without an offer, though
        # somebody is free, has only callers who wait for one agent, or for whom phones ring that may have a cap, or a
        # time to wait for.
        agenda = self._floor.index.agenda
        for pool in list(agenda.pools):
            wanted = pool.counts[0] and (pool.lanes or pool.ringing)
            if not wanted or (done and not self._left_of(pool)[1]):
                del agenda.pools[pool]
        for name in list(agenda.overflow):
            group = self._floor.index.group_of(self._floor.calls[name])
            if done and name not in self.calls and self.case(group) is Case.FREE:
                del agenda.overflow[name]  # waits for one agent
