"""Values of a story line's data as they may be kept. The data comes from the journal, where another release may have written it:
whatever is not as expected counts as not said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from callcontrol.store.texts import GREATEST_INTEGER


def text_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None or isinstance(value, bool | Mapping | list):
        return ""
    return str(value)


def release_of(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 <= value <= GREATEST_INTEGER else 0


def number_of(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(0.0, float(value))
