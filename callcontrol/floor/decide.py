"""What the desk must write now. Pure: the floor is read, never changed; what is decided becomes true when it comes back
from the journal. Deciding again before that gives the same answer.

Only what changed or whose time has come is looked at (``agenda``); ``tests/floor/reference.py`` decides the slow way, and
must agree.
"""

from __future__ import annotations

from heapq import heapify, heappop, heapreplace
from typing import Any, Protocol

from callcontrol.floor import announcement, callbacks
from callcontrol.floor import entries as e
from callcontrol.floor.agenda import Timer
from callcontrol.floor.agents import AgentRecord, Standing
from callcontrol.floor.floor import Floor
from callcontrol.floor.on_offers import LEASE_MARGIN_S
from callcontrol.floor.order import Rank, rank
from callcontrol.floor.pools import Best, Case, Pool, Ranked
from callcontrol.floor.release import released_branch
from callcontrol.floor.several import MOST_PHONES, may_ring_more
from callcontrol.floor.strategies import DRAWN, STRATEGIES, strategy_name
from callcontrol.floor.visits import Call

# More than this at once keeps others waiting for the desk; the rest follows in the next batch.
MAX_BATCH = 100


class Identities(Protocol):
    def new(self) -> str:
        """A new identity for an offer, used nowhere before."""
        ...


def decide(floor: Floor, now: float, identities: Identities) -> list[e.Entry]:
    """Everything that holds at ``now``, in the order in which it is to be written, consistent in itself: no agent and no
    call twice. When leases ran out, agents go on break or away, or
    callbacks enter or leave the line, these come alone, and the rest in the next batch."""
    _look_at_clock(floor, now)
    term = floor.term
    batch = [*_leases_and_misses(floor, now), *_callbacks(floor, now)]
    wrapped = _wrapped_up(floor, now)
    batch += [e.WrapUpOver(at=now, term=term, agent=name) for name in wrapped]
    freed = [name for name in wrapped if floor.agents[name].will_be_free(now)]
    if len(batch) > len(freed):  # somebody will be away: what that means is decided when it is so
        return batch
    match = _Match(floor, now, [*freed, *floor.index.back_offs_over(now)])
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
        index.rebuild()
    agenda = index.agenda
    agenda.seen = now
    for _, kind, name, _mark in agenda.ripe(now, index.timer_is_true):
        if kind == Timer.CALL:
            agenda.calls[name] = None
        elif kind == Timer.PATIENCE:
            call = floor.calls[name]
            agenda.was_patient(call.queue, call.joined_at, name)
        elif kind == Timer.CALLBACK:
            agenda.callbacks[name] = None
        elif kind == Timer.OFFER:
            agenda.offers[name] = None
        elif kind == Timer.MORE:
            index.ring_more(name)
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


def _callbacks(floor: Floor, now: float) -> list[e.Entry]:
    agenda = floor.index.agenda
    batch: list[e.Entry] = []
    for name in sorted(agenda.callbacks):
        call = floor.calls.get(name)
        step = None if call is None else callbacks.next_step(floor, call, now)
        if step is not None:
            batch.append(step)
            continue
        del agenda.callbacks[name]
        if call is not None and (at := callbacks.next_look(floor, call, now)) is not None:
            agenda.at(at, Timer.CALLBACK, name, call.visit)
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


# A call, the agent to offer it to, and why.
Found = tuple[Call, AgentRecord, dict[str, Any]]


