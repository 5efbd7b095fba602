"""The fake that ships: one floor in the memory of one process, behaving like ``redis_journal`` (contract-tested together).

``outage()`` makes it unreachable, for tests of those who use it. Lines pass through JSON here too, so what would not survive
the real one does not survive this one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from callcontrol.bus.bus import JOURNAL, Bus
from callcontrol.bus.lines import dump, dump_story, load, load_line, load_story
from callcontrol.bus.redis_callbacks import secret_as_text, secret_of_text
from callcontrol.ports.callbacks import CallbackSecret
from callcontrol.ports.journal import JournalUnavailable, Line, StoryLine, position_key


class _Engine:
    """What all ports of one floor share."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic  # what leases are measured by
        self.changed = threading.Condition()
        self.away = False
        self._last = (0, 0)

    def check(self) -> None:
        if self.away:
            raise JournalUnavailable("The journal in memory was made unreachable; end its outage() to go on.")

    def position(self) -> str:
        ms = max(int(time.time() * 1000), self._last[0])
        self._last = (ms, self._last[1] + 1 if ms == self._last[0] else 0)
        return f"{self._last[0]}-{self._last[1]}"


class _Stream:
    def __init__(self, engine: _Engine) -> None:
        self.engine = engine
        self.lines: list[tuple[str, bytes]] = []

    def add(self, text: bytes) -> str:
        position = self.engine.position()
        self.lines.append((position, text))
        return position

    def _from(self, key: tuple[int, int]) -> int:
        low, high = 0, len(self.lines)
        while low < high:
            middle = (low + high) // 2
            if position_key(self.lines[middle][0]) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def read(self, after: str, block_s: float, limit: int) -> list[tuple[str, bytes]]:
        ms, number = position_key(after)
        deadline = time.monotonic() + block_s
        with self.engine.changed:
            while True:
                self.engine.check()
                begin = self._from((ms, number + 1))
                if begin < len(self.lines):
                    return self.lines[begin : begin + limit]
                left = deadline - time.monotonic()
                if left <= 0:
                    return []
                self.engine.changed.wait(left)

    def forget_before(self, key: tuple[int, int]) -> None:
        del self.lines[: self._from(key)]


class MemoryJournal:
    def __init__(self, engine: _Engine, stream: _Stream) -> None:
        self._engine = engine
        self._stream = stream
        self._snapshot: tuple[str, bytes] | None = None
        self._archived: str | None = None
        self._term = 0
        self._lease: tuple[str, float] | None = None  # name, until (monotonic)

    def append(self, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[str]:
        lines = [dump(data)] if isinstance(data, Mapping) else [dump(d) for d in data]
        with self._engine.changed:
            self._engine.check()
            positions = [self._stream.add(line) for line in lines]
            self._engine.changed.notify_all()
        return positions

    def append_in_term(self, data: Sequence[Mapping[str, Any]], term: int) -> bool:
        with self._engine.changed:
            self._engine.check()
            if term != self._term:
                return False
            self.append(data)
            return True

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 1000) -> list[Line]:
        return [Line(p, load_line(text)) for p, text in self._stream.read(after, block_s, limit)]

    def holds(self, position: str) -> bool:
        self._engine.check()
        return position == "0" or any(p == position for p, _ in self._stream.lines)

    def trim(self, upto: str, *, keep_s: float = 3600.0) -> None:
        with self._engine.changed:
            self._engine.check()
            self._stream.forget_before((position_key(upto)[0] - int(keep_s * 1000), 0))

    def snapshot(self) -> tuple[str, Mapping[str, Any]] | None:
        self._engine.check()
        return None if self._snapshot is None else (self._snapshot[0], load(self._snapshot[1]))

    def save_snapshot(self, position: str, data: Mapping[str, Any]) -> None:
        with self._engine.changed:
            self._engine.check()
            if self._snapshot is None or position_key(position) >= position_key(self._snapshot[0]):
                ms, number = position_key(position)
                self._snapshot = (f"{ms}-{number}", dump(data))

    def note_archived(self, position: str) -> None:
        with self._engine.changed:
            self._engine.check()
            self._archived = position

    def archived(self) -> str | None:
        self._engine.check()
        return self._archived

    def elect(self, name: str, lease_s: float) -> int | None:
        with self._engine.changed:
            self._engine.check()
            now = self._engine.monotonic()
            if self._lease is None or self._lease[1] <= now:
                self._term += 1
            elif self._lease[0] != name:
                return None
            self._lease = (name, now + lease_s)
            return self._term

    def resign(self, name: str) -> None:
        with self._engine.changed:
            self._engine.check()
            if self._lease is not None and self._lease[0] == name:
                self._lease = None

    def holder(self) -> tuple[str, int] | None:
        with self._engine.changed:
            self._engine.check()
            if self._lease is None or self._lease[1] <= self._engine.monotonic():
                return None
            return self._lease[0], self._term


