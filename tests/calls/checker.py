"""Reads a whole journal and says what in it should never be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.floor import DECISIONS, Floor
from callcontrol.ports.journal import Line, position_key
from callcontrol.values.outcomes import Outcome
from tests.floor import checks


def check_journal(lines: Iterable[Mapping[str, Any]]) -> Floor:
    """The floor at its end. Fails at the first line after which a call has two winners, an agent two offers, outcomes do not
    add up, a decision of a deposed desk was taken, or somebody was offered before one who joined the same queue earlier."""
    floor = Floor()
    winners: dict[str, str] = {}  # visit -> offer
    for data in lines:
        entry = e.entry_from_data(data)
        term = floor.term
        passed_over = earlier(floor, entry)
        valid = floor.apply(entry)
        assert not (valid and type(entry) in DECISIONS and entry.term < term), f"a deposed desk decided: {entry}"
        if not valid:
            continue
        assert not passed_over, f"{entry} went before {passed_over}"
        checks.one_winner(floor)
        checks.outcomes_sum_to_arrivals(floor)
        for offer in floor.offers.values():
            if offer.state == "talking":
                assert winners.setdefault(offer.visit, offer.offer) == offer.offer, f"two talks of {offer.visit}"
    return floor


def earlier(floor: Floor, entry: e.Entry) -> list[str]:
    """Who stands in the same line and came before the one who is offered."""
    if not isinstance(entry, e.Offered) or entry.call not in floor.calls:
        return []
    call = floor.calls[entry.call]
    return [
        other.call for other in floor.calls.values()
        if other is not call and other.queue == call.queue and other.in_line()
        and (other.first_joined_at, other.call) < (call.first_joined_at, call.call)
    ]  # fmt: skip


def counted(floor: Floor, queue: str) -> dict[str, int]:
    return {str(Outcome(name)): count for name, count in floor.tallies[queue].total.outcomes.items()}


def not_routed_s(lines: Iterable[Line], since: float) -> float:
    """The longest time after ``since`` in which the journal said that somebody waited and an agent was free."""
    floor, began, longest = Floor(), None, 0.0
    for line in lines:
        at = position_key(line.position)[0] / 1000
        if began is not None:
            longest = max(longest, at - max(began, since))
        floor.apply(e.entry_from_data(line.data))
        idle = any(agent.is_free(at) for agent in floor.agents.values())
        waits = idle and any(call.in_line() for call in floor.calls.values())
        began = (began if began is not None else at) if waits else None
    return longest
