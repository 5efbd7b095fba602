"""Where the callers stand: lanes, the line of each queue, whom they wait for, and the moments at which waiting itself
decides something. The part of the index (see ``index``) that follows from calls and the rules of queues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agenda import Agenda, Timer
from callcontrol.floor.agents import Standing
from callcontrol.floor.groups import Group, Groups, exclusive_step
from callcontrol.floor.lanes import Lane
from callcontrol.floor.lines import Line
from callcontrol.floor.pools import Case, Pool
from callcontrol.floor.sticky import waited_for
from callcontrol.floor.strategies import strategy_name
from callcontrol.floor.visits import Call
from callcontrol.values.configuration import Queue

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


class Callers:
    """Belongs to one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.agenda = Agenda()
        self.groups = Groups(floor)
        self.lanes: dict[tuple[str, str, int, tuple[int, ...], str], Lane] = {}
        self.lines: dict[str, Line] = {}
        self._away: dict[str, None] = {}  # calls that came when everybody was on break
        self._wished: dict[str, dict[str, None]] = {}  # agent -> calls in line that would wait for this one
        self._moment: dict[str, float] = {}  # queue -> when a condition may hold by time alone

    def nobody_stands(self, now: float) -> None:
        """Begin anew, as of ``now``."""
        self.agenda = Agenda(seen=now)
        self.lanes = {}
        self.lines = {}
        self._away = {}
        self._wished = {}
        self._moment = {}
        self.groups.clear_lanes()

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

    # --- coming and going ----------------------------------------------------------------------------------------
    def enter(self, call: Call) -> None:
        """The call stands in line (again): look for an agent for it, and at what else may be due for it."""
        self._stand(call)
        line = self.line(call.queue)
        line.waiting += 1
        line.served.pop(call.call, None)
        self.state_changed(call.queue)
        if call.away:
            self._away[call.call] = None
        if call.prefer:
            self._wished.setdefault(call.prefer, {})[call.call] = None

    def leave(self, call: Call) -> None:
        """The call is not in the queue any more, neither in line nor with an agent."""
        self._leave_line(call)
        if self.line(call.queue).served.pop(call.call, False) is None:
            self.state_changed(call.queue)

    def served(self, call: Call) -> None:
        """The call is offered, or talks: in the queue, but not in line."""
        self._leave_line(call)
        self.line(call.queue).served[call.call] = None
        self.state_changed(call.queue)

    def _leave_line(self, call: Call) -> None:
        if call.lane is None:
            return
        self._step_out(call)
        self.line(call.queue).waiting -= 1
        self.state_changed(call.queue)
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

    def came_when_away(self, call: Call) -> None:
        """Everybody was on break."""
        call.away = True
        self._away[call.call] = None

    # --- standing elsewhere ----------------------------------------------------------------------------------------
    def rearrange(self, call: Call) -> None:
        """The call may wait for somebody else by now; it keeps its place."""
        lane = call.lane
        if lane is not None and waited_for(self._floor, call, self.agenda.seen) != lane.sticky:
            self._step_out(call)
            self._stand(call)

    def rearrange_for(self, agent: str) -> None:
        """The agent is there to be waited for, or is no longer."""
        for name in list(self._wished.get(agent, ())):
            self.rearrange(self._floor.calls[name])

    def regroup(self, call: Call) -> None:
        """Others are eligible for the call than before."""
        if call.lane is not None:
            self._step_out(call)
            self._stand(call)
            self._settle_away(call, call.lane.group)

    def regroup_queue(self, queue: str) -> None:
        """The queue's reserve came or went."""
        calls = [self._floor.calls[name] for lane in self.line(queue).lanes for _, name in lane.order]
        for call in calls:
            self._step_out(call)
        for call in calls:
            self._stand(call)
            self._settle_away(call, self.group_of(call))

    def _stand(self, call: Call) -> None:
        lane = self._lane(call)
        lane.enter(call)
        self.line(call.queue).lanes[lane] = None
        agenda = self.agenda
        self._look_again(call.call, lane)
        if lane.relaxes or call.prefer:
            agenda.relax[call.call] = None
        agenda.announce[call.queue] = None
        for pool in lane.group.tiers:
            if pool.counts[_FREE]:
                agenda.pools[pool] = None

    def _step_out(self, call: Call) -> None:
        lane = call.lane
        assert lane is not None
        lane.leave(call)
        if not lane.order:
            del self.lanes[lane.key()]
            del self.lines[lane.queue].lanes[lane]
            for pool in lane.group.tiers:
                if not pool.lanes and not pool.ringing:
                    self.agenda.pools.pop(pool, None)

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

    # --- what is to be looked at -------------------------------------------------------------------------------------
    def look_at(self, call: Call) -> None:
        """Something about a call in line has changed."""
        assert call.lane is not None
        self._look_again(call.call, call.lane)
        self.agenda.announce[call.queue] = None

    def look_at_held(self, pool: Pool) -> None:
        """Who waits for one agent was not busy as long as somebody else was free."""
        for lane in pool.held:
            for _, name in lane.order:
                self._look_again(name, lane)
            self.agenda.announce[lane.queue] = None

    def case_changed(self, pool: Pool, before: Case, after: Case) -> None:
        was_there = before is Case.FREE or before is Case.BUSY
        if not was_there:
            for name in list(self._away):
                call = self._floor.calls[name]
                if call.lane is not None and call.lane in pool.lanes:
                    self._settle_away(call, call.lane.group)
        if before is Case.FREE and pool.held:
            self.look_at_held(pool)
        if after is Case.NOBODY:
            for lane in pool.lanes:
                if lane.relaxes:
                    self.agenda.relax.update((name, None) for _, name in lane.order)
                if lane.group.case() is Case.NOBODY:
                    for _, name in lane.order:
                        self._look_again(name, lane)
        elif not was_there:  # busy, or free and so busy with the next offers
            for lane in pool.lanes:
                self.agenda.announce[lane.queue] = None

    def state_changed(self, queue: str) -> None:
        """What conditions ask for may be another by now."""
        if queue in self.groups.watched:
            self.agenda.queues[queue] = None

    def _look_again(self, call: str, lane: Lane) -> None:
        self.agenda.calls[call] = None
        if lane.overflows:
            self.agenda.overflow[call] = None

    def _settle_away(self, call: Call, group: Group) -> None:
        if call.away and group.case() is not Case.AWAY:
            call.away = False
            self._away.pop(call.call, None)

    # --- moments ---------------------------------------------------------------------------------------------------
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
        self.next_moment(call, now)

    def queue_moment(self, queue: str, at: float) -> None:
        """Wake at ``at`` for the queue's conditions."""
        if self._moment.get(queue) != at:
            self._moment[queue] = at
            self.agenda.at(at, Timer.QUEUE, queue)


_NO_QUEUE = Queue("")
_FREE = Standing.FREE
