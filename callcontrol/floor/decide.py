"""What the desk must write now. Pure: the floor is read, never changed; what is decided becomes true when it comes back
from the journal. Deciding again before that gives the same answer.

Only what changed or whose time has come is looked at (``agenda``); ``tests/floor/reference.py`` decides the slow way, and
must agree.
"""

from __future__ import annotations

from heapq import heapify, heappop, heapreplace
from typing import Any, Protocol

from callcontrol.floor import announcement
from callcontrol.floor import entries as e
from callcontrol.floor.agenda import Timer
from callcontrol.floor.agents import AgentRecord, Standing
from callcontrol.floor.floor import Floor
from callcontrol.floor.group_changes import groups_change
from callcontrol.floor.groups import Group
from callcontrol.floor.lanes import Lane
from callcontrol.floor.on_offers import LEASE_MARGIN_S
from callcontrol.floor.order import Rank
from callcontrol.floor.pools import Case, Pool, Ranked
from callcontrol.floor.release import overflow_to, released_branch
from callcontrol.floor.strategies import STRATEGIES
from callcontrol.floor.visits import Call

# More than this at once keeps others waiting for the desk; the rest follows in the next batch.
MAX_BATCH = 100


class Identities(Protocol):
    def new(self) -> str:
        """A new identity for an offer, used nowhere before."""
        ...


def decide(floor: Floor, now: float, identities: Identities) -> list[e.Entry]:
    """Everything that holds at ``now``, in the order in which it is to be written, consistent in itself: no agent and no
    call twice. What changes who may be offered what (leases that ran out, agents put on break, the reserve, relaxation steps)
    comes alone, and the rest in the next batch."""
    _look_at_clock(floor, now)
    term = floor.term
    batch = _leases_and_misses(floor, now)
    wrapped = _wrapped_up(floor, now)
    batch += [e.WrapUpOver(at=now, term=term, agent=name) for name in wrapped]
    if len(batch) > len(wrapped):
        return batch
    also_free = [floor.agents[name] for name in (*wrapped, *floor.index.back_offs_over(now))]
    changes = groups_change(floor, now, MAX_BATCH, also_free)
    if changes:
        return changes
    match = _Match(floor, now, also_free)
    for call, agent, why in match.run():
        contact = agent.contact or floor.rules.agents[agent.name].contact
        ring_s = floor.rules.queues[call.queue].ring_s
        batch.append(
            e.Offered(
                at=now,
                term=term,
                offer=identities.new(),
                call=call.call,
                visit=call.visit,
                queue=call.queue,
                agent=agent.name,
                contact=contact,
                ring_s=ring_s,
                expires_at=now + ring_s + LEASE_MARGIN_S,
                why=why,
            )
        )
    if len(match.taken) < MAX_BATCH:
        batch += _releases(floor, now, match)
    if len(batch) < MAX_BATCH:
        batch += _announcements(floor, now, match, MAX_BATCH - len(batch))
    return batch


def next_wake(floor: Floor, now: float) -> float | None:
    """When to decide again if no entry comes before: ``now`` if something is open already, None for never."""
    agenda, index = floor.index.agenda, floor.index
    if agenda.something():
        return now
    times = [until for until in index.backing_off.values() if until > now]
    timer = agenda.next_at(index.timer_is_true)
    if timer is not None:
        times.append(timer)
    return max(now, min(times)) if times else None


def _look_at_clock(floor: Floor, now: float) -> None:
    """Put what is due on the agenda. A clock that was set back means that what was looked at may be open again."""
    index = floor.index
    if now < index.agenda.seen:
        index.rebuild(now)
    agenda = index.agenda
    agenda.seen = now
    for _, kind, name, _mark in agenda.ripe(now, index.timer_is_true):
        if kind == Timer.CALL:
            agenda.calls[name] = None
        elif kind == Timer.PATIENCE:
            call = floor.calls[name]
            agenda.was_patient(call.queue, call.joined_at, name)
        elif kind == Timer.OFFER:
            agenda.offers[name] = None
        elif kind == Timer.MOMENT:
            index.moment_came(floor.calls[name], now)
        elif kind == Timer.QUEUE:
            agenda.queues[name] = None
        else:
            agenda.wrap_ups[name] = None


