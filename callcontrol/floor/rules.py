"""The part of a configuration release that the floor works by: queues and agents.

Read from the plain data in the journal. What is wrong with a configuration is said when it is drafted; here a value that
can't be used falls back to its default, because a journal line must mean the same to every reader, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from typing import Any, TypeVar

from callcontrol.values.conditions import NEVER, Condition, ConditionError, parse_condition
from callcontrol.values.configuration import BREAK_REASONS, Agent, Queue
from callcontrol.values.configuration_reading import LISTS, PARTS
from callcontrol.values.emergencies import Emergency
from callcontrol.values.hours import OpeningHours, read_hours
from callcontrol.values.skills import EVERYBODY, SkillExpression, SkillExpressionError, parse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    hours: Mapping[str, OpeningHours] = field(default_factory=dict)
    break_reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # name -> language -> title
    emergencies: Mapping[str, Emergency] = field(
        default_factory=dict
    )  # shown on the floor; calls go by the configuration


NO_RULES = Rules()


def readable(configuration: Any) -> bool:
    """Whether it has the shape of a configuration, of whatever release of this program. What has not must not send
    everybody home."""
    return isinstance(configuration, Mapping) and all(
        isinstance(configuration.get(table, {}), Mapping) for table in ("queues", "agents")
    )


def read_rules(configuration: Mapping[str, Any]) -> Rules:
    """Queues, agents and opening hours of ``as_data`` of a configuration. Never raises."""
    return Rules(
        queues={str(name): _read(Queue, row, name=str(name)) for name, row in _table(configuration.get("queues"))},
        agents={str(name): _read(Agent, row, name=str(name)) for name, row in _table(configuration.get("agents"))},
        hours=_hours(configuration.get("hours")),
        break_reasons={
            str(name): _value("Mapping[str, str]", row) or {}
            for name, row in _table(configuration.get("break_reasons") or BREAK_REASONS)
        },
        emergencies={
            str(name): _read(Emergency, row, name=str(name)) for name, row in _table(configuration.get("emergencies"))
        },
    )


@lru_cache(maxsize=4096)
def expression(text: str) -> SkillExpression:
    """``text`` parsed. A text that can't be parsed asks for nothing: a caller is better served by somebody than lost."""
    try:
        return parse(text)
    except SkillExpressionError:
        return EVERYBODY


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """``text`` parsed. One that can't be parsed never holds: nobody is sent elsewhere for what nobody can read."""
    try:
        return parse_condition(text)
    except ConditionError:
        return NEVER


def _hours(data: Any) -> dict[str, OpeningHours]:
    read = {}
    for name, row in _table(data):
        try:
            read[str(name)] = read_hours(str(name), row)
        except (ValueError, TypeError, AttributeError):
            continue  # hours that can't be read are not known
    return read


def _table(data: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(data, Mapping):
        return []
    return [(name, row) for name, row in data.items() if isinstance(row, Mapping)]


def _read(cls: type[T], row: Mapping[str, Any], **known: Any) -> T:
    """One dataclass of ``values.configuration``: each field that can be used as it is written, else its default."""
    values = dict(known)
    for spec in fields(cls):  # type: ignore[arg-type]
        if spec.name in row and spec.name not in known:
            value = _value(str(spec.type), row[spec.name])
            if value is not None:
                values[spec.name] = value
    return cls(**values)


def _value(kind: str, value: Any) -> Any:
    """``value`` as a field of type ``kind``; None if it can't be one."""
    if kind in PARTS:
        return _read(PARTS[kind], value) if isinstance(value, Mapping) else None
    if kind in LISTS:
        return _list(LISTS[kind], value)
    if kind == "bool":
        return bool(value)
    if kind in ("int", "float"):
        usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
        return (int(value) if kind == "int" else value) if usable else None
    if kind == "str":
        return value if isinstance(value, str) else None
    if kind == "tuple[str, ...]":
        return tuple(filter(lambda each: isinstance(each, str), value)) if isinstance(value, list | tuple) else None
    if not isinstance(value, Mapping):
        return None
    fitting: type[Any] = int if kind == "Mapping[str, int]" else str
    return {str(k): v for k, v in value.items() if isinstance(v, fitting)}


def _list(cls: type[Any], value: Any) -> tuple[Any, ...] | None:
    """Rows that lack what has no default are left out: a rule without its queue or skills says nothing."""
    if not isinstance(value, list | tuple):
        return None
    needed = [s.name for s in fields(cls) if s.default is MISSING and s.default_factory is MISSING]
    return tuple(
        _read(cls, row)
        for row in value
        if isinstance(row, Mapping) and all(isinstance(row.get(name), str) for name in needed)
    )
