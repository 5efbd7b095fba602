"""Keeps one floor current: loads the newest snapshot, reads the journal on from there, for ever.

The thread that reads is the only one that changes the floor. ``lock`` is held while lines are applied and while
subscribers are told; whoever looks at the floor from another thread holds it too, and does no I/O meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, Self

from callcontrol.floor.entries import Entry, entry_from_data
from callcontrol.floor.floor import Floor
from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import Journal, JournalUnavailable, Line

log = logging.getLogger(__name__)

BEGINNING = "0"
READ_LIMIT = 500  # applied in one go without giving way: some 20 ms
BLOCK_S = 1.0
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
# An engine needs longer than this to end and begin again. A break between two reads that follow more closely is seen by the read.
UNNOTICED_RESTART_S = 0.05


class FloorState(Protocol):
    """What is asked of ``floor.floor.Floor``."""

    term: int

    def apply(self, entry: Any) -> bool: ...

    def as_data(self) -> dict[str, Any]: ...

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self: ...


Told = Callable[[Entry, bool], None]


class Follower:
    """``start()`` once. ``floor``, ``position`` and ``version`` belong together while ``lock`` is held."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        *,
        new_floor: type[FloorState] = Floor,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.journal = journal
        self.lock = threading.RLock()
        self.floor: FloorState = new_floor()
        self.position = BEGINNING
        self.version = 0  # grows with every line that changed the floor
        self.applied = 0  # grows with every line, void ones too
        self.caught_up = False  # all lines there were at the last read are applied
        self._new_floor = new_floor
        self._clock = clock
        self._changed = threading.Condition(self.lock)
        self._subscribers: list[tuple[Told, Callable[[], None] | None]] = []
        self._read_at = clock.now()
        self._monotonic = monotonic
        self._answered_at = monotonic()
        self._loaded = False
        self._doubtful = False  # the connection broke: what was there may be gone
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._unreadable: set[str] = set()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float = 0.0) -> None:
        """No line is applied any more; the thread ends with its next read, which is waited for at most that long."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None and deadline_s > 0:
            self._thread.join(deadline_s)

    def subscribe(self, told: Told, on_reset: Callable[[], None] | None = None) -> Callable[[], None]:
        """``told(entry, valid)`` is called for every line right after it was applied, in order, with ``lock`` held; it must
        not wait for anything. ``on_reset()`` is called when the floor was taken from a snapshot, at the
        beginning or because the engine lost lines: whatever was concluded from lines before may be wrong.
        Returns what ends the subscription."""
        subscriber = (told, on_reset)
        with self.lock:
            self._subscribers.append(subscriber)

        def end() -> None:
            with self.lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return end

    def age_s(self) -> float:
        """Seconds since the journal last answered. Above some 3 s what ``floor`` shows is stale."""
        return max(0.0, self._clock.now() - self._read_at)

    def wait_until(self, met: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until ``met()``, looked at (with ``lock`` held) after every batch of lines; whether it is."""
        with self._changed:
            return self._changed.wait_for(met, timeout_s)

    def poke(self) -> None:
        """Let everyone in ``wait_until`` look again."""
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            if self.turn(BLOCK_S if self.caught_up else 0.0):
                pause_s = FIRST_PAUSE_S
            else:
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def turn(self, block_s: float = 0.0) -> bool:
        """Read what is new, waiting so long for it, and apply it. False: it is to be tried again after a pause."""
        try:
            if not self._loaded:
                self._load()
                self._loaded = True
            elif (self._doubtful or self._monotonic() - self._answered_at > UNNOTICED_RESTART_S) and not (
                self.journal.holds(self.position)
            ):
                log.warning(
                    "The journal has no line %s any more; the floor begins again from the snapshot.", self.position
                )
                self._load()
            lines = self.journal.read(self.position, block_s=block_s, limit=READ_LIMIT)
        except Exception as error:
            if not self._doubtful and not self._stopping:
                unexpected = not isinstance(error, JournalUnavailable)
                log.warning("The floor stands still: %s", error, exc_info=unexpected)
            self._doubtful = True
            return False
        if self._doubtful:
            log.warning("The journal is back; the floor goes on.")
        self._doubtful = False
        self._answered_at = self._monotonic()
        self._apply(lines)
        return True

    def _load(self) -> None:
        found = self.journal.snapshot()
        floor, position = self._new_floor(), BEGINNING
        if found is not None:
            try:
                floor, position = self._new_floor.from_data(found[1]), found[0]
            except Exception:
                log.exception(
                    "The snapshot at %s can't be read by this release; the floor is made from all lines that are left.",
                    found[0],
                )
        with self._changed:
            self.floor, self.position = floor, position
            self.version += 1
            self.caught_up = False
            for _, on_reset in list(self._subscribers):
                if on_reset is not None:
                    self._call(on_reset)
            self._changed.notify_all()

    def _apply(self, lines: Sequence[Line]) -> None:
        with self._changed:
            if self._stopping:
                return
            self._read_at = self._clock.now()
            for line in lines:
                self._apply_one(line)
            self.caught_up = len(lines) < READ_LIMIT
            self._changed.notify_all()

    def _apply_one(self, line: Line) -> None:
        self.position = line.position
        self.applied += 1
        try:
            entry = entry_from_data(line.data)
        except ValueError as error:
            kind = str(line.data.get("kind"))
            if kind not in self._unreadable:
                self._unreadable.add(kind)
                log.error("Line %s of the journal is passed over: %s", line.position, error)
            return
        try:
            valid = self.floor.apply(entry)
        except Exception:
            # A bug in a rule must not end the floor for everybody; all readers meet the same line and do the same.
            log.exception("Line %s (%s) could not be applied and counts as void.", line.position, entry.kind)
            valid = False
        if valid:
            self.version += 1
        for told, _ in list(self._subscribers):
            self._call(told, entry, valid)

    @staticmethod
    def _call(function: Callable[..., None], *args: Any) -> None:
        try:
            function(*args)
        except Exception:
            log.exception("A subscriber of the floor failed; the others go on.")
