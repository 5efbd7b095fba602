"""What if: a day simulated under the rules as they were and under other rules, several times each, and compared.

Each run draws anew what was never seen (``lab.day_simulation``); both variants of a run draw the same, so what differs
between them is the rules. A range is that of one such day: with n runs, mean ± t(n-1) · s · √(1 + 1/n) (Student's t,
prediction interval). It holds what is drawn, not what was taken as it was: the day's callers. Another day brings others.
"""

from __future__ import annotations

import math
import pickle
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcontrol.lab.day import Day
from callcontrol.lab.day_figures import NUMBERS, Figures, measured, simulated
from callcontrol.lab.day_simulation import DaySimulation, Variant, callers_of
from callcontrol.lab.queue_simulation import Caller

RUNS = 2  # the least that gives a range; a day of 10,000 calls takes between 4 and 5 s on two cores

# Two-sided quantiles of Student's t for 1, 2, ... degrees of freedom; beyond them the normal distribution's.
_T80 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341, 1.337, 1.333, 1.330, 1.328)  # fmt: skip
_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """A figure over the runs. ``low80`` to ``high80`` holds it on 80 of 100 such days; None where one run says nothing."""

    mean: float
    low80: float | None = None
    high80: float | None = None
    low95: float | None = None
    high95: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: as it was that day (None: not known), before, after, and after minus before."""

    name: str
    was: float | None
    before: Range | None
    after: Range | None
    change: Range | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows`` are the figures of ``day_figures.NUMBERS``, ``outcomes`` one row for each outcome, ``agents`` the load of
    each; ``erlang``: name -> (before, after), the check."""

    queue: str
    runs: int
    began_at: float
    ended_at: float
    rows: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    agents: tuple[Row, ...]
    erlang: Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Task:
    variant: int  # 0 before, 1 after
    run: int


@dataclass(frozen=True, slots=True)
class Job:
    """All that a worker needs; it goes through a file."""

    day: Day
    queue: str
    variants: tuple[Variant, Variant]
    seed: int
    runs: int
    estimates: bool = False  # see ``DaySimulation``

    def tasks(self) -> list[Task]:
        """In pairs, so that what is done by half is a whole comparison of fewer runs."""
        return [Task(variant, run) for run in range(self.runs) for variant in (0, 1)]

    def share(self, number: int, of: int) -> list[Task]:
        """The tasks of one worker: whole runs, as far as there are enough of them."""
        return [
            task
            for place, task in enumerate(self.tasks())
            if (task.run if self.runs % of == 0 else place) % of == number
        ]

    def callers(self, run: int) -> list[Caller]:
        """Both variants of a run have the same."""
        return list(callers_of(self.day, self._seed(run)))

    def do(
        self,
        task: Task,
        progress: Callable[[float], None] | None = None,
        callers: Sequence[Caller] | None = None,
    ) -> Figures:
        variant = self.variants[task.variant]
        run = DaySimulation(self.day, variant, self._seed(task.run), progress, self.estimates, callers).run()
        return simulated(run, self.queue)

    def _seed(self, run: int) -> str:
        return f"{self.seed}:{run}"

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))


def job_of(day: Day, after: Variant, *, seed: int = 1, runs: int = RUNS, estimates: bool = False) -> Job:
    return Job(day, after.queue, (Variant(after.queue), after), seed, max(1, runs), estimates)


def compared(job: Job, figures: Mapping[Task, Figures]) -> Comparison:
    """Of all tasks' figures."""
    before = [figures[Task(0, run)] for run in range(job.runs)]
    after = [figures[Task(1, run)] for run in range(job.runs)]
    was = measured(job.day, job.queue)
    outcomes = sorted({name for one in (*before, *after) for name in one["outcomes"]})
    agents = sorted({name for one in (*before, *after) for name in one["agents"]})

    def theory(runs: Sequence[Figures], name: str) -> float | None:
        known = [one["erlang"][name] for one in runs if one["erlang"]]
        return statistics.fmean(known) if known else None

    return Comparison(
        queue=job.queue,
        runs=job.runs,
        began_at=job.day.began_at,
        ended_at=job.day.ended_at,
        rows=tuple(
            _row(name, was[name], [one[name] for one in before], [one[name] for one in after]) for name in NUMBERS
        ),
        outcomes=tuple(
            _row(
                name,
                None,
                [one["outcomes"].get(name, 0) for one in before],
                [one["outcomes"].get(name, 0) for one in after],
            )
            for name in outcomes
        ),
        agents=tuple(
            _row(name, None, [one["agents"].get(name) for one in before], [one["agents"].get(name) for one in after])
            for name in agents
        ),
        erlang={name: (theory(before, name), theory(after, name)) for name in ("mean_wait_s", "lost", "load")},
    )


def _row(name: str, was: float | None, before: Sequence[float | None], after: Sequence[float | None]) -> Row:
    changes = [None if a is None or b is None else a - b for a, b in zip(after, before, strict=True)]
    return Row(name, was, range_of(before), range_of(after), range_of(changes))


def range_of(values: Sequence[float | None]) -> Range | None:
    """Mean and ranges of what is known; None of nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean, n = statistics.fmean(known), len(known)
    if n < 2:
        return Range(mean)
    spread = statistics.stdev(known) * math.sqrt(1 + 1 / n)
    t80 = _T80[n - 2] if n - 2 < len(_T80) else 1.2816
    t95 = _T95[n - 2] if n - 2 < len(_T95) else 1.9600
    return Range(mean, mean - t80 * spread, mean + t80 * spread, mean - t95 * spread, mean + t95 * spread)


def as_data(comparison: Comparison) -> dict[str, Any]:
    """Plain JSON."""
    from dataclasses import asdict

    return asdict(comparison)
