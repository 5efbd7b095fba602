"""When it is a caller's turn in a line whose order turns over while it waits.

Where queues of different targets share agents, callers who come later may go first, and others are passed: so how often
agents must become free hangs on how long it takes. Nobody is in front any more when the agents were free as often by t as
there are callers in front at t, of those who stand in line and those who will have come; then comes the caller's own turn.

The longer it takes, the more callers have come and passed: the ends of the range are solved with those who will have come by
then, which for equal rates is the variance of a delay cycle (Conway, Maxwell, Miller, "Theory of Scheduling", 1967, chapter
8). That others are passed is counted as it usually happens, and makes the range no narrower.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from callcontrol.floor.crews import Crew
from callcontrol.floor.order import in_front_before, rank


@dataclass(slots=True)
class Stream:
    """Callers among whom the order never changes: those of one lane, and those who will join it. ``joined``: since when each
    waits who stands there, in their order. ``weight``: the part of their calls that the agents in question take. ``per_s``:
    callers who come."""

    joined: list[float]
    queue: str
    target_s: float
    vip: int
    hard_bound: float
    weight: float
    per_s: float = 0.0

    def order(self) -> tuple[float, int, float]:
        """Streams that agree in this keep their order."""
        return self.target_s, self.vip, self.hard_bound


@dataclass(slots=True)
class Front:
    """Those who are in front of one caller of the stream ``own``, who joined at ``since``."""

    streams: list[Stream]
    own: Stream
    since: float
    now: float

    def passing(self, seconds: float) -> tuple[float, float]:
        """Turns of streams that pass this one, in front after so many seconds; and their variance, which is that of those who
        have not come yet (Poisson)."""
        standing, coming = self._count(seconds, passing=True)
        # The first of them comes after half the time between two, usually; not a part of one at once.
        return standing + max(0.0, coming - 0.5), coming

    def passed(self, seconds: float) -> float:
        """Turns of all others in front by then: they become fewer."""
        return sum(self._count(seconds, passing=False))

    def _count(self, seconds: float, *, passing: bool) -> tuple[float, float]:
        at, own = self.now + seconds, self.own
        before = rank(self.since, own.target_s, own.vip, "", at, own.hard_bound)
        standing = coming = 0.0
        for stream in self.streams:
            if passing is (stream.target_s < own.target_s):
                until = in_front_before(before, at, stream.target_s, stream.vip, stream.hard_bound)
                standing += stream.weight * bisect_left(stream.joined, until)
                coming += stream.weight * stream.per_s * max(0.0, until - self.now)
        return standing, coming


def when(front: Front, crew: Crew, z: float) -> tuple[float, float, float]:
    """Seconds until an agent is free for the caller: by the normal quantile ``-z``, half of all times, by ``z``."""

    def nobody_in_front(t: float) -> tuple[float, float]:
        turns, coming = front.passing(t)
        return turns + front.passed(t), coming

    rest = front.passed(crew.until(nobody_in_front, 0.0))

    def own_turn(t: float) -> tuple[float, float]:
        turns, coming = front.passing(t)
        return turns + rest + 1.0, coming

    return crew.until(own_turn, -z), crew.until(own_turn, 0.0), crew.until(own_turn, z)
