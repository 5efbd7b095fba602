"""What a flow uses of the world outside its file: sound files, and names of queues and opening hours."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from callcontrol.flow.catalogue import FlowNotFound, KnownFlows
from callcontrol.flow.flow import Flow
from callcontrol.flow.move import Go
from callcontrol.flow.parameters import Parameter, Remembered, Text
from callcontrol.flow.steps.ask_service import AskService
from callcontrol.flow.steps.callback import Callback
from callcontrol.flow.steps.queue import Queue
from callcontrol.flow.steps.step import Step
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem

# "queue", "hours", "agent" and "service" -> the names that the configuration has
Names = Mapping[str, Container[str]]


def check_configuration(flows: KnownFlows, configuration: Configuration) -> list[Problem]:
    """What the entries of a configuration ask of the flows and the flows of the configuration: unknown flows, wrong
    parameters (fatal), names of queues and hours that do not exist (fatal in an entry's parameter, else a warning)."""
    known = names_of(configuration)
    found: list[Problem] = []
    for number, entry in configuration.entries.items():
        where = f"entries.{number}"
        try:
            flow = flows.get(entry.flow)
        except FlowNotFound as error:
            found.append(Problem(f"{where}.flow", str(error)))
            continue
        given = {**entry.parameters}
        found += [Problem(f"{where}.parameters.{p.where}", p.what) for p in flow.parameter_problems(given)]
        for name, kind, value in _named(flow, flow.parameter_values(given)):
            if value not in known[kind]:
                what = f"The configuration has no {kind} {value!r}; add it, or name another in {name!r}."
                found.append(Problem(f"{where}.parameters.{name}", what, fatal=name in given))
        for step, queue in queues_of(flow):
            if queue not in configuration.queues:
                found.append(_no_queue(where, step, queue))
        found += _no_callbacks(where, flow, configuration)
    return found


def names_of(configuration: Configuration) -> Names:
    return {
        "queue": configuration.queues,
        "hours": configuration.hours,
        "agent": configuration.agents,
        "service": configuration.services,
    }


def _no_callbacks(where: str, flow: type[Flow], configuration: Configuration) -> Iterator[Problem]:
    """Warnings about callback steps whose queue calls nobody back. Where the queue is remembered in the call, the step's
    way ``refused`` is the answer: one queue may call back and another not."""
    what = "Step {!r} books callbacks for the queue {!r}, which calls nobody back; enable it there or remove the step."
    for step in flow.steps.values():
        queue = (
            configuration.queues.get(step.queue) if isinstance(step, Callback) and isinstance(step.queue, str) else None
        )
        if queue is not None and not queue.callback.enabled:
            yield Problem(where, what.format(step.name, queue.name), fatal=False)


def check_names(flow: type[Flow], known: Names) -> list[Problem]:
    """Warnings about names that the configuration does not have: queues that steps lead to, and defaults of parameters
    that name a queue, opening hours or an agent."""
    found = []
    for name, kind, value in _named(flow, flow.parameter_values({})):
        if value not in known[kind]:
            what = f"The configuration has no {kind} {value!r}, the default of {name!r}."
            found.append(Problem(name, what, fatal=False))
    for step, queue in queues_of(flow):
        if queue not in known["queue"]:
            found.append(_no_queue(step.where or step.name, step, queue))
    for step in flow.steps.values():
        if isinstance(step, AskService) and step.service not in known["service"]:
            what = (
                f"Step {step.name!r} asks the service {step.service!r}, which the configuration does not have; add it."
            )
            found.append(Problem(step.where or step.name, what, fatal=False))
    return found


def check_sounds(flow: type[Flow], without_file: Callable[[str], Sequence[str]]) -> list[Problem]:
    """Warnings about prompts whose sound is not built. ``without_file``: prompt key -> languages that lack it."""
    lacking: dict[str, list[str]] = {}
    for step in flow.steps.values():
        for prompt in step.prompts():
            for language in without_file(prompt.key):
                lacking.setdefault(language, []).append(prompt.key)
    what = "{} prompts have no sound file in {!r} yet ({}); build them: callcontrol prompts build."
    shown = {language: list(dict.fromkeys(keys)) for language, keys in lacking.items()}
    return [
        Problem(
            "sounds", what.format(len(keys), language, ", ".join(keys[:3]) + ("…" if keys[3:] else "")), fatal=False
        )
        for language, keys in shown.items()
    ]


def _named(flow: type[Flow], values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(parameter, "queue", "hours" or "agent", name) of every parameter that names one."""
    for name, parameter in flow.parameters.items():
        if isinstance(parameter, Text) and parameter.names in ("queue", "hours", "agent") and values[name]:
            yield name, parameter.names, values[name]


def queues_of(flow: type[Flow]) -> Iterator[tuple[Step, str]]:
    """(step, queue) of every queue that the declaration names: in a queue step, or remembered on the way to one."""
    remembered = set()
    for step in flow.steps.values():
        if isinstance(step, Queue | Callback):
            if isinstance(step.queue, Remembered):
                remembered.add(step.queue.name)
            elif not isinstance(step.queue, Parameter):
                yield step, step.queue
    for step in flow.steps.values():
        for way in _ways_of(step):
            for name in remembered & way.remember.keys():
                yield step, str(way.remember[name])


def _ways_of(step: Step) -> Iterator[Go]:
    for field in fields(step):
        value = getattr(step, field.name)
        for each in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(each, Go):
                yield each


def _no_queue(where: str, step: Step, queue: str) -> Problem:
    what = f"Step {step.name!r} leads to the queue {queue!r}, which the configuration does not have; add the queue."
    return Problem(where, what, fatal=False)
