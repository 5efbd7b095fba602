"""Dial: ring somebody else than a queue's agent, connect the caller, and go on when the other side has hung up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Hold, RingParty
from callcontrol.flow.events import Event, PartyEnded, PartyFailed, PartyJoined
from callcontrol.flow.move import FlowTrouble, Move, Target, Way, go
from callcontrol.flow.record import Party
from callcontrol.flow.steps.step import Step, Value
from callcontrol.values.dial_results import BRANCHES

DIALLED = "dialled"  # in the context: the last talk with somebody dialled: to, talk_s
RINGBACK = "ringback"  # as ``music``: the tone of a telephone that rings
_LEGS = uuid.UUID("0f6f5a9c-8d7b-4f34-9c55-2f7c3f3a5b11")


def party_leg(call: str, wait: int) -> str:
    """Identity of the leg that is rung for that wait of the call: whoever has the record can find it and end it."""
    return str(uuid.uuid5(_LEGS, f"{call}:{wait}"))


@dataclass(frozen=True)
class Dial(Step):
    """Rings ``to``: the name of a target or an agent of the configuration, or a number that the settings allow
    (``flow_numbers``). It may be remembered from the caller's keys: what is not allowed leads to ``failed``. The caller
    hears ``music`` (a name, or ``ringback``) and is connected on the answer; with ``record`` the talk is recorded.

    When the other side has hung up the caller goes on at ``after_talk``. Without an answer: ``busy``, ``no_answer`` (it
    rang for ``ring_s``), ``rejected``, ``unreachable``, ``timeout`` (it never rang; default: as ``unreachable``), ``failed``."""

    kind: ClassVar[str] = "dial"
    to: Value[str]
    after_talk: Target
    busy: Target
    no_answer: Target
    rejected: Target
    unreachable: Target
    failed: Target
    timeout: Target | None = None
    ring_s: Value[float] = 30.0
    music: Value[str] = RINGBACK
    record: Value[bool] = False

    def enter(self, call: Call) -> Move:
        wait = call.record.wait + 1
        return self._ring(call, Party(party_leg(call.record.call, wait)))

    def again(self, call: Call) -> Move:
        """With the same leg: one that rings, or was answered, is not rung a second time."""
        party = call.record.party
        if party is None:
            return self.enter(call)
        if party.phase == "talking":  # it ended while nobody watched
            return self._after_talk(call, party, 0.0)
        return self._ring(call, party)

    def _ring(self, call: Call, party: Party) -> Move:
        wait = call.record.wait + 1
        to = str(call.value(self.to)).strip()
        ring = RingParty(party.leg, to, float(call.value(self.ring_s)), bool(call.value(self.record)))
        hold = Hold(wait, str(call.value(self.music)))
        return Move(commands=(hold, ring), changes={"wait": wait, "party": party})

    def take(self, call: Call, event: Event) -> Move | None:
        party = call.record.party
        if party is None:
            return None
        match event:
            case PartyJoined() if party.phase != "talking":
                return Move(changes={"party": replace(party, phase="talking", to=event.to, talk_at=call.facts.at)})
            case PartyEnded():
                return self._after_talk(call, party, event.talk_s)
            case PartyFailed() if party.phase != "talking":
                if event.branch not in BRANCHES:
                    raise FlowTrouble(f"The call was not connected for {event.branch!r}, which no flow knows.")
                return Move(go(self._target(event.branch)), event.branch.replace("_", " "), changes={"party": None})
        return None

    def _after_talk(self, call: Call, party: Party, talk_s: float) -> Move:
        context = call.remembering(**{DIALLED: {"to": party.to, "talk_s": talk_s}})
        return Move(go(self.after_talk), "after the talk", changes={"party": None, "context": context})

    def _target(self, branch: str) -> Target:
        if branch == "timeout" and self.timeout is None:
            return self.unreachable
        target: Target = getattr(self, branch)
        return target

    def stage(self, call: Call) -> str:
        return call.record.party.phase if call.record.party else ""

    def ways(self) -> tuple[Way, ...]:
        ways = [Way("after the talk", go(self.after_talk).step, bounded=True)]
        named = [branch for branch in BRANCHES if getattr(self, branch) is not None]
        return (*ways, *(Way(branch.replace("_", " "), go(getattr(self, branch)).step) for branch in named))
