"""Sends a call into a conference. It needs no controller there: like a talk it comes back by the resume extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from callcontrol.calls.ended_alone import TOLD_BY
from callcontrol.calls.party_talks import PartyTalk, PartyTalks
from callcontrol.flow import commands, events
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import CONFERENCE_VARIABLE, CallSession, SwitchError

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices

log = structlog.get_logger()


def join(
    services: CallServices,
    session: CallSession,
    talks: PartyTalks,
    command: commands.JoinConference,
    record: CallRecord,
) -> bool:
    """True when the call is in the room and not ours any more; else ``events.PartyFailed`` follows."""
    control = services.control(session.node)
    try:
        room = control.room(command.room)
    except SwitchError as error:
        log.warning("a caller can't join a conference", call=session.uuid, room=command.room, error=str(error))
        return _refused(services, session, command, "failed", "failed")
    if room.locked or (command.most and room.members >= command.most):
        return _refused(services, session, command, "rejected", "locked" if room.locked else "full")
    talk = PartyTalk(session.uuid, command.leg, command.room, services.clock.now(), record.began_at, room=True)
    talks.watch(talk, control)
    resume = services.resume_extension
    session.remember(TOLD_BY, services.name)
    session.prepare_talk(resume)  # nothing plays, and nobody need hold the call
    try:
        control.confer(session.uuid, command.room, command.leg, muted=command.muted, resume_extension=resume)
    except SwitchError as error:
        log.warning("a caller can't join a conference", call=session.uuid, room=command.room, error=str(error))
        talks.failed(talk, control)
        session.remember("socket_resume", "true")
        session.remember(TOLD_BY, "")
        return _refused(services, session, command, "failed", "failed")
    talks.begin(talk, control)
    session.leave()
    return True


def _refused(
    services: CallServices, session: CallSession, command: commands.JoinConference, branch: str, why: str
) -> bool:
    services.story(session.uuid, "conference_left", room=command.room, how=why)
    session.post(events.PartyFailed(command.leg, branch, why.upper()))
    return False


def how_left(session: CallSession, visit: str) -> str:
    """left or ended; "" where the call was not in that conference."""
    name, _, how = (session.variable(CONFERENCE_VARIABLE) or "").partition("/")
    return how if name == visit and how in ("left", "ended") else ""
