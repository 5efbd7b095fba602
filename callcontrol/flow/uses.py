"""What a flow uses of the world outside its file: sound files, and names of queues and opening hours."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from callcontrol.flow.flow import Flow
from callcontrol.flow.parameters import Parameter, Remembered, Text
from callcontrol.flow.steps.queue import Queue
from callcontrol.values.problems import Problem


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


def check_names(flow: type[Flow], known: Mapping[str, Container[str]]) -> list[Problem]:
    """Warnings about names that the configuration does not have: defaults of parameters that name a queue or opening
    hours, and queues named by steps. ``known``: "queue" and "hours" -> their names."""
    found = []
    for name, parameter in flow.parameters.items():
        if not (isinstance(parameter, Text) and parameter.names in known and parameter.default):
            continue
        if parameter.default not in known[parameter.names]:
            what = f"The configuration has no {parameter.names} {parameter.default!r}, the default of {name!r}."
            found.append(Problem(name, what, fatal=False))
    for step in flow.steps.values():
        if not isinstance(step, Queue) or isinstance(step.queue, Parameter | Remembered):
            continue
        if step.queue not in known.get("queue", ()):
            what = f"Step {step.name!r} leads to the queue {step.queue!r}, which the configuration does not have."
            found.append(Problem(step.where or step.name, what, fatal=False))
    return found
