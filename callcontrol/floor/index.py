"""The floor's facts arranged for finding: pools of eligible agents, lanes of callers, and the agenda of the next decision.
Everything here follows from the floor's state; it is kept along with it only for speed.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from callcontrol.floor.agenda import Agenda, Due, Timer
from callcontrol.floor.agents import AgentRecord, AgentState, Standing
from callcontrol.floor.groups import Group, Groups, exclusive_step
from callcontrol.floor.lanes import Lane
from callcontrol.floor.lines import Line
from callcontrol.floor.pools import Case, Pool
from callcontrol.floor.rules import Rules
from callcontrol.floor.sticky import waited_for
from callcontrol.floor.strategies import strategy_name
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.configuration import Queue

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

_FREE, _AWAY, _NOBODY = Standing.FREE, Case.AWAY, Case.NOBODY
_PRESENT = (Standing.FREE, Standing.BUSY)


class Index:
    """Belongs to one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._stamps = count(1)
        self.free = 0  # agents that stand free, whatever their skills
        self.agenda = Agenda()
        self.groups = Groups(floor)
        self.lanes: dict[tuple[str, str, int, tuple[int, ...], str], Lane] = {}
        self.lines: dict[str, Line] = {}
        self.backing_off: dict[str, float] = {}  # agent -> until: not free now, free without another entry later
        self._back_offs: list[tuple[float, str]] = []
        self._away: dict[str, None] = {}  # calls that came when everybody was on break
        self._wished: dict[str, dict[str, None]] = {}  # agent -> calls in line that would wait for this one
        self._moment: dict[str, float] = {}  # queue -> when a condition may hold by time alone

    # --- groups --------------------------------------------------------------------------------------------------
    @property
    def pools(self) -> dict[str, Pool]:
        return self.groups.pools

    def pool(self, queue: str) -> Pool:
        """The regular agents of a queue."""
        return self.groups.pool(queue)

    def group_of(self, call: Call) -> Group:
        """Who is eligible for the call."""
        if call.lane is not None:
            return call.lane.group
        return self.groups.group(call.queue, call.needs, call.reached)

    def line(self, queue: str) -> Line:
        found = self.lines.get(queue)
        if found is None:
            found = self.lines[queue] = Line(queue)
        return found

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
        missed = agent.missed_too_often()
        if missed:
            self.agenda.missed[agent.name] = None
        until = agent.back_off_until
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
            if pool.lanes:
                if not counts[old] or counts[new] == 1:  # nothing else can change the case
                    after = pool.case()
                    counts[new] -= 1
                    counts[old] += 1
                    before = pool.case()
                    counts[old] -= 1
                    counts[new] += 1
                    if before is not after:
                        self._case_changed(pool, before, after)
                if new is _FREE:
                    self.agenda.pools[pool] = None
            if pool.watch:
                self.agenda.queues.update(pool.watch)
            if new is _FREE:
                pool.push(agent)
        if new is _FREE and agent.stamp % 64 == 0:
            for pool in agent.pools:
                pool.tidy(self._floor.agents)
        if agent.name in self._wished and (old in _PRESENT) is not (new in _PRESENT):
            for name in list(self._wished[agent.name]):
                self.rearrange(self._floor.calls[name])

    def _case_changed(self, pool: Pool, before: Case, after: Case) -> None:
        if before is _AWAY or before is _NOBODY:
            for name in list(self._away):
                lane = self._floor.calls[name].lane
                if lane is not None and lane in pool.lanes:
                    self._settle_away(self._floor.calls[name], lane.group)
        if after is _NOBODY:
            for lane in pool.lanes:
                if lane.relaxes:
                    self.agenda.relax.update((name, None) for _, name in lane.order)
                if lane.group.case() is _NOBODY:
                    self.agenda.calls.update((name, None) for _, name in lane.order)
        elif before is _AWAY or before is _NOBODY:  # busy, or free and so busy with the next offers
            for lane in pool.lanes:
                self.agenda.announce[lane.queue] = None
        elif before is Case.FREE and pool.held:
            self.look_at_held(pool)

    def look_at_held(self, pool: Pool) -> None:
        """Who waits for one agent was not busy as long as somebody else was free."""
        for lane in pool.held:
            for _, name in lane.order:
                self._look_again(name, lane)
            self.agenda.announce[lane.queue] = None

    # --- callers -------------------------------------------------------------------------------------------------
    def came(self, call: Call) -> None:
        """A call on the floor that was not there before."""
        self.line(call.queue).callers += 1
        self._state_changed(call.queue)

    def went(self, call: Call) -> None:
        """The call is not on the floor any more."""
        self.line(call.queue).callers -= 1
        self._state_changed(call.queue)

    def enter(self, call: Call) -> None:
        """The call stands in line (again): look for an agent for it, and at what else may be due for it."""
        self._stand(call)
        self.line(call.queue).waiting += 1
        self._state_changed(call.queue)
        if call.away:
            self._away[call.call] = None
        if call.prefer:
            self._wished.setdefault(call.prefer, {})[call.call] = None

    def leave(self, call: Call) -> None:
        """The call does not stand in line any more."""
        if call.lane is None:
            return
        self._step_out(call)
        self.line(call.queue).waiting -= 1
        self._state_changed(call.queue)
        agenda = self.agenda
        agenda.calls.pop(call.call, None)
        agenda.relax.pop(call.call, None)
        agenda.overflow.pop(call.call, None)
        if call.away:
            call.away = False
            self._away.pop(call.call, None)
        if call.prefer:
            wished = self._wished[call.prefer]
            del wished[call.call]
            if not wished:
                del self._wished[call.prefer]

    def rearrange(self, call: Call) -> None:
        """The call may stand in another lane by now; it keeps its place."""
        lane = call.lane
        if lane is None:
            return
        if (call.reached, waited_for(self._floor, call, self.agenda.seen)) != (lane.reached, lane.sticky):
            self._step_out(call)
            self._stand(call)

    def regroup(self, call: Call) -> None:
        """Others are eligible for the call than before."""
        if call.lane is not None:
            self._step_out(call)
            self._stand(call)
            self._settle_away(call, call.lane.group)

    def regroup_queue(self, queue: str) -> None:
        """The queue's reserve came or went."""
        for lane in self.line(queue).lanes:
            lane.unregister()
            lane.group = self.groups.group(queue, lane.needs, lane.reached)
            lane.register()
            for _, name in list(lane.order):
                call = self._floor.calls[name]
                self._settle_away(call, lane.group)
                self._look_at(call, lane)

    def announce_away(self, call: Call) -> None:
        """The call came when everybody was on break."""
        call.away = True
        self._away[call.call] = None

    def _stand(self, call: Call) -> None:
        lane = self._lane(call)
        lane.enter(call)
        self.line(call.queue).lanes[lane] = None
        self._look_at(call, lane)

    def _step_out(self, call: Call) -> None:
        lane = call.lane
        assert lane is not None
        lane.leave(call)
        if not lane.order:
            del self.lanes[lane.key()]
            del self.lines[lane.queue].lanes[lane]

    def _look_at(self, call: Call, lane: Lane) -> None:
        agenda = self.agenda
        self._look_again(call.call, lane)
        if lane.relaxes or call.prefer:
            agenda.relax[call.call] = None
        agenda.announce[call.queue] = None
        for pool in lane.group.tiers:
            agenda.pools[pool] = None

    def _look_again(self, call: str, lane: Lane) -> None:
        self.agenda.calls[call] = None
        if lane.overflows:
            self.agenda.overflow[call] = None

    def _settle_away(self, call: Call, group: Group) -> None:
        if call.away and group.case() is not _AWAY:
            call.away = False
            self._away.pop(call.call, None)

    def _state_changed(self, queue: str) -> None:
        if queue in self.groups.watched:
            self.agenda.queues[queue] = None

    def look_at(self, call: Call) -> None:
        assert call.lane is not None
        self._look_again(call.call, call.lane)
        self.agenda.announce[call.queue] = None

    def wait_timers(self, call: Call) -> None:
        """The moments at which waiting itself decides something for this visit."""
        rule = self._floor.rules.queues.get(call.queue)
        if rule is None:
            return
        self.agenda.at(call.joined_at + rule.max_wait_s, Timer.CALL, call.call, call.visit)
        if rule.announcement.enabled and call.vip <= 0:
            self.agenda.at(call.joined_at + rule.patience_s, Timer.PATIENCE, call.call, call.visit)
        self.next_moment(call, self.agenda.seen)
        self._tidy_timers()

    def next_moment(self, call: Call, after: float) -> None:
        """Wake at the next time that a step of the relaxation or an overflow has, or the waiting for one agent ends."""
        rule = self._floor.rules.queues.get(call.queue)
        if rule is None or not (rule.relaxation or rule.overflow or call.prefer):
            return
        waits = [step.after_s for step in rule.relaxation] + [to.after_s for to in rule.overflow]
        if call.prefer:
            waits.append(rule.sticky_s)
        moments = [moment for wait in waits if (moment := call.first_joined_at + wait) > after]
        if moments:
            self.agenda.at(min(moments), Timer.MOMENT, call.call, call.visit)

    def moment_came(self, call: Call, now: float) -> None:
        """One of those times is there."""
        if call.lane is not None:
            self._look_again(call.call, call.lane)
            self.agenda.relax[call.call] = None
        self._state_changed(call.queue)
        self.next_moment(call, now)

    def queue_moment(self, queue: str, at: float) -> None:
        """Wake at ``at`` for the queue's conditions."""
        if self._moment.get(queue) != at:
            self._moment[queue] = at
            self.agenda.at(at, Timer.QUEUE, queue)

    def offer_timer(self, offer: str, expires_at: float) -> None:
        self.agenda.at(expires_at, Timer.OFFER, offer)

    def _lane(self, call: Call) -> Lane:
        sticky = waited_for(self._floor, call, self.agenda.seen) if call.prefer else ""
        key = (call.queue, call.needs, call.vip, call.reached, sticky)
        lane = self.lanes.get(key)
        if lane is None:
            rule = self._floor.rules.queues.get(call.queue, _NO_QUEUE)
            lane = self.lanes[key] = Lane(
                queue=call.queue,
                needs=call.needs,
                vip=call.vip,
                reached=call.reached,
                sticky=sticky,
                target_s=rule.target_s,
                hard_bound=rule.hard_bound,
                strategy=strategy_name(rule.strategy),
                exclusive=exclusive_step(rule, call.reached),
                relaxes=bool(rule.relaxation),
                overflows=bool(rule.overflow),
                group=self.groups.group(call.queue, call.needs, call.reached),
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
        if kind is Timer.QUEUE:
            return self._moment.get(name) == at
        call = floor.calls.get(name)
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
            if record.skills != skills or name not in before.agents:
                record.skills = skills
                self.agent_came(record)
        self.groups.rules_changed()
        self.rebuild(float("-inf"))

    def rebuild(self, now: float) -> None:
        """Make lanes and agenda anew, as they stand at ``now``; a decision after it looks at everything."""
        floor = self._floor
        self.agenda = Agenda(seen=now)
        self.lanes = {}
        self.lines = {}
        self._away = {}
        self._wished = {}
        self._moment = {}
        self.groups.clear_lanes()
        self.backing_off = {}
        self._back_offs = []
        for call in floor.calls.values():
            call.lane = None
            self.came(call)
            if call.in_line():
                self.enter(call)
            if call.state is not CallState.TALKING:
                self.wait_timers(call)
        for offer in floor.offers.values():
            self.offer_timer(offer.offer, offer.expires_at)
        for agent in floor.agents.values():
            self.agent_changed(agent)
        self.agenda.queues.update(dict.fromkeys(self.groups.watched))
        self.groups.drop_unused()


_NO_QUEUE = Queue("")
