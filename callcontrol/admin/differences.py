"""What differs between two plain values: the draft and the release, before and after. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callcontrol.values.composed import KEPT
from callcontrol.values.service_checks import may_be_shown

MISSING: Any = object()
SECRET = re.compile(r"(^|\.)headers\.[^.]+$")
HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class Difference:
    """``path`` is dotted (``queues.support.patience_s``); ``before`` or ``after`` is None where there was nothing."""

    path: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any) -> list[Difference]:
    """Every leaf that differs, ordered by path; a part that is new or gone is one line for each of its leaves."""
    return [_without_secrets(found) for found in _walk("", before, after)]


def _without_secrets(found: Difference) -> Difference:
    """Of a service's header it is said that it changed; its value only where that is the name of a variable."""
    if not SECRET.search(found.path):
        return found
    before, after = (value if value is None or may_be_shown(value) else HIDDEN for value in (found.before, found.after))
    return Difference(found.path, before, after)


def _walk(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if (before is not MISSING and before == after) or path == KEPT:
        return
    if _branch(before) or _branch(after):
        left = before if isinstance(before, Mapping) else {}
        right = after if isinstance(after, Mapping) else {}
        if _leaf(before):
            yield Difference(path, shown(before), None)
        if _leaf(after):
            yield Difference(path, None, shown(after))
        for key in sorted({*left, *right}, key=str):
            inner = f"{path}.{key}" if path else str(key)
            yield from _walk(inner, left.get(key, MISSING), right.get(key, MISSING))
        return
    yield Difference(path, shown(before), shown(after))


def _branch(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _leaf(value: Any) -> bool:
    return value is not MISSING and value is not None and not isinstance(value, Mapping)


def shown(value: Any) -> str | None:
    """A leaf as a person writes it."""
    match value:
        case _ if value is MISSING:
            return None
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case str():
            return value
        case {} | []:
            return "–"
        case list() if all(isinstance(one, str) for one in value):
            return ", ".join(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
