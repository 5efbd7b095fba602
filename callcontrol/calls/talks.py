"""Talks that were begun here: who hung up first, how long it lasted, where the recording is.

A talk needs no controller; this only tells the floor and the story when it is over. When the controller that began a
talk is gone, the call itself (it comes back through the resume extension) or the reconciler tells it instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from callcontrol.calls.party_talks import PartyTalks
from callcontrol.floor import entries
from callcontrol.floor.entries import CallJoined, Entry, TalkEnded
from callcontrol.ports.switch import LegEvent, LegHeld, LegHungUp, RecordingStopped, SwitchControl

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.floor.floor import Floor

# A caller who hangs up right after the agent may not have reached the resume extension: then no other controller tells
# the end of the call. After this time one does.
UNRESUMED_S = 5.0


@dataclass(slots=True)
class Talk:
    call: str
    offer: str
    agent: str
    queue: str
    visit: str
    began_at: float
    call_began_at: float
    recording: str = ""  # path, empty when the queue does not record
    callback: bool = False  # its visit is told and counted with the call that booked it
    began: bool = False
    ended_at: float = 0.0
    recording_told: bool = False
    joined: CallJoined | None = None  # how the caller came into the queue
    over_elsewhere: bool = False  # the floor was told its end by somebody else
    early: list[LegEvent] = field(default_factory=list)  # what happened to the legs while they were being bridged


def recording_path(recordings_dir: Path, offer: str) -> str:
    """Where the talk of that offer is recorded; the same wherever it is asked."""
    return str(recordings_dir / offer[:2] / f"{offer}.wav")


def talk_began_at(floor: Floor, offer: str) -> float | None:
    """Since when the talk of that offer goes on, as the floor knows it; None if it knows of no such talk (any more)."""
    found = floor.offers.get(offer)
    if found is None or found.state != "talking":
        return None
    return found.talk_began_at


class Talks:
    def __init__(self, services: CallServices) -> None:
        self._services = services
        self._talks: dict[str, Talk] = {}  # by offer
        self.parties = PartyTalks(services)  # with somebody who is no agent

    def __len__(self) -> int:
        return sum(1 for talk in self._talks.values() if not talk.ended_at) + len(self.parties)

    def going(self) -> list[Talk]:
        """Talks that were begun here and go on, as far as is known."""
        return [talk for talk in self._talks.values() if not talk.ended_at and not talk.over_elsewhere]

    def on_entry(self, entry: Entry, valid: bool) -> None:
        """Called by the follower for each entry."""
        if valid and isinstance(entry, TalkEnded) and (talk := self._talks.get(entry.offer)):
            talk.over_elsewhere = True

    def watch(self, talk: Talk, control: SwitchControl) -> None:
        """From before the bridge on: either side may hang up in the very moment of it."""

        def on_leg(event: LegEvent) -> None:
            if talk.began:
                self._on_leg(talk, event, control)
            else:
                talk.early.append(event)

        control.watch(talk.offer, on_leg)
        control.watch(talk.call, on_leg)

    def failed(self, talk: Talk, control: SwitchControl) -> None:
        """The bridge did not come about."""
        control.unwatch(talk.offer)
        control.unwatch(talk.call)

    def begin(self, talk: Talk, control: SwitchControl) -> None:
        """Tell that the talk began; from here on the legs' events tell the rest."""
        self._forget_resumed(control)
        self._talks[talk.offer] = talk
        services = self._services
        services.tell(entries.TalkBegan(at=talk.began_at, offer=talk.offer))
        who = {"offer": talk.offer, "agent": talk.agent}
        if not talk.callback:
            who |= {"queue": talk.queue, "visit": talk.visit}
        services.story(talk.call, "talk_began", **who)
        if talk.recording:
            where = {"recording": talk.offer, "path": talk.recording, "agent": talk.agent, "queue": talk.queue}
            services.story(talk.call, "recording_began", **where)
        talk.began = True
        for event in talk.early:
            self._on_leg(talk, event, control)

    def finish(self, talk: Talk, by: str) -> None:
        """Tell that the talk is over; only the first time for each talk."""
        if talk.ended_at:
            return
        talk.ended_at = self._services.clock.now()
        self._services.tell(entries.TalkEnded(at=talk.ended_at, offer=talk.offer, by=by))
        self._services.story(
            talk.call,
            "talk_ended",
            offer=talk.offer,
            agent=talk.agent,
            talk_s=round(max(talk.ended_at - talk.began_at, 0.0), 3),
            by=by,
        )

    def recorded(self, talk: Talk, seconds: float | None) -> None:
        """Tell that the recording is over; only the first time."""
        if talk.recording and not talk.recording_told:
            talk.recording_told = True
            self._services.story(
                talk.call, "recording_ended", recording=talk.offer, path=talk.recording, seconds=seconds
            )

    def resumed(self, offer: str, control: SwitchControl) -> Talk | None:
        """The caller is with a flow again, which tells the end of the call; the talk if it was begun here."""
        talk = self._talks.pop(offer, None)
        if talk is not None:
            control.unwatch(talk.call)
        return talk

    def _on_leg(self, talk: Talk, event: LegEvent, control: SwitchControl) -> None:
        match event:
            case RecordingStopped(path=path, seconds=seconds) if path == talk.recording:
                self.recorded(talk, seconds)
            case LegHeld(leg=leg, held=held):
                if leg == talk.offer and not talk.ended_at:  # a caller who holds the line holds nobody's work
                    self._services.tell(entries.TalkHeld(at=self._services.clock.now(), offer=leg, held=held))
            case LegHungUp(leg=leg) if leg == talk.offer:
                control.unwatch(leg)
                self.finish(talk, "agent")
                self.recorded(talk, None)
            case LegHungUp(cause=cause):
                control.unwatch(talk.call)
                self.finish(talk, "caller")
                self._talks.pop(talk.offer, None)
                duration_s = round(self._services.clock.now() - talk.call_began_at, 3)
                self._services.story(talk.call, "ended", cause=cause, by="caller", duration_s=duration_s)
            case _:
                pass

    def _forget_resumed(self, control: SwitchControl) -> None:
        """Callers of ended talks who went on with another controller."""
        before = self._services.clock.now() - UNRESUMED_S
        for talk in [t for t in self._talks.values() if t.ended_at and t.ended_at < before]:
            self.resumed(talk.offer, control)
