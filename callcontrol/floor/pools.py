"""Who is eligible for what: for each skill expression in use, its agents, how many stand where, and the free ones in the
order of each strategy. Kept up to date entry by entry, so that a decision looks only at what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from callcontrol.floor.agents import AgentRecord, Standing
from callcontrol.floor.strategies import DRAWN, STRATEGIES, Strategy
from callcontrol.floor.strategies.random import drawn, lot
from callcontrol.values.skills import SkillExpression

if TYPE_CHECKING:
    from callcontrol.floor.lanes import Lane

_FREE = Standing.FREE


class Case(StrEnum):
    """SEMANTICS: an eligible agent is free; all that are logged in are busy; nobody serves, all are on break; nobody
    eligible is logged in."""

    FREE = "free"
    BUSY = "busy"
    AWAY = "away"
    NOBODY = "nobody"


# (rank, idle_since, agent, stamp): the stamp tells an entry of an earlier free time from the present one.
Ranked = tuple[float, float, str, int]
# (rank, idle_since, agent): the smaller goes first.
Best = tuple[float, float, str]


@dataclass(slots=True, eq=False)
class Pool:
    """The agents that one expression fits; ``members`` is name -> grade (see ``SkillExpression.grade``)."""

    text: str
    expression: SkillExpression
    members: dict[str, float] = field(default_factory=dict)
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])  # by Standing
    heaps: dict[str, list[Ranked]] = field(default_factory=dict)  # strategy -> free agents; stale ones are left in
    ranked: list[tuple[Strategy, list[Ranked]]] = field(default_factory=list)  # the same heaps, with their rules
    lots: dict[str, int] | None = None  # of the free agents, if a strategy draws among them
    lanes: dict[Lane, None] = field(default_factory=dict)  # with somebody in line
    held: dict[Lane, None] = field(default_factory=dict)  # those of them that wait for one agent
    watch: dict[str, None] = field(default_factory=dict)  # queues where these counts may decide something
    ringing: dict[str, None] = field(default_factory=dict)  # calls for which more of these phones may ring
    names: tuple[str, ...] = ()
    grades: dict[tuple[int, ...], float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = tuple(sorted(self.expression.names()))

    def fits(self, skills: Mapping[str, int]) -> float | None:
        """The grade of an agent with these skills, or None when the expression does not hold."""
        # Agents differ in few skills that matter to one expression; there are far fewer combinations than agents.
        key = tuple([skills.get(name, 0) for name in self.names])
        if key not in self.grades:
            holds = self.expression.matches(skills)
            self.grades[key] = self.expression.grade(skills) if holds else None
        return self.grades[key]

    def case(self) -> Case:
        free, busy, away, _ = self.counts
        return Case.FREE if free else Case.BUSY if busy else Case.AWAY if away else Case.NOBODY

    def admit(self, agent: AgentRecord) -> None:
        """Take the agent in, or out, or grade again, as the agent's skills say now. Who is free is to be pushed after."""
        grade = self.fits(agent.skills)
        if agent.name in self.members:
            if grade == self.members[agent.name]:
                return
            self.expel(agent)
        if grade is not None:
            self.members[agent.name] = grade
            agent.pools.append(self)
            self.counts[agent.standing] += 1

    def expel(self, agent: AgentRecord) -> None:
        del self.members[agent.name]
        agent.pools.remove(self)
        self.counts[agent.standing] -= 1
        self.pull(agent.name)

    def serve(self, strategy: str, agents: Mapping[str, AgentRecord]) -> None:
        """Keep the free agents in the order of this strategy as well."""
        if strategy in DRAWN:
            if self.lots is None:
                self.lots = {name: lot(name) for name in self.members if agents[name].standing is _FREE}
        elif strategy not in self.heaps:
            heap = self.heaps[strategy] = []
            self.ranked.append((STRATEGIES[strategy], heap))
            self._fill(strategy, agents)

    def push(self, agent: AgentRecord) -> None:
        name, stamp = agent.name, agent.stamp
        grade, idle_since = self.members[name], agent.idle_since
        for rule, heap in self.ranked:
            heappush(heap, (rule(agent, grade, ""), idle_since, name, stamp))
        if self.lots is not None:
            self.lots[name] = lot(name)

    def pull(self, agent: str) -> None:
        """Free no more. In the heaps a stale entry is left."""
        if self.lots is not None:
            self.lots.pop(agent, None)

    def tidy(self, agents: Mapping[str, AgentRecord]) -> None:
        """Drop stale entries when they are most of a heap (a reader that never decides would gather them for ever)."""
        for strategy, heap in self.heaps.items():
            if len(heap) > 2 * self.counts[_FREE] + 64:
                self._fill(strategy, agents)

    def best_free(
        self,
        strategy: str,
        call: str,
        agents: Mapping[str, AgentRecord],
        taken: Mapping[str, AgentRecord],
        held: list[Ranked],
    ) -> Best | None:
        """The first free agent for this call that is not ``taken``. Taken ones that were passed over go to ``held``; the
        caller puts them back when the decision is made."""
        if strategy in DRAWN:
            return self._drawn(call, agents, taken, held)
        heap = self.heaps[strategy]
        while heap:
            rank, idle_since, name, stamp = heap[0]
            agent = agents.get(name)
            if agent is None or agent.stamp != stamp or agent.standing is not _FREE:
                heappop(heap)
            elif name in taken:
                held.append(heappop(heap))
            else:
                return rank, idle_since, name
        return None

    def _drawn(
        self, call: str, agents: Mapping[str, AgentRecord], taken: Mapping[str, AgentRecord], held: list[Ranked]
    ) -> Best | None:
        lots = self.lots
        while lots:
            rank, names = drawn(lots, call)
            idle_since, name = min((agents[name].idle_since, name) for name in names)
            if name not in taken:
                return rank, idle_since, name
            del lots[name]
            held.append((rank, idle_since, name, agents[name].stamp))
        return None

    def put_back(self, strategy: str, held: Iterable[Ranked]) -> None:
        for ranked in held:
            if strategy in DRAWN:
                assert self.lots is not None
                self.lots[ranked[2]] = lot(ranked[2])
            else:
                heappush(self.heaps[strategy], ranked)

    def _fill(self, strategy: str, agents: Mapping[str, AgentRecord]) -> None:
        rule = STRATEGIES[strategy]
        heap = []
        if self.counts[_FREE]:
            for name, grade in self.members.items():
                agent = agents[name]
                if agent.standing is _FREE:
                    heap.append((rule(agent, grade, ""), agent.idle_since, name, agent.stamp))
        heapify(heap)
        self.heaps[strategy][:] = heap
