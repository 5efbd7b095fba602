"""VoiceAgent: hand the caller over to an outside voice agent, and go on with what it says when it hangs up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Hold, RingParty
from callcontrol.flow.events import Event, PartyEnded, PartyFailed, PartyJoined
from callcontrol.flow.move import Go, Move, Target, Way, go
from callcontrol.flow.parameters import Remembered
from callcontrol.flow.record import Party
from callcontrol.flow.steps.rings import RINGBACK, party_leg
from callcontrol.flow.steps.step import Step, Value

TOO_LONG = "(timeout)"  # as the result of a talk: it lasted as long as it may


@dataclass(frozen=True)
class VoiceAgent(Step):
    """Hands the caller over to the voice agent ``agent`` of the configuration, with the values of ``send`` (name -> a value or
    something remembered; only names that the configuration allows leave the house). What was asked for as ``sensitive``
    must be named in ``sensitive`` too, or the flow can't be used.

    The voice agent says how it ended by the header ``X-Result`` of its BYE: ``returns`` names the ways. Facts that it tells
    (``X-Facts``) are remembered under their names. ``silent``: it hung up and said nothing that is declared. ``unreachable``:
    it did not answer; ``timeout``: it talked for as long as it may; ``failed``: the configuration does not have it, or what is
    sent is too much."""

    kind: ClassVar[str] = "voice_agent"
    names: ClassVar[Mapping[str, str]] = {"agent": "voice_agent", "music": "music"}
    agent: str
    returns: Mapping[str, Target]
    silent: Target
    unreachable: Target
    timeout: Target
    failed: Target
    send: Mapping[str, Any] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    music: Value[str] = RINGBACK
    record: Value[bool] = False

    def enter(self, call: Call) -> Move:
        return self._ring(call, Party(party_leg(call.record.call, call.record.wait + 1), voice=self.agent))

    def again(self, call: Call) -> Move:
        party = call.record.party
        if party is None:
            return self.enter(call)
        if party.phase == "talking":  # it ended while nobody watched
            return Move(go(self.silent), "silent", changes={"party": None})
        return self._ring(call, party)

    def _ring(self, call: Call, party: Party) -> Move:
        wait = call.record.wait + 1
        values = {name: _text(call.value(value)) for name, value in self.send.items()}
        ring = RingParty(
            party.leg, self.agent, record=bool(call.value(self.record)), language=call.language, voice=values
        )
        return Move(commands=(Hold(wait, str(call.value(self.music))), ring), changes={"wait": wait, "party": party})

    def take(self, call: Call, event: Event) -> Move | None:
        party = call.record.party
        match event:
            case PartyJoined() if party is not None and party.phase != "talking":
                talking = replace(party, phase="talking", to=event.to, talk_at=call.facts.at)
                return Move(changes={"party": talking})
            case PartyFailed() if party is not None and party.phase != "talking":
                branch = "failed" if event.branch == "failed" else "unreachable"
                return Move(go(getattr(self, branch)), branch, changes={"party": None})
            case PartyEnded(how=how, facts=facts):
                return self._ended(how, facts)
        return None

    def _ended(self, how: str, facts: Mapping[str, Any]) -> Move:
        gone = {"party": None}
        if how == TOO_LONG:
            return Move(go(self.timeout), "timeout", changes=gone)
        there = go(self.returns.get(how, self.silent))
        branch = how if how in self.returns else "silent"
        return Move(Go(there.step, there.language, {**facts, **there.remember}), branch, changes=gone)

    def stage(self, call: Call) -> str:
        return call.record.party.phase if call.record.party else ""

    def ways(self) -> tuple[Way, ...]:
        ways = [Way(name, go(target).step, bounded=True) for name, target in self.returns.items()]
        ways += [Way("silent", go(self.silent).step, bounded=True), Way("timeout", go(self.timeout).step, bounded=True)]
        return (*ways, Way("unreachable", go(self.unreachable).step), Way("failed", go(self.failed).step))

    def sends(self) -> Mapping[str, str]:
        """What of the remembered leaves the house: name in the call -> name under which it is sent."""
        return {value.name: name for name, value in self.send.items() if isinstance(value, Remembered)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
