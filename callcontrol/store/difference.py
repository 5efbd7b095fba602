"""What changed between two configurations, as flat plain JSON: the audit, the conflict and the preview say it alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callcontrol.values.composed import KEPT
from callcontrol.values.configuration import Configuration, as_data

Flat = dict[str, Any]


def difference(before: Configuration, after: Configuration) -> tuple[Flat, Flat]:
    """(before, after), both path -> value and only where they differ: ``({"queues.support.patience_s": 30.0},
    {"queues.support.patience_s": 20.0})``. A path that only one of them has stands in that one alone; a queue that was
    added or taken away is one value, not its twenty fields."""
    old: Flat = {}
    new: Flat = {}
    _compare(_edited(before), _edited(after), (), old, new)
    return old, new


def _edited(configuration: Configuration) -> dict[str, Any]:
    """Without what the house keeps for itself."""
    return {name: value for name, value in as_data(configuration).items() if name != KEPT}


def by_object(before: Flat, after: Flat) -> dict[str, tuple[Any, Any]]:
    """A difference in pieces, one an object: ``queues.support`` -> its (before, after), flat, with paths inside of the
    object. One that was added is (None, the whole object), one that was taken away (the whole object, None)."""
    pieces: dict[str, tuple[Any, Any]] = {}
    for side, flat in enumerate((before, after)):
        for path, value in flat.items():
            section, name, *inside = path.split(".", 2)
            whole = f"{section}.{name}"
            if not inside:
                pieces[whole] = (value, None) if side == 0 else (None, value)
            else:
                pieces.setdefault(whole, ({}, {}))[side][inside[0]] = value
    return pieces


def described(name: str, before: Any, after: Any) -> str:
    """One piece in words: ``queues.support.patience_s from 30.0 to 20.0``, ``queues.night is new``."""
    if before is None:
        return f"{name} is new"
    if after is None:
        return f"{name} is gone"
    phrases = []
    for path in sorted({*before, *after}):
        if path not in before:
            phrases.append(f"{name}.{path} is new")
        elif path not in after:
            phrases.append(f"{name}.{path} is gone")
        else:
            phrases.append(f"{name}.{path} from {_short(before[path])} to {_short(after[path])}")
    return ", ".join(phrases)


def _compare(before: Any, after: Any, path: tuple[str, ...], old: Flat, new: Flat) -> None:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            here = (*path, key)
            if key in before and key in after:
                _compare(before[key], after[key], here, old, new)
            elif key in before:
                old[".".join(here)] = before[key]
            else:
                new[".".join(here)] = after[key]
        return
    if before == after:  # 30 and 30.0: the same to everybody who reads it
        return
    old[".".join(path)] = before
    new[".".join(path)] = after


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
