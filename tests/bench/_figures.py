"""One line of the bench's table: what was measured, what is to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """``target``: ``<= 10``, ``>= 20,000``, or what ``value`` has to be; empty where the number stands for itself.
    ``against``: what it was measured against or how, in a few words."""

    label: str
    value: object
    unit: str = ""
    target: object = ""
    against: str = ""

    @property
    def reached(self) -> bool | None:
        """None without a target."""
        target = str(self.target)
        if not target:
            return None
        sign, _, bound = target.partition(" ")
        if sign not in ("<=", ">="):
            return str(self.value) == target
        if not isinstance(self.value, int | float):
            return False
        limit = float(bound.replace(",", ""))
        return self.value <= limit if sign == "<=" else self.value >= limit

    @property
    def shown(self) -> str:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            text = str(value)
        elif isinstance(value, int) or abs(value) >= 1000:
            text = f"{value:,.0f}"
        else:
            text = f"{value:,.3g}"
        return f"{text} {self.unit}".strip()

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "target": str(self.target), "reached": self.reached}


def figures(result: dict[str, Any]) -> list[Figure]:
    rows: Sequence[Any] = result["rows"]
    return [row if isinstance(row, Figure) else Figure(*row) for row in rows]
