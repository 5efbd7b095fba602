"""Where the scribe writes: story lines, the records made of them and the read position, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from callcontrol.ports.journal import StoryLine
from callcontrol.store.call_record import HEARD, CallRecord, Recording, Told, record_of
from callcontrol.store.database import Database
from callcontrol.store.messages import MessageSink, put_messages
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
        self.messages = MessageSink(database)

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
        asked = {"unsettled_before": now - UNSETTLED_S, "most": limit}
        return self._database.read(
            lambda connection: [
                DueRecording(row.recording, row.call, row.path, row.ended_at, row.seconds, row.talk_s)
                for row in connection.execute(_DUE, asked)
            ]
        )

    def settle(self, verdicts: Sequence[Verdict]) -> None:
        """A verdict on facts that changed since is dropped: the recording stays due."""

        def unit(connection: Connection) -> None:
            for verdict in verdicts:
                due = verdict.due
                facts = {"its_call": due.call, "its_name": due.recording, "its_path": due.path}
                times = {"its_end": due.ended_at, "its_talk_s": due.talk_s}
                said = {
                    "state": verdict.state,
                    "seconds": verdict.seconds,
                    "size": verdict.size,
                    "sha256": verdict.sha256,
                }
                connection.execute(_SETTLE, {**facts, **times, **said})

        if verdicts:
            self._database.run(unit)


def write_lines(connection: Connection, lines: Sequence[Told]) -> None:
    """Add the lines to their stories and make the records of those calls anew. Adding one again changes nothing."""
    first: dict[tuple[str, str], Told] = {}
    for one in lines:
        key = (one.line.call, one.digest)
        if key not in first or one.position < first[key].position:
            first[key] = one
    if not first:
        return
    connection.execute(
        _add_story(connection.dialect.name),
        [
            {
                "call": one.line.call,
                "line": one.digest,
                "position": one.position,
                "at": one.line.at,
                "kind": one.line.kind,
                "data": one.line.data,
            }
            for one in first.values()
        ],
    )
    touched = list(dict.fromkeys(one.line.call for one in first.values() if one.line.kind in HEARD))
    if touched:
        _replace(connection, [record_of(story) for story in _stories(connection, touched)])


def _stories(connection: Connection, touched: Sequence[str]) -> Collection[list[Told]]:
    stories: dict[str, list[Told]] = {call: [] for call in touched}
    for row in connection.execute(_HEARD_OF, {"touched": touched}):
        stories[row.call].append(Told(row.position, row.line, StoryLine(row.call, row.at, row.kind, row.data)))
    return stories.values()


def _replace(connection: Connection, records: Sequence[CallRecord]) -> None:
    touched = {"touched": [record.call.call for record in records]}
    connection.execute(_put_calls(connection.dialect.name), [_row(record.call) for record in records])
    of_visits = [_row(visit) for record in records for visit in record.visits]
    # A line that came late can show that a talk was of another visit than it seemed.
    stale = {(row.call, row.visit) for row in connection.execute(_VISITS_OF, touched)}
    for call, visit in stale - {(row["call"], row["visit"]) for row in of_visits}:
        connection.execute(delete(visits).where(visits.c.call == call, visits.c.visit == visit))
    if of_visits:
        connection.execute(_put_visits(connection.dialect.name), of_visits)
    put_messages(connection, [one for record in records for one in record.voicemails])
    heard = [one for record in records for one in record.recordings]
    if heard:
        known = {(row.call, row.recording): row for row in connection.execute(_RECORDINGS_OF, touched)}
        _put_recordings(connection, heard, known)


def _put_recordings(connection: Connection, heard: Sequence[Recording], known: Mapping[tuple[str, str], Any]) -> None:
    """A recording that was examined is examined again only if what it is compared with has changed."""
    for one in heard:
        row = known.get((one.call, one.recording))
        if row is not None and not _differs(row, one):
            continue
        fresh = {**_row(one), "state": RECORDING, "size": None, "sha256": ""}
        connection.execute(_put_recording(connection.dialect.name), [fresh])


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


# --- statements, made once: building them costs more than running them --------------------------------------------
_DUE = (
    select(recordings)
    .where(
        recordings.c.state == RECORDING,
        recordings.c.ended_at.is_not(None),
        or_(recordings.c.settled, recordings.c.ended_at <= bindparam("unsettled_before")),
    )
    .order_by(recordings.c.ended_at)
    .limit(bindparam("most"))
)
_SETTLE = (
    update(recordings)
    .where(
        recordings.c.call == bindparam("its_call"),
        recordings.c.recording == bindparam("its_name"),
        recordings.c.state == RECORDING,
        recordings.c.path == bindparam("its_path"),
        recordings.c.ended_at == bindparam("its_end"),
        recordings.c.talk_s.is_not_distinct_from(bindparam("its_talk_s")),
    )
    .values({name: bindparam(name) for name in ("state", "seconds", "size", "sha256")})
)
_HEARD_OF = select(call_story).where(
    call_story.c.call.in_(bindparam("touched", expanding=True)), call_story.c.kind.in_(sorted(HEARD))
)
_VISITS_OF = select(visits.c.call, visits.c.visit).where(visits.c.call.in_(bindparam("touched", expanding=True)))
_RECORDINGS_OF = select(recordings).where(recordings.c.call.in_(bindparam("touched", expanding=True)))


def _insert(dialect: str, table: Table) -> Any:
    """``INSERT ... ON CONFLICT`` is the same in both, but each dialect has its own word for it."""
    return {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[dialect](table)


def _put(dialect: str, table: Table) -> Executable:
    """Insert a row or make the one with its key equal to it."""
    add = _insert(dialect, table)
    keys = list(table.primary_key.columns)
    own = {column.name: add.excluded[column.name] for column in table.columns if column not in keys}
    put: Executable = add.on_conflict_do_update(index_elements=keys, set_=own)
    return put


@cache
def _put_calls(dialect: str) -> Executable:
    return _put(dialect, calls)


@cache
def _put_visits(dialect: str) -> Executable:
    return _put(dialect, visits)


@cache
def _put_recording(dialect: str) -> Executable:
    return _put(dialect, recordings)


@cache
def _add_story(dialect: str) -> Executable:
    """A line that is told again keeps the place where it was told first."""
    add = _insert(dialect, call_story)
    known = call_story.c.position
    earlier = case((add.excluded.position < known, add.excluded.position), else_=known)
    put: Executable = add.on_conflict_do_update(
        index_elements=[call_story.c.call, call_story.c.line], set_={"position": earlier}
    )
    return put


def _row(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
