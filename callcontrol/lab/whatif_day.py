"""The day and the rules of a what-if, out of the archive and of what somebody typed; everything that is wrong is a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from callcontrol.desk.history import History, HistoryMissing, moment_of, position_at
from callcontrol.floor.entries import RulesPublished
from callcontrol.floor.floor import Floor
from callcontrol.lab.day import KINDS, Day, read_day
from callcontrol.lab.day_simulation import Variant
from callcontrol.ports.journal import position_key
from callcontrol.values.configuration import Configuration, from_data
from callcontrol.values.configuration_reading import ConfigurationError
from callcontrol.values.problems import Problem

MOST_AGENTS = 200  # more is a slip of the finger

Check = Callable[[Configuration], Sequence[Problem]]


class NotPossible(Exception):
    """The message is a sentence, or several lines of them."""


def day_named(text: str, now: datetime) -> date:
    """``yesterday``, ``today`` or 2026-11-20. Raises ``NotPossible``."""
    match text.strip().lower():
        case "yesterday":
            return now.date() - timedelta(days=1)
        case "today":
            return now.date()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotPossible(f"{text!r} is no day; write yesterday, today or 2026-11-20.") from None


def borders(day: date, now: datetime) -> tuple[float, float]:
    """Midnight to midnight where we are, or to now: seconds since the epoch."""
    zone = now.tzinfo
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1)
    ends = datetime(following.year, following.month, following.day, tzinfo=zone)
    return begins.timestamp(), min(ends, now).timestamp()


def day_of(history: History, began_at: float, ended_at: float) -> Day:
    """The day as the journal has it; of a day that is kept only in part, the part. Raises ``NotPossible``."""
    name = datetime.fromtimestamp(began_at).date().isoformat()
    after = position_at(began_at)
    first = history.first()
    if position_key(first) > position_key(after):
        after, began_at = first, moment_of(first)
    try:
        past = history.upto(after) if began_at < ended_at else None
    except HistoryMissing as error:
        raise NotPossible(f"There are no calls of {name} to try this on. {error}") from error
    if past is None:
        raise NotPossible(f"There are no calls of {name} to try this on: the journal is kept since {_day(began_at)}.")
    lines = history.lines(past.position, position_at(ended_at), kinds=KINDS)
    floor = past.floor
    if not floor.configuration:
        floor = Floor()  # rules come with the day's first lines
    day = read_day(floor, lines, began_at, ended_at)
    _begin_with_rules(day)
    if not day.arrivals:
        raise NotPossible(f"There are no calls of {name} to try this on; name another with --day.")
    return day


def _begin_with_rules(day: Day) -> None:
    """On the very first day the rules come after the beginning: they hold from the beginning then."""
    if day.configuration.get("queues"):
        return
    first = next((fact for fact in day.facts[1:] if isinstance(fact, RulesPublished)), None)
    if first is not None:
        day.facts.remove(first)
        day.facts[0] = replace(first, at=day.began_at)
        day.configuration = first.configuration


def _day(at: float) -> str:
    return datetime.fromtimestamp(at).date().isoformat()


def variant_of(
    day: Day,
    queue: str,
    settings: Iterable[str] = (),
    *,
    agents: int = 0,
    configuration: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> Variant:
    """The rules to try: each of ``settings`` is ``name=value``, as in the configuration file; nested ones with dots. Raises
    ``NotPossible`` with everything that is wrong."""
    queues = (configuration or day.configuration).get("queues", {})
    if queue not in queues:
        raise NotPossible(f"There is no queue {queue!r} that day; there are: {', '.join(queues) or 'none'}.")
    if abs(agents) > MOST_AGENTS:
        raise NotPossible(f"{agents:+d} agents are more than {MOST_AGENTS}; try fewer.")
    variant = Variant(queue, dict(map(_setting, settings)), configuration, agents)
    _refuse_problems(day, variant, check)
    return variant


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise NotPossible(f"{text!r} sets nothing; write name=value, such as wrap_up_s=20.")
    name, value = name.strip(), value.strip()
    if name.count(".") > 1:
        raise NotPossible(f"{name!r} is nested too deep; write a setting of a queue, such as announcement.max_share.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _refuse_problems(day: Day, variant: Variant, check: Check | None) -> None:
    from callcontrol.lab.day_simulation import changed

    base = variant.configuration if variant.configuration is not None else day.configuration
    try:
        before = from_data(base)
        tried = from_data(changed(base, variant))
    except ConfigurationError as error:
        raise NotPossible("\n".join(str(problem) for problem in error.problems)) from error
    if check is None:
        return
    old = {str(problem) for problem in check(before)} if variant.configuration is None else set()
    fatal = [str(problem) for problem in check(tried) if problem.fatal and str(problem) not in old]
    if fatal:
        raise NotPossible("\n".join(fatal))
