"""What a caller of an entry hears at a moment: the flow rehearsed with the opening hours of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from callcontrol.admin.services import HeardLine
from callcontrol.calls.entrance import emergency_facts
from callcontrol.flow import commands
from callcontrol.flow.catalogue import FlowNotFound, KnownFlows
from callcontrol.flow.rehearsal import Line, Rehearsal, RehearsalError
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.sounds import spoken
from callcontrol.values.configuration import Configuration, Entry
from callcontrol.values.emergencies import of_entry
from callcontrol.values.trials import made_everybodys

MOST_EVENTS = 30  # a caller who presses nothing is in a queue or gone long before


def heard(flows: KnownFlows, configuration: Configuration, entry: str, at: datetime) -> tuple[Sequence[str], str]:
    """The texts that a caller of ``entry`` hears at ``at`` (aware) who presses nothing, and the queue in which the caller then
    waits ("": the call ends). Raises ``LookupError`` for an entry or a flow that is not there."""
    call = _call(flows, configuration, configuration.entries[entry], "free", at)
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


def rehearsed(
    flows: KnownFlows,
    configuration: Configuration,
    entry: str,
    trial: bool,
    queue: str,
    keys: Sequence[str],
    now: float,
) -> list[HeardLine]:
    """See ``admin.services.Services.rehearsed``; ``now`` in seconds since the epoch."""
    called = configuration.entries[entry]
    called = made_everybodys(called) if trial else called
    at = datetime.fromtimestamp(now, UTC)
    try:
        call = _call(flows, configuration, called, queue, at)
    except FlowNotFound:
        return []
    try:
        call.run(list(keys))
    except RehearsalError as error:
        call.transcript.append(Line(call.now, "trouble", str(error), call.record.step))
    return [HeardLine((line.at - at).total_seconds(), line.kind, line.text, line.step) for line in call.transcript]


def _call(flows: KnownFlows, configuration: Configuration, called: Entry, queue: str, at: datetime) -> Rehearsal:
    texts = texts_of(configuration)
    return Rehearsal(
        flows.get(called.flow, called.release or None),
        queue=queue,
        parameters=called.parameters,
        language=called.language,
        at=at,
        opening=lambda now: {name: hours.is_open(now) for name, hours in configuration.hours.items()},
        opens=lambda now: {name: hours.opens_at(now) for name, hours in configuration.hours.items()},
        queue_hours={name: queue.hours for name, queue in configuration.queues.items()},
        emergency=emergency_facts(of_entry(configuration.emergencies, called.number, at.astimezone(UTC))),
        speak=lambda prompt, language: spoken(prompt, language, texts),
    )
