"""Talks with somebody who is no agent: how long, who hung up first, where the recording is. The floor knows nothing of them.

As an agent's talk they need no controller. When the other side hangs up, the caller comes back and whoever takes the call up
tells the end; when the caller does, the controller that began the talk tells it, or else the reconciler.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcontrol.ports.switch import LegEvent, LegHungUp, RecordingStopped, SwitchControl

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices

# Whoever has hung up after the other side may not have reached another controller within this time; then nobody else tells.
UNRESUMED_S = 5.0


@dataclass(slots=True)
class PartyTalk:
    call: str
    leg: str
    to: str
    began_at: float
    call_began_at: float
    recording: str = ""
    final: bool = False  # the caller does not come back
    room: bool = False  # a conference: there is no other leg
    began: bool = False
    party_gone_at: float = 0.0
    party_hung_up: bool = False  # the telephone itself, not the switch because the caller had left
    over: bool = False
    recording_told: bool = False
    early: list[LegEvent] = field(default_factory=list)


class PartyTalks:
    def __init__(self, services: CallServices) -> None:
        self._services = services
        self._talks: dict[str, PartyTalk] = {}  # by leg

    def __len__(self) -> int:
        return len(self._talks)

    def watch(self, talk: PartyTalk, control: SwitchControl) -> None:
        """From before the bridge on."""

        def on_leg(event: LegEvent) -> None:
            if talk.began:
                self._on_leg(talk, event, control)
            else:
                talk.early.append(event)

        if not talk.room:
            control.watch(talk.leg, on_leg)
        control.watch(talk.call, on_leg)

    def failed(self, talk: PartyTalk, control: SwitchControl) -> None:
        control.unwatch(talk.leg)
        control.unwatch(talk.call)

    def begin(self, talk: PartyTalk, control: SwitchControl) -> None:
        self._talks[talk.leg] = talk
        services = self._services
        if talk.room:
            services.story(talk.call, "conference_joined", room=talk.to)
        else:
            services.story(talk.call, "party_began", leg=talk.leg, to=talk.to, final=talk.final)
        if talk.recording:
            where = {"recording": talk.leg, "path": talk.recording, "agent": "", "queue": ""}
            services.story(talk.call, "recording_began", **where)
        talk.began = True
        for event in talk.early:
            self._on_leg(talk, event, control)

    def resumed(self, leg: str, control: SwitchControl) -> None:
        """The caller is with a flow again, which tells the rest."""
        talk = self._talks.pop(leg, None)
        if talk is not None:
            talk.over = True
            control.unwatch(talk.call)

    def ended(self, call: str, leg: str, to: str, began_at: float, by: str, result: str = "") -> float:
        """Tell that the talk is over; how long it lasted."""
        talk_s = round(max(self._services.clock.now() - began_at, 0.0), 3) if began_at else 0.0
        said = {"result": result} if result else {}
        self._services.story(call, "party_ended", leg=leg, to=to, talk_s=talk_s, by=by, **said)
        return talk_s

    def left(self, call: str, room: str, began_at: float, how: str) -> float:
        """Tell that the caller is out of the conference; how long it was."""
        seconds = round(max(self._services.clock.now() - began_at, 0.0), 3)
        self._services.story(call, "conference_left", room=room, how=how, seconds=seconds)
        return seconds

    def _on_leg(self, talk: PartyTalk, event: LegEvent, control: SwitchControl) -> None:
        services = self._services
        match event:
            case RecordingStopped(path=path, seconds=seconds) if path == talk.recording and not talk.recording_told:
                talk.recording_told = True
                services.story(talk.call, "recording_ended", recording=talk.leg, path=path, seconds=seconds)
            case LegHungUp(leg=leg, far=far) if leg == talk.leg:
                control.unwatch(leg)
                talk.party_hung_up = far
                talk.party_gone_at = services.clock.now()
            case LegHungUp(cause=cause) if not talk.over:
                control.unwatch(talk.call)
                talk.over = True
                self._talks.pop(talk.leg, None)
                now = services.clock.now()
                alone_s = now - talk.party_gone_at if talk.party_gone_at else 0.0
                if alone_s > UNRESUMED_S and not talk.final:
                    return  # another controller has had the call since
                by = "party" if talk.party_hung_up else "caller"
                if talk.room:
                    self.left(talk.call, talk.to, talk.began_at, "hung_up")
                else:
                    self.ended(talk.call, talk.leg, talk.to, talk.began_at, by)
                duration_s = round(now - talk.call_began_at, 3)
                by = "party" if talk.final and talk.party_hung_up else "caller"
                services.story(talk.call, "ended", cause=cause, by=by, duration_s=duration_s)
            case _:
                pass
