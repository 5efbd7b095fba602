"""A named part of the draft as leaves, for merging field by field, and back. A secret is a leaf by its mark alone, so that it
can stand in a form without being told."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from callcontrol.admin import edits
from callcontrol.values.configuration import as_data
from callcontrol.values.configuration_reading import read_part
from callcontrol.values.problems import Problem
from callcontrol.values.service_checks import may_be_shown

T = TypeVar("T")
SECRETS = "headers"  # the field whose values are secret
Mark = Callable[[str], str]


def marking(key: str | bytes) -> Mark:
    """A mark tells two secrets apart and can't be turned back without ``key``."""
    secret = key.encode() if isinstance(key, str) else key

    def mark(value: str) -> str:
        return value if may_be_shown(value) else f"secret:{hmac.digest(secret, value.encode(), 'sha256').hex()[:32]}"

    return mark


def leaves(part: Any, mark: Mark) -> edits.Flat:
    """Path -> leaf; nothing for None. Tables are one level deep, and the names in them may hold dots."""
    found: edits.Flat = {}
    for field, value in (as_data(part) if part is not None else {}).items():
        if isinstance(value, Mapping):
            found |= {f"{field}.{key}": mark(leaf) if field == SECRETS else leaf for key, leaf in value.items()}
        else:
            found[field] = value
    return found


def rebuilt(cls: type[T], values: edits.Flat, order: Mapping[str, Any], mark: Mark, *known: T | None) -> T:
    """The opposite of ``leaves``. ``order``: whose rows come first; ``known``: parts that hold the secrets behind the marks.
    Raises ``ValueError`` for what is no such part."""
    secrets = {
        mark(value): value for part in known if part is not None for value in getattr(part, SECRETS, {}).values()
    }
    row: dict[str, Any] = {}
    for path in dict.fromkeys((*order, *values)):
        if path not in values:
            continue
        field, dot, key = path.partition(".")
        leaf = values[path]
        if dot:
            row.setdefault(field, {})[key] = secrets.get(str(leaf), leaf) if field == SECRETS else leaf
        else:
            row[field] = leaf
    problems: list[Problem] = []
    made = read_part(cls, row, cls.__name__, problems)
    if made is None:
        raise ValueError("\n".join(map(str, problems)))
    return made
