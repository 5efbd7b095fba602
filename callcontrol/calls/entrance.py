"""Which flow greets a call, and the facts that a flow may look at."""

from __future__ import annotations

from datetime import UTC, datetime

from callcontrol.calls.services import CallServices
from callcontrol.flow.engine import first_record as flow_first_record
from callcontrol.flow.facts import Facts
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import CallSession
from callcontrol.values.numbers import number_key


def first_record(services: CallServices, session: CallSession) -> tuple[CallRecord, str]:
    """The record of a call that just came in, and the entry it came by. A number without an entry of its own is greeted
    by the default flow: whoever reached us must not hear silence."""
    _, configuration = services.configuration()
    # The dialplan says by which entry the call came, also when it comes again by the resume extension.
    entry = configuration.entries.get(session.variable("callcontrol_entry") or session.destination)
    flow = services.flows.get(entry.flow if entry else services.default_flow)
    record = flow_first_record(
        flow,
        call=session.uuid,
        language=entry.language if entry else "zh",
        parameters=dict(entry.parameters) if entry else {},
        now=services.clock.now(),
    )
    return record, entry.number if entry else ""


def facts_for(services: CallServices, session: CallSession) -> Facts:
    _, configuration = services.configuration()
    now = datetime.fromtimestamp(services.clock.now(), UTC)
    return Facts(
        now=now,
        open={name: hours.is_open(now) for name, hours in configuration.hours.items()},
        queue_hours={name: queue.hours for name, queue in configuration.queues.items()},
        caller=number_key(session.caller_number, services.number_secret),
    )
