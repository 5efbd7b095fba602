"""Conference: the caller joins a room with others, and comes back to the flow from it."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import JoinConference, Prompt
from callcontrol.flow.events import Event, Keys, PartyEnded, PartyFailed
from callcontrol.flow.move import Move, Target, Way, go
from callcontrol.flow.record import Party
from callcontrol.flow.steps.rings import party_leg
from callcontrol.flow.steps.step import Say, Step, Value, prompts_of

ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
CONFERRING = "conference"  # phase of the party
BRANCHES = ("left", "ended", "refused", "failed")


@dataclass(frozen=True)
class Conference(Step):
    """The caller joins the ``room`` (letters, digits, ``-`` and ``_``; it may be remembered), hears music while alone, and
    leaves by ``#`` or ``*``. With ``muted`` the caller only listens. ``pin``: asked for by ``say_pin``, ``tries`` times.
    ``most``: with so many in it the room is full; 0: never.

    Then: ``left`` (by a key), ``ended`` (the conference was ended, or the caller put out of it), ``refused`` (wrong PIN, room
    locked or full), ``failed`` (no such room can be: a wrong name, or a switch without conferences)."""

    kind: ClassVar[str] = "conference"
    room: Value[str]
    left: Target
    ended: Target
    refused: Target
    failed: Target
    pin: Value[str] = ""
    muted: Value[bool] = False
    most: Value[int] = 0
    tries: Value[int] = 3
    timeout_s: Value[float] = 8.0
    say_pin: Say = "conference.pin"
    on_wrong: Say = "conference.pin_wrong"

    def enter(self, call: Call) -> Move:
        if ROOM.fullmatch(str(call.value(self.room))) is None:
            return Move(go(self.failed), "failed")
        return self._ask(call, (), 1) if call.value(self.pin) else self._join(call)

    def again(self, call: Call) -> Move:
        party = call.record.party
        if party is not None:
            return self._join(call, party)
        return self._ask(call, (), max(call.record.tries, 1)) if call.value(self.pin) else self.enter(call)

    def _ask(self, call: Call, first: tuple[Prompt, ...], tries: int) -> Move:
        said = (*first, *prompts_of(self.say_pin))
        timeout_s = float(call.value(self.timeout_s))
        return call.ask(said, {"tries": tries}, min_keys=1, max_keys=16, timeout_s=timeout_s, sensitive=True)

    def _join(self, call: Call, party: Party | None = None) -> Move:
        wait, room = call.record.wait + 1, str(call.value(self.room))
        party = party or Party(party_leg(call.record.call, wait), CONFERRING, room, call.facts.at)
        join = JoinConference(party.leg, room, bool(call.value(self.muted)), int(call.value(self.most)))
        return Move(commands=(join,), changes={"wait": wait, "party": party})

    def take(self, call: Call, event: Event) -> Move | None:
        match event:
            case Keys(keys=keys) if call.record.party is None:
                story = (("keys", {"step": self.name, "keys": "***"}),) if keys else ()
                if hmac.compare_digest(keys, str(call.value(self.pin))):
                    join = self._join(call)
                    return Move(commands=join.commands, changes=join.changes, story=story)
                if call.record.tries < int(call.value(self.tries)):
                    asked = self._ask(call, prompts_of(self.on_wrong) if keys else (), call.record.tries + 1)
                    return Move(commands=asked.commands, changes=asked.changes, story=story)
                return Move(go(self.refused), "refused", story=story)
            case PartyEnded(how=how):
                return self._go("left" if how == "left" else "ended")
            case PartyFailed(branch=branch):
                return self._go("refused" if branch == "rejected" else "failed")
        return None

    def _go(self, branch: str) -> Move:
        return Move(go(getattr(self, branch)), branch, changes={"party": None})

    def stage(self, call: Call) -> str:
        return call.record.party.phase if call.record.party else ""

    def ways(self) -> tuple[Way, ...]:
        return tuple(Way(b, go(getattr(self, b)).step, bounded=b in ("left", "ended")) for b in BRANCHES)

    def prompts(self) -> tuple[Prompt, ...]:
        return (*prompts_of(self.say_pin), *prompts_of(self.on_wrong)) if self.pin != "" else ()

    def problems(self) -> list[str]:
        wrong = isinstance(self.room, str) and ROOM.fullmatch(self.room) is None
        return [f"{self.room!r} is no name of a room; use letters, digits, - and _."] if wrong else []
