"""Plain data (TOML, JSON, a form) to a ``Configuration``: shape and types, every problem in one error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from callcontrol.values.configuration import (
    Agent,
    Announcement,
    Callback,
    Configuration,
    Entry,
    Overflow,
    Queue,
    Relaxation,
    Reserve,
    Service,
    Spoken,
    Target,
    Trial,
    VoiceAgent,
)
from callcontrol.values.emergencies import Emergency
from callcontrol.values.hours import OpeningHours, read_hours
from callcontrol.values.listed_callers import ListedCaller
from callcontrol.values.problems import Problem

T = TypeVar("T")


class ConfigurationError(ValueError):
    """The data is not a configuration. ``problems`` lists everything that is wrong, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_configuration(data: Mapping[str, Any]) -> Configuration:
    problems: list[Problem] = []
    known = {f.name for f in fields(Configuration)}
    for key in data:
        if key not in known:
            problems.append(Problem(str(key), f"is not known; the tables are {', '.join(sorted(known))}."))
    configuration = Configuration(
        queues=_named(data, "queues", Queue, "name", problems),
        agents=_named(data, "agents", Agent, "name", problems),
        entries=_named(data, "entries", Entry, "number", problems),
        hours=_hours(data, problems),
        services=_named(data, "services", Service, "name", problems),
        targets=_named(data, "targets", Target, "name", problems),
        voice_agents=_named(data, "voice_agents", VoiceAgent, "name", problems),
        texts=_texts(data, "texts", problems),
        break_reasons=_texts(data, "break_reasons", problems),
        callers=_named(data, "callers", ListedCaller, "key", problems),
        emergencies=_named(data, "emergencies", Emergency, "name", problems),
        composed=_composed(data, problems),
        composed_kept=_tables(data, "composed_kept", problems),
    )
    if problems:
        raise ConfigurationError(problems)
    return configuration


def _named(data: Mapping[str, Any], table: str, cls: type[T], identity: str, problems: list[Problem]) -> dict[str, T]:
    rows = data.get(table, {})
    if not isinstance(rows, Mapping):
        problems.append(Problem(table, f"is a table of names, such as [{table}.NAME], not {type(rows).__name__}."))
        return {}
    read: dict[str, T] = {}
    for name, row in rows.items():
        where = f"{table}.{name}"
        if not isinstance(row, Mapping):
            problems.append(Problem(where, f"is a table of fields, not {row!r}."))
            continue
        if row.get(identity, name) != name:
            problems.append(
                Problem(f"{where}.{identity}", f"says {row[identity]!r}; make it {name!r} or leave it out.")
            )
            continue
        made = read_part(cls, {**row, identity: str(name)}, where, problems)
        if made is not None:
            read[str(name)] = made
    return read


def read_part(cls: type[T], row: Mapping[str, Any], where: str, problems: list[Problem]) -> T | None:
    """One dataclass of ``values.configuration`` out of plain data; None, and the reasons added to ``problems``, if it
    can't be. The form of the admin reads a queue with it as well."""
    specs = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    before = len(problems)
    for key in row:
        if key not in specs:
            problems.append(Problem(f"{where}.{key}", f"is not known; the fields are {', '.join(specs)}."))
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        if name not in row:
            if spec.default is MISSING and spec.default_factory is MISSING:
                problems.append(Problem(f"{where}.{name}", "is missing; every row must have it."))
            continue
        if (part := PARTS.get(str(spec.type))) is not None:
            values[name] = _part(part, row[name], f"{where}.{name}", problems)
            continue
        if (part := LISTS.get(str(spec.type))) is not None:
            values[name] = _parts(part, row[name], f"{where}.{name}", problems)
            continue
        try:
            values[name] = READERS[str(spec.type)](row[name])
        except (TypeError, ValueError) as error:
            problems.append(Problem(f"{where}.{name}", str(error)))
    return cls(**values) if len(problems) == before else None


def _part(cls: type[T], value: Any, where: str, problems: list[Problem]) -> T | None:
    if isinstance(value, Mapping):
        return read_part(cls, value, where, problems)
    problems.append(Problem(where, f"is a table of fields, not {value!r}."))
    return None


def _parts(cls: type[T], value: Any, where: str, problems: list[Problem]) -> tuple[T | None, ...]:
    if isinstance(value, list | tuple):
        return tuple(_part(cls, row, f"{where}.{number}", problems) for number, row in enumerate(value, start=1))
    problems.append(Problem(where, f"is a list of tables, not {value!r}."))
    return ()


