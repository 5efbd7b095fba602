"""Counts that should agree and do not: what the books are alarmed about. One line of it for programs, one for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

SENTENCES: Mapping[str, str] = {
    "floor_sums": "Queue {queue}, half-hour of {half_hour}: the floor's counts do not add up ({detail}).",
    "floor_waiting": "Queue {queue}: the floor counts {expected} who wait, and has {found} of them.",
    "kept_differs": "Queue {queue}, half-hour of {half_hour}: the floor counts {expected} arrivals, the database {found}, or they ended otherwise.",
    "records_differ": "Queue {queue}, half-hour of {half_hour}: {expected} {detail} are counted, the call records have {found}.",
    "visits_open": "{found} visits to queues have no end in the call records though they are over, the oldest of call {detail}.",
    "calls_open": "{found} calls have no end in the call records, and only {expected} are running.",
}
NEXT = "See docs/reports.md, “When counts do not agree”."


@dataclass(frozen=True, slots=True)
class Alarm:
    """``kind`` is one of ``SENTENCES``; ``half_hour`` the beginning of the one it is about (seconds since the epoch, 0:
    none); ``expected`` and ``found`` are the two counts; ``detail`` says which count, or of which call."""

    kind: str
    queue: str = ""
    half_hour: float = 0.0
    expected: int = 0
    found: int = 0
    detail: str = ""

    @property
    def about(self) -> tuple[str, str, float, str]:
        """The same while the same thing is wrong, however the figures change."""
        return self.kind, self.queue, self.half_hour, "" if self.kind == "visits_open" else self.detail

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.half_hour).astimezone().isoformat(" ", "minutes") if self.half_hour else ""
        return SENTENCES[self.kind].format_map({**asdict(self), "half_hour": when}) + " " + NEXT

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def alarm_from_data(data: Mapping[str, Any]) -> Alarm | None:
    """None for one of a newer program."""
    try:
        alarm = Alarm(**data)
    except TypeError:
        return None
    return alarm if alarm.kind in SENTENCES else None
