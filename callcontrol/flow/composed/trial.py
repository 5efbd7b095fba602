"""Generated stories played on a composed flow before it is published: what ends in trouble, what no call reaches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from callcontrol.flow.composed.parts import ANSWERS
from callcontrol.flow.composed.reading import read_flow
from callcontrol.flow.flow import Flow
from callcontrol.flow.steps.sub import Sub
from callcontrol.flow.testing.coverage import all_edges
from callcontrol.flow.testing.generation import generated_stories, surprises, usual_beginnings
from callcontrol.flow.testing.story import Story

LONGEST_S = 5.0  # of computing: somebody waits for the page, and a busy machine must not change what is found
MOST_STORIES = 2000
MOST_SURPRISES = 5  # told; the others are mostly the same flaw


@dataclass(frozen=True, slots=True)
class Trial:
    """``troubles``: (what happened in the story, what is wrong). ``unreached``: steps, and ways (step, target), that no story came
    to. ``whole``: nothing was left out for the time."""

    stories: int
    troubles: tuple[tuple[str, str], ...]
    unreached_steps: tuple[str, ...]
    unreached_ways: tuple[tuple[str, str], ...]
    whole: bool


def trial_of(name: str, data: Mapping[str, Any], longest_s: float = LONGEST_S) -> Trial | None:
    """None for data that is no flow. The same data is tried once."""
    return _trial(name, json.dumps(data, sort_keys=False, default=str), longest_s)


@lru_cache(maxsize=64)
def _trial(name: str, data: str, longest_s: float) -> Trial | None:
    flow, _problems = read_flow(name, json.loads(data))
    return None if flow is None else tried(flow, longest_s)


def tried(flow: type[Flow], longest_s: float = LONGEST_S) -> Trial:
    began, number, whole = time.thread_time(), 0, True
    steps: set[str] = set()
    ways: set[tuple[str, str]] = set()
    troubles: list[tuple[str, str]] = []

    def told() -> Iterator[Story]:
        nonlocal number, whole
        for story in generated_stories(flow, beginnings=[*usual_beginnings(flow), *_answered(flow)]):
            if time.thread_time() - began > longest_s or number >= MOST_STORIES:
                whole = False
                return
            number += 1
            taken = story.steps or ()
            steps.update(taken)
            ways.update(pairwise(taken))
            yield story

    for surprise in surprises(flow, told()):
        if len(troubles) < MOST_SURPRISES and surprise.what not in {what for _story, what in troubles}:
            troubles.append((str(surprise.story), surprise.what))
    if not whole:
        return Trial(number, tuple(troubles), (), (), whole)
    unreached = sorted(flow.steps.keys() - steps)
    missing = sorted(way for way in all_edges(flow) - ways if way[0] not in unreached)
    return Trial(number, tuple(troubles), tuple(unreached), tuple(missing), whole)


def _answered(flow: type[Flow]) -> Iterator[Story]:
    """With the answers that the parts ask for: without them nobody would come through."""
    for name in dict.fromkeys(step.flow.name for step in flow.steps.values() if isinstance(step, Sub)):
        if name in ANSWERS:
            yield Story((), flow=flow.name, services=ANSWERS[name])
