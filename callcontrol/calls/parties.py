"""Connects one call with somebody who is no agent: rings the leg, brings the two together, ends what is not wanted any more.

The leg's identity stands in the call's record before it rings. So whoever takes the call up finds a leg that rings, or was
answered, and goes on with it; and a leg whose caller is gone is ended by the reconciler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from callcontrol.calls import party_targets, voice_agents
from callcontrol.calls.conferences import how_left, join
from callcontrol.calls.found_on_switch import PARTY_OF
from callcontrol.calls.offer import PARK_S, RING_CUT_S, end_legs, recording_variables
from callcontrol.calls.party_talks import PartyTalk, PartyTalks
from callcontrol.calls.talks import recording_path
from callcontrol.flow import commands, events
from callcontrol.flow.record import CallRecord, Party
from callcontrol.flow.steps.conference import CONFERRING
from callcontrol.ports.switch import (
    Announcement,
    CallSession,
    LegAnswered,
    LegFailed,
    LegHungUp,
    LegRinging,
    SwitchError,
)
from callcontrol.values.dial_results import BRIDGE_FAILED, FORBIDDEN, branch_of

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices

log = structlog.get_logger()

# Nobody listens to a telephone that rings for longer.
MOST_RING_S = 120.0
# The caller comes back a moment before the switch tells how the other leg ended.
WORDS_WITHIN_S = 1.5


class Parties:
    """Of one call. ``feed`` gives the engine an event; ``keep`` writes a record into the call."""

    def __init__(
        self,
        services: CallServices,
        session: CallSession,
        talks: PartyTalks,
        feed: Callable[[events.Event], None],
        keep: Callable[[CallRecord], None],
    ) -> None:
        self._services = services
        self._session = session
        self._talks = talks
        self._control = services.control(session.node)
        self._feed = feed
        self._keep = keep
        self._ringing: commands.RingParty | None = None
        self._shown = ""
        self._recording = ""
        self._rang = False

    # --- ringing ----------------------------------------------------------------------------------------------------
    def ring(self, command: commands.RingParty) -> None:
        """At once; ``events.PartyJoined`` or ``PartyFailed`` follows. The leg may ring already, by our word or another's."""
        if self._ringing is not None and self._ringing.leg == command.leg:
            return
        session, services = self._session, self._services
        found = self._found(command)
        self._ringing, self._shown, self._rang = command, found.shown, False
        self._recording = recording_path(services.recordings_dir, command.leg) if command.record else ""
        if not found.contact:
            log.warning("a call may not be connected", call=session.uuid, to=found.shown, why=found.why)
            services.story(
                session.uuid, "party_failed", leg=command.leg, to=found.shown, cause=found.refused, why=found.why
            )
            self._ringing = None
            session.post(events.PartyFailed(command.leg, "failed", found.refused))
            return
        self._control.watch(command.leg, session.post)
        voice = services.configuration()[1].voice_agents.get(command.to) if command.voice is not None else None
        announce = self._announcement(command)
        try:
            if self._control.adopt(command.leg, announce):
                self._rang = True
                return  # a controller that is gone had it ring
            services.story(session.uuid, "party_rung", leg=command.leg, to=found.shown)
            self._control.ring(
                command.leg,
                found.contact,
                ring_s=min(max(voice.ring_s if voice else command.ring_s, 1.0), MOST_RING_S) + RING_CUT_S,
                park_s=PARK_S,
                caller_name="" if found.outside else session.caller_name,
                # A carrier takes only numbers that are ours.
                caller_number=self._own_number() if found.outside else session.caller_number,
                variables={
                    PARTY_OF: session.uuid,
                    **recording_variables(self._recording),
                    **(voice_agents.variables_for(voice) if voice else {}),
                },
                announce=announce,
                headers=found.headers,
            )
        except SwitchError as error:
            log.warning("somebody could not be rung", call=session.uuid, to=found.shown, error=str(error))
            self._failed("NORMAL_TEMPORARY_FAILURE")

    def _found(self, command: commands.RingParty) -> party_targets.Found:
        if command.voice is None:
            return party_targets.find(self._services, command.to)
        voice = self._services.configuration()[1].voice_agents.get(command.to)
        if voice is None:
            why = f"The configuration has no voice agent {command.to!r}; add it under voice_agents."
            return party_targets.Found(command.to, refused=FORBIDDEN, why=why)
        try:
            headers = voice_agents.headers_for(voice, self._session.uuid, command.language, command.voice)
        except ValueError as error:
            return party_targets.Found(command.to, refused="TOO_MUCH", why=str(error))
        return party_targets.Found(command.to, voice.contact, headers=headers)

    def _announcement(self, command: commands.RingParty) -> Announcement | None:
        configuration = self._services.configuration()[1]
        files = [f for p in command.said for f in self._services.sounds.files_for(p, command.language, configuration)]
        if not files and not command.confirm:
            return None
        return Announcement(files, "1" if command.confirm else "")

    def _own_number(self) -> str:
        session = self._session
        return session.variable("callcontrol_entry") or session.destination

    def takes(self, event: object) -> bool:
        """Whether that is an event of the leg that rings."""
        return self._ringing is not None and getattr(event, "leg", "") == self._ringing.leg

    def on_leg(self, event: object, record: CallRecord | None) -> bool:
        """True when the talk has begun and the call is not ours any more."""
        ringing = self._ringing
        if ringing is None or record is None:
            return False
        match event:
            case LegRinging():
                self._rang = True
            case LegAnswered():
                return self._bridge(ringing, record)
            case LegFailed(cause=cause) | LegHungUp(cause=cause):
                self._failed(cause)
            case _:
                pass
        return False

    def _failed(self, cause: str) -> None:
        ringing = self._ringing
        assert ringing is not None
        self.end(ringing.leg)
        branch = branch_of(cause, rang=self._rang)
        self._services.story(self._session.uuid, "party_failed", leg=ringing.leg, to=self._shown, cause=cause)
        self._feed(events.PartyFailed(ringing.leg, branch, cause))

    def join(self, command: commands.JoinConference, record: CallRecord) -> bool:
        """True when the call is in the room and not ours any more."""
        return join(self._services, self._session, self._talks, command, record)

    def end(self, leg: str) -> None:
        """Not wanted any more, whoever had it ring."""
        self._ringing = None
        self._control.unwatch(leg)
        end_legs(self._control, [leg])

    # --- the talk ---------------------------------------------------------------------------------------------------
    def _bridge(self, ringing: commands.RingParty, before: CallRecord) -> bool:
        session, services = self._session, self._services
        now, recording = services.clock.now(), self._recording
        talk = PartyTalk(session.uuid, ringing.leg, self._shown, now, before.began_at, recording, ringing.final)
        self._talks.watch(talk, self._control)
        session.prepare_talk("" if ringing.final else services.resume_extension)
        self._feed(events.PartyJoined(ringing.leg, self._shown))
        try:
            self._control.bridge(session.uuid, ringing.leg)
        except SwitchError as error:
            log.info("the two could not be brought together", call=session.uuid, leg=ringing.leg, error=str(error))
            self._talks.failed(talk, self._control)
            session.remember("socket_resume", "true")
            self._keep(before)
            self._failed(BRIDGE_FAILED)
            return False
        self._ringing = None
        self._talks.begin(talk, self._control)
        session.leave()
        return True

    def taken_up(self, record: CallRecord, party: Party) -> tuple[CallRecord, events.Event]:
        """Another controller was here before us: the record to go on with, and what has happened."""
        if party.phase == CONFERRING:
            how = how_left(self._session, party.leg)
            if not how:
                return record, events.Resumed()
            self._talks.resumed(party.leg, self._control)
            seconds = self._talks.left(record.call, party.to, party.talk_at, how)
            return record, events.PartyEnded(party.leg, seconds, how)
        if party.phase != "talking":
            return record, events.Resumed()
        if self._session.variable("last_bridge_to") == party.leg:
            self._talks.resumed(party.leg, self._control)
            how, facts = self._voice_said(party) if party.voice else ("", {})
            talk_s = self._talks.ended(record.call, party.leg, party.to, party.talk_at, "party", how)
            return record, events.PartyEnded(party.leg, talk_s, how, facts)
        # It was about to begin: the leg is parked, or gone.
        return record.with_(party=Party(party.leg, to=party.to)), events.Resumed()

    def _voice_said(self, party: Party) -> tuple[str, voice_agents.Facts]:
        agent = self._services.configuration()[1].voice_agents.get(party.voice)
        return voice_agents.said(agent, self._control.last_words(party.leg, WORDS_WITHIN_S))