class MemoryStories:
    def __init__(self, engine: _Engine, stream: _Stream) -> None:
        self._engine = engine
        self._stream = stream

    def tell(self, lines: Sequence[StoryLine]) -> None:
        told = [dump_story(line) for line in lines]
        with self._engine.changed:
            self._engine.check()
            for text in told:
                self._stream.add(text)
            self._engine.changed.notify_all()

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 500) -> list[tuple[str, StoryLine]]:
        return [(p, load_story(text)) for p, text in self._stream.read(after, block_s, limit)]

    def trim(self, upto: str) -> None:
        with self._engine.changed:
            self._engine.check()
            ms, number = position_key(upto)
            self._stream.forget_before((ms, number + 1))


class MemoryNotices:
    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._living: dict[tuple[str, str], tuple[float, bytes]] = {}

    def alive(self, kind: str, name: str, info: Mapping[str, Any], ttl_s: float) -> None:
        self._engine.check()
        self._living[kind, name] = (time.monotonic() + ttl_s, dump(info))

    def living(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        self._engine.check()
        now = time.monotonic()
        for (of_kind, name), (until, info) in sorted(self._living.items()):
            if of_kind == kind and until > now:
                yield name, load(info)


class MemoryCallbackSecrets:
    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._kept: dict[str, tuple[float, bytes]] = {}

    def keep(self, callback: str, secret: CallbackSecret, keep_s: float) -> None:
        self._engine.check()
        self._kept[callback] = (time.monotonic() + keep_s, secret_as_text(secret))

    def get(self, callback: str) -> CallbackSecret | None:
        self._engine.check()
        until, text = self._kept.get(callback, (0.0, b""))
        return secret_of_text(text) if until > time.monotonic() else None

    def forget(self, callback: str) -> None:
        self._engine.check()
        self._kept.pop(callback, None)


class MemoryIntake:
    def __init__(self, engine: _Engine, journal: _Stream, stories: _Stream) -> None:
        self._engine = engine
        self._journal = journal
        self._stories = stories
        self._taken: dict[str, int] = {}

    def take(self, writer: str, first: int, lines: Sequence[tuple[str, bytes]], *, rebase: bool = False) -> int:
        with self._engine.changed:
            self._engine.check()
            last = self._taken.get(writer, 0)
            if last < first - 1 and not rebase:
                return last
            for number, (where, text) in enumerate(lines, first):
                if number > last:
                    (self._journal if where == JOURNAL else self._stories).add(text)
            self._taken[writer] = max(last, first + len(lines) - 1)
            self._engine.changed.notify_all()
            return self._taken[writer]


class MemoryFloor:
    """Opens buses onto one floor in memory, as several processes would onto one engine."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = _Engine(monotonic)
        journal, stories = _Stream(self._engine), _Stream(self._engine)
        self._bus = Bus(
            journal=MemoryJournal(self._engine, journal),
            stories=MemoryStories(self._engine, stories),
            notices=MemoryNotices(self._engine),
            intake=MemoryIntake(self._engine, journal, stories),
            callbacks=MemoryCallbackSecrets(self._engine),
            ping=self._ping,
            close=lambda: None,
            address="memory",
        )

    def open(self) -> Bus:
        return self._bus

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Unreachable until the block ends."""
        self._away(True)
        try:
            yield
        finally:
            self._away(False)

    def _away(self, away: bool) -> None:
        with self._engine.changed:
            self._engine.away = away
            self._engine.changed.notify_all()

    def _ping(self) -> float:
        self._engine.check()
        return 0.0


def open_memory_bus() -> Bus:
    return MemoryFloor().open()
