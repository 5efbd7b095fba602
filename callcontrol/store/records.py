"""Reading the call records: rows, stories, recordings, counts. The scribe writes them (``scribe_sink``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from callcontrol.ports.store import CallRow, RecordingRow, ReleaseCount, StoryRow
from callcontrol.store.database import Database
from callcontrol.store.schema import call_story, calls, recordings, visits
from callcontrol.store.texts import harmless, like_prefix


class SqlCallRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    def calls(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        queue: str = "",
        agent: str = "",
        outcome: str = "",
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[CallRow]:
        """Newest first: those that began at ``since`` or later and before ``until``."""
        wanted = select(calls).order_by(calls.c.began_at.desc(), calls.c.call.desc()).limit(limit)
        if since is not None:
            wanted = wanted.where(calls.c.began_at >= since)
        if until is not None:
            wanted = wanted.where(calls.c.began_at < until)
        for column, value in ((calls.c.queue, queue), (calls.c.agent, agent), (calls.c.outcome, outcome)):
            if value:
                wanted = wanted.where(column == harmless(value))
        if before is not None:
            wanted = wanted.where(tuple_(calls.c.began_at, calls.c.call) < tuple_(before[0], harmless(before[1])))
        return self._database.read(lambda connection: _rows(connection, connection.execute(wanted).all()))

    def call(self, call: str) -> CallRow | None:
        """By identity or a unique beginning of it; None where none or several begin so."""
        if not call:
            return None

        def unit(connection: Connection) -> CallRow | None:
            exact = connection.execute(select(calls).where(calls.c.call == harmless(call))).all()
            found = (
                exact
                or connection.execute(
                    select(calls).where(calls.c.call.like(like_prefix(call), escape="\\")).limit(2)
                ).all()
            )
            return _rows(connection, found)[0] if len(found) == 1 else None

        return self._database.read(unit)

    def story(self, call: str) -> list[StoryRow]:
        """In the order of time; the full identity is needed."""
        wanted = (
            select(call_story.c.at, call_story.c.kind, call_story.c.data)
            .where(call_story.c.call == harmless(call))
            .order_by(call_story.c.at, call_story.c.position)
        )
        return self._database.read(lambda c: [StoryRow(row.at, row.kind, row.data) for row in c.execute(wanted)])

    def ways(self, flow: str, since: float, until: float) -> dict[tuple[str, str], int]:
        """(step, next step) -> how often calls of ``flow`` that began in that time went so."""
        wanted = (
            select(call_story.c.call, call_story.c.data)
            .join(calls, calls.c.call == call_story.c.call)
            .where(calls.c.flow == harmless(flow), calls.c.began_at >= since, calls.c.began_at < until)
            .where(call_story.c.kind == "step")
            .order_by(call_story.c.call, call_story.c.at, call_story.c.position)
        )

        def unit(connection: Connection) -> dict[tuple[str, str], int]:
            counted: Counter[tuple[str, str]] = Counter()
            before = ("", "")  # call, step
            for row in connection.execute(wanted):
                step = str(row.data.get("step") or "")
                if row.call == before[0]:
                    counted[before[1], step] += 1
                before = (row.call, step)
            return dict(counted)

        return self._database.read(unit)

    def by_release(self, flow: str, since: float, until: float) -> list[ReleaseCount]:
        columns = calls.c.entry, calls.c.flow_release, calls.c.release, calls.c.trial, calls.c.outcome
        wanted = (
            select(
                *columns, func.count(), func.sum(calls.c.wait_s), func.count(calls.c.wait_s), func.min(calls.c.began_at)
            )
            .where(calls.c.flow == harmless(flow), calls.c.began_at >= since, calls.c.began_at < until)
            .where(calls.c.ended_at.is_not(None))
            .group_by(*columns)
            .order_by(*columns)
        )
        return [ReleaseCount(*row) for row in self._database.read(lambda c: [tuple(row) for row in c.execute(wanted)])]

    def recording(self, recording: str) -> RecordingRow | None:
        wanted = (
            select(recordings).where(recordings.c.recording == harmless(recording)).order_by(recordings.c.call).limit(1)
        )
        return next(iter(self._database.read(lambda c: [as_recording(row) for row in c.execute(wanted)])), None)

    def recordings_of(self, call: str) -> list[RecordingRow]:
        """In the order they began."""
        wanted = (
            select(recordings)
            .where(recordings.c.call == harmless(call))
            .order_by(recordings.c.began_at, recordings.c.recording)
        )
        return self._database.read(lambda c: [as_recording(row) for row in c.execute(wanted)])

    def count_by_outcome(self, since: float, until: float) -> dict[str, dict[str, int]]:
        """Visits that joined at ``since`` or later and before ``until``: queue -> outcome -> visits. Those that still
        wait are counted as ``waiting``, so the sum of a queue is its arrivals."""
        wanted = (
            select(visits.c.queue, visits.c.outcome, func.count())
            .where(visits.c.joined_at >= since, visits.c.joined_at < until)
            .group_by(visits.c.queue, visits.c.outcome)
            .order_by(visits.c.queue, visits.c.outcome)
        )
        counts: dict[str, dict[str, int]] = {}
        for queue, outcome, number in self._database.read(lambda c: c.execute(wanted).all()):
            counts.setdefault(queue, {})[outcome] = number
        return counts


def as_recording(row: Any) -> RecordingRow:
    return RecordingRow(
        recording=row.recording,
        call=row.call,
        queue=row.queue,
        agent=row.agent,
        path=row.path,
        began_at=row.began_at,
        seconds=row.seconds,
        talk_s=row.talk_s,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
    )


def _rows(connection: Connection, found: Sequence[Row[Any]]) -> list[CallRow]:
    of_calls: dict[str, list[str]] = {row.call: [] for row in found}
    if of_calls:
        ledger = (
            select(recordings.c.call, recordings.c.recording)
            .where(recordings.c.call.in_(list(of_calls)))
            .order_by(recordings.c.began_at, recordings.c.recording)
        )
        for call, recording in connection.execute(ledger):
            of_calls[call].append(recording)
    return [
        CallRow(
            call=row.call,
            began_at=row.began_at,
            ended_at=row.ended_at,
            number=row.number,
            destination=row.destination,
            entry=row.entry,
            flow=row.flow,
            flow_release=row.flow_release,
            release=row.release,
            trial=row.trial,
            language=row.language,
            queue=row.queue,
            agent=row.agent,
            outcome=row.outcome,
            wait_s=row.wait_s,
            talk_s=row.talk_s,
            cause=row.cause,
            ended_by=row.ended_by,
            survey=row.survey,
            recordings=tuple(of_calls[row.call]),
            node=row.node,
            number_key=row.number_key,
        )
        for row in found
    ]
