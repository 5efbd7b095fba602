"""The journal's lines in SQL: written once each, in order, and read again from any position.

A line is kept as the text that it was, so that it is read back word for word; a position is two numbers, because as text
positions do not sort. ``journal_bases`` holds the floor at some positions, so that a floor of any time is near.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, and_, delete, func, insert, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from callcontrol.ports.archive import Base
from callcontrol.ports.journal import Line, position_key
from callcontrol.store.database import Database
from callcontrol.store.schema import journal_bases, journal_lines, journal_position
from callcontrol.store.texts import harmless

PAGE = 5000
DELETED_AT_ONCE = 5000  # a writer on SQLite holds up all others meanwhile: some 20 ms

_LINE, _BASE = journal_lines.c, journal_bases.c


class SqlJournalArchive:
    """See ``ports.archive.JournalArchive``; and what the scribe needs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- reading --------------------------------------------------------------------------------------------------
    def position(self) -> str:
        return self._database.read(_here)

    def bases(self, upto: str, limit: int = 5) -> list[Base]:
        wanted = (
            select(journal_bases)
            .where(_upto(journal_bases, upto))
            .order_by(_BASE.ms.desc(), _BASE.number.desc())
            .limit(limit)
        )
        return self._read_bases(wanted)

    def breaks(self, after: str, upto: str) -> list[Base]:
        between = and_(_after(journal_bases, after), _upto(journal_bases, upto), _BASE.begins)
        return self._read_bases(select(journal_bases).where(between).order_by(_BASE.ms, _BASE.number))

    def _read_bases(self, wanted: Any) -> list[Base]:
        rows = self._database.read(lambda connection: connection.execute(wanted).all())
        return [
            Base(f"{row.ms}-{row.number}", None if row.data is None else orjson.loads(row.data), row.begins)
            for row in rows
        ]

    def lines(self, after: str, upto: str, *, kinds: tuple[str, ...] = ()) -> Iterator[Line]:
        while True:
            rows = self._page(after, upto, kinds)
            for ms, number, data in rows:
                yield Line(f"{ms}-{number}", orjson.loads(data))
            if len(rows) < PAGE:
                return
            after = f"{rows[-1][0]}-{rows[-1][1]}"

    def _page(self, after: str, upto: str, kinds: tuple[str, ...]) -> Sequence[Any]:
        wanted = (
            select(_LINE.ms, _LINE.number, _LINE.data)
            .where(_after(journal_lines, after), _upto(journal_lines, upto))
            .order_by(_LINE.ms, _LINE.number)
            .limit(PAGE)
        )
        if kinds:
            wanted = wanted.where(_LINE.kind.in_(kinds))
        return self._database.read(lambda connection: connection.execute(wanted).all())

    def of_call(self, call: str, limit: int = 1000) -> list[Line]:
        wanted = (
            select(_LINE.ms, _LINE.number, _LINE.data)
            .where(_LINE.call == harmless(call))
            .order_by(_LINE.ms.desc(), _LINE.number.desc())
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(wanted).all())
        return [Line(f"{row.ms}-{row.number}", orjson.loads(row.data)) for row in reversed(rows)]

    def span(self) -> tuple[str, str] | None:
        def unit(connection: Connection) -> tuple[str, str] | None:
            forth = [select(t.c.ms, t.c.number).order_by(t.c.ms, t.c.number) for t in (journal_bases, journal_lines)]
            back = [
                select(t.c.ms, t.c.number).order_by(t.c.ms.desc(), t.c.number.desc())
                for t in (journal_bases, journal_lines)
            ]
            firsts = [tuple(row) for wanted in forth for row in connection.execute(wanted.limit(1))]
            lasts = [tuple(row) for wanted in back for row in connection.execute(wanted.limit(1))]
            return ("{}-{}".format(*min(firsts)), "{}-{}".format(*max(lasts))) if firsts else None

        return self._database.read(unit)

    def lines_since_base(self) -> int:
        """How many lines were kept after the last base."""

        def unit(connection: Connection) -> int:
            last = connection.execute(
                select(_BASE.ms, _BASE.number).order_by(_BASE.ms.desc(), _BASE.number.desc()).limit(1)
            ).one_or_none()
            wanted = select(func.count()).select_from(journal_lines)
            if last is not None:
                wanted = wanted.where(_after(journal_lines, f"{last.ms}-{last.number}"))
            return int(connection.execute(wanted).scalar() or 0)

        return self._database.read(unit)

    # --- writing --------------------------------------------------------------------------------------------------
    def write(self, lines: Sequence[Line], *, after: str) -> bool:
        """Keep the lines that were read after position ``after``. False, and nothing written, when another scribe has gone
        on from there meanwhile."""
        rows = [_row(line) for line in lines]

        def unit(connection: Connection) -> bool:
            if _here(connection, lock=True) != after:
                return False
            connection.execute(insert(journal_lines), rows)
            _go_to(connection, lines[-1].position)
            return True

        return self._database.run(unit)

    def keep_base(self, position: str, data: Mapping[str, Any]) -> bool:
        """The floor at a position that is kept already; False for one that is not, or that has one."""
        text = orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS).decode()
        ms, number = position_key(position)

        def unit(connection: Connection) -> bool:
            if position_key(_here(connection, lock=True)) < (ms, number):
                return False
            same = and_(_BASE.ms == ms, _BASE.number == number)
            if connection.execute(select(_BASE.ms).where(same)).one_or_none() is not None:
                return False
            connection.execute(insert(journal_bases), [{"ms": ms, "number": number, "begins": False, "data": text}])
            return True

        return self._database.run(unit)

    def begin_again(self, position: str, data: Mapping[str, Any] | None, *, after: str) -> bool:
        """The journal goes on from ``position`` with the floor ``data`` (None: empty), whatever was kept: lines and bases
        behind it never happened for anybody else. False when another scribe has gone on from ``after`` meanwhile."""
        text = None if data is None else orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS).decode()
        ms, number = position_key(position)

        def unit(connection: Connection) -> bool:
            if _here(connection, lock=True) != after:
                return False
            connection.execute(delete(journal_lines).where(_after(journal_lines, position)))
            connection.execute(delete(journal_bases).where(tuple_(_BASE.ms, _BASE.number) >= tuple_(ms, number)))
            connection.execute(insert(journal_bases), [{"ms": ms, "number": number, "begins": True, "data": text}])
            _go_to(connection, position)
            return True

        return self._database.run(unit)

    def forget_before(self, at: float) -> int:
        """Delete some of what is older than ``at`` (seconds since the epoch), as far as the last base before it; how many
        lines. To be called again while it gives more than 0."""

        def unit(connection: Connection) -> int:
            base = connection.execute(
                select(_BASE.ms, _BASE.number)
                .where(_BASE.ms < int(at * 1000))
                .order_by(_BASE.ms.desc(), _BASE.number.desc())
                .limit(1)
            ).one_or_none()
            if base is None:
                return 0
            position = f"{base.ms}-{base.number}"
            before = tuple_(_BASE.ms, _BASE.number) < tuple_(base.ms, base.number)
            old = connection.execute(
                select(_LINE.ms, _LINE.number)
                .where(_upto(journal_lines, position))
                .order_by(_LINE.ms, _LINE.number)
                .limit(DELETED_AT_ONCE)
            ).all()
            if old:
                last = f"{old[-1].ms}-{old[-1].number}"
                connection.execute(delete(journal_lines).where(_upto(journal_lines, last)))
            else:
                connection.execute(delete(journal_bases).where(before))
            return len(old)

        return self._database.run(unit)


def _here(connection: Connection, lock: bool = False) -> str:
    # The one row makes scribes take turns; what the second one read is then already written.
    wanted = select(journal_position.c.position)
    return str(connection.execute(wanted.with_for_update() if lock else wanted).scalar())


def _go_to(connection: Connection, position: str) -> None:
    connection.execute(update(journal_position).values(position=position))


def _row(line: Line) -> dict[str, Any]:
    ms, number = position_key(line.position)
    data = line.data
    at = data.get("at")
    return {
        "ms": ms,
        "number": number,
        "at": harmless(float(at)) if isinstance(at, int | float) else None,
        "kind": harmless(str(data.get("kind", ""))),
        "call": harmless(str(data.get("call", ""))),
        "data": orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS).decode(),
    }


def _after(table: Any, position: str) -> ColumnElement[bool]:
    here: ColumnElement[bool] = tuple_(table.c.ms, table.c.number) > tuple_(*position_key(position))
    return here


def _upto(table: Any, position: str) -> ColumnElement[bool]:
    here: ColumnElement[bool] = tuple_(table.c.ms, table.c.number) <= tuple_(*position_key(position))
    return here
