"""A talk that somebody sees on the switch, and that the journal does not have or no more, applied to the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.agents import ENGAGED
from callcontrol.floor.entries import CallJoined, TalkBegan, TalkFound
from callcontrol.floor.on_calls import call_joined
from callcontrol.floor.on_offers import take_back_offers, talk_began
from callcontrol.floor.visits import CallState, Offer

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def talk_found(floor: Floor, entry: TalkFound) -> bool:
    """What the floor wanted to do with that caller meanwhile is taken back. Void while the agent is held by another call,
    or the caller by another talk or visit: whoever sees the talk says so again."""
    began = TalkBegan(at=min(entry.began_at, entry.at), offer=entry.offer)
    if entry.offer in floor.offers:
        return talk_began(floor, began)
    if entry.offer in floor.over:
        return False
    call, agent = floor.calls.get(entry.call), floor.agents.get(entry.agent)
    if call is not None and (call.visit != entry.visit or call.state is CallState.TALKING or call.booking is not None):
        return False
    if agent is None or (agent.state in ENGAGED and (call is None or agent.offer not in call.offers)):
        return False
    if call is not None and call.state is CallState.OFFERED:
        take_back_offers(floor, call, began.at)
        call.state = CallState.WAITING
        floor.index.enter(call)
    if call is None:
        joined_at = min(entry.joined_at, began.at)
        joined = CallJoined(
            at=joined_at,
            call=entry.call,
            visit=entry.visit,
            queue=entry.queue,
            first_joined_at=min(entry.first_joined_at, joined_at),
            caller=entry.caller,
            masked=entry.masked,
            language=entry.language,
            node=entry.node,
        )
        call_joined(floor, joined)
        call = floor.calls[entry.call]
    floor.expired[entry.offer] = Offer(
        offer=entry.offer,
        call=call.call,
        visit=call.visit,
        queue=call.queue,
        agent=agent.name,
        at=began.at,
        ring_s=0.0,
        expires_at=began.at,
    )
    if not talk_began(floor, began):  # the agent is no more: took the last offer back to go
        del floor.expired[entry.offer]
    return True
