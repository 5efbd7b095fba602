"""Which flow greets a call, and the facts that a flow may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from callcontrol.calls.agent_calls import agent_facts
from callcontrol.calls.booking import queue_of_callback, why_no_callback
from callcontrol.calls.services import CallServices
from callcontrol.floor.quiet_times import told_to
from callcontrol.flow.engine import first_record as flow_first_record
from callcontrol.flow.facts import EmergencyFacts, Facts
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import CallSession
from callcontrol.values.configuration import break_reasons_of
from callcontrol.values.emergencies import Emergency, of_entry, of_queue

T = TypeVar("T")
V = TypeVar("V")


def first_record(services: CallServices, session: CallSession) -> tuple[CallRecord, str]:
    """The record of a call that just came in, and the entry it came by. A number without an entry of its own is greeted
    by the default flow: whoever reached us must not hear silence."""
    _, configuration = services.configuration()
    entry = configuration.entries.get(entry_of(session))
    flow = services.flows.get(entry.flow if entry else services.default_flow)
    record = flow_first_record(
        flow,
        call=session.uuid,
        language=entry.language if entry else "zh",
        parameters=dict(entry.parameters) if entry else {},
        now=services.clock.now(),
    )
    return record, entry.number if entry else ""


class _Asked(Mapping[str, V]):
    """What a table says, found out when a flow asks: most events of a call ask nothing, and there may be many hours."""

    def __init__(self, table: Mapping[str, T], say: Callable[[T], V]) -> None:
        self._table, self._say = table, say

    def __getitem__(self, name: str) -> V:
        return self._say(self._table[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def entry_of(session: CallSession) -> str:
    """The number that was dialled. The dialplan says by which entry the call came, also when it comes again by the resume
    extension."""
    return session.variable("callcontrol_entry") or session.destination


def emergency_facts(emergency: Emergency | None) -> EmergencyFacts | None:
    if emergency is None:
        return None
    mark = f"{emergency.name} {emergency.until}"
    return EmergencyFacts(emergency.name, mark, emergency.hang_up, emergency.waiting)


def facts_for(services: CallServices, session: CallSession, caller: str, calling: str, call: str) -> Facts:
    """``caller``: the key of the caller's number; ``calling``: the agent whose phone it is."""
    number = session.caller_number
    _, configuration = services.configuration()
    now = datetime.fromtimestamp(services.clock.now(), UTC)
    emergencies = configuration.emergencies
    return Facts(
        now=now,
        open=_Asked(configuration.hours, lambda hours: hours.is_open(now)),
        queue_hours=_Asked(configuration.queues, lambda queue: queue.hours),
        caller=caller,
        agents=_Asked(services.floor().agents, agent_facts),
        calling=calling,
        break_reasons=tuple(break_reasons_of(configuration)),
        number=number,
        callback_queue=queue_of_callback(services, caller),
        quiet=_Asked(configuration.queues, lambda queue: told_to(services.floor(), queue.name, call)),
        emergency=emergency_facts(of_entry(emergencies, entry_of(session), now)) if emergencies else None,
        queue_emergencies=_Asked(
            configuration.queues, lambda queue: emergency_facts(of_queue(emergencies, queue.name, now))
        )
        if emergencies
        else {},
        callbacks=_Asked(configuration.queues, lambda queue: why_no_callback(services, queue.name, caller, number)),
    )
