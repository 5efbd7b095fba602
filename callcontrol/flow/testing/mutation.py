"""Flows with one way led elsewhere: stories that do not notice are no proof of that way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import RehearsalError
from callcontrol.flow.steps.leading import led
from callcontrol.flow.steps.step import Step
from callcontrol.flow.testing.coverage import all_edges
from callcontrol.flow.testing.story import Story, play


@dataclass(frozen=True, slots=True)
class Mutant:
    """``flow`` goes from ``step`` to ``instead`` where the real one goes to ``target``."""

    step: str
    target: str
    instead: str
    flow: type[Flow]

    def __str__(self) -> str:
        return f"{self.step} > {self.instead} instead of {self.target}"


def mutants(flow: type[Flow]) -> Iterator[Mutant]:
    """One for each way between two steps, led to the next step of the flow that it does not lead to by itself."""
    names = list(flow.steps)
    edges = all_edges(flow)
    for step, target in sorted(edges):
        place = names.index(target)
        others = [name for name in names[place + 1 :] + names[:place] if name != step and (step, name) not in edges]
        if others:
            turn = {target: others[0]}
            changed = {**flow.steps, step: led(flow.steps[step], lambda name, turn=turn: turn.get(name, name))}  # type: ignore[misc]
            yield Mutant(step, target, others[0], _flow_with(flow, changed))


def surviving_mutants(flow: type[Flow], stories: Iterable[Story]) -> list[Mutant]:
    """Those that no story tells from the flow. Stories without expected steps notice only what can't be done any more."""
    kept = list(stories)
    return [mutant for mutant in mutants(flow) if not any(_notices(story, mutant.flow) for story in kept)]


def _notices(story: Story, flow: type[Flow]) -> bool:
    try:
        play(flow, story)
    except (AssertionError, RehearsalError):
        return True
    return False


def _flow_with(flow: type[Flow], steps: dict[str, Step]) -> type[Flow]:
    class Changed(flow, abstract=True):  # type: ignore[misc, valid-type, call-arg]  # the checks would refuse what it is made for
        name = flow.name

    Changed.steps = steps
    return Changed
