"""The journal scribe carries the journal's lines into the database before the journal forgets them, each once and in order,
and with them a floor now and then, so that any moment can be rebuilt quickly.

Every controller runs one; they take turns by themselves: a batch and the new position are one transaction, and whoever
comes second finds that the position has moved. How far the lines are safe it says in the journal itself
(``Journal.note_archived``); the desk does not trim what is not (``desk.desk``).
"""

from __future__ import annotations

import logging
import time

import gevent

from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import Journal, position_key
from callcontrol.store.carrier import Carrier
from callcontrol.store.journal_archive import SqlJournalArchive

log = logging.getLogger(__name__)

BATCH = 1000
BASE_LINES = 10_000  # some half a second of reading from the nearest floor to any moment
BASE_S = 3600.0
BASE_AGAIN_S = 10.0  # the desk saves floors by itself; how long to wait before asking again for one that is new enough
TIDY_EVERY_S = 3600.0


class JournalScribe(Carrier):
    """``keep_days``: how long lines are kept (0: for ever)."""

    what = "The journal's lines"

    def __init__(
        self,
        journal: Journal,
        archive: SqlJournalArchive,
        clock: Clock,
        *,
        keep_days: float = 400.0,
        batch: int = BATCH,
        base_lines: int = BASE_LINES,
        base_s: float = BASE_S,
    ) -> None:
        super().__init__(log, batch)
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._keep_days = keep_days
        self._base_lines = base_lines
        self._base_s = base_s
        self._since_base: int | None = None  # lines after the last base
        self._base_ms = 0
        self._base_tried = -BASE_AGAIN_S
        self._tidied = time.monotonic()

    def besides(self) -> None:
        self._tidy()

    def after_trouble(self) -> None:
        self.position = ""  # another scribe may have gone on meanwhile

    # --- its work ----------------------------------------------------------------------------------------------------
    def step(self, *, block_s: float = 0.0) -> int:
        if not self.position:
            self.position = self._archive.position()
            self._since_base = None
            self._journal.note_archived(self.position)
        if not self._leads_on() and not self._begin_again():
            self._stopping.wait(block_s)  # as long as a reading that finds nothing
            return 0
        read = self._journal.read(self.position, block_s=block_s, limit=self._batch)
        if read:
            if self._archive.write(read, after=self.position):
                self.position = read[-1].position
                self._since_base = None if self._since_base is None else self._since_base + len(read)
            else:  # another scribe was faster: its position is where we go on
                self.position = self._archive.position()
                self._since_base = None
            self._journal.note_archived(self.position)
        self._keep_base()
        return len(read)

    def _leads_on(self) -> bool:
        """Whether the journal's next line follows the last one kept. Not at the very first start on a journal that
        was trimmed before, not after the engine lost lines, and not after a trim that could not wait any longer."""
        if self.position == "0":
            return self._journal.snapshot() is None
        return self._journal.holds(self.position)

    def _begin_again(self) -> bool:
        """As every reader does whose line is gone: from the journal's snapshot. False while there is nothing to begin with."""
        before = self.position
        found = self._journal.snapshot()
        if found is not None:
            position, data = found
            ms, number = position_key(position)
            kept = self._archive.begin_again(f"{ms}-{number}", data, after=before)
        else:
            first = self._journal.read("0", limit=1)
            if not first:
                return False
            ms, number = position_key(first[0].position)
            kept = self._archive.begin_again(f"{ms}-{number - 1}" if number else f"{ms - 1}-0", None, after=before)
        if kept and before != "0":
            log.warning(
                "The journal has no line %s any more; what is kept in the database begins anew behind it. "
                "Decisions in between can't be explained.",
                before,
            )
        self.position = self._archive.position()
        self._since_base = None
        return True

    def _keep_base(self) -> None:
        """Keep the journal's newest snapshot where the last floor kept is too far behind."""
        if self.position == "0":
            return
        if self._since_base is None:
            self._since_base = self._archive.lines_since_base()
            last = self._archive.bases(self.position, 1)
            self._base_ms = position_key(last[0].position)[0] if last else 0
        old = position_key(self.position)[0] - self._base_ms >= self._base_s * 1000
        if not self._since_base or not (old or self._since_base >= self._base_lines):
            return
        if time.monotonic() - self._base_tried < BASE_AGAIN_S:
            return
        self._base_tried = time.monotonic()
        found = self._journal.snapshot()
        if found is None or position_key(found[0]) > position_key(self.position):
            return
        if self._archive.keep_base(*found):
            self._since_base = None

    def _tidy(self) -> None:
        if self._keep_days <= 0 or time.monotonic() - self._tidied < TIDY_EVERY_S:
            return
        self._tidied = time.monotonic()
        while self._archive.forget_before(self._clock.now() - self._keep_days * 86400) and not self._stopping.is_set():
            gevent.sleep(0.05)  # others write too
