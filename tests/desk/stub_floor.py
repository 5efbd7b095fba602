"""A floor small enough to see through: whoever joined first is offered to the first idle agent, one offer each. It keeps the
rules that the desk relies on: terms, void lines, no change without reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callcontrol.floor.entries import (
    AgentLoggedIn,
    CallJoined,
    CallLeft,
    Entry,
    Offered,
    OfferExpired,
    OfferFailed,
    TermBegan,
)
from callcontrol.ports.clock import Identities


class StubFloor:
    def __init__(self) -> None:
        self.term = 0
        self.desk = ""
        self.waiting: dict[str, str] = {}  # call -> visit, in order
        self.idle: list[str] = []
        self.offers: dict[str, list[Any]] = {}  # offer -> call, visit, agent, expires_at

    def apply(self, entry: Entry) -> bool:
        if entry.term and entry.term < self.term:
            return False
        match entry:
            case TermBegan(term=term, desk=desk) if term > self.term:
                self.term, self.desk = term, desk
            case CallJoined(call=call, visit=visit) if call not in self.waiting and not self._offer_of(call):
                self.waiting[call] = visit
            case CallLeft(call=call) if call in self.waiting:
                del self.waiting[call]
            case CallLeft(call=call) if offer := self._offer_of(call):
                self.idle.append(self.offers.pop(offer)[2])
            case AgentLoggedIn(agent=agent) if agent not in self.idle and not self._holds(agent):
                self.idle.append(agent)
            case Offered(call=call, agent=agent) if call in self.waiting and agent in self.idle:
                self.idle.remove(agent)
                self.offers[entry.offer] = [call, self.waiting.pop(call), agent, entry.expires_at]
            case OfferFailed(offer=offer) | OfferExpired(offer=offer) if offer in self.offers:
                call, visit, agent, _ = self.offers.pop(offer)
                self.waiting[call] = visit
                self.idle.append(agent)
            case _:
                return False
        return True

    def _offer_of(self, call: str) -> str | None:
        return next((o for o, (c, *_) in self.offers.items() if c == call), None)

    def _holds(self, agent: str) -> bool:
        return any(a == agent for _, _, a, _ in self.offers.values())

    def as_data(self) -> dict[str, Any]:
        return {k: getattr(self, k) for k in ("term", "desk", "waiting", "idle", "offers")}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> StubFloor:
        floor = cls()
        floor.term, floor.desk = data["term"], data["desk"]
        floor.waiting = dict(data["waiting"])
        floor.idle = list(data["idle"])
        floor.offers = {k: list(v) for k, v in data["offers"].items()}
        return floor


def decide(floor: StubFloor, now: float, identities: Identities) -> list[Entry]:
    decided: list[Entry] = [
        OfferExpired(at=now, term=floor.term, offer=offer)
        for offer, (*_, expires_at) in floor.offers.items()
        if expires_at <= now
    ]
    if decided:
        return decided
    for (call, visit), agent in zip(floor.waiting.items(), floor.idle, strict=False):
        decided.append(
            Offered(
                at=now, term=floor.term, offer=identities.new(), call=call, visit=visit, queue="support", agent=agent,
                contact=f"user/{agent}", ring_s=20.0, expires_at=now + 30.0,
            )
        )  # fmt: skip
    return decided


def next_wake(floor: StubFloor, now: float) -> float | None:  # noqa: ARG001
    return min((o[3] for o in floor.offers.values()), default=None)
