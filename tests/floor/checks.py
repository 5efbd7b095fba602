"""What must hold on every floor at every moment, looked up in the bare state."""

from __future__ import annotations

import json
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.agents import Standing
from callcontrol.floor.floor import Floor
from callcontrol.floor.pools import Pool
from callcontrol.floor.several import MOST_PHONES, rings_more_at
from callcontrol.floor.strategies import STRATEGIES
from callcontrol.floor.sums import wrong_sums, wrong_waiting
from callcontrol.values.counts import Counts
from callcontrol.values.outcomes import Outcome
from tests.floor.reference import eligible, is_free, waited_for

HOLDING = {"reserved", "ringing", "talking", "hold"}


def key(entry: e.Entry) -> tuple[Any, ...]:
    """A decision as ``reference`` gives it."""
    match entry:
        case e.OfferExpired():
            return (entry.kind, entry.offer)
        case e.PutOnBreak() | e.WrapUpOver():
            return (entry.kind, entry.agent)
        case e.Offered():
            return (entry.kind, entry.call, entry.agent)
        case e.Released():
            return (entry.kind, entry.call, entry.branch, entry.to)
        case e.Relaxed():
            return (entry.kind, entry.call, entry.step)
        case e.ReserveCalled():
            return (entry.kind, entry.queue, entry.on)
        case e.CallbackDue() | e.CallbackRests() | e.CallbackGivenUp():
            return (entry.kind, entry.callback)
        case e.MessageGranted():
            return (entry.kind, entry.call, entry.dry_run)
        case _:
            raise AssertionError(f"not a decision: {entry}")


def frozen(floor: Floor) -> str:
    return json.dumps(floor.as_data(), sort_keys=True)


def reborn(floor: Floor) -> Floor:
    return Floor.from_data(json.loads(json.dumps(floor.as_data())))


def one_winner(floor: Floor) -> None:
    """Each offer has one call and one agent, each agent at most one offer, a talk is alone, and all three agree."""
    for name, offer in floor.offers.items():
        call, agent = floor.calls[offer.call], floor.agents[offer.agent]
        assert name in call.offers
        assert agent.offer == name
        assert call.visit == offer.visit
        assert agent.state == offer.state or (agent.state, offer.state) == ("hold", "talking")
        assert call.state == ("talking" if offer.state == "talking" else "offered")
    assert len({o.agent for o in floor.offers.values()}) == len(floor.offers)
    for call in floor.calls.values():
        assert set(call.offers) == {o.offer for o in floor.offers.values() if o.call == call.call}
        assert len(set(call.offers)) == len(call.offers) <= (1 if call.state == "talking" else MOST_PHONES)
        assert (call.state in ("offered", "talking")) == bool(call.offers)
    for agent in floor.agents.values():
        assert (agent.state in HOLDING) == bool(agent.offer)


def nobody_is_held_for_ever(floor: Floor, now: float) -> None:
    """Whoever is kept from calls without having asked for it has a moment at which that ends by itself."""
    for agent in floor.agents.values():
        match agent.state:
            case "reserved" | "ringing":
                assert floor.offers[agent.offer].expires_at < now + 120
            case "wrap_up":
                assert agent.since <= agent.wrap_up_until <= max(agent.wrap_up_latest, agent.since)
            case "unreachable":
                assert agent.held_off_until() > 0
        assert agent.held_off_until() < now + 301
        assert agent.state != "available" or agent.registered is not False
        assert not agent.next_state or agent.state in HOLDING or agent.must_wrap_up(agent.since)


def outcomes_sum_to_arrivals(floor: Floor) -> None:
    waiting: dict[str, int] = {}
    for call in floor.calls.values():
        if call.state != "talking" and call.booking is None:
            waiting[call.queue] = waiting.get(call.queue, 0) + 1
    for queue, tally in floor.tallies.items():
        for cell in (*tally.cells.values(), tally.total):
            assert cell.joined == sum(cell.outcomes.values())
            assert all(count > 0 for count in cell.outcomes.values())
            assert cell.granted >= 0
            assert cell.dry_run >= 0
            assert sum(cell.cells[:2]) == cell.outcomes.get(Outcome.ANSWERED, 0)
            lost = ("abandoned_waiting", "abandoned_ringing", "abandoned_in_message")
            assert sum(cell.cells[2:]) == sum(cell.outcomes.get(o, 0) for o in lost)
            assert cell.sums() == ""
        assert tally.total.outcomes.get(Outcome.WAITING, 0) == waiting.get(queue, 0)
        summed = Counts()
        for cell in tally.cells.values():
            summed.add(cell)
        assert tally.total == summed
        assert list(wrong_sums(queue, tally)) == []
    assert list(wrong_waiting(floor)) == []


