"""The journal of one floor on a Redis stream, and ``open_bus``. Counterpart for one process: ``bus.memory``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from callcontrol.bus import scripts
from callcontrol.bus.bus import Bus
from callcontrol.bus.connection import Connection
from callcontrol.bus.lines import dump, load, load_line
from callcontrol.bus.redis_callbacks import RedisCallbackSecrets
from callcontrol.bus.redis_notices import RedisNotices
from callcontrol.bus.redis_stories import RedisIntake, RedisStories
from callcontrol.bus.streams import read_stream
from callcontrol.ports.journal import Line, position_key


class RedisJournal:
    """See ``ports.journal.Journal``. Every method may raise ``JournalUnavailable``; after that an ``append`` is in doubt
    (use the ``Outbox`` where that matters), and an ``append_in_term`` too (a desk takes a new term then)."""

    def __init__(self, connection: Connection, tag: str) -> None:
        self._connection = connection
        self._journal = f"{tag}:journal"
        self._term = f"{tag}:term"
        self._lease = f"{tag}:lease"
        self._snapshot = f"{tag}:snapshot"
        self._archived = f"{tag}:archived"

    def append(self, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[str]:
        lines = [dump(data)] if isinstance(data, Mapping) else [dump(d) for d in data]
        if not lines:
            return []
        positions = self._connection.run(scripts.APPEND, [self._journal], lines, again=False)
        return [p.decode() for p in positions]

    def append_in_term(self, data: Sequence[Mapping[str, Any]], term: int) -> bool:
        lines = [dump(d) for d in data]
        keys = [self._term, self._journal]
        return bool(self._connection.run(scripts.APPEND_IN_TERM, keys, [term, *lines], again=False))

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 1000) -> list[Line]:
        return [Line(p, load_line(d)) for p, d in read_stream(self._connection, self._journal, after, block_s, limit)]

    def holds(self, position: str) -> bool:
        if position == "0":
            return True
        return bool(self._connection.ask("XRANGE", self._journal, position, position))

    def trim(self, upto: str, *, keep_s: float = 3600.0) -> None:
        ms = position_key(upto)[0] - int(keep_s * 1000)
        if ms > 0:
            self._connection.ask("XTRIM", self._journal, "MINID", "~", f"{ms}-0")

    def snapshot(self) -> tuple[str, Mapping[str, Any]] | None:
        position, data = self._connection.ask("HMGET", self._snapshot, "p", "d")
        return None if position is None else (position.decode(), load(data))

    def save_snapshot(self, position: str, data: Mapping[str, Any]) -> None:
        ms, number = position_key(position)
        args = [f"{ms}-{number}", ms, number, dump(data)]
        self._connection.run(scripts.SAVE_SNAPSHOT, [self._snapshot], args, again=True)

    def note_archived(self, position: str) -> None:
        self._connection.ask("SET", self._archived, position)

    def archived(self) -> str | None:
        position = self._connection.ask("GET", self._archived)
        return None if position is None else position.decode()

    def elect(self, name: str, lease_s: float) -> int | None:
        args = [name, max(1, int(lease_s * 1000))]
        term = self._connection.run(scripts.ELECT, [self._lease, self._term], args, again=True)
        return None if term is None else int(term)

    def resign(self, name: str) -> None:
        self._connection.run(scripts.RESIGN, [self._lease], [name], again=True)

    def holder(self) -> tuple[str, int] | None:
        held = self._connection.ask("GET", self._lease)
        if held is None:
            return None
        term, _, name = held.decode().partition(" ")
        return name, int(term)


def open_bus(address: str, floor: str = "main", *, revive: Callable[[], object] | None = None) -> Bus:
    """The bus of one floor. ``address``: see ``addresses``.
    ``revive``: see ``Connection``; give it ``EmbeddedValkey.ensure_running``. Connects at the first use. Raises
    ``ValueError`` with a sentence for an address or a floor's name that can't be one."""
    if not floor or any(c in floor for c in "{} \n"):
        raise ValueError(f"{floor!r} can't be the name of a floor; use letters, digits, dots and dashes.")
    tag = "{cc:" + floor + "}"
    connection = Connection(address, tag, revive)

    def ping() -> float:
        began = time.perf_counter()
        connection.ask("PING")
        return time.perf_counter() - began

    return Bus(
        journal=RedisJournal(connection, tag),
        stories=RedisStories(connection, tag),
        notices=RedisNotices(connection, tag),
        intake=RedisIntake(connection, tag),
        callbacks=RedisCallbackSecrets(connection, tag),
        ping=ping,
        close=connection.close,
        address=connection.address,
        may_forget_s=connection.may_forget_s,
    )
