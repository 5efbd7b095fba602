"""What a flow uses of the world outside its file: prompts, sound files, and whatever it names of the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from callcontrol.flow.catalogue import KnownFlows, unknown
from callcontrol.flow.checks import check_prompts
from callcontrol.flow.flow import Flow
from callcontrol.flow.names import Named, names_in
from callcontrol.flow.steps.ask_service import AskService
from callcontrol.flow.steps.callback import Callback
from callcontrol.flow.steps.rings import RINGBACK
from callcontrol.flow.steps.step import Step
from callcontrol.values.composed import release_of
from callcontrol.values.configuration import Configuration, break_reasons_of
from callcontrol.values.problems import Problem
from callcontrol.values.skills import SkillExpressionError, parse
from callcontrol.values.trials import made_everybodys

MOST_TOLD = 3  # broken files in one sentence
# What a name can be of -> the names that there are. What is not among these kinds is not checked.
Names = Mapping[str, Container[str]]
# How it is called in a sentence, where that is not the kind itself.
WORDS: Mapping[str, str] = {
    "hours": "opening hours",
    "party": "target or agent",
    "voice_agent": "voice agent",
    "emergency": "emergency message",
    "break_reason": "break reason",
    "skills": "skills such as",
}
_NUMBER = re.compile(r"\+?[0-9*#]{2,}")


@dataclass(frozen=True, slots=True)
class House:
    """What stands beside the configuration, as far as it is known. ``texts``: language -> key of a prompt -> text; ``music``:
    names; ``flow_numbers``: what flows may dial beyond targets and agents, a regular expression of the whole number."""

    texts: Mapping[str, Mapping[str, str]] | None = None
    music: Container[str] | None = None
    flow_numbers: str | None = None


def check_configuration(flows: KnownFlows, configuration: Configuration, house: House = House()) -> list[Problem]:
    """What the entries of a configuration ask of the flows and the flows of the configuration: unknown flows, wrong
    parameters, names that there are not, prompts without a text. Each with the line of the flow's file that asks."""
    known = names_of(configuration, house)
    found: list[Problem] = []
    for number, entry in configuration.entries.items():
        where = f"entries.{number}"
        if not flows.releases(entry.flow):
            found.append(Problem(f"{where}.flow", _no_flow(flows, entry.flow)))
            continue
        flow = flows.get(entry.flow, entry.release or None)
        found += _no_release(where, flows, entry.flow, entry.release)
        found += _uses(where, flow, entry.parameters, known, configuration, house)
        if entry.trial.release or entry.trial.parameters:
            tried = made_everybodys(entry)
            trial = flows.get(entry.flow, tried.release or None)
            found += _no_release(f"{where}.trial", flows, entry.flow, entry.trial.release)
            said = {(problem.where, problem.what) for problem in found}
            of_trial = _uses(where, trial, tried.parameters, known, configuration, house)
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
    where: str, flow: type[Flow], given: Mapping[str, Any], known: Names, configuration: Configuration, house: House
) -> Iterator[Problem]:
    for problem in flow.parameter_problems(given):
        yield Problem(f"{where}.parameters.{problem.where}", problem.what)
    checked = flow.name in configuration.composed and flow.release == release_of(configuration, flow.name)
    for named in names_in(flow, flow.parameter_values(given)):
        if named.name in known.get(named.kind, (named.name,)) or (
            _may_lack(named.step) and flow.name not in configuration.composed
        ):
            continue
        if named.parameter is not None:
            name = named.parameter.name
            line = "" if name in given else _line(named.parameter.where)
            what = f"{_lacking(named)}; add it, or name another in {name!r}{line}."
            yield Problem(f"{where}.parameters.{name}", what, _forbids(named))
        elif named.step is not None and not (checked and _composed(named.step.where)):
            yield Problem(where, _no_such(named, named.step, _line(named.step.where)), _forbids(named))
    for problem in check_prompts(flow, house.texts) if house.texts is not None else ():
        if not (checked and _composed(problem.where)):
            yield Problem(where, f"{problem.what}{_line(problem.where)}", problem.fatal)
    yield from _no_callbacks(where, flow, configuration)


def names_of(configuration: Configuration, house: House = House()) -> Names:
    known: dict[str, Container[str]] = {
        "queue": configuration.queues,
        "hours": configuration.hours,
        "agent": configuration.agents,
        "party": _Parties(configuration, house.flow_numbers),
        "service": configuration.services,
        "voice_agent": configuration.voice_agents,
        "emergency": configuration.emergencies,
        "break_reason": break_reasons_of(configuration),
        "skills": _Skills(),
    }
    return known if house.music is None else {**known, "music": _Music(house.music)}


@dataclass(frozen=True, slots=True)
class _Parties:
    """Whom a flow may have rung. A number that the settings do not tell about is let pass."""

    configuration: Configuration
    flow_numbers: str | None

    def __contains__(self, name: object) -> bool:
        if name in self.configuration.targets or name in self.configuration.agents:
            return True
        if self.flow_numbers is None:
            return _NUMBER.fullmatch(str(name)) is not None
        return bool(self.flow_numbers) and re.fullmatch(self.flow_numbers, str(name), re.ASCII) is not None


class _Skills:
    """Of skills that nobody has the page of the queues tells."""

    def __contains__(self, text: object) -> bool:
        try:
            parse(str(text))
        except SkillExpressionError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Music:
    names: Container[str]

    def __contains__(self, name: object) -> bool:
        return name == RINGBACK or name in self.names


def _lacking(named: Named) -> str:
    return f"The configuration has no {WORDS.get(named.kind, named.kind)} {named.name!r}"


def _line(where: str) -> str:
    return f" ({where})" if ":" in where else ""


def _composed(where: str) -> bool:
    """Whether the form of a step tells of it."""
    return where.startswith("composed.")


def _may_lack(step: Step | None) -> bool:
    """Whether the flow was written for houses without it too."""
    return isinstance(step, AskService) and step.optional


def _forbids(named: Named) -> bool:
    """Whether it must not be published so: not where the caller hardly notices, or another machine's settings may allow it."""
    return (
        named.kind != "music"
        and not _may_lack(named.step)
        and not (named.kind == "party" and _NUMBER.fullmatch(named.name))
    )


def _no_such(named: Named, step: Step, line: str) -> str:
    if named.kind == "skills":
        return (
            f"Step {step.name!r}{line} asks for {named.name!r}, which is no skill expression; correct it in the flow."
        )
    which = f"{WORDS.get(named.kind, named.kind)} {named.name!r}"
    return f"Step {step.name!r}{line} names the {which}, which the configuration does not have; add it, or change the flow."


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
    """Warnings about names that the configuration does not have, for a flow that no entry uses yet."""
    found = []
    for named in names_in(flow, flow.parameter_values({})):
        if named.name in known.get(named.kind, (named.name,)):
            continue
        if named.parameter is not None:
            name = named.parameter.name
            what = f"{_lacking(named)}, the default of {name!r}."
            found.append(Problem(named.parameter.where or name, what, fatal=False))
        elif named.step is not None:
            found.append(Problem(named.step.where or named.step.name, _no_such(named, named.step, ""), fatal=False))
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


def queues_of(flow: type[Flow]) -> Iterator[tuple[Step, str]]:
    """(step, queue) of every queue that the flow was written with, but for those that parameters name."""
    for named in names_in(flow, flow.parameter_values({})):
        if named.kind == "queue" and named.step is not None and named.parameter is None:
            yield named.step, named.name
