"""What a flow uses of the world outside its file: sound files, and names of queues and opening hours."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from callcontrol.flow.catalogue import KnownFlows, unknown
from callcontrol.flow.flow import Flow
from callcontrol.flow.move import Go
from callcontrol.flow.parameters import Parameter, Remembered, Text
from callcontrol.flow.steps.ask_service import AskService
from callcontrol.flow.steps.callback import Callback
from callcontrol.flow.steps.queue import Queue
from callcontrol.flow.steps.step import Step
from callcontrol.flow.steps.voice_agent import VoiceAgent
from callcontrol.values.configuration import Configuration
from callcontrol.values.problems import Problem
from callcontrol.values.trials import made_everybodys

MOST_TOLD = 3  # broken files in one sentence
# "queue", "hours", "agent", "target" and "service" -> the names that the configuration has
Names = Mapping[str, Container[str]]


def check_configuration(flows: KnownFlows, configuration: Configuration) -> list[Problem]:
    """What the entries of a configuration ask of the flows and the flows of the configuration: unknown flows, wrong
    parameters (fatal), names of queues and hours that do not exist (fatal in an entry's parameter, else a warning)."""
    known = names_of(configuration)
    found: list[Problem] = []
    for number, entry in configuration.entries.items():
        where = f"entries.{number}"
        if not flows.releases(entry.flow):
            found.append(Problem(f"{where}.flow", _no_flow(flows, entry.flow)))
            continue
        flow = flows.get(entry.flow, entry.release or None)
        found += _no_release(where, flows, entry.flow, entry.release)
        found += _uses(where, flow, entry.parameters, known, configuration)
        if entry.trial.release or entry.trial.parameters:
            tried = made_everybodys(entry)
            trial = flows.get(entry.flow, tried.release or None)
            found += _no_release(f"{where}.trial", flows, entry.flow, entry.trial.release)
            said = {(problem.where, problem.what) for problem in found}
            of_trial = _uses(where, trial, tried.parameters, known, configuration)
            found += [
                replace(problem, where=problem.where.replace(where, f"{where}.trial", 1))
                for problem in of_trial
                if (problem.where, problem.what) not in said
            ]
    return found


def _no_flow(flows: KnownFlows, name: str) -> str:
    """The sentence for a flow that is not there, and for the likeliest reason: its file is broken."""
    broken = "; ".join(str(problem) for problem in flows.broken[:MOST_TOLD])
    return f"{unknown(name, flows.names())}" + (f" These can't be used: {broken}." if broken else "")


def _no_release(where: str, flows: KnownFlows, name: str, release: int) -> Iterator[Problem]:
    if release > 0 and release not in flows.releases(name):
        known = ", ".join(map(str, flows.releases(name)))
        what = f"The flow {name!r} has no release {release}; there is {known}. Put its file into the folder of flows, or name another."
        yield Problem(f"{where}.release", what)


def _uses(
    where: str, flow: type[Flow], given: Mapping[str, Any], known: Names, configuration: Configuration
) -> Iterator[Problem]:
    for problem in flow.parameter_problems(given):
        yield Problem(f"{where}.parameters.{problem.where}", problem.what)
    for name, kind, value in _named(flow, flow.parameter_values(given)):
        if value not in known[kind]:
            what = f"The configuration has no {kind} {value!r}; add it, or name another in {name!r}."
            yield Problem(f"{where}.parameters.{name}", what, fatal=name in given)
    for step, queue in queues_of(flow):
        if queue not in configuration.queues:
            yield _no_queue(where, step, queue)
    yield from _no_callbacks(where, flow, configuration)


def names_of(configuration: Configuration) -> Names:
    return {
        "queue": configuration.queues,
        "hours": configuration.hours,
        "agent": configuration.agents,
        "service": configuration.services,
        "voice_agent": configuration.voice_agents,
        "target": configuration.targets,
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
    for step in flow.steps.values():
        if isinstance(step, VoiceAgent) and step.agent not in known.get("voice_agent", (step.agent,)):
            what = f"Step {step.name!r} leads to the voice agent {step.agent!r}, which the configuration does not have; add it."
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
    """(parameter, "queue", "hours", "agent" or "target", name) of every parameter that names one."""
    for name, parameter in flow.parameters.items():
        if isinstance(parameter, Text) and parameter.names in ("queue", "hours", "agent", "target") and values[name]:
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
