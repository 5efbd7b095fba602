"""What the desk expects. Recorded, so that every reader tells callers the same and it can be graded; nothing follows from
it that would not be decided as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from callcontrol.floor.entries.base import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEstimated(Entry):
    """How long callers of ``queue`` will wait, in seconds from ``at``, between low and high with 80 % confidence: one who
    would join now, and those in line whose range has changed (``calls``: call -> (low, high)). An empty range: no estimate."""

    kind: ClassVar[str] = "wait_estimated"
    queue: str
    joiner: tuple[float, ...] = ()
    calls: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTimesLearned(Entry):
    """The quiet times of the week of ``queue``, as its counts of the last weeks say: (day mon..sun, start and end as local
    ``HH:MM``, weight). None: too little is known, or no time is quieter than others."""

    kind: ClassVar[str] = "quiet_times_learned"
    queue: str
    windows: tuple[tuple[str, str, str, float], ...] = ()
