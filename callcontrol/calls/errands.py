"""Asks outside services for a call, beside it: the answer comes into the call's line of events like all others."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callcontrol.flow import commands, events
from callcontrol.ports.outside import Answer

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.ports.switch import CallSession


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
