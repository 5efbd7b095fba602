"""The floor's facts arranged for finding: pools of eligible agents, lanes of callers, and the agenda of the next decision.
Everything here follows from the floor's state; it is kept along with it only for speed.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from callcontrol.floor.agenda import Agenda, Due, Timer
from callcontrol.floor.agents import AgentRecord, AgentState, Standing
from callcontrol.floor.lanes import Lane
from callcontrol.floor.pools import Case, Pool
from callcontrol.floor.rules import Rules, expression
from callcontrol.floor.several import rings_more_at
from callcontrol.floor.strategies import strategy_name
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.configuration import Queue
from callcontrol.values.skills import EVERYBODY

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# Calls may bring their own expression; pools made for those are kept for the next such call, up to this many.
MAX_POOLS_FOR_NEEDS = 500

_FREE, _BUSY, _AWAY = Standing.FREE, Standing.BUSY, Standing.AWAY


class Index:
    """Belongs to one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._stamps = count(1)
        self.free = 0  # agents that stand free, whatever their skills
        self.agenda = Agenda()
        self.pools: dict[str, Pool] = {}
        self.lanes: dict[tuple[str, str, int], Lane] = {}
        self.backing_off: dict[str, float] = {}  # agent -> until: not free now, free without another entry later
        self._back_offs: list[tuple[float, str]] = []
        self.callbacks: dict[str, None] = {}  # those that are not answered yet
        self.booked: dict[str, str] = {}  # key of a number -> its callback
        self._away: dict[str, None] = {}  # calls that came when everybody was on break
        self._ringing: dict[str, Pool] = {}  # calls for which more phones may ring
        self._of_queue: dict[str, Pool] = {}
        self._of_needs: dict[tuple[str, str], Pool] = {}
        self._nobody = Pool("(nobody)", EVERYBODY)  # never given an agent

    # --- pools ---------------------------------------------------------------------------------------------------
    def pool(self, queue: str, needs: str = "") -> Pool:
        """Who is eligible for a call of this queue with these needs. A queue without rules has nobody."""
        if not needs:
            return self._of_queue.get(queue, self._nobody)
        found = self._of_needs.get((queue, needs))
        if found is None:
            rule = self._floor.rules.queues.get(queue)
            if rule is None:
                return self._nobody
            if len(self._of_needs) >= MAX_POOLS_FOR_NEEDS:
                self._drop_idle_needs()
            found = self._of_needs[queue, needs] = self._make_pool(rule, needs)
        return found

    def pool_of(self, call: Call) -> Pool:
        return call.lane.pool if call.lane is not None else self.pool(call.queue, call.needs)

    def _make_pool(self, rule: Queue, needs: str) -> Pool:
        asked = expression(rule.skills).together_with(expression(needs))
        text = str(asked)
        pool = self.pools.get(text)
        if pool is None:
            pool = self.pools[text] = Pool(text, asked)
            for agent in self._floor.agents.values():
                pool.admit(agent)
        pool.serve(strategy_name(rule.strategy), self._floor.agents)
        return pool

    def _drop_idle_needs(self) -> None:
        kept = {key: pool for key, pool in self._of_needs.items() if pool.lanes or pool.ringing}
        self._of_needs = kept
        self._drop_pools({*kept.values(), *self._of_queue.values()})

    def _drop_pools(self, used: set[Pool]) -> None:
        gone = {pool for pool in self.pools.values() if pool not in used}
        if not gone:
            return
        self.pools = {text: pool for text, pool in self.pools.items() if pool not in gone}
        for agent in self._floor.agents.values():
            agent.pools = [pool for pool in agent.pools if pool not in gone]
        for pool in gone:
            self.agenda.pools.pop(pool, None)

    def is_free_at(self, pool: Pool, at: float) -> bool:
        """Whether an agent of the pool is free at ``at``, a back-off that ends before counted as over."""
        if pool.counts[_FREE]:
            return True
        if not self._back_offs or self._back_offs[0][0] > at:
            return False
        return any(until <= at and name in pool.members for name, until in self.backing_off.items())

    def case_at(self, pool: Pool, at: float) -> Case:
        return Case.FREE if self.is_free_at(pool, at) else pool.case()

    def back_offs_over(self, now: float) -> list[str]:
        """Agents whose back-off is over at ``now`` while no entry has noted it yet."""
        if not self._back_offs or self._back_offs[0][0] > now:
            return []
        return sorted(name for name, until in self.backing_off.items() if until <= now)

    def take_back_off(self, at: float) -> AgentRecord | None:
        """The next agent whose back-off is over at ``at``, taken out; None when there is none."""
        heap = self._back_offs
        while heap and heap[0][0] <= at:
            until, name = heappop(heap)
            if self.backing_off.get(name) == until:
                del self.backing_off[name]
                return self._floor.agents[name]
        return None

    # --- agents --------------------------------------------------------------------------------------------------
    def agent_came(self, agent: AgentRecord) -> None:
        """New, or with other skills: what the heaps hold of it is stale."""
        for pool in self.pools.values():
            pool.admit(agent)
        agent.stamp = next(self._stamps)
        if agent.standing is _FREE:
            for pool in agent.pools:
                pool.push(agent)

    def agent_went(self, agent: AgentRecord) -> None:
        """Logged out and not in the rules any more."""
        for pool in list(agent.pools):
            pool.expel(agent)
        self.backing_off.pop(agent.name, None)
        self.agenda.missed.pop(agent.name, None)

    def agent_changed(self, agent: AgentRecord) -> None:
        """To be called after every change of an agent's state, back-off or misses."""
        state = agent.state
        if state is AgentState.WRAP_UP:
            self.agenda.at(agent.wrap_up_until, Timer.WRAP_UP, agent.name)
            self._tidy_timers()
        missed = agent.missed_too_often()
        if missed:
            self.agenda.missed[agent.name] = None
        until = agent.held_off_until()
        if until and not missed and (state is AgentState.AVAILABLE or state is AgentState.UNREACHABLE):
            if self.backing_off.get(agent.name) != until:
                self.backing_off[agent.name] = until
                heappush(self._back_offs, (until, agent.name))
        elif self.backing_off:
            self.backing_off.pop(agent.name, None)
        old, new = agent.standing, agent.standing_now()
        if old is new:
            return
        agent.standing = new
        if new is _FREE:
            agent.stamp = next(self._stamps)
            self.free += 1
        elif old is _FREE:
            self.free -= 1
        for pool in agent.pools:
            counts = pool.counts
            counts[old] -= 1
            counts[new] += 1
            if pool.lanes and (not counts[old] or counts[new] == 1):  # nothing else can change the case
                after = pool.case()
                counts[new] -= 1
                counts[old] += 1
                before = pool.case()
                counts[old] -= 1
                counts[new] += 1
                if before is not after:
                    self._case_changed(pool, before, after)
            if new is _FREE:
                if pool.lanes or pool.ringing:
                    self.agenda.pools[pool] = None
                pool.push(agent)
        if new is _FREE and agent.stamp % 64 == 0:
            for pool in agent.pools:
                pool.tidy(self._floor.agents)

    def _case_changed(self, pool: Pool, before: Case, after: Case) -> None:
        calls = self._floor.calls
        if before is Case.AWAY:
            for name in [n for n in self._away if (lane := calls[n].lane) is not None and lane.pool is pool]:
                calls[name].away = False
                del self._away[name]
        if after is Case.NOBODY:
            for lane in pool.lanes:
                for _, name in lane.order:
                    self.agenda.calls[name] = None
        elif before is Case.AWAY or before is Case.NOBODY:  # busy, or free and so busy with the next offers
            for lane in pool.lanes:
                self.agenda.announce[lane.queue] = None

    # --- callers -------------------------------------------------------------------------------------------------
    def enter(self, call: Call) -> None:
        """The call stands in line (again): look for an agent for it, and at what else may be due for it."""
        lane = self._lane(call)
        lane.enter(call)
        self.agenda.calls[call.call] = None
        self.agenda.pools[lane.pool] = None
        self.agenda.announce[call.queue] = None
        if call.away:
            self._away[call.call] = None

    def leave(self, call: Call) -> None:
        """The call does not stand in line any more."""
        lane = call.lane
        if lane is None:
            return
        lane.leave(call)
        self.agenda.calls.pop(call.call, None)
        if call.away:
            call.away = False
            self._away.pop(call.call, None)
        if not lane.order:
            self.lanes.pop((lane.queue, lane.needs, lane.vip), None)

    def rings(self, call: Call) -> None:
        """To be called after every change of the offers that a call holds: more phones may ring for it, now or later, or
        none any more."""
        before = self._ringing.pop(call.call, None)
        if before is not None:
            del before.ringing[call.call]
        more_at = rings_more_at(self._floor, call)
        if more_at is None:
            return
        pool = self._ringing[call.call] = self.pool_of(call)
        pool.ringing[call.call] = None
        self.agenda.pools[pool] = None
        if more_at:
            self.agenda.at(more_at, Timer.MORE, call.call, call.visit)

    def ring_more(self, name: str) -> None:
        """The time has come for one more phone."""
        if pool := self._ringing.get(name):
            self.agenda.pools[pool] = None

    def callback_came(self, call: Call) -> None:
        """A callback was booked, or has another number."""
        assert call.booking is not None
        self.callbacks[call.call] = None
        for key in (call.caller, call.booking.number):
            if key:
                self.booked[key] = call.call
        self.watch_callback(call)

    def watch_callback(self, call: Call) -> None:
        """Something about it changed: the desk looks at it."""
        self.agenda.callbacks[call.call] = None

    def callback_went(self, call: Call) -> None:
        """It is answered or over; its number may be booked again."""
        assert call.booking is not None
        self.callbacks.pop(call.call, None)
        self.agenda.callbacks.pop(call.call, None)
        for key in (call.caller, call.booking.number):
            if self.booked.get(key) == call.call:
                del self.booked[key]

    def look_at(self, call: Call) -> None:
        self.agenda.calls[call.call] = None
        self.agenda.announce[call.queue] = None

    def wait_timers(self, call: Call) -> None:
        """The moments at which waiting itself decides something for this visit."""
        rule = self._floor.rules.queues.get(call.queue)
        if rule is None:
            return
        self.agenda.at(call.joined_at + rule.max_wait_s, Timer.CALL, call.call, call.visit)
        if rule.announcement.enabled and call.vip <= 0:
            self.agenda.at(call.joined_at + rule.patience_s, Timer.PATIENCE, call.call, call.visit)
        self._tidy_timers()

    def offer_timer(self, offer: str, expires_at: float) -> None:
        self.agenda.at(expires_at, Timer.OFFER, offer)

    def _lane(self, call: Call) -> Lane:
        key = (call.queue, call.needs, call.vip)
        lane = self.lanes.get(key)
        if lane is None:
            rule = self._floor.rules.queues.get(call.queue, _NO_QUEUE)
            lane = self.lanes[key] = Lane(
                queue=call.queue,
                needs=call.needs,
                vip=call.vip,
                target_s=rule.target_s,
                strategy=strategy_name(rule.strategy),
                pool=self.pool(call.queue, call.needs),
            )
        return lane

    # --- timers and the whole ---------------------------------------------------------------------------------------
    def timer_is_true(self, due: Due) -> bool:
        at, kind, name, mark = due
        floor = self._floor
        if kind is Timer.OFFER:
            offer = floor.offers.get(name)
            return offer is not None and offer.state != "talking" and offer.expires_at == at
        if kind is Timer.WRAP_UP:
            agent = floor.agents.get(name)
            return agent is not None and agent.state is AgentState.WRAP_UP and agent.wrap_up_until == at
        call = floor.calls.get(name)
        if kind is Timer.MORE:
            return call is not None and call.visit == mark and rings_more_at(floor, call) == at
        return call is not None and call.visit == mark and call.state is not CallState.TALKING

    def _tidy_timers(self) -> None:
        floor = self._floor
        self.agenda.tidy(len(floor.calls) + len(floor.agents), self.timer_is_true)

    def rules_changed(self, before: Rules) -> None:
        """New rules, or a new floor: agents with other skills, other expressions, other orders, other moments."""
        floor = self._floor
        self._of_needs = {}
        self._of_queue = {}
        for name, record in floor.agents.items():
            rule = floor.rules.agents.get(name)
            skills = rule.skills if rule else {}
            record.max_misses = rule.max_misses if rule else 0
            order, weight = (rule.order, rule.weight) if rule else (0, 1.0)
            same = record.skills == skills and record.order == order and record.weight == weight
            if not same or name not in before.agents:
                record.skills, record.order, record.weight = skills, order, weight
                self.agent_came(record)
        for name, queue in floor.rules.queues.items():
            self._of_queue[name] = self._make_pool(queue, "")
        self.rebuild()

    def rebuild(self) -> None:
        """Make lanes and agenda anew; a decision after it looks at everything."""
        floor = self._floor
        self.agenda = Agenda()
        self.lanes = {}
        self._away = {}
        for pool in (*self.pools.values(), self._nobody):
            pool.lanes, pool.ringing = {}, {}
        self._ringing = {}
        self.backing_off = {}
        self._back_offs = []
        self.callbacks, self.booked = {}, {}
        for call in floor.calls.values():
            call.lane = None
            if call.in_line():
                self.enter(call)
            if call.state is CallState.TALKING:
                continue
            if call.booking is None:
                self.wait_timers(call)
            else:
                self.callback_came(call)
            self.rings(call)
        for offer in floor.offers.values():
            self.offer_timer(offer.offer, offer.expires_at)
        for agent in floor.agents.values():
            self.agent_changed(agent)
        for name in list(self._away):  # other agents may be asked for now
            call = floor.calls[name]
            if self.pool_of(call).case() is not Case.AWAY:
                call.away = False
                del self._away[name]
        self._drop_pools({*self._of_queue.values(), *self._of_needs.values()})


_NO_QUEUE = Queue("")
