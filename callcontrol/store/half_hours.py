"""Counts of the queues per half-hour, for ever; and the same counted from the call records, to compare."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, case, delete, func, insert, select, text, tuple_

from callcontrol.ports.store import OpenVisit
from callcontrol.store.call_record import sortable
from callcontrol.store.database import Database
from callcontrol.store.schema import calls, half_hour_levels, half_hours, visits
from callcontrol.store.texts import harmless
from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import HalfHour, Kept, united
from callcontrol.values.outcomes import Outcome
from callcontrol.values.report import REPEAT_DAYS, Answer, Solved

TALKED = (Outcome.ANSWERED.value, Outcome.CALLBACK_DONE.value)
AT_ONCE = 250  # rows of one transaction; a full day of many queues is written after an election
ONE_WRITER = 0x68616C66  # key of PostgreSQL's advisory lock; SQLite has one writer anyway


class SqlHalfHours:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kept: Sequence[HalfHour], *, since: float, upto: float, position: str) -> None:
        at = sortable(position)
        for first in range(0, len(kept), AT_ONCE):
            part = kept[first : first + AT_ONCE]

            def unit(connection: Connection, part: Sequence[HalfHour] = part) -> None:
                _put(connection, part, since, upto, at)

            self._database.run(unit)

    def between(self, since: float, until: float, *, queue: str = "") -> list[HalfHour]:
        def unit(connection: Connection) -> list[HalfHour]:
            return _between(connection, since, until, queue)

        return self._database.read(unit)

    def visits(self, since: float, until: float) -> dict[tuple[str, float], dict[str, int]]:
        number = func.floor(visits.c.joined_at / HALF_HOUR_S)
        wanted = (
            select(visits.c.queue, number, visits.c.outcome, func.count())
            .where(visits.c.joined_at >= since, visits.c.joined_at < until)
            .group_by(visits.c.queue, number, visits.c.outcome)
        )
        found: dict[tuple[str, float], dict[str, int]] = {}
        for queue, half_hour, outcome, count in self._database.read(lambda c: c.execute(wanted).all()):
            found.setdefault((queue, half_hour * HALF_HOUR_S), {})[outcome] = count
        return found

    def open_visits(self, since: float, until: float, limit: int = 1000) -> list[OpenVisit]:
        wanted = (
            select(visits.c.call, visits.c.visit, visits.c.queue, visits.c.joined_at)
            .where(visits.c.outcome == Outcome.WAITING.value, visits.c.joined_at >= since, visits.c.joined_at < until)
            .order_by(visits.c.joined_at)
            .limit(limit)
        )
        return [OpenVisit(*row) for row in self._database.read(lambda c: c.execute(wanted).all())]

    def open_calls(self, since: float, until: float) -> int:
        wanted = select(func.count()).where(
            calls.c.ended_at.is_(None), calls.c.began_at >= since, calls.c.began_at < until
        )
        return int(self._database.read(lambda c: c.execute(wanted).scalar()) or 0)

    def answers(self, since: float, until: float, *, queue: str = "") -> list[Answer]:
        wanted = select(calls.c.queue, calls.c.began_at, calls.c.survey).where(
            calls.c.began_at >= since, calls.c.began_at < until, calls.c.agent != ""
        )
        if queue:
            wanted = wanted.where(calls.c.queue == harmless(queue))
        return [
            Answer(row.queue, row.began_at, str(question), answer)
            for row in self._database.read(lambda c: c.execute(wanted).all())
            for question, answer in row.survey.items()
            if isinstance(answer, int) and not isinstance(answer, bool)
        ]

    def solved(self, since: float, until: float, *, now: float, queue: str = "") -> list[Solved]:
        again_s = REPEAT_DAYS * 86_400.0
        until = min(until, now - again_s)
        if until <= since:
            return []
        came = (  # a call may join a queue several times: it is one call
            select(
                visits.c.queue,
                visits.c.call,
                calls.c.number_key,
                func.min(visits.c.joined_at).label("at"),
                func.max(case((visits.c.outcome.in_(TALKED), 1), else_=0)).label("talked"),
            )
            .join(calls, calls.c.call == visits.c.call)
            .where(visits.c.joined_at >= since, visits.c.joined_at < until + again_s, calls.c.number_key != "")
            .group_by(visits.c.queue, visits.c.call, calls.c.number_key)
        )
        if queue:
            came = came.where(visits.c.queue == harmless(queue))
        one = came.subquery()
        next_at = func.lead(one.c.at).over(
            partition_by=[one.c.queue, one.c.number_key], order_by=[one.c.at, one.c.call]
        )
        each = select(one, next_at.label("next_at")).subquery()
        number = func.floor(each.c.at / HALF_HOUR_S)
        alone = case((func.coalesce(each.c.next_at - each.c.at, again_s) >= again_s, 1), else_=0)
        wanted = (
            select(each.c.queue, number, func.sum(alone), func.count())
            .where(each.c.talked == 1, each.c.at < until)
            .group_by(each.c.queue, number)
        )
        rows = self._database.read(lambda c: c.execute(wanted).all())
        return [Solved(name, half_hour * HALF_HOUR_S, int(met), int(of)) for name, half_hour, met, of in rows]


def _put(connection: Connection, kept: Sequence[HalfHour], since: float, upto: float, position: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_WRITER})
    rows = {(harmless(one.queue), one.began_at): one.counts for one in kept}
    table = half_hours
    known = connection.execute(
        select(table.c.queue, table.c.began_at, table.c.position).where(
            table.c.since == since, tuple_(table.c.queue, table.c.began_at).in_(list(rows))
        )
    )
    newer = {(row.queue, row.began_at) for row in known if row.position > position}
    keys = [key for key in rows if key not in newer]
    if not keys:
        return
    for of in (half_hours, half_hour_levels):
        connection.execute(delete(of).where(of.c.since == since, tuple_(of.c.queue, of.c.began_at).in_(keys)))
    identity = [{"queue": queue, "began_at": began_at, "since": since} for queue, began_at in keys]
    connection.execute(
        insert(half_hours),
        [
            {
                **key,
                "upto": upto,
                "position": position,
                "joined": counts.joined,
                "granted": counts.granted,
                "dry_run": counts.dry_run,
                "outcomes": dict(counts.outcomes),
                "answer_wait_ms": counts.answer_wait_ms,
                "longest_wait_ms": counts.longest_wait_ms,
            }
            for key, counts in zip(identity, (rows[key] for key in keys), strict=True)
        ],
    )
    cells = [
        {**key, "threshold_s": threshold_s, **dict(zip(CELLS, four, strict=True))}
        for key, counts in zip(identity, (rows[key] for key in keys), strict=True)
        for threshold_s, four in counts.levels.items()
    ]
    if cells:
        connection.execute(insert(half_hour_levels), cells)


CELLS = ("answered_within", "answered_late", "lost_within", "lost_late")


def _between(connection: Connection, since: float, until: float, queue: str) -> list[HalfHour]:
    def wanted(table: Table) -> ColumnElement[bool]:
        within = and_(table.c.began_at >= since, table.c.began_at < until)
        return and_(within, table.c.queue == harmless(queue)) if queue else within

    levels: dict[tuple[str, float, float], dict[float, list[int]]] = {}
    for row in connection.execute(select(half_hour_levels).where(wanted(half_hour_levels))):
        key = (row.queue, row.began_at, row.since)
        levels.setdefault(key, {})[row.threshold_s] = [getattr(row, name) for name in CELLS]
    found: dict[tuple[float, str], list[Kept]] = {}
    for row in connection.execute(select(half_hours).where(wanted(half_hours))):
        counts = Counts(
            joined=row.joined,
            granted=row.granted,
            dry_run=row.dry_run,
            outcomes=dict(row.outcomes),
            levels=levels.get((row.queue, row.began_at, row.since), {}),
            answer_wait_ms=row.answer_wait_ms,
            longest_wait_ms=row.longest_wait_ms,
        )
        found.setdefault((row.began_at, row.queue), []).append(Kept(row.since, row.upto, counts))
    return [HalfHour(name, began_at, united(found[began_at, name])) for began_at, name in sorted(found)]
