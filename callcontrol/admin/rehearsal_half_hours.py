"""The counts of half-hours in memory, for tests and for trying the pages without a database."""

from __future__ import annotations

from collections.abc import Sequence

from callcontrol.ports.journal import position_key
from callcontrol.ports.store import OpenVisit
from callcontrol.values.configuration import Configuration
from callcontrol.values.counts import HALF_HOUR_S, Counts, half_hour
from callcontrol.values.half_hours import HalfHour, Kept, united
from callcontrol.values.report import QUESTIONS, REPEAT_DAYS, Answer, Solved


def past_half_hours(kept: MemoryHalfHours, now: float, rules: Configuration, days: int = 8) -> None:
    """Days that look like days: quiet nights, a peak in the morning in which less is answered in time."""
    last = half_hour(now)
    for number in range(last - days * 48, last + 1):
        hour = number % 48 / 2
        busy = max(0.0, 1 - abs(hour - 2.5) / 5) + max(
            0.0, 0.7 - abs(hour - 7) / 4
        )  # in UTC; the peaks of a Chinese day
        for place, (name, queue) in enumerate(rules.queues.items()):
            arrivals = round(busy * (24 - 9 * place) + (number * 7 % 5) * (busy > 0))
            if not arrivals:
                continue
            late, lost = round(arrivals * busy * 0.22), round(arrivals * busy * 0.1)
            advised, booked, short = round(arrivals * busy * 0.08), int(busy > 0.9), number % 3 % 2
            met = max(0, arrivals - late - lost - advised - booked - short)
            outcomes = {
                "answered": met + late,
                "abandoned_waiting": lost,
                "abandoned_short": short,
                "advised_offpeak": advised,
                "callback_done": booked,
            }
            counts = Counts(
                joined=sum(outcomes.values()),
                granted=advised,
                outcomes={outcome: n for outcome, n in outcomes.items() if n},
                levels={queue.target_s: [met, late, lost // 2, lost - lost // 2]},
                answer_wait_ms=met * 6000 + late * 28_000,
                longest_wait_ms=round(20_000 + 70_000 * busy),
            )
            began_at = number * HALF_HOUR_S
            kept.put([HalfHour(name, began_at, counts)], since=1.0, upto=now, position="1-1")
            kept.given += [
                Answer(name, began_at, q, 5 - (number + place + n) % 8 // 6) for n, q in enumerate(QUESTIONS)
            ]
            kept.helped.append(Solved(name, began_at, round((met + late) * 0.83), met + late))


class MemoryHalfHours:
    """``recorded`` and the lists beside it are what the call records would say; whoever rehearses puts it there."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, float, float], tuple[str, Kept]] = {}
        self.recorded: dict[tuple[str, float], dict[str, int]] = {}
        self.without_end: list[OpenVisit] = []
        self.calls_without_end: list[float] = []  # when each began
        self.given: list[Answer] = []
        self.helped: list[Solved] = []

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

    def solved(self, since: float, until: float, *, now: float, queue: str = "") -> list[Solved]:
        until = min(until, now - REPEAT_DAYS * 86_400)
        return [one for one in self.helped if since <= one.at < until and queue in ("", one.queue)]