def callbacks_are_sound(floor: Floor) -> None:
    """One per number, each counted once as booked until it ends, each in flight holding exactly one agent."""
    numbers: list[str] = []
    for call in floor.calls.values():
        booking = call.booking
        if booking is None:
            assert call.state != "resting"
            continue
        assert call.state in ("waiting", "resting", "offered", "talking")
        assert bool(booking.phase) <= (call.state == "offered")
        if call.state != "talking":
            numbers += {call.caller, booking.number} - {""}
    assert len(numbers) == len(set(numbers)), "two callbacks of one number"
    assert sorted(numbers) == sorted(floor.index.booked)
    in_flight = [c.call for c in floor.calls.values() if c.booking is not None and c.state == "offered"]
    assert len({floor.offers[floor.calls[c].offer].agent for c in in_flight}) == len(in_flight)


def nobody_is_overtaken_by_an_equal_callback(floor: Floor, call: str, now: float) -> None:
    """Asked just before an offer of ``call``, a callback: no caller on the line has waited as long, or longer, for the same."""
    called = floor.calls[call]
    for other in floor.calls.values():
        same = all(getattr(other, f) == getattr(called, f) for f in ("queue", "needs", "vip", "reached"))
        if other.booking is None and other.in_line() and same and not waited_for(floor, other, now):
            assert other.first_joined_at > called.first_joined_at, f"{call} overtakes {other.call}"


def index_is_true(floor: Floor) -> None:
    """The arrangement for finding says what the state says."""
    index = floor.index
    for pool in index.pools.values():
        fitting = {a.name for a in floor.agents.values() if pool.expression.matches(a.skills)}
        assert set(pool.members) == fitting
        for standing in Standing:
            counted = sum(floor.agents[name].standing_now() is standing for name in fitting)
            assert pool.counts[standing] == counted, (pool.text, standing)
        heaps_are_true(floor, pool)
        assert set(pool.held) <= set(pool.lanes) <= set(index.lanes.values())
    assert all(places for halves in index.agenda.patient.values() for places in halves.values())
    for agent in floor.agents.values():
        assert agent.standing is agent.standing_now()
    in_lanes = [name for lane in index.lanes.values() for _, name in lane.order]
    assert sorted(in_lanes) == sorted(c.call for c in floor.calls.values() if c.in_line())
    ringing = {(name, pool) for pool in index.pools.values() for name in pool.ringing}
    more = [c for c in floor.calls.values() if rings_more_at(floor, c) is not None]
    assert ringing == {(c.call, pool) for c in more for pool in index.group_of(c).tiers}
    for lane in index.lanes.values():
        assert lane.order == sorted(lane.order)
        assert lane.order
        assert all((lane in pool.lanes) and ((lane in pool.held) == bool(lane.sticky)) for pool in lane.group.tiers)
        assert lane in index.lines[lane.queue].lanes
        for _, name in lane.order:
            call = floor.calls[name]
            assert (lane.queue, lane.needs, lane.vip, lane.reached) == (call.queue, call.needs, call.vip, call.reached)
            for agent in floor.agents.values():
                assert lane.group.has(agent.name) == eligible(floor, call, agent)
    for queue, line in index.lines.items():
        here = [c for c in floor.calls.values() if c.queue == queue and c.state != "resting"]
        assert line.callers == len(here)
        assert line.waiting == sum(c.in_line() for c in here)


def heaps_are_true(floor: Floor, pool: Pool) -> None:
    """The free agents once in the order of each strategy that is in use, as they stand now; what is stale is passed over."""
    free = [floor.agents[name] for name in pool.members if floor.agents[name].standing is Standing.FREE]
    assert pool.lots is None or set(pool.lots) == {agent.name for agent in free}
    assert [id(heap) for _, heap in pool.ranked] == [id(heap) for heap in pool.heaps.values()]
    for strategy, heap in pool.heaps.items():
        fresh = [ranked for ranked in heap if floor.agents.get(ranked[2]) is not None]
        fresh = [r for r in fresh if (a := floor.agents[r[2]]).stamp == r[3] and a.standing is Standing.FREE]
        rule = STRATEGIES[strategy]
        assert sorted(fresh) == sorted((rule(a, pool.members[a.name], ""), a.idle_since, a.name, a.stamp) for a in free)


def steps_are_true(floor: Floor) -> None:
    """Who has reached which step is in the order of the steps, and of the queue's own."""
    for call in floor.calls.values():
        rule = floor.rules.queues.get(call.queue)
        steps = len(rule.relaxation) if rule else 0
        assert list(call.reached) == sorted(set(call.reached))
        assert all(1 <= step <= steps for step in call.reached)
        if call.away:
            able = [a for a in floor.agents.values() if eligible(floor, call, a)]
            assert {a.standing_now() for a in able} - {Standing.OUT} == {Standing.AWAY}
    for queue in floor.reserve:
        assert floor.rules.queues[queue].reserve.skills


def nobody_waits_while_someone_able_is_idle(floor: Floor, now: float) -> None:
    """To be true whenever everything is decided."""
    for call in floor.calls.values():
        if call.in_line():
            if held := waited_for(floor, call, now):
                assert not is_free(floor.agents[held], now), f"{call.call} waits for {held}, who is free"
                continue
            idle = [a.name for a in floor.agents.values() if is_free(a, now) and eligible(floor, call, a)]
            assert not idle, f"{call.call} waits while {idle} could take it"
