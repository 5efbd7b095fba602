"""What the conductor has done for it: outside services asked beside the call, the switch's events in the words of flows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcontrol.calls.emergency_errand import switch_emergency
from callcontrol.flow import commands, events
from callcontrol.ports import switch
from callcontrol.ports.outside import Answer
from callcontrol.ports.speech import SpeechError
from callcontrol.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.flow.record import CallRecord
    from callcontrol.ports.switch import CallSession

DAY_S = 24 * 3600.0


def begin_errand(
    services: CallServices,
    session: CallSession,
    command: commands.AskService | commands.LookUp | commands.Speak | commands.SwitchEmergency,
    caller: str,
) -> None:
    """At once; the answer follows as an event. ``caller``: the key of the caller's number."""
    match command:
        case commands.AskService():
            ask_service(services, session, command)
        case commands.LookUp():
            look_up(services, session, command, caller)
        case commands.Speak():
            speak(services, session, command)
        case commands.SwitchEmergency():
            switch_emergency(services, session, command)


def in_flow_s_words(event: switch.Played | switch.KeysEntered | switch.KeyPressed | switch.Recorded) -> events.Event:
    match event:
        case switch.Played(wait=wait, missing=missing):
            return events.Played(wait, missing)
        case switch.KeysEntered(wait=wait, keys=keys, terminator=terminator):
            return events.Keys(wait, keys, terminator)
        case switch.KeyPressed(key=key):
            return events.Key(key)
        case switch.Recorded(wait=wait, ended_by=ended_by, seconds=seconds):
            return events.Recorded(wait, ended_by, seconds)


def look_up(services: CallServices, session: CallSession, command: commands.LookUp, caller: str) -> None:
    """At once; ``events.LookedUp`` follows. ``caller``: the key of the caller's number."""

    def run() -> None:
        since = services.clock.now() - command.days * DAY_S
        try:
            facts = services.callers.look_up(caller, since=since, but=session.uuid)
        except StoreUnavailable as error:
            session.post(events.LookedUp(command.wait, False, why=str(error)))
        else:
            session.post(events.LookedUp(command.wait, True, facts))

    threading.Thread(target=run, name="looks up", daemon=True).start()


def hold_music(services: CallServices, record: CallRecord, command: commands.Hold) -> Sequence[str]:
    """What the flow names, else what the queue does in which the caller waits."""
    queue = services.configuration()[1].queues.get(record.visit.queue) if record.visit else None
    shuffled = f"{record.call}{command.wait}" if queue is not None and queue.music_shuffled else ""
    return services.sounds.music(command.music or (queue.music if queue else ""), record.language, shuffled)


@dataclass(frozen=True, slots=True)
class SpokenNow:
    """A text was spoken into this file; it is played if the call still waits for it."""

    wait: int
    file: str


def speak(services: CallServices, session: CallSession, command: commands.Speak) -> None:
    """At once; ``SpokenNow`` or ``events.NotSpoken`` follows."""

    def run() -> None:
        try:
            file = services.speech.spoken(command.text, command.language, private=command.private)
        except SpeechError as error:
            session.post(events.NotSpoken(command.wait, str(error)))
        else:
            session.post(SpokenNow(command.wait, file))

    threading.Thread(target=run, name="speaks", daemon=True).start()


def ask_service(services: CallServices, session: CallSession, command: commands.AskService) -> None:
    """At once; ``events.ServiceAnswered`` follows. A call that is over by then is told nothing."""
    service = services.configuration()[1].services.get(command.service)
    if service is None:
        answer = Answer("failed", why=f"The configuration has no service {command.service!r}; add it under services.")
        session.post(_event(command, answer))
        return

    def run() -> None:
        session.post(_event(command, services.outside.ask(service, command.values, command.key)))

    threading.Thread(target=run, name=f"asks {service.name}", daemon=True).start()


def _event(command: commands.AskService, answer: Answer) -> events.ServiceAnswered:
    return events.ServiceAnswered(command.wait, answer.result, dict(answer.facts), answer.why)
