"""A lead at a telephone switches an emergency message: published like the page and the command do, beside the call."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from callcontrol.flow import commands, events
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import NotPublishable, StoreUnavailable
from callcontrol.values.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from callcontrol.calls.services import CallServices
    from callcontrol.ports.switch import CallSession

log = structlog.get_logger()

DEADLINE_S = 5.0  # then the caller is told that it is not known; what was begun may still come to pass


class Amend(Protocol):
    def __call__(self, change: Callable[[Configuration], Configuration], who: str, comment: str) -> None:
        """Publish this one change and tell the floor. Raises ``NotPublishable``, ``StoreUnavailable``, ``JournalUnavailable``."""
        ...


class _Refused(Exception):
    """What was asked can't be: the message is the result."""


def switch_emergency(services: CallServices, session: CallSession, asked: commands.SwitchEmergency) -> None:
    """At once; ``events.EmergencySwitched`` follows, within ``DEADLINE_S``."""
    done = threading.Event()

    def work() -> None:
        result = _switch(services, asked)
        log.info("emergency message by telephone", agent=asked.agent, emergency=asked.emergency, result=result)
        if not done.is_set():
            done.set()
            session.post(events.EmergencySwitched(asked.wait, result))

    def watch() -> None:
        if not done.wait(DEADLINE_S):
            done.set()
            session.post(events.EmergencySwitched(asked.wait, "unavailable"))

    threading.Thread(target=work, name="switches an emergency message", daemon=True).start()
    threading.Thread(target=watch, name="waits for an emergency message", daemon=True).start()


def _switch(services: CallServices, asked: commands.SwitchEmergency) -> str:
    if services.amend is None:
        return "unavailable"
    now = datetime.fromtimestamp(services.clock.now(), UTC)
    until = (now + timedelta(hours=asked.hours)).isoformat(timespec="minutes") if asked.hours > 0 else ""

    def acting(configuration: Configuration) -> None:
        agent = configuration.agents.get(asked.agent)
        if agent is None or not agent.lead:
            raise _Refused("not_allowed")
        if asked.emergency not in configuration.emergencies:
            raise _Refused("gone")

    def change(configuration: Configuration) -> Configuration:
        emergency = configuration.emergencies.get(asked.emergency)
        if emergency is None:  # of the draft, which may have taken it away
            return configuration
        changed = replace(emergency, until=until)
        return replace(configuration, emergencies={**configuration.emergencies, asked.emergency: changed})

    what = f"on until {until}" if until else "off"
    try:
        acting(services.configuration()[1])
        services.amend(change, asked.agent, f"Emergency message {asked.emergency} {what}, by telephone")
    except _Refused as refused:
        return str(refused)
    except NotPublishable:
        return "refused"
    except (StoreUnavailable, JournalUnavailable) as error:
        log.warning("an emergency message was not switched", emergency=asked.emergency, error=str(error))
        return "unavailable"
    return "done"
