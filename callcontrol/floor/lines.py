"""A queue's line: its lanes, and the counts that conditions ask for. Follows from the floor's state, kept for speed."""

from __future__ import annotations

from dataclasses import dataclass, field

from callcontrol.floor.lanes import Lane


@dataclass(slots=True, eq=False)
class Line:
    queue: str
    waiting: int = 0  # in line
    served: dict[str, None] = field(default_factory=dict)  # calls that ring or talk
    lanes: dict[Lane, None] = field(default_factory=dict)  # with somebody in line

    @property
    def callers(self) -> int:
        return self.waiting + len(self.served)

    def earliest(self) -> float | None:
        """When the one who waits longest joined first; None when nobody stands in line."""
        return min((lane.order[0][0] for lane in self.lanes), default=None)
