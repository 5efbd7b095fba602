"""What comes from outside, made so that every database takes it: a write must never fail because of what a caller's name
or a header holds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
REFUSED = re.compile("[\0\ud800-\udfff]")
GREATEST_INTEGER = 2**63 - 1


def harmless(value: Any) -> Any:
    """The same plain JSON without what PostgreSQL or JSON refuses: NUL, lone surrogates, NaN, infinities, odd types."""
    match value:
        case str():
            return value if value.isascii() and "\0" not in value else REFUSED.sub(REPLACEMENT, value)
        case None | bool():
            return value
        case int():
            return value if abs(value) <= GREATEST_INTEGER else float(value) if abs(value) < 1e300 else None
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {harmless(str(key)): harmless(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [harmless(item) for item in value]
    return harmless(str(value))


def like_prefix(prefix: str) -> str:
    """A LIKE pattern (escape: backslash) for texts that begin with ``prefix``."""
    safe = harmless(prefix).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{safe}%"
