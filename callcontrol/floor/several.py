"""Strategies that let several phones ring for one call (SEMANTICS: one offer, one winner). Each phone is an offer of its
own, with its own lease; the first talk wins and frees the others, which count no miss and keep their turn.

This is the one rule of when one more phone rings, for deciding it and for checking the decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.strategies import strategy_name
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.strategies import SEVERAL_RING

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

# More phones at once are no faster to answer, and each is an agent kept from other callers.
MOST_PHONES = 30


def rings_more_at(floor: Floor, call: Call) -> float | None:
    """From when on one more phone may ring for a call for which some ring already (0.0: at once); None for never. Of a
    callback one agent hears at a time: nobody is there yet who could be answered."""
    if call.booking is not None or call.state is not CallState.OFFERED or not 0 < len(call.offers) < MOST_PHONES:
        return None
    rule = floor.rules.queues.get(call.queue)
    strategy = strategy_name(rule.strategy) if rule is not None else ""
    if rule is None or strategy not in SEVERAL_RING:
        return None
    if strategy == "ring_all":
        return 0.0
    return max(floor.offers[name].at for name in call.offers) + rule.progressive_s


def may_ring_more(floor: Floor, call: Call, at: float) -> bool:
    since = rings_more_at(floor, call)
    return since is not None and since <= at
