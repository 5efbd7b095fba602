"""Where the scribe writes: story lines, the records made of them and the read position, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Insert, case, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from callcontrol.ports.journal import StoryLine
from callcontrol.store.call_record import CallRecord, Recording, Told, record_of
from callcontrol.store.database import Database
from callcontrol.store.schema import call_story, calls, recordings, scribe_position, visits

RECORDING = "recording"  # the state until the file was examined
# A recording whose talk nobody has ended yet is examined all the same after this time: its teller may be dead.
UNSETTLED_S = 30.0


@dataclass(frozen=True, slots=True)
class DueRecording:
    """A recording that ended and was not examined yet."""

    recording: str
    call: str
    path: str
    ended_at: float
    seconds: float | None
    talk_s: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    due: DueRecording
    state: str
    seconds: float | None
    size: int | None
    sha256: str


class ScribeSink:
    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self) -> str:
        """Story lines up to here are safe; "0" before the first."""
        return self._database.read(
            lambda connection: str(connection.execute(select(scribe_position.c.position)).scalar())
        )

    def write(self, lines: Sequence[Told], *, after: str, upto: str) -> bool:
        """Keep the lines that were read after position ``after``, up to ``upto``. False, and nothing written, when another
        scribe has gone on from ``after`` meanwhile."""

        def unit(connection: Connection) -> bool:
            # The one row makes scribes take turns; what the second one read is then already written.
            here = connection.execute(select(scribe_position.c.position).with_for_update()).scalar()
            if here != after:
                return False
            write_lines(connection, lines)
            connection.execute(update(scribe_position).values(position=upto))
            return True

        return self._database.run(unit)

    def due_recordings(self, now: float, limit: int = 50) -> list[DueRecording]:
        """Oldest first."""
        wanted = (
            select(recordings)
            .where(
                recordings.c.state == RECORDING,
                recordings.c.ended_at.is_not(None),
                or_(recordings.c.settled, recordings.c.ended_at <= now - UNSETTLED_S),
            )
            .order_by(recordings.c.ended_at)
            .limit(limit)
        )
        return self._database.read(
            lambda connection: [
                DueRecording(row.recording, row.call, row.path, row.ended_at, row.seconds, row.talk_s)
                for row in connection.execute(wanted)
            ]
        )

    def settle(self, verdicts: Sequence[Verdict]) -> None:
        """A verdict on facts that changed since is dropped: the recording stays due."""

        def unit(connection: Connection) -> None:
            for verdict in verdicts:
                due = verdict.due
                connection.execute(
                    update(recordings)
                    .where(
                        recordings.c.call == due.call,
                        recordings.c.recording == due.recording,
                        recordings.c.state == RECORDING,
                        recordings.c.path == due.path,
                        recordings.c.ended_at == due.ended_at,
                        recordings.c.talk_s.is_not_distinct_from(due.talk_s),
                    )
                    .values(state=verdict.state, seconds=verdict.seconds, size=verdict.size, sha256=verdict.sha256)
                )

        if verdicts:
            self._database.run(unit)


def write_lines(connection: Connection, lines: Sequence[Told]) -> None:
    """Add the lines to their stories and make the records of those calls anew. Adding one again changes nothing."""
    touched = list(dict.fromkeys(one.line.call for one in lines))
    if not touched:
        return
    first: dict[tuple[str, str], Told] = {}
    for one in lines:
        key = (one.line.call, one.digest)
        if key not in first or one.position < first[key].position:
            first[key] = one
    rows = [
        {
            "call": one.line.call,
            "line": one.digest,
            "position": one.position,
            "at": one.line.at,
            "kind": one.line.kind,
            "data": one.line.data,
        }
        for one in first.values()
    ]
    add = _insert(connection)(call_story)
    earlier = case((add.excluded.position < call_story.c.position, add.excluded.position), else_=call_story.c.position)
    connection.execute(
        add.on_conflict_do_update(index_elements=[call_story.c.call, call_story.c.line], set_={"position": earlier}),
        rows,
    )
    stories: dict[str, list[Told]] = {call: [] for call in touched}
    for row in connection.execute(select(call_story).where(call_story.c.call.in_(touched))):
        stories[row.call].append(Told(row.position, row.line, StoryLine(row.call, row.at, row.kind, row.data)))
    _replace(connection, [record_of(story) for story in stories.values()])


def _replace(connection: Connection, records: Sequence[CallRecord]) -> None:
    touched = [record.call.call for record in records]
    upsert = _insert(connection)(calls)
    own = [column.name for column in calls.columns if column.name != "call"]
    connection.execute(
        upsert.on_conflict_do_update(index_elements=[calls.c.call], set_={name: upsert.excluded[name] for name in own}),
        [asdict(record.call) for record in records],
    )
    connection.execute(delete(visits).where(visits.c.call.in_(touched)))
    of_visits = [asdict(visit) for record in records for visit in record.visits]
    if of_visits:
        connection.execute(insert(visits), of_visits)
    _replace_recordings(connection, touched, [one for record in records for one in record.recordings])


def _replace_recordings(connection: Connection, calls_told: Sequence[str], heard: Sequence[Recording]) -> None:
    """A recording that was examined is examined again only if what it is compared with has changed."""
    known = {
        (row.call, row.recording): row
        for row in connection.execute(select(recordings).where(recordings.c.call.in_(calls_told)))
    }
    for one in heard:
        row = known.get((one.call, one.recording))
        fresh = {**asdict(one), "state": RECORDING, "size": None, "sha256": ""}
        if row is None:
            connection.execute(insert(recordings).values(fresh))
        elif _differs(row, one):
            this = (recordings.c.call == one.call) & (recordings.c.recording == one.recording)
            connection.execute(update(recordings).where(this).values(fresh))


def _differs(row: Any, one: Recording) -> bool:
    return (row.path, row.began_at, row.ended_at, row.talk_s, row.settled, row.queue, row.agent) != (
        one.path,
        one.began_at,
        one.ended_at,
        one.talk_s,
        one.settled,
        one.queue,
        one.agent,
    )


def _insert(connection: Connection) -> Callable[..., Any]:
    """``INSERT ... ON CONFLICT`` is the same in both, but each dialect has its own word for it."""
    dialects: dict[str, Callable[..., Insert]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    return dialects[connection.dialect.name]
