"""Who stands in line. A lane is the callers of one queue who ask for the same, have reached the same relaxation steps, have
the same VIP points and wait for the same agent, or for none: among them the order never changes, so that only the first of
each lane has to be compared with the others (see ``order``).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from callcontrol.floor.groups import Group
from callcontrol.floor.order import Rank, rank
from callcontrol.floor.visits import Call


@dataclass(slots=True, eq=False)
class Lane:
    queue: str
    needs: str
    vip: int
    reached: tuple[int, ...]
    sticky: str  # waits for this agent alone; empty: for anybody of the group
    target_s: float
    hard_bound: float
    strategy: str
    exclusive: int  # the last exclusive step that was reached, 0 for none
    relaxes: bool  # its queue has steps
    overflows: bool
    group: Group
    order: list[tuple[float, str]] = field(default_factory=list)  # (first_joined_at, call)

    def key(self) -> tuple[str, str, int, tuple[int, ...], str]:
        return self.queue, self.needs, self.vip, self.reached, self.sticky

    def enter(self, call: Call) -> None:
        if not self.order:
            self.register()
        insort(self.order, (call.first_joined_at, call.call))
        call.lane = self

    def leave(self, call: Call) -> None:
        place = (call.first_joined_at, call.call)
        del self.order[bisect_left(self.order, place)]
        call.lane = None
        if not self.order:
            self.unregister()

    def register(self) -> None:
        """Its pools know of it while somebody stands in it."""
        for pool in self.group.tiers:
            pool.lanes[self] = None
            if self.sticky:
                pool.held[self] = None

    def unregister(self) -> None:
        for pool in self.group.tiers:
            pool.lanes.pop(self, None)
            pool.held.pop(self, None)

    def rank(self, index: int, now: float) -> Rank:
        first_joined_at, call = self.order[index]
        return rank(first_joined_at, self.target_s, self.vip, call, now, self.hard_bound)
