"""What the conductor has done for it: outside services asked beside the call, the switch's events in the words of flows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callcontrol.flow import commands, events
from callcontrol.ports import switch
from callcontrol.ports.outside import Answer

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.ports.switch import CallSession


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
