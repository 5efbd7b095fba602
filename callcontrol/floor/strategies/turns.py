"""What a strategy may know of an agent."""

from __future__ import annotations

from typing import Protocol


class Turns(Protocol):
    """Nothing of this changes while the agent stays free, and nothing of it is changed by a break or a log-out: so a
    rank can be kept, and pausing can neither gain nor lose a turn. ``floor.fairness`` says how the counts begin."""

    @property
    def name(self) -> str: ...

    @property
    def idle_since(self) -> float:
        """Seconds since the epoch: the end of the last talk, or a miss, which is a turn that was had."""
        ...

    @property
    def turn_at(self) -> float:
        """Seconds since the epoch: the beginning of the last talk, or a miss; 0.0 when there was none."""
        ...

    @property
    def calls(self) -> int:
        """Talks of this shift, from where the others stood when it began."""
        ...

    @property
    def talk_s(self) -> float:
        """Seconds in talk, counted as ``calls`` are."""
        ...

    @property
    def share(self) -> float:
        """The same talks, each counted as 1 / weight."""
        ...

    @property
    def order(self) -> int: ...

    @property
    def weight(self) -> float: ...
