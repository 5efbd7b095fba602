"""Messages that callers left: what the scribe writes of them, and what the pages read and mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from callcontrol.ports.store import MessageRow
from callcontrol.store.call_record import Voicemail
from callcontrol.store.database import Database
from callcontrol.store.schema import calls, messages
from callcontrol.store.texts import harmless

RECORDING = "recording"  # the state until the file was examined
SHOWN = or_(
    messages.c.state.in_(("complete", "short", "missing")),
    and_(messages.c.state == RECORDING, messages.c.how == "kept"),
)
HANDLED = ("new", "heard", "done")


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that ended and was not examined yet. ``how`` is "" where the caller hung up meanwhile."""

    message: str
    call: str
    path: str
    ended_at: float
    how: str
    min_s: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class MessageVerdict:
    """``state``: complete, short, missing, empty (nothing was said), dropped."""

    due: DueMessage
    state: str
    seconds: float | None = None
    size: int | None = None
    sha256: str = ""


def put_messages(connection: Connection, heard: Sequence[Voicemail]) -> None:
    """A message that was examined is examined again only if what is told of it has changed; who heard it stays."""
    for one in heard:
        where = (messages.c.call == one.call, messages.c.message == one.message)
        row = connection.execute(select(messages).where(*where)).one_or_none()
        if row is not None and all(getattr(row, name) == getattr(one, name) for name in _TOLD):
            continue
        told = {name: getattr(one, name) for name in one.__slots__}
        fresh = {**told, "state": RECORDING, "size": None, "sha256": ""}
        connection.execute(_put(connection.dialect.name), [{**fresh, "handled": "new", "handled_by": ""}])


class MessageSink:
    """The scribe's side: which files are to be examined, and what came of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, limit: int = 50) -> list[DueMessage]:
        """Oldest first."""
        return self._database.read(
            lambda connection: [
                DueMessage(row.message, row.call, row.path, row.ended_at, row.how, row.min_s, row.seconds)
                for row in connection.execute(_DUE, {"most": limit})
            ]
        )

    def settle(self, verdicts: Sequence[MessageVerdict]) -> None:
        """A verdict on facts that changed since is dropped: the message stays due."""

        def unit(connection: Connection) -> None:
            for verdict in verdicts:
                due = verdict.due
                its = {"its_call": due.call, "its_name": due.message, "its_how": due.how, "its_end": due.ended_at}
                said = {name: getattr(verdict, name) for name in ("state", "seconds", "size", "sha256")}
                connection.execute(_SETTLE, {**its, **said})

        if verdicts:
            self._database.run(unit)


class SqlMessages:
    """See ``ports.store.Messages``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, *, box: str = "", handled: str = "", before: tuple[float, str] | None = None, limit: int = 100
    ) -> list[MessageRow]:
        wanted = _rows().order_by(messages.c.began_at.desc(), messages.c.message.desc()).limit(limit)
        if box:
            wanted = wanted.where(messages.c.box == harmless(box))
        if handled:
            wanted = wanted.where(messages.c.handled == harmless(handled))
        if before is not None:
            at = tuple_(messages.c.began_at, messages.c.message)
            wanted = wanted.where(at < tuple_(before[0], harmless(before[1])))
        return self._database.read(lambda connection: [_row(row) for row in connection.execute(wanted)])

    def get(self, message: str) -> MessageRow | None:
        wanted = _rows().where(messages.c.message == harmless(message)).limit(1)
        return next(iter(self._database.read(lambda c: [_row(row) for row in c.execute(wanted)])), None)

    def count_new(self) -> int:
        wanted = select(func.count()).where(messages.c.handled == "new", SHOWN)
        return int(self._database.read(lambda connection: connection.execute(wanted).scalar()) or 0)

    def boxes(self) -> Sequence[str]:
        wanted = select(messages.c.box).where(SHOWN).distinct().order_by(messages.c.box)
        return self._database.read(lambda connection: [row.box for row in connection.execute(wanted)])

    def mark(self, message: str, handled: str, *, who: str, at: float) -> bool:
        if handled not in HANDLED:
            raise ValueError(f"A message can't be marked {handled!r}; it is one of {', '.join(HANDLED)}.")
        fresh = {"handled": handled, "handled_by": who, "handled_at": at}
        marked = update(messages).where(messages.c.message == harmless(message)).values(fresh)
        if handled == "heard":  # what is done was heard
            marked = marked.where(messages.c.handled == "new")
        return self._database.run(lambda connection: connection.execute(marked).rowcount > 0)


def _rows() -> Any:
    return (
        select(messages, calls.c.number, calls.c.language, calls.c.destination)
        .join(calls, calls.c.call == messages.c.call)
        .where(SHOWN)
    )


def _row(row: Any) -> MessageRow:
    return MessageRow(**{name: getattr(row, name) for name in MessageRow.__slots__})


_TOLD = ("box", "path", "began_at", "ended_at", "how", "min_s")
_DUE = (
    select(messages)
    .where(messages.c.state == RECORDING, messages.c.ended_at.is_not(None))
    .order_by(messages.c.ended_at)
    .limit(bindparam("most"))
)
_SETTLE = (
    update(messages)
    .where(
        messages.c.call == bindparam("its_call"),
        messages.c.message == bindparam("its_name"),
        messages.c.state == RECORDING,
        messages.c.how == bindparam("its_how"),
        messages.c.ended_at == bindparam("its_end"),
    )
    .values({name: bindparam(name) for name in ("state", "seconds", "size", "sha256")})
)


@cache
def _put(dialect: str) -> Any:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[dialect]
    add = insert(messages)
    fresh = {name: add.excluded[name] for name in (*_TOLD, "seconds", "size", "sha256", "state")}
    return add.on_conflict_do_update(index_elements=[messages.c.call, messages.c.message], set_=fresh)
