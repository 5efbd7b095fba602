"""What a caller of an entry hears at a moment: the flow rehearsed with the opening hours of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from callcontrol.calls.entrance import emergency_facts
from callcontrol.flow import commands
from callcontrol.flow.catalogue import KnownFlows
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.sounds import spoken
from callcontrol.values.configuration import Configuration
from callcontrol.values.emergencies import of_entry

MOST_EVENTS = 30  # a caller who presses nothing is in a queue or gone long before


def heard(flows: KnownFlows, configuration: Configuration, entry: str, at: datetime) -> tuple[Sequence[str], str]:
    """The texts that a caller of ``entry`` hears at ``at`` (aware) who presses nothing, and the queue in which the caller then
    waits ("": the call ends). Raises ``LookupError`` for an entry or a flow that is not there."""
    called = configuration.entries[entry]
    texts = texts_of(configuration)
    call = Rehearsal(
        flows.get(called.flow),
        parameters=called.parameters,
        language=called.language,
        at=at,
        opening=lambda now: {name: hours.is_open(now) for name, hours in configuration.hours.items()},
        queue_hours={name: queue.hours for name, queue in configuration.queues.items()},
        emergency=emergency_facts(of_entry(configuration.emergencies, entry, at.astimezone(UTC))),
        speak=lambda prompt, language: spoken(prompt, language, texts),
    )
    call.begin()
    for _event in range(MOST_EVENTS):
        if isinstance(call.doing, commands.Play):
            call.listen()
        elif isinstance(call.doing, commands.Ask):
            call.be_silent()
        else:
            break
    said = [line.text for line in call.transcript if line.kind == "hears" and line.text]
    return said, call.record.visit.queue if call.record.visit else ""
