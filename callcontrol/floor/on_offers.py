"""Entries about offers and talks, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor import bookings, callbacks, forecast, sticky, wrap_up
from callcontrol.floor.agents import ENGAGED, AgentRecord, AgentState, Happening
from callcontrol.floor.entries import Offered, OfferExpired, OfferFailed, OfferRinging, TalkBegan, TalkEnded, TalkHeld
from callcontrol.floor.failures import MISSES, Failure, back_off_s, faded, failure_of, longer
from callcontrol.floor.fairness import count_talk
from callcontrol.floor.several import may_ring_more
from callcontrol.floor.visits import Call, CallState, Offer, VisitEnded
from callcontrol.values.outcomes import Outcome

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# A lease outlives the ringing by the time that a controller may need to say how it ended.
LEASE_MARGIN_S = 10.0
# A talk that proves an expired offer true comes within moments; what is older can't come any more.
EXPIRED_KEPT_S = 600.0


def offered(floor: Floor, entry: Offered) -> bool:
    """Void unless the call still stands in line (or one more phone may ring for it), the agent is free and eligible, and
    the identity is new."""
    call, agent = floor.calls.get(entry.call), floor.agents.get(entry.agent)
    if call is None or agent is None or call.visit != entry.visit or call.queue != entry.queue:
        return False
    if not call.in_line() and not may_ring_more(floor, call, entry.at):
        return False
    if not agent.is_free(entry.at) or agent.name not in floor.rules.agents:
        return False
    if entry.offer in floor.offers or entry.offer in floor.expired:
        return False
    if not callbacks.may_be_called(floor, call, entry.at):
        return False
    if not floor.index.group_of(call).has(agent.name):
        return False
    floor.durations.offered(agent, entry.at)
    agent.move(Happening.RESERVE, entry.at)
    agent.offer = entry.offer
    agent.back_off_until = 0.0
    floor.index.agent_changed(agent)
    if call.in_line():
        _take_out_of_line(floor, call)
    call.offers.append(entry.offer)
    floor.offers[entry.offer] = Offer(
        offer=entry.offer,
        call=entry.call,
        visit=entry.visit,
        queue=entry.queue,
        agent=entry.agent,
        at=entry.at,
        ring_s=entry.ring_s,
        expires_at=entry.expires_at,
    )
    floor.index.offer_timer(entry.offer, entry.expires_at)
    floor.index.rings(call)
    return True


def offer_ringing(floor: Floor, entry: OfferRinging) -> bool:
    """The phone rings: a second, generous bound from here."""
    offer = floor.offers.get(entry.offer)
    if offer is None or offer.state != "reserved":
        return False
    agent = floor.agents[offer.agent]
    agent.move(Happening.RING, entry.at)
    floor.index.agent_changed(agent)
    offer.state, offer.expires_at = "ringing", entry.at + offer.ring_s + LEASE_MARGIN_S
    floor.index.offer_timer(offer.offer, offer.expires_at)
    return True


def offer_failed(floor: Floor, entry: OfferFailed) -> bool:
    offer = floor.offers.get(entry.offer)
    if offer is None or offer.state == "talking":
        return False
    del floor.offers[offer.offer]
    failure = failure_of(entry.cause)
    if failure is Failure.NO_FAULT:
        free_agent(floor, offer, Happening.FREED, entry.at)
    else:
        _miss(floor, floor.agents[offer.agent], failure, entry.at)
    one_less(floor, offer, entry.at)
    return True


def _miss(floor: Floor, agent: AgentRecord, failure: Failure, at: float) -> None:
    agent.back_off_until = at + back_off_s(failure, agent.streak)
    agent.streak = longer(agent.streak)
    agent.offer = ""
    if failure in MISSES:
        agent.misses += 1
        agent.idle_since = agent.turn_at = at  # the turn was had
    reason = failure.value
    agent.move(Happening.UNREACHED if failure is Failure.UNREACHABLE else Happening.FAILED, at)
    if agent.state is AgentState.AVAILABLE or agent.state is AgentState.UNREACHABLE:
        agent.reason = reason
    _settle(floor, agent)


def offer_expired(floor: Floor, entry: OfferExpired) -> bool:
    """Whoever was to ring the phone said nothing: no fault of the agent's, and the caller is first again."""
    offer = floor.offers.get(entry.offer)
    if offer is None or offer.state == "talking" or entry.at < offer.expires_at:
        return False
    del floor.offers[offer.offer]
    free_agent(floor, offer, Happening.FREED, entry.at)
    one_less(floor, offer, entry.at)
    for name in [n for n, o in floor.expired.items() if o.expires_at < entry.at - EXPIRED_KEPT_S]:
        del floor.expired[name]
    floor.expired[offer.offer] = offer
    return True


def talk_began(floor: Floor, entry: TalkBegan) -> bool:
    offer = floor.offers.get(entry.offer)
    if offer is None:
        return _late_talk(floor, entry)
    if offer.state == "talking":
        return False
    _talk(floor, offer, floor.calls[offer.call], floor.agents[offer.agent], entry.at)
    return True


