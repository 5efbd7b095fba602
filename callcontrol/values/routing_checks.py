"""What is wrong with the rules of who gets whom: skills, relaxation, overflow, reserve. Part of ``configuration_checks``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from callcontrol.values.conditions import ConditionError, parse_condition
from callcontrol.values.configuration import WRAP_UP_MODES, Configuration, Queue
from callcontrol.values.expressions import comparisons
from callcontrol.values.problems import Problem
from callcontrol.values.service_level import PRESETS
from callcontrol.values.skills import SkillExpressionError, parse
from callcontrol.values.strategies import STRATEGIES, strategy_named

# A day: nobody waits so long, and a number of milliseconds is well above it.
_WAIT_S = (0, 86_400, "seconds")

MUSIC = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,59})?")

# path inside a queue -> (least, greatest, unit)
LIMITS: Mapping[str, tuple[float, float, str]] = {
    "sticky_s": (0, 3600, "seconds"),
    "hard_bound": (1, 1000, "targets"),
    "progressive_s": (1, 120, "seconds"),
    "wrap_up_cap_s": (0, 4 * 3600, "seconds"),
    "goal": (0, 1, "of all"),
    "reserve.load_on": (0, 100, "callers for each agent"),
    "reserve.load_off": (0, 100, "callers for each agent"),
    "announcement.short_estimate_s": (0, 3600, "seconds"),
    "announcement.windows": (1, 6, "times"),
    "announcement.weeks": (1, 52, "weeks"),
    "callback.tries": (1, 20, "tries"),
    "callback.quarantine_s": (0, 86_400, "seconds"),
    "callback.retry_s": (0, 86_400, "seconds"),
    "callback.confirm_s": (3, 120, "seconds"),
    "callback.ring_s": (5, 120, "seconds"),
    "callback.valid_s": (60, 7 * 86_400, "seconds"),
    "spoken.every_s": (5, 600, "seconds"),
}


def check_routing(configuration: Configuration) -> list[Problem]:
    found: list[Problem] = []
    for queue in configuration.queues.values():
        found += _queue(configuration, queue, f"queues.{queue.name}")
    return [*found, *_circles(configuration)]


def _queue(configuration: Configuration, queue: Queue, where: str) -> Iterator[Problem]:
    yield from _names(queue, where)
    for path, limits in LIMITS.items():
        value: Any = queue
        for name in path.split("."):
            value = getattr(value, name)
        yield from _limit(f"{where}.{path}", value, limits)
    if not MUSIC.fullmatch(queue.music):
        yield Problem(f"{where}.music", f"{queue.music!r} is no name of music; write it with letters, digits, - and _.")
    yield from _skills(configuration, queue.skills, f"{where}.skills", "")
    before_s = 0.0
    for number, step in enumerate(queue.relaxation, start=1):
        there = f"{where}.relaxation.{number}"
        yield from _skills(configuration, step.skills, f"{there}.skills", "this step could never bring anybody.")
        yield from _condition(step.when, f"{there}.when")
        yield from _limit(f"{there}.after_s", step.after_s, _WAIT_S)
        if step.after_s < before_s:
            yield Problem(
                f"{there}.after_s", "comes before the step above it; put the steps in the order of their times."
            )
        before_s = step.after_s
    for number, overflow in enumerate(queue.overflow, start=1):
        there = f"{where}.overflow.{number}"
        if overflow.to not in configuration.queues:
            yield Problem(
                f"{there}.to",
                f"there is no queue {overflow.to!r} to go to; add it, or choose another, or clear the row.",
            )
        yield from _condition(overflow.when, f"{there}.when")
        yield from _limit(f"{there}.after_s", overflow.after_s, _WAIT_S)
    reserve = queue.reserve
    if reserve.skills:
        yield from _skills(configuration, reserve.skills, f"{where}.reserve.skills", "this reserve is nobody.")
    if reserve.load_off > reserve.load_on:
        yield Problem(
            f"{where}.reserve.load_off",
            f"the reserve would leave at a higher load ({reserve.load_off:g}) than it comes at ({reserve.load_on:g}); "
            "make it lower.",
        )


def _names(queue: Queue, where: str) -> Iterator[Problem]:
    if strategy_named(queue.strategy) is None:
        yield Problem(f"{where}.strategy", f"{queue.strategy!r} is no strategy; choose one of {', '.join(STRATEGIES)}.")
    if queue.wrap_up_mode not in WRAP_UP_MODES:
        yield Problem(
            f"{where}.wrap_up_mode",
            f"{queue.wrap_up_mode!r} is no mode of wrap-up; choose one of {', '.join(WRAP_UP_MODES)}.",
        )
    if queue.service_level not in PRESETS:
        yield Problem(
            f"{where}.service_level",
            f"{queue.service_level!r} is no formula of the service level; choose one of {', '.join(PRESETS)}.",
        )


def _limit(where: str, value: float, limits: tuple[float, float, str]) -> Iterator[Problem]:
    least, greatest, unit = limits
    if not least <= value <= greatest:
        yield Problem(where, f"{value:g} is out of range; from {least:g} to {greatest:g} {unit}.")


def _condition(text: str, where: str) -> Iterator[Problem]:
    try:
        parse_condition(text)
    except ConditionError as error:
        yield Problem(where, str(error))


def _skills(configuration: Configuration, text: str, where: str, then: str) -> Iterator[Problem]:
    """``then``: what it means when nobody fits, where that is fatal; empty for a queue itself, whose agents' levels may be
    raised later."""
    try:
        expression = parse(text)
    except SkillExpressionError as error:
        yield Problem(where, str(error))
        return
    agents = configuration.agents.values()
    # Level 0 is enough to be known: somebody wrote the name on purpose. Where there is no agent yet, nothing is misspelt.
    known = {skill for agent in agents for skill in agent.skills}
    unknown = sorted(expression.names() - known)
    asked = {part.name for part in comparisons(expression.root, negated=False)}  # "not trainee" works without trainees
    for skill in unknown:
        what = f"no agent has the skill {skill!r}; give it to one, or correct it."
        yield Problem(where, what, fatal=skill in asked and bool(agents))
    if any(expression.matches(agent.skills) for agent in agents):
        return
    if not then:
        what = "no agent has the skills it asks for: nobody could ever answer it."
        yield Problem(where.removesuffix(".skills"), what, fatal=False)
    elif not unknown:
        yield Problem(where, f"no agent has these skills: {then} Lower a level, or give them to one.")


def _circles(configuration: Configuration) -> Iterator[Problem]:
    """Overflows that lead back to where they began: for each queue that lies on a circle the shortest one, and each circle
    once, at its first queue by name."""
    said: set[frozenset[str]] = set()
    for name in sorted(configuration.queues):
        circle = _way_back(configuration, name)
        if circle and frozenset(circle) not in said:
            said.add(frozenset(circle))
            way = " -> ".join([*circle, name])
            yield Problem(
                f"queues.{name}.overflow", f"the overflows go round in a circle: {way}; take one of them away."
            )


def _way_back(configuration: Configuration, start: str) -> list[str]:
    """The queues of the shortest way from ``start`` over overflows back to it, without the end; empty when there is none."""
    ways, seen = [[start]], {start}
    for way in ways:  # grows as it is walked
        for overflow in configuration.queues[way[-1]].overflow:
            if overflow.to == start:
                return way
            if overflow.to in configuration.queues and overflow.to not in seen:
                seen.add(overflow.to)
                ways.append([*way, overflow.to])
    return []
