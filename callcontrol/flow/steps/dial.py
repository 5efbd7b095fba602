"""Dial: ring somebody else than a queue's agent, connect the caller, and go on when the other side has hung up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.events import Event, PartyEnded
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.record import Party
from callcontrol.flow.steps.rings import Rings

DIALLED = "dialled"  # in the context: the last talk with somebody dialled: to, talk_s


@dataclass(frozen=True)
class Dial(Rings):
    """Rings ``to``: the name of a target or an agent of the configuration, or a number that the settings allow
    (``flow_numbers``). It may be remembered from the caller's keys: what is not allowed leads to ``failed``. The caller
    hears ``music`` (a name, or ``ringback``) and is connected on the answer; with ``record`` the talk is recorded. Who
    picks up hears ``whisper`` first; with ``confirm`` the call is taken only by key 1 (a mailbox presses none).

    When the other side has hung up the caller goes on at ``after_talk``. Without an answer: ``busy``, ``no_answer`` (it
    rang for ``ring_s``, or nobody pressed 1), ``rejected``, ``unreachable``, ``timeout`` (it never rang; default: as
    ``unreachable``), ``failed``."""

    kind: ClassVar[str] = "dial"
    after_talk: Target = field(kw_only=True)

    def again(self, call: Call) -> Move:
        party = call.record.party
        if party is not None and party.phase == "talking":  # it ended while nobody watched
            return self._after_talk(call, party, 0.0)
        return super().again(call)

    def take(self, call: Call, event: Event) -> Move | None:
        if isinstance(event, PartyEnded) and call.record.party is not None:
            return self._after_talk(call, call.record.party, event.talk_s)
        return super().take(call, event)

    def _after_talk(self, call: Call, party: Party, talk_s: float) -> Move:
        context = call.remembering(**{DIALLED: {"to": party.to, "talk_s": talk_s}})
        return Move(go(self.after_talk), "after the talk", changes={"party": None, "context": context})

    def ways(self) -> tuple[Way, ...]:
        return (Way("after the talk", go(self.after_talk).step, bounded=True), *super().ways())
