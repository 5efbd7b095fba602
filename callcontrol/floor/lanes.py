"""Who stands in line. A lane is the callers of one queue who ask for the same and have the same VIP points: among them
the order never changes, so that only the first of each lane has to be compared with the others (see ``order``).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from callcontrol.floor.order import Rank, rank
from callcontrol.floor.pools import Pool
from callcontrol.floor.visits import Call


@dataclass(slots=True, eq=False)
class Lane:
    queue: str
    needs: str
    vip: int
    target_s: float
    strategy: str
    pool: Pool
    order: list[tuple[float, str]] = field(default_factory=list)  # (first_joined_at, call)

    def enter(self, call: Call) -> None:
        insort(self.order, (call.first_joined_at, call.call))
        call.lane = self
        self.pool.lanes[self] = None

    def leave(self, call: Call) -> None:
        place = (call.first_joined_at, call.call)
        del self.order[bisect_left(self.order, place)]
        call.lane = None
        if not self.order:
            del self.pool.lanes[self]

    def rank(self, index: int, now: float) -> Rank:
        first_joined_at, call = self.order[index]
        return rank(first_joined_at, self.target_s, self.vip, call, now)
