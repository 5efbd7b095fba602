"""The floor's facts arranged for finding: pools of eligible agents, lanes of callers, and the agenda of the next decision.
Everything here follows from the floor's state; it is kept along with it only for speed.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from callcontrol.floor.agenda import Due, Timer
from callcontrol.floor.agents import AgentRecord, AgentState, Standing
from callcontrol.floor.announcement import ripe_at
from callcontrol.floor.callers import Callers
from callcontrol.floor.groups import Group
from callcontrol.floor.pools import Case
from callcontrol.floor.rules import Rules
from callcontrol.floor.several import rings_more_at
from callcontrol.floor.visits import Call, CallState

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

_FREE = Standing.FREE
_PRESENT = (Standing.FREE, Standing.BUSY)


class Index(Callers):
    """Belongs to one floor."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor)
        self._stamps = count(1)
        self.free = 0  # agents that stand free, whatever their skills
        self.backing_off: dict[str, float] = {}  # agent -> until: not free now, free without another entry later
        self._back_offs: list[tuple[float, str]] = []
        self.callbacks: dict[str, None] = {}  # those that are not answered yet
        self.booked: dict[str, str] = {}  # key of a number -> its callback
        self._ringing: dict[str, Group] = {}  # calls for which more phones may ring

    def case_at(self, group: Group, at: float) -> Case:
        """The case of the group at ``at``, a back-off that ends before counted as over."""
        case = group.case()
        if case is Case.FREE or not self._back_offs or self._back_offs[0][0] > at:
            return case
        over = any(until <= at and group.has(name) for name, until in self.backing_off.items())
        return Case.FREE if over else case

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
        else:
            self.agenda.wrap_ups.pop(agent.name, None)
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
                    self.case_changed(pool, before, after)
            if pool.watch:
                self.agenda.queues.update(pool.watch)
            if new is _FREE:
                if pool.lanes or pool.ringing:
                    self.agenda.pools[pool] = None
                pool.push(agent)
            else:
                if old is _FREE:
                    pool.pull(agent.name)
                if not counts[_FREE]:
                    self.agenda.pools.pop(pool, None)
        if new is _FREE and agent.stamp % 64 == 0:
            for pool in agent.pools:
                pool.tidy(self._floor.agents)
        if (old in _PRESENT) is not (new in _PRESENT):
            self.rearrange_for(agent.name)

    # --- callers -------------------------------------------------------------------------------------------------
    def rings(self, call: Call) -> None:
        """To be called after every change of the offers that a call holds: more phones may ring for it, now or later, or
        none any more."""
        before = self._ringing.pop(call.call, None)
        for pool in before.tiers if before else ():
            pool.ringing.pop(call.call, None)
        more_at = rings_more_at(self._floor, call)
        if more_at is None:
            return
        group = self._ringing[call.call] = self.group_of(call)
        for pool in group.tiers:
            pool.ringing[call.call] = None
            self.agenda.pools[pool] = None
        if more_at:
            self.agenda.at(more_at, Timer.MORE, call.call, call.visit)

    def ring_more(self, name: str) -> None:
        """The time has come for one more phone."""
        if group := self._ringing.get(name):
            self.agenda.pools.update(dict.fromkeys(group.tiers))

    def regroup(self, call: Call) -> None:
        super().regroup(call)
        if call.call in self._ringing:
            self.rings(call)

    def regroup_queue(self, queue: str) -> None:
        super().regroup_queue(queue)
        for name in list(self._ringing):
            if self._floor.calls[name].queue == queue:
                self.rings(self._floor.calls[name])

    def moment_came(self, call: Call, now: float) -> None:
        super().moment_came(call, now)
        self.ring_more(call.call)  # it may have waited for one agent until now

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

    def wait_timers(self, call: Call) -> None:
        """The moments at which waiting itself decides something for this visit."""
        rule = self._floor.rules.queues.get(call.queue)
        if rule is None:
            return
        self.agenda.at(call.joined_at + rule.max_wait_s, Timer.CALL, call.call, call.visit)
        if rule.announcement.enabled and call.vip <= 0:
            self.agenda.at(ripe_at(call, rule), Timer.PATIENCE, call.call, call.visit)
        self.next_moment(call, self.agenda.seen)
        self._tidy_timers()

    def offer_timer(self, offer: str, expires_at: float) -> None:
        self.agenda.at(expires_at, Timer.OFFER, offer)

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
        if kind is Timer.QUEUE:
            return self._moment.get(name) == at
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
        for name, record in floor.agents.items():
            rule = floor.rules.agents.get(name)
            skills = rule.skills if rule else {}
            record.max_misses = rule.max_misses if rule else 0
            order, weight = (rule.order, rule.weight) if rule else (0, 1.0)
            same = record.skills == skills and record.order == order and record.weight == weight
            if not same or name not in before.agents:
                record.skills, record.order, record.weight = skills, order, weight
                self.agent_came(record)
        self.groups.rules_changed()
        self.rebuild(float("-inf"))

    def rebuild(self, now: float) -> None:
        """Make lanes and agenda anew, as they stand at ``now``; a decision after it looks at everything."""
        floor = self._floor
        self.nobody_stands(now)
        self._ringing = {}
        self.backing_off = {}
        self._back_offs = []
        self.callbacks, self.booked = {}, {}
        for call in floor.calls.values():
            call.lane = None
            if call.in_line():
                self.enter(call)
            elif call.offers:
                self.served(call)
            if call.state is CallState.TALKING:
                continue
            if call.booking is None:
                self.wait_timers(call)
            else:
                self.callback_came(call)
                self.next_moment(call, now)
            self.rings(call)
        for offer in floor.offers.values():
            self.offer_timer(offer.offer, offer.expires_at)
        for agent in floor.agents.values():
            self.agent_changed(agent)
        self.agenda.queues.update(dict.fromkeys(self.groups.watched))
        for name in list(self._away):  # other agents may be asked for now
            call = floor.calls[name]
            self._settle_away(call, self.group_of(call))
        self.groups.drop_unused()