def _hours(data: Mapping[str, Any], problems: list[Problem]) -> dict[str, OpeningHours]:
    read: dict[str, OpeningHours] = {}
    rows = data.get("hours", {})
    for name, row in rows.items() if isinstance(rows, Mapping) else ():
        try:
            read[str(name)] = read_hours(str(name), row)
        except (ValueError, AttributeError, TypeError) as error:
            problems.append(Problem(f"hours.{name}", str(error)))
    return read


def _texts(data: Mapping[str, Any], table: str, problems: list[Problem]) -> dict[str, Mapping[str, str]]:
    read: dict[str, Mapping[str, str]] = {}
    rows = data.get(table, {})
    for key, row in rows.items() if isinstance(rows, Mapping) else ():
        try:
            read[str(key)] = _text_by_language(row)
        except TypeError as error:
            problems.append(Problem(f"{table}.{key}", str(error)))
    return read


def _composed(data: Mapping[str, Any], problems: list[Problem]) -> dict[str, Mapping[str, Any]]:
    """Flows as far as everybody relies on: tables of steps, which are tables. The rest is said where it is read as a flow."""
    found = _tables(data, "composed", problems)
    for name, row in found.items():
        if not isinstance(row, Mapping):
            continue
        steps = row.get("steps", {})
        if not isinstance(steps, Mapping):
            problems.append(Problem(f"composed.{name}.steps", f"is a table of steps, not {steps!r}."))
            continue
        parts = {"title": row.get("title", {}), **{f"steps.{step}": part for step, part in steps.items()}}
        problems += [
            Problem(f"composed.{name}.{where}", f"is a table of fields, not {part!r}.")
            for where, part in parts.items()
            if not isinstance(part, Mapping)
        ]
    return found


def _tables(data: Mapping[str, Any], table: str, problems: list[Problem]) -> dict[str, Mapping[str, Any]]:
    """Plain data that others read (``flow.composed``)."""
    rows = data.get(table, {})
    found = {str(name): row for name, row in rows.items()} if isinstance(rows, Mapping) else {}
    problems += [
        Problem(f"{table}.{name}", f"is a table of fields, not {row!r}.")
        for name, row in found.items()
        if not isinstance(row, Mapping)
    ]
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"is a text, not {value!r}.")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise TypeError(f"is a number, not {value!r}.")
    return float(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise TypeError(f"is a whole number, not {value!r}.")
    return int(number)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"is true or false, not {value!r}.")
    return value


def _text_by_language(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f'is a text for each language, such as {{zh = "…", en = "…"}}, not {value!r}.')
    return {str(k): _text(v) for k, v in value.items()}


def _levels(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise TypeError(f"is a level for each skill, such as {{billing = 3, zh = 4}}, not {value!r}.")
    return {str(k): _whole(v) for k, v in value.items()}


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f'is a list of names, such as ["4001", "4002"], not {value!r}.')
    return tuple(_text(name) for name in value)


def _anything(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"is a table, not {value!r}.")
    return dict(value)


def _callers(value: Any) -> dict[str, str]:
    """A list of numbers as a person writes it, or keys with masked numbers as they are kept."""
    if isinstance(value, list | tuple) and all(isinstance(number, str) for number in value):
        return dict.fromkeys(value, "")
    if isinstance(value, Mapping) and all(isinstance(shown, str) for shown in value.values()):
        return {str(key): str(shown) for key, shown in value.items()}
    raise TypeError('is a list of numbers, such as ["1001", "1002"].')  # not said back: it may hold numbers


READERS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "float": _number,
    "int": _whole,
    "bool": _yes_or_no,
    "tuple[str, ...]": _names,
    "Mapping[str, str]": _text_by_language,
    "Mapping[str, int]": _levels,
    "Mapping[str, Any]": _anything,
    "Callers": _callers,
}

# Types of fields that are dataclasses, and lists of them.
PARTS: dict[str, type[Any]] = {cls.__name__: cls for cls in (Announcement, Reserve, Callback, Spoken, Trial)}
LISTS: dict[str, type[Any]] = {f"tuple[{cls.__name__}, ...]": cls for cls in (Relaxation, Overflow)}
