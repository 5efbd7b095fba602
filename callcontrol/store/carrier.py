"""What carries lines from the journal into the database, batch by batch, for as long as the process lives.

Nothing that happens to either of them ends it: it says what is wrong, waits longer from try to try, and goes on.
"""

from __future__ import annotations

import logging
from contextlib import suppress

import gevent
from gevent.event import Event

from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import StoreUnavailable

BLOCK_S = 0.5  # how long one reading waits for a line; bounds how long a stop takes
GATHER_S = 1.0  # after a batch that was not full: a transaction for each line would cost more than the call itself
LEAST_PAUSE_S = 0.2
GREATEST_PAUSE_S = 5.0
LAST_WORDS_S = 3.0  # at a stop: how long to go on writing what is already told


class Carrier:
    """``what``: what it carries, as the log says it ("Call records"). ``trouble`` is a sentence while the database or the
    journal is away, else empty; ``position`` is what is safe."""

    what = "Lines"

    def __init__(self, log: logging.Logger, batch: int) -> None:
        self._log = log
        self._batch = batch
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.position = ""
        self.trouble = ""

    def step(self, *, block_s: float = 0.0) -> int:
        """Read a batch, keep it, let the journal know; how many lines were read. Raises ``StoreUnavailable``,
        ``JournalUnavailable``: the same batch comes again."""
        raise NotImplementedError

    def besides(self) -> None:
        """What else there is to do after a batch. Raises as ``step`` does."""

    def after_trouble(self) -> None:
        """Before it is tried again."""

    def start(self) -> None:
        self._stopping.clear()
        self._greenlet = gevent.spawn(self.run)

    def stop(self) -> None:
        """Writes what is already told, at most for some seconds, then ends. What is left waits in the journal."""
        self._stopping.set()
        if self._greenlet is not None:
            self._greenlet.join(timeout=LAST_WORDS_S + GREATEST_PAUSE_S)
            self._greenlet.kill()
            self._greenlet = None

    def run(self) -> None:
        """Until ``stop``."""
        pause_s = LEAST_PAUSE_S
        while not self._stopping.is_set():
            try:
                number = self.step(block_s=BLOCK_S)
                self.besides()
                if self.trouble:
                    self._log.info("%s are kept in the database again.", self.what)
                self.trouble = ""
                pause_s = LEAST_PAUSE_S
                if 0 < number < self._batch:
                    self._stopping.wait(GATHER_S)
                continue
            except (StoreUnavailable, JournalUnavailable) as error:
                trouble = str(error)
            except Exception as error:
                trouble = f"{self.what} can't be kept ({type(error).__name__}); they wait in the journal. See the log."
                self._log.exception("%s could not be kept; it is tried again.", self.what)
            if trouble != self.trouble:
                self._log.warning("%s wait in the journal: %s", self.what, trouble)
            self.trouble = trouble
            self.after_trouble()
            self._stopping.wait(pause_s)
            pause_s = min(pause_s * 2, GREATEST_PAUSE_S)
        self._last_words()

    def _last_words(self) -> None:
        with suppress(gevent.Timeout), gevent.Timeout(LAST_WORDS_S):
            try:
                while self.step():
                    pass
                self.besides()
            except (StoreUnavailable, JournalUnavailable) as error:
                self._log.warning("The last of what was told waits in the journal: %s", error)
