"""What Dial and Transfer have in common: somebody is rung, and every reason why nobody came has its way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Hold, Prompt, RingParty
from callcontrol.flow.events import Event, PartyFailed, PartyJoined
from callcontrol.flow.move import FlowTrouble, Move, Target, Way, go
from callcontrol.flow.record import Party
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of
from callcontrol.values.dial_results import BRANCHES

RINGBACK = "ringback"  # as ``music``: the tone of a telephone that rings
CALL, TAIL, PRESS = "party.call", "party.tail", "party.press"  # keys of what is said to who is rung
_LEGS = uuid.UUID("0f6f5a9c-8d7b-4f34-9c55-2f7c3f3a5b11")


def party_leg(call: str, wait: int) -> str:
    """Identity of the leg that is rung for that wait of the call: whoever has the record can find it and end it."""
    return str(uuid.uuid5(_LEGS, f"{call}:{wait}"))


@dataclass(frozen=True)
class Rings(Step):
    """See ``Dial``."""

    names: ClassVar[Mapping[str, str]] = {"to": "party", "music": "music"}

    to: Value[str]
    busy: Target
    no_answer: Target
    rejected: Target
    unreachable: Target
    failed: Target
    timeout: Target | None = None
    ring_s: Value[float] = 30.0
    music: Value[str] = RINGBACK
    record: Value[bool] = False
    whisper: Say = ()
    confirm: Value[bool] = False

    def enter(self, call: Call) -> Move:
        wait = call.record.wait + 1
        return self._ring(call, Party(party_leg(call.record.call, wait)))

    def again(self, call: Call) -> Move:
        """With the same leg: one that rings, or was answered, is not rung a second time."""
        party = call.record.party
        return self.enter(call) if party is None else self._ring(call, party)

    def _ring(self, call: Call, party: Party) -> Move:
        wait = call.record.wait + 1
        confirm = bool(call.value(self.confirm))
        ring = RingParty(
            party.leg,
            str(call.value(self.to)).strip(),
            float(call.value(self.ring_s)),
            bool(call.value(self.record)),
            said=self._said(call, confirm),
            language=call.language,
            confirm=confirm,
            final=self._final(),
        )
        hold = Hold(wait, str(call.value(self.music)))
        return Move(commands=(hold, ring), changes={"wait": wait, "party": party})

    def _said(self, call: Call, confirm: bool) -> tuple[Prompt, ...]:
        """What who is rung hears after picking up. The caller's number is named by its end alone."""
        said = call.filled(prompts_of(self.whisper))
        if not confirm:
            return said
        tail = "".join(c for c in call.facts.number if c in "0123456789")[-4:]
        who = (Prompt(CALL), Prompt(TAIL, {"tail": tail})) if len(tail) == 4 else (Prompt(CALL),)
        return (*(said or who), Prompt(PRESS))

    def _final(self) -> bool:
        """Whether the caller does not come back."""
        return False

    def take(self, call: Call, event: Event) -> Move | None:
        party = call.record.party
        if party is None or party.phase == "talking":
            return None
        match event:
            case PartyJoined():
                return self._joined(call, replace(party, phase="talking", to=event.to, talk_at=call.facts.at))
            case PartyFailed():
                if event.branch not in BRANCHES:
                    raise FlowTrouble(f"The call was not connected for {event.branch!r}, which no flow knows.")
                return Move(go(self._target(event.branch)), event.branch.replace("_", " "), changes={"party": None})
        return None

    def _joined(self, call: Call, party: Party) -> Move:
        return Move(changes={"party": party})

    def _target(self, branch: str) -> Target:
        if branch == "timeout" and self.timeout is None:
            return self.unreachable
        target: Target = getattr(self, branch)
        return target

    def stage(self, call: Call) -> str:
        return call.record.party.phase if call.record.party else ""

    def ways(self) -> tuple[Way, ...]:
        named = [branch for branch in BRANCHES if getattr(self, branch) is not None]
        return tuple(Way(branch.replace("_", " "), go(getattr(self, branch)).step) for branch in named)

    def prompts(self) -> tuple[Prompt, ...]:
        whisper = prompts_of(self.whisper)
        if self.confirm is False:
            return whisper
        return (*(whisper or (Prompt(CALL), Prompt(TAIL, {"tail": "1234"}))), Prompt(PRESS))
