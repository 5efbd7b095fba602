"""The journal scribe carries the journal's lines into the database before the journal forgets them, each once and in order,
and with them a floor now and then, so that any moment can be rebuilt quickly.

Every controller runs one; they take turns by themselves: a batch and the new position are one transaction, and whoever
comes second finds that the position has moved. How far the lines are safe it says in the journal itself
(``Journal.note_archived``); the desk does not trim what is not (``desk.desk``).
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress

import gevent
from gevent.event import Event

from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import Journal, JournalUnavailable, position_key
from callcontrol.ports.store import StoreUnavailable
from callcontrol.store.journal_archive import SqlJournalArchive

log = logging.getLogger(__name__)

BATCH = 1000
BLOCK_S = 0.5  # how long one reading waits for a line; bounds how long a stop takes
GATHER_S = 1.0  # after a batch that was not full: one transaction a second is enough
LEAST_PAUSE_S = 0.2
GREATEST_PAUSE_S = 5.0
LAST_WORDS_S = 3.0
BASE_LINES = 10_000  # some half a second of reading from the nearest floor to any moment
BASE_S = 3600.0
BASE_AGAIN_S = 10.0  # the desk saves floors by itself; how long to wait before asking again for one that is new enough
TIDY_EVERY_S = 3600.0


class JournalScribe:
    """``keep_days``: how long lines are kept (0: for ever). ``trouble`` is a sentence while the database or the journal is
    away, else empty; ``position`` is what is safe."""

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
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._keep_days = keep_days
        self._batch = batch
        self._base_lines = base_lines
        self._base_s = base_s
        self._since_base: int | None = None  # lines after the last base
        self._base_ms = 0
        self._base_tried = -BASE_AGAIN_S
        self._tidied = time.monotonic()
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.position = ""
        self.trouble = ""

    # --- its life ----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._stopping.clear()
        self._greenlet = gevent.spawn(self.run)

    def stop(self) -> None:
        """Writes what is already in the journal, at most for some seconds, then ends. The rest waits there."""
        self._stopping.set()
        if self._greenlet is not None:
            self._greenlet.join(timeout=LAST_WORDS_S + GREATEST_PAUSE_S)
            self._greenlet.kill()
            self._greenlet = None

    def run(self) -> None:
        """Until ``stop``: nothing that happens to the database or the journal ends it."""
        pause_s = LEAST_PAUSE_S
        while not self._stopping.is_set():
            try:
                number = self.step(block_s=BLOCK_S)
                self._tidy()
                if self.trouble:
                    log.info("The journal is kept in the database again.")
                self.trouble = ""
                pause_s = LEAST_PAUSE_S
                if number < self._batch:
                    self._stopping.wait(GATHER_S)
                continue
            except (StoreUnavailable, JournalUnavailable) as error:
                trouble = str(error)
            except Exception as error:
                trouble = f"The journal can't be kept ({type(error).__name__}); its lines wait. See the log."
                log.exception("The journal scribe failed; it tries again.")
            if trouble != self.trouble:
                log.warning("The journal is not kept in the database for now: %s", trouble)
            self.trouble = trouble
            self.position = ""  # another scribe may have gone on meanwhile
            self._stopping.wait(pause_s)
            pause_s = min(pause_s * 2, GREATEST_PAUSE_S)
        self._last_words()

    def _last_words(self) -> None:
        with suppress(gevent.Timeout), gevent.Timeout(LAST_WORDS_S):
            try:
                while self.step():
                    pass
            except (StoreUnavailable, JournalUnavailable) as error:
                log.warning("The last lines wait in the journal: %s", error)

    # --- its work ----------------------------------------------------------------------------------------------------
    def step(self, *, block_s: float = 0.0) -> int:
        """Read a batch, keep it, say so; how many lines were read. Raises ``StoreUnavailable``, ``JournalUnavailable``: the
        same batch comes again."""
        if not self.position:
            self.position = self._archive.position()
            self._since_base = None
            self._journal.note_archived(self.position)
        if not self._leads_on() and not self._begin_again():
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
