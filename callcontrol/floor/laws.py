"""Durations as they were measured: a law says how likely something that lasts so long already lasts longer."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import ceil, exp


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution of durations, as the cumulated hazard of what was measured: straight lines between ``knots``, and
    beyond the last of them an exponential tail."""

    mean_s: float
    spread2: float  # squared coefficient of variation
    samples: int
    knots: tuple[float, ...]  # seconds, ascending, from 0
    hazard: tuple[float, ...]  # at the knots
    tail_per_s: float

    def at(self, seconds: float) -> float:
        """Cumulated hazard; ``exp(-at)`` is the share that lasts longer."""
        if seconds <= 0:
            return 0.0
        knots, hazard = self.knots, self.hazard
        if seconds >= knots[-1]:
            return hazard[-1] + (seconds - knots[-1]) * self.tail_per_s
        n = bisect_left(knots, seconds)
        part = (seconds - knots[n - 1]) / (knots[n] - knots[n - 1])
        return hazard[n - 1] + part * (hazard[n] - hazard[n - 1])

    def rest_s(self, elapsed: float) -> float:
        """How long one lasts on average that lasts ``elapsed`` seconds already."""
        start = self.at(elapsed)
        total, lasts, seconds, hazard = 0.0, 1.0, elapsed, start
        for n in range(bisect_right(self.knots, elapsed), len(self.knots)):
            longer = exp(start - self.hazard[n])
            total += (lasts - longer) * (self.knots[n] - seconds) / max(self.hazard[n] - hazard, 1e-9)
            lasts, seconds, hazard = longer, self.knots[n], self.hazard[n]
        return total + lasts / self.tail_per_s


_KNOTS = 12


def law_of(durations: list[float]) -> Law:
    """At least two durations. Nelson and Aalen's estimate, at a few of the points so that chance does not show."""
    ordered = sorted(durations)
    n = len(ordered)
    mean = max(sum(ordered) / n, 0.1)
    variance = sum((d - mean) ** 2 for d in ordered) / (n - 1)
    body = n - max(2, n // 5)  # the rest is the tail
    every = max(1, ceil(body / _KNOTS))
    knots, hazard, total = [0.0], [0.0], 0.0
    if ordered[0] > 1.0:  # shorter than any that was measured: none ends by then
        knots.append(0.99 * ordered[0])
        hazard.append(1e-6)
    for i in range(body):
        total += 1.0 / (n - i)
        if ((i + 1) % every == 0 or i == body - 1) and ordered[i] > knots[-1] + 0.001:
            knots.append(ordered[i])
            hazard.append(total)
        elif ordered[i] <= knots[-1] + 0.001:
            hazard[-1] = total
    tail = [d - knots[-1] for d in ordered[body:]]
    excess = sum(tail) / len(tail)
    per_s = min(max(1.0 / max(excess, 0.001), 0.1 / mean), 20.0 / mean)
    return Law(mean, variance / mean**2, n, tuple(knots), tuple(hazard), per_s)