def _leases_and_misses(floor: Floor, now: float) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    for name in sorted(agenda.offers):
        offer = floor.offers.get(name)
        if offer is None or offer.state == "talking" or offer.expires_at > now:
            del agenda.offers[name]
        else:
            batch.append(e.OfferExpired(at=now, term=floor.term, offer=name))
    for name in sorted(agenda.missed):
        agent = floor.agents.get(name)
        if agent is None or not agent.missed_too_often():
            del agenda.missed[name]
        else:
            batch.append(e.PutOnBreak(at=now, term=floor.term, agent=name, reason=agent.reason or "missed"))
    return batch


def _wrapped_up(floor: Floor, now: float) -> list[str]:
    agenda = floor.index.agenda
    over = []
    for name in sorted(agenda.wrap_ups):
        agent = floor.agents.get(name)
        if agent is None or agent.state != "wrap_up" or agent.wrap_up_until > now:
            del agenda.wrap_ups[name]
        else:
            over.append(name)
    return over


class _Match:
    """Callers in their order, each with the best agent that is left: the greedy rule of SEMANTICS over all queues.

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
        self._extra: dict[tuple[Pool, str], list[tuple[float, str]]] = {}

    def run(self) -> list[tuple[Call, AgentRecord, dict[str, Any]]]:
        floor, now = self._floor, self._now
        pools = {pool: None for pool in floor.index.agenda.pools if pool.counts[0]}
        for agent in self._also_free:
            for pool in agent.pools:
                if pool.lanes:
                    pools[pool] = None
                    if agent.standing is Standing.AWAY:  # with this offer the others there are busy and not away
                        floor.index.agenda.announce.update((lane.queue, None) for lane in pool.lanes)
        lanes = {lane: None for pool in pools for lane in pool.lanes}
        heads = [(lane.rank(0, now), 0, lane) for lane in lanes]
        heapify(heads)
        left = floor.index.free + len(self._also_free)
        found: list[tuple[Call, AgentRecord, dict[str, Any]]] = []
        while heads and len(found) < min(left, MAX_BATCH):
            place, index, lane = heads[0]  # ranks differ, down to the call: lanes are never compared
            best = self._best(lane)
            if best is None:
                heappop(heads)
                continue
            call, agent = floor.calls[lane.order[index][1]], floor.agents[best[1]]
            self.taken[agent.name] = agent
            self.calls[call.call] = None
            found.append((call, agent, self._why(lane, place, best, agent)))
            if index + 1 < len(lane.order):
                heapreplace(heads, (lane.rank(index + 1, now), index + 1, lane))
            else:
                heappop(heads)
        for (pool, strategy), held in self._held.items():
            pool.put_back(strategy, held)
        for agent in self.taken.values():
            for pool in agent.pools:
                if pool.held:
                    floor.index.look_at_held(pool)
        self._clear_agenda(done=not heads)
        return found

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

    def _best(self, lane: Lane) -> tuple[float, str] | None:
        if lane.sticky:
            return self._waited_for(lane.sticky)
        best = None
        for pool in lane.group.tiers:
            found = self._best_of(pool, lane.strategy)
            if found is not None and (best is None or found < best):
                best = found
        return best

    def _waited_for(self, name: str) -> tuple[float, str] | None:
        agent = self._floor.agents[name]
        free = agent.standing is Standing.FREE or agent in self._also_free
        return (0.0, name) if free and name not in self.taken else None

    def _best_of(self, pool: Pool, strategy: str) -> tuple[float, str] | None:
        held = self._held.setdefault((pool, strategy), [])
        best = pool.best_free(strategy, self._floor.agents, self.taken, held) if pool.counts[0] else None
        if self._also_free:
            for ranked in self._extras(pool, strategy):
                if ranked[1] not in self.taken:
                    return ranked if best is None else min(best, ranked)
        return best

    def _extras(self, pool: Pool, strategy: str) -> list[tuple[float, str]]:
        extra = self._extra.get((pool, strategy))
        if extra is None:
            rule = STRATEGIES[strategy]
            extra = self._extra[pool, strategy] = sorted(
                (rule(agent.idle_since, pool.members[agent.name]), agent.name)
                for agent in self._also_free
                if agent.name in pool.members
            )
        return extra

    def _why(self, lane: Lane, place: Rank, best: tuple[float, str], agent: AgentRecord) -> dict[str, Any]:
        return {
            "strategy": lane.strategy,
            "late": place[0] == 0,
            "wait_score": round(-place[1], 3) if place[0] else None,
            "vip": lane.vip,
            "idle_s": round(self._now - agent.idle_since, 3),
            "grade": lane.group.grade(agent.name),
            "rank": best[0],
            "step": max(lane.reached, default=0),
            "sticky": bool(lane.sticky),
        }

    def _clear_agenda(self, *, done: bool) -> None:
        # A pool stays on the agenda until the offers are true: they may turn out void. One without an offer, though
        # somebody is free and somebody waits, has only callers who wait for one agent.
        pools = self._floor.index.agenda.pools
        for pool in list(pools):
            if not pool.lanes or not pool.counts[0] or (done and not self._left_of(pool)[1]):
                del pools[pool]
        overflow = self._floor.index.agenda.overflow
        for name in list(overflow):
            call = self._floor.calls.get(name)
            if call is None or (
                done and name not in self.calls and self.case(self._floor.index.group_of(call)) is Case.FREE
            ):
                del overflow[name]  # waits for one agent


def _releases(floor: Floor, now: float, match: _Match) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[tuple[tuple[float, str], e.Entry]] = []
    room = MAX_BATCH - len(match.taken)
    for name in list(agenda.calls):
        if len(batch) >= room:
            break
        call = floor.calls.get(name)
        if call is None or not call.in_line():
            del agenda.calls[name]
            continue
        if name in match.calls:
            continue
        case = match.case(floor.index.group_of(call))
        if case is not Case.FREE and overflow_to(floor, call, now):  # in the next batch: somebody was free until now
            agenda.overflow[name] = None
            continue
        branch = released_branch(floor, call, case, now)
        if branch is None:
            del agenda.calls[name]
            continue
        given = e.Released(
            at=now,
            term=floor.term,
            call=name,
            visit=call.visit,
            branch=branch[0],
            outcome=branch[1].value,
        )
        batch.append(((call.joined_at, name), given))
        match.calls[name] = None
    return [entry for _, entry in sorted(batch, key=lambda pair: pair[0])]


def _announcements(floor: Floor, now: float, match: _Match, room: int) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    told: set[str] = set()  # callers of this batch: the same number may wait twice
    for queue in sorted(agenda.announce):
        if len(batch) >= room:
            break
        rule = floor.rules.queues.get(queue)
        patient = agenda.patient.get(queue)
        still_open = False
        if rule is not None and patient:
            dry_run = rule.announcement.dry_run
            for number in sorted(patient):
                calls, passed_over = _grants(floor, now, match, queue, patient[number], told, room - len(batch))
                still_open = still_open or passed_over or bool(calls)
                batch += [
                    e.MessageGranted(at=now, term=floor.term, call=call.call, visit=call.visit, dry_run=dry_run)
                    for call in calls
                ]
                if not patient[number]:
                    del patient[number]
        if not still_open:
            del agenda.announce[queue]
    return batch


def _grants(
    floor: Floor,
    now: float,
    match: _Match,
    queue: str,
    patient: list[tuple[float, str]],
    told: set[str],
    room: int,
) -> tuple[list[Call], bool]:
    """Who of those patient callers hears it now: the first to have joined first, as far as the share goes. And whether
    somebody was passed over only for what this batch decides: if that turns out void, it is to be looked at again."""
    granted: list[Call] = []
    left: int | None = None
    gone: list[tuple[float, str]] = []
    seen: set[str] = set()
    passed_over = False
    for place in patient:
        call = floor.calls.get(place[1])
        if call is None or (call.queue, call.joined_at) != (queue, place[0]) or call.heard:
            gone.append(place)
            continue
        if left is None:
            left = min(room, announcement.budget(floor, call))
        if left <= len(granted):
            break
        if call.call in seen or not announcement.may_hear(floor, call, now):
            continue
        if call.call in match.calls or (call.caller and call.caller in told):
            passed_over = True
            continue
        if match.case(floor.index.group_of(call)) is not Case.BUSY:
            continue
        if overflow_to(floor, call, now):
            passed_over = True
            continue
        seen.add(call.call)
        told.add(call.caller)
        granted.append(call)
    for place in gone:
        patient.remove(place)
    return granted, passed_over
