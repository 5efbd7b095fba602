"""A configuration as TOML that a person likes to read: what is as it would be anyway is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from callcontrol.values.configuration import Agent, Configuration, Queue, as_data

BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(configuration: Configuration, heading: str = "") -> str:
    """Read again by ``tomllib`` and ``from_data`` it is the same configuration."""
    parts = [f"# {line}" for line in heading.splitlines()]
    data = as_data(configuration)
    for table, rows in data.items():
        for name, row in rows.items():
            usual = as_data({"queues": Queue, "agents": Agent}[table](name)) if table in ("queues", "agents") else {}
            parts += ["", f"[{_key(table)}.{_key(name)}]"]
            for key, value in row.items():
                if key not in ("name", "number") and value != usual.get(key, _NOTHING):
                    parts.append(f"{_key(key)} = {_value(_changed(value, usual.get(key)))}")
    return "\n".join(parts).strip() + "\n"


_NOTHING = object()


def _changed(value: Any, usual: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(usual, Mapping) and usual:
        return {key: part for key, part in value.items() if part != usual.get(key, _NOTHING)}
    return value


def _row(part: Any) -> Any:
    """A row of a list without what says nothing."""
    if not isinstance(part, Mapping):
        return part
    return {k: v for k, v in part.items() if not (k == "when" and v == "") and not (k == "exclusive" and v is False)}


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() | float():
            return repr(value)
        case str():
            return _text(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
        case list():
            return "[" + ", ".join(_value(_row(part)) for part in value) + "]"
        case _:
            raise TypeError(f"{value!r} can't be written as TOML.")


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
