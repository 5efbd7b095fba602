"""What must hold on every floor at every moment, looked up in the bare state."""

from __future__ import annotations

import json
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.agents import Standing
from callcontrol.floor.floor import Floor
from callcontrol.values.counts import Counts
from callcontrol.values.outcomes import Outcome
from tests.floor.reference import eligible, is_free, waited_for

HOLDING = {"reserved", "ringing", "talking"}


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
        case e.MessageGranted():
            return (entry.kind, entry.call, entry.dry_run)
        case _:
            raise AssertionError(f"not a decision: {entry}")


def frozen(floor: Floor) -> str:
    return json.dumps(floor.as_data(), sort_keys=True)


def reborn(floor: Floor) -> Floor:
    return Floor.from_data(json.loads(json.dumps(floor.as_data())))


def one_winner(floor: Floor) -> None:
    """Each offer has one call and one agent, each call and agent at most one offer, and all three agree."""
    for name, offer in floor.offers.items():
        call, agent = floor.calls[offer.call], floor.agents[offer.agent]
        assert call.offer == name == agent.offer
        assert call.visit == offer.visit
        assert agent.state == offer.state
        assert call.state == ("talking" if offer.state == "talking" else "offered")
    assert len({o.call for o in floor.offers.values()}) == len(floor.offers)
    assert len({o.agent for o in floor.offers.values()}) == len(floor.offers)
    for call in floor.calls.values():
        assert (call.state in ("offered", "talking")) == bool(call.offer)
    for agent in floor.agents.values():
        assert (agent.state in HOLDING) == bool(agent.offer)


def outcomes_sum_to_arrivals(floor: Floor) -> None:
    waiting: dict[str, int] = {}
    for call in floor.calls.values():
        if call.state != "talking":
            waiting[call.queue] = waiting.get(call.queue, 0) + 1
    for queue, tally in floor.tallies.items():
        for cell in (*tally.cells.values(), tally.total):
            assert cell.joined == sum(cell.outcomes.values())
            assert all(count > 0 for count in cell.outcomes.values())
            assert sum(cell.cells[:2]) == cell.outcomes.get(Outcome.ANSWERED, 0)
            lost = ("abandoned_waiting", "abandoned_ringing", "abandoned_in_message")
            assert sum(cell.cells[2:]) == sum(cell.outcomes.get(o, 0) for o in lost)
            assert cell.sums() == ""
        assert tally.total.outcomes.get(Outcome.WAITING, 0) == waiting.get(queue, 0)
        summed = Counts()
        for cell in tally.cells.values():
            summed.add(cell)
        assert tally.total == summed


def index_is_true(floor: Floor) -> None:
    """The arrangement for finding says what the state says."""
    index = floor.index
    for pool in index.pools.values():
        fitting = {a.name for a in floor.agents.values() if pool.expression.matches(a.skills)}
        assert set(pool.members) == fitting
        for standing in Standing:
            counted = sum(floor.agents[name].standing_now() is standing for name in fitting)
            assert pool.counts[standing] == counted, (pool.text, standing)
    for agent in floor.agents.values():
        assert agent.standing is agent.standing_now()
    in_lanes = [name for lane in index.lanes.values() for _, name in lane.order]
    assert sorted(in_lanes) == sorted(c.call for c in floor.calls.values() if c.in_line())
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
        here = [c for c in floor.calls.values() if c.queue == queue]
        assert line.callers == len(here)
        assert line.waiting == sum(c.in_line() for c in here)


def steps_are_true(floor: Floor) -> None:
    """Who has reached which step is in the order of the steps, and of the queue's own."""
    for call in floor.calls.values():
        rule = floor.rules.queues.get(call.queue)
        steps = len(rule.relaxation) if rule else 0
        assert list(call.reached) == sorted(set(call.reached))
        assert all(1 <= step <= steps for step in call.reached)
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
