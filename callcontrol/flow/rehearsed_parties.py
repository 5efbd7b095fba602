"""What somebody who is no agent does in a rehearsal: answers, does not, hangs up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.record import CallRecord, Party

if TYPE_CHECKING:
    from callcontrol.flow.engine import Advance

TALK_S = 60.0


class RehearsalError(Exception):
    """The rehearsal was asked for something that can't happen now. The message is a sentence."""


class WithParties:
    """A part of ``Rehearsal``."""

    record: CallRecord
    actions: list[str]
    done: list[cmd.Command]
    services: Mapping[str, Mapping[str, str | int | float | bool | None]]

    def party_answers(self) -> None:
        """Who is rung answers, and the two are connected."""
        party = self._party("ringing")
        self.actions.append("party answers")
        self._pass(5.0)
        self._add("party", f"{self.rung} answers; they talk")
        self.tell(ev.PartyJoined(party.leg, self.rung))

    def party_fails(self, branch: str = "busy") -> None:
        """``branch``: busy, no_answer, rejected, unreachable, failed, timeout."""
        party = self._party("ringing")
        self.actions.append(f"party {branch}")
        self._pass(5.0)
        self._add("party", f"{self.rung} is not connected: {branch}")
        self.tell(ev.PartyFailed(party.leg, branch, branch.upper()))

    def party_hangs_up(self, talk_s: float = TALK_S) -> None:
        party = self._party("talking")
        self.actions.append("party hangs up")
        self._pass(talk_s)
        self._add("party", f"{party.to} hangs up; the caller is back")
        self.tell(ev.PartyEnded(party.leg, talk_s))

    def voice_agent_returns(self, result: str = "", **facts: str | int | float | bool | None) -> None:
        """The voice agent hangs up with that result, or without one; ``(timeout)``: it talked for as long as it may."""
        party = self._party("talking")
        self.actions.append(f"returns {result}".rstrip())
        self._pass(TALK_S)
        self._add("party", f"the voice agent {party.to} hangs up: {result or 'it says nothing'}")
        told = {**self.services.get(party.voice, {}), **facts} if result else {}
        self.tell(ev.PartyEnded(party.leg, TALK_S, result, told))

    def conference(self, how: str = "left") -> None:
        """The caller is back from the room (left, ended), or did not get in (refused, failed)."""
        party = self._party("conference")
        self.actions.append(f"conference {how}")
        self._pass(TALK_S if how in ("left", "ended") else 0.5)
        self._add("party", f"the room {party.to}: {how}")
        if how in ("left", "ended"):
            self.tell(ev.PartyEnded(party.leg, TALK_S, how))
        else:
            self.tell(ev.PartyFailed(party.leg, "rejected" if how == "refused" else "failed", how.upper()))

    @property
    def rung(self) -> str:
        """Who was rung last."""
        return next((c.to for c in reversed(self.done) if isinstance(c, cmd.RingParty)), "")

    def _party(self, phase: str) -> Party:
        party = self.record.party
        if party is None or party.phase != phase:
            what = {"ringing": "Nobody besides agents rings", "conference": "The caller is in no conference"}.get(
                phase, "Nobody besides agents talks with the caller"
            )
            raise RehearsalError(f"{what} now; the call is at {self.record.step!r}.")
        return party

    def tell(self, event: ev.Event) -> Advance:
        raise NotImplementedError

    def _add(self, kind: str, text: str) -> None:
        raise NotImplementedError

    def _pass(self, seconds: float) -> None:
        raise NotImplementedError
