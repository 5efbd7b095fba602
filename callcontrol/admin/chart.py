"""The picture of a report: stacked bars of arrivals and the line of the service level, as numbers for an SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from callcontrol.values.outcomes import Outcome
from callcontrol.values.report import Line

WIDTH, HEIGHT = 1000.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 48.0, 14.0, 28.0
MOST_BARS = 400  # more are thinner than a line
LABELS = 8
LEAST_BAR = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of a bar, from the bottom upwards."""

    kind: str  # answered, late, lost, other
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    parts: tuple[Part, ...]
    line: Line
    point: tuple[float, float] | None  # of the service level


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    runs: tuple[str, ...]  # points of the line of the service level, without those that have none
    goal_y: float | None
    grid: tuple[tuple[float, str], ...]  # y, number of callers
    shares: tuple[tuple[float, str], ...]  # y, percent
    labels: tuple[tuple[float, Line], ...] = field(default=())


def chart(lines: Sequence[Line], since: float, until: float, by: str) -> Chart | None:
    """None where there is nothing to draw, or too much of it."""
    if by == "all" or not 0 < len(lines) <= MOST_BARS or until <= since:
        return None
    last = max(line.until for line in lines)
    begin, end = min(since, lines[0].since), max(until, last)
    top = _round_up(max(line.counts.joined for line in lines))

    def x_of(at: float) -> float:
        return LEFT + (at - begin) / (end - begin) * (WIDTH - LEFT - RIGHT)

    def y_of(share: float) -> float:
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 2)

    bars = []
    for line in lines:
        x, right = x_of(line.since), x_of(line.until)
        width = max(LEAST_BAR, (right - x) * 0.82)
        share = line.level.share
        point = None if share is None else (round(x + width / 2, 2), y_of(share))
        bars.append(Bar(round(x, 2), round(width, 2), _parts(line, top, y_of), line, point))
    every = max(1, -(-len(bars) // LABELS))
    return Chart(
        bars=tuple(bars),
        runs=_runs(bars),
        goal_y=y_of(lines[0].goal),
        grid=tuple((y_of(n / 4), f"{top * n / 4:g}") for n in range(5)),
        shares=tuple((y_of(n / 4), f"{n * 25} %") for n in range(5)),
        labels=tuple((round(bar.x + bar.width / 2, 2), bar.line) for bar in bars[::every]),
    )


def _parts(line: Line, top: float, y_of: object) -> tuple[Part, ...]:
    met, late, lost, lost_late = line.counts.cells
    lost_all = lost + lost_late
    other = line.counts.joined - met - late - lost_all - line.counts.outcomes.get(Outcome.WAITING, 0)
    parts, below = [], 0
    for kind, number in (("answered", met), ("late", late), ("lost", lost_all), ("other", other)):
        if number > 0:
            upper = y_of((below + number) / top)  # type: ignore[operator]
            parts.append(Part(kind, upper, round(y_of(below / top) - upper, 2)))  # type: ignore[operator]
            below += number
    return tuple(parts)


def _runs(bars: Sequence[Bar]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for bar in bars:
        if bar.point is None:
            runs.append([])
        else:
            runs[-1].append(f"{bar.point[0]:g},{bar.point[1]:g}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)


def _round_up(most: int) -> float:
    """The least of 4, 8, 12, 20, 40, 80, 120, 200 ... that is not below it, so that four lines of the grid are whole."""
    unit = 4
    while True:
        for step in (1, 2, 3, 5):
            if most <= unit * step:
                return float(unit * step)
        unit *= 10