def _late_talk(floor: Floor, entry: TalkBegan) -> bool:
    """The talk of an expired offer is true when both sides still have nothing else."""
    offer = floor.expired.get(entry.offer)
    if offer is None:
        return False
    call, agent = floor.calls.get(offer.call), floor.agents.get(offer.agent)
    if call is None or call.visit != offer.visit or not (call.in_line() or call.state is CallState.RESTING):
        return False
    if agent is None or agent.state in ENGAGED:
        return False
    if agent.state is AgentState.BREAK or agent.state is AgentState.LOGGED_OUT:
        agent.next_state, agent.next_reason = agent.state, agent.reason
    del floor.expired[entry.offer]
    floor.offers[entry.offer] = offer
    agent.offer = entry.offer
    _take_out_of_line(floor, call)
    call.offers = [entry.offer]
    _talk(floor, offer, call, agent, entry.at)
    return True


def _talk(floor: Floor, offer: Offer, call: Call, agent: AgentRecord, at: float) -> None:
    """This offer has won; those that rang as well are gone, and were no turn of anybody's."""
    for name in [name for name in call.offers if name != offer.offer]:
        free_agent(floor, floor.offers.pop(name), Happening.FREED, at)
    offer.state = "talking"
    call.state, call.offers = CallState.TALKING, [offer.offer]
    floor.index.rings(call)
    sticky.remember(floor, call.caller, agent.name, at)
    agent.move(Happening.TALK, at)
    offer.talk_began_at = at
    floor.durations.answered(call, offer, at)
    forecast.answered(floor, call, at)
    agent.misses = 0
    count_talk(agent, at)
    agent.streak = faded(agent.streak)
    agent.back_off_until = 0.0
    floor.index.agent_changed(agent)
    if call.booking is not None:
        bookings.answered(floor, call)
        return
    floor.last_visit_ended = VisitEnded(call.visit, Outcome.ANSWERED)
    rule = floor.rules.queues.get(call.queue)
    target_s = rule.target_s if rule else 0.0
    floor.tally(call.queue).end(call.joined_at, Outcome.ANSWERED, at - call.joined_at, target_s)


def talk_held(floor: Floor, entry: TalkHeld) -> bool:
    offer = floor.offers.get(entry.offer)
    if offer is None or offer.state != "talking":
        return False
    agent = floor.agents[offer.agent]
    if not agent.move(Happening.HELD if entry.held else Happening.UNHELD, entry.at):
        return False
    floor.index.agent_changed(agent)
    return True


def talk_ended(floor: Floor, entry: TalkEnded) -> bool:
    offer = floor.offers.get(entry.offer)
    if offer is None or offer.state != "talking":
        return False
    end_talk(floor, offer, entry.at)
    return True


def end_talk(floor: Floor, offer: Offer, at: float) -> None:
    """The talk is over: the call leaves the floor, the agent wraps up."""
    del floor.offers[offer.offer]
    floor.index.leave(floor.calls.pop(offer.call))
    while floor.over and at - next(iter(floor.over.values())) > EXPIRED_KEPT_S:
        del floor.over[next(iter(floor.over))]
    floor.over[offer.offer] = at
    agent = floor.agents[offer.agent]
    agent.offer = ""
    agent.idle_since = at
    agent.talk_s += max(0.0, at - offer.talk_began_at)
    floor.durations.talked(offer, at)
    agent.move(Happening.TALK_ENDED, at)
    if agent.state is AgentState.WRAP_UP:
        wrap_up.begin(agent, floor.rules.queues.get(offer.queue), at)
    agent.wrap_up_asked_s = 0.0
    _settle(floor, agent)


def free_agent(floor: Floor, offer: Offer, happening: Happening, at: float) -> None:
    """The agent's offer is gone through no fault of the agent's: available at once."""
    agent = floor.agents[offer.agent]
    agent.offer = ""
    agent.move(happening, at)
    _settle(floor, agent)


def take_back_offers(floor: Floor, call: Call, at: float) -> None:
    """All phones stop ringing for the call, through nobody's fault. Its state is the caller's to set."""
    offers, call.offers = call.offers, []
    for name in offers:
        free_agent(floor, floor.offers.pop(name), Happening.FREED, at)
    floor.index.rings(call)


def _settle(floor: Floor, agent: AgentRecord) -> None:
    floor.index.agent_changed(agent)
    if agent.state is AgentState.LOGGED_OUT and agent.name not in floor.rules.agents:
        floor.index.agent_went(agent)
        del floor.agents[agent.name]


def _take_out_of_line(floor: Floor, call: Call) -> None:
    floor.index.served(call)
    call.state = CallState.OFFERED
    call.verdict = call.full = False


def one_less(floor: Floor, offer: Offer, at: float) -> None:
    """The others ring on; with the last one the call is back in its place in line."""
    call = floor.calls[offer.call]
    call.offers.remove(offer.offer)
    if not call.offers and call.booking is not None:
        bookings.back(floor, call, at)
    elif not call.offers:
        call.state = CallState.WAITING
        floor.index.enter(call)
    floor.index.rings(call)
