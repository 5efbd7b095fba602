"""The counts of half-hours in memory, for tests and for trying the pages without a database."""

from __future__ import annotations

from collections.abc import Sequence

from callcontrol.ports.journal import position_key
from callcontrol.ports.store import OpenVisit
from callcontrol.values.half_hours import HalfHour, Kept, united
from callcontrol.values.report import Answer


class MemoryHalfHours:
    """``recorded`` and the lists beside it are what the call records would say; whoever rehearses puts it there."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, float, float], tuple[str, Kept]] = {}
        self.recorded: dict[tuple[str, float], dict[str, int]] = {}
        self.without_end: list[OpenVisit] = []
        self.calls_without_end: list[float] = []  # when each began
        self.given: list[Answer] = []

    def put(self, half_hours: Sequence[HalfHour], *, since: float, upto: float, position: str) -> None:
        for one in half_hours:
            key = (one.queue, one.began_at, since)
            known = self.rows.get(key)
            if known is None or position_key(known[0]) <= position_key(position):
                self.rows[key] = (position, Kept(since, upto, one.counts.copy()))

    def between(self, since: float, until: float, *, queue: str = "") -> list[HalfHour]:
        found: dict[tuple[float, str], list[Kept]] = {}
        for (name, began_at, _since), (_position, kept) in self.rows.items():
            if since <= began_at < until and queue in ("", name):
                found.setdefault((began_at, name), []).append(kept)
        return [HalfHour(name, began_at, united(found[began_at, name])) for began_at, name in sorted(found)]

    def visits(self, since: float, until: float) -> dict[tuple[str, float], dict[str, int]]:
        return {key: dict(counts) for key, counts in self.recorded.items() if since <= key[1] < until}

    def open_visits(self, since: float, until: float, limit: int = 1000) -> list[OpenVisit]:
        return [visit for visit in self.without_end if since <= visit.joined_at < until][:limit]

    def open_calls(self, since: float, until: float) -> int:
        return sum(since <= began_at < until for began_at in self.calls_without_end)

    def answers(self, since: float, until: float, *, queue: str = "") -> list[Answer]:
        return [one for one in self.given if since <= one.at < until and queue in ("", one.queue)]