class _Match:
    """Callers in their order, each with the best agent that is left: the greedy rule of SEMANTICS over all queues.

    ``also_free`` are agents who are free though the floor does not say so yet: wrap-up or back-off is over at ``now``.
    """

    def __init__(self, floor: Floor, now: float, also_free: list[str]) -> None:
        self.taken: dict[str, AgentRecord] = {}
        self.calls: dict[str, None] = {}  # offered in this batch
        self._floor = floor
        self._now = now
        self._also_free = [floor.agents[name] for name in also_free]
        self._held: dict[tuple[Pool, str], list[Ranked]] = {}
        self._cases: dict[Pool, Case] = {}
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
        heads = [(lane.rank(0, now), 0, lane) for pool in pools for lane in pool.lanes]
        heapify(heads)
        left = floor.index.free + len(self._also_free)
        found: list[Found] = []
        most = min(left, MAX_BATCH)
        while heads and len(found) < most:
            place, index, lane = heads[0]  # ranks differ, down to the call: lanes are never compared
            call = floor.calls[lane.order[index][1]]
            if not self._give(call, lane.pool, lane.strategy, place, found):
                heappop(heads)
                continue
            if index + 1 < len(lane.order):
                heapreplace(heads, (lane.rank(index + 1, now), index + 1, lane))
            else:
                heappop(heads)
        self._ring_more([name for pool in pools for name in pool.ringing], most, found)
        for (pool, strategy), held in self._held.items():
            pool.put_back(strategy, held)
        self._clear_agenda()
        return found

    def _ring_more(self, names: list[str], most: int, found: list[Found]) -> None:
        """Agents whom no caller in line needs: one more phone for calls that already ring, always for the one that rings
        fewest; among equals in the order of callers. After this nobody is left who could be rung."""
        floor, now = self._floor, self._now
        heads = []
        for name in names:
            call = floor.calls[name]
            if may_ring_more(floor, call, now):
                rule = floor.rules.queues[call.queue]
                place = rank(call.first_joined_at, rule.target_s, call.vip, name, now)
                heads.append((len(call.offers), place, call))
        heapify(heads)
        while heads and len(found) < most:
            phones, place, call = heads[0]  # places differ, down to the call: calls are never compared
            strategy = strategy_name(floor.rules.queues[call.queue].strategy)
            given = self._give(call, floor.index.pool_of(call), strategy, place, found)
            if given and strategy == "ring_all" and phones + 1 < MOST_PHONES:
                heapreplace(heads, (phones + 1, place, call))
            else:
                heappop(heads)

    def _give(self, call: Call, pool: Pool, strategy: str, place: Rank, found: list[Found]) -> bool:
        """The best agent that is left to this call, if there is one."""
        best = self._best(pool, strategy, call.call)
        if best is None:
            return False
        agent = self._floor.agents[best[2]]
        self.taken[agent.name] = agent
        self.calls[call.call] = None
        found.append((call, agent, self._why(call, pool, strategy, place, best)))
        return True

    def case(self, pool: Pool) -> Case:
        """The case of this pool once the offers of this batch are made."""
        case = self._cases.get(pool)
        if case is None:
            free = pool.counts[0] + sum(agent.name in pool.members for agent in self._also_free)
            taken = sum(name in pool.members for name in self.taken)
            case = Case.FREE if free > taken else Case.BUSY if taken else pool.case()
            self._cases[pool] = case
        return case

    def _best(self, pool: Pool, strategy: str, call: str) -> Best | None:
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

    def _why(self, call: Call, pool: Pool, strategy: str, place: Rank, best: Best) -> dict[str, Any]:
        return {
            "strategy": strategy,
            "late": place[0] == 0,
            "wait_score": round(-place[1], 3) if place[0] else None,
            "vip": call.vip,
            "idle_s": round(self._now - best[1], 3),
            "grade": pool.members[best[2]],
            "rank": best[0],
        }

    def _clear_agenda(self) -> None:
        # A pool with somebody free stays on the agenda until the offers are true: they may turn out void. One for which
        # phones only ring stays as long as there are offers to come true, for it may have a cap, or a time to wait for.
        pools = self._floor.index.agenda.pools
        for pool in [p for p in pools if not (p.counts[0] and (p.lanes or (p.ringing and self.taken)))]:
            del pools[pool]


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
        branch = released_branch(floor, call, match.case(floor.index.pool_of(call)), now)
        if branch is None:
            del agenda.calls[name]
            continue
        given = e.Released(
            at=now, term=floor.term, call=name, visit=call.visit, branch=branch[0], outcome=branch[1].value
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
        if match.case(floor.index.pool_of(call)) is not Case.BUSY:
            continue
        seen.add(call.call)
        told.add(call.caller)
        granted.append(call)
    for place in gone:
        patient.remove(place)
    return granted, passed_over
