"""Random days (a given seed) that live desks decide."""

from __future__ import annotations

from tests.desk.live_day import LiveDay
from tests.floor.test_random_days import RandomDay


class LiveRandomDay(LiveDay, RandomDay):
    """Of a step in which a decision would come late, something happens to a process."""

    def desk(self) -> None:
        self.happens_to_a_process(self.chance)

    def arrive_one(self) -> None:
        self.happens_to_a_process(self.chance)

    def arrive_twice(self) -> None:
        self.happens_to_a_process(self.chance)

    def never_arrive(self) -> None:
        self.happens_to_a_process(self.chance)

    def elect(self) -> None:
        self.happens_to_a_process(self.chance)

    def newcomer(self) -> None:
        """The desks save snapshots; who comes new begins there."""
        self.dies(self.chance.randrange(len(self.processes)))
