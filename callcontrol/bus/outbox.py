"""Takes what a call has to tell (journal lines and story lines) at once, and delivers it in order as soon as it can be.

No call ever waits for Redis: ``tell`` and ``story`` put the line into memory and return. One thread delivers, in batches, and
tries again while the engine is away. A batch whose answer never came is sent again; the intake knows the numbers it has
and writes none twice. Lines are kept for some seconds after they were taken, because an engine that is killed may come back
without its last second: when it does, they are delivered again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcontrol.bus.bus import JOURNAL, STORY, Intake
from callcontrol.bus.lines import dump, dump_story
from callcontrol.ports.clock import Identities, RandomIdentities
from callcontrol.ports.journal import JournalUnavailable, StoryLine

log = logging.getLogger(__name__)

BATCH = 256
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
GATHER_S = 0.05  # what is only to be remembered waits for company: one delivery costs as much as ten lines
KEEP_S = 4.0  # an engine that writes its file every second is behind by two at most
CHECK_EVERY_S = 1.0
# 200,000 lines of some 400 bytes are 80 MB: an outage of minutes on a busy floor. Stories go first, the journal is dearer.
MOST_LINES = 200_000
STORY_SHARE = 0.8


@dataclass(slots=True)
class _Numbered:
    number: int
    where: str
    text: bytes
    told_at: float  # monotonic
    taken_at: float = 0.0


class Outbox:
    """``start()`` once, then ``tell`` and ``story`` from anywhere. ``writer`` must be new for every outbox."""

    def __init__(
        self,
        intake: Intake,
        *,
        identities: Identities | None = None,
        most_lines: int = MOST_LINES,
        keep_s: float = KEEP_S,
        check_every_s: float = CHECK_EVERY_S,
    ) -> None:
        self._intake = intake
        self._writer = (identities or RandomIdentities()).new()
        self._most_lines = most_lines
        self._keep_s = keep_s
        self._check_every_s = check_every_s
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[_Numbered] = deque()
        self._kept: deque[_Numbered] = deque()
        self._last_number = 0
        self._dropped = 0
        self._trouble = ""
        self._urgent = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def tell(self, data: Mapping[str, Any]) -> bool:
        """One journal line (``Entry.as_data()``). False: the memory for waiting lines is full and it was dropped."""
        return self._put(JOURNAL, dump(data), self._most_lines)

    def story(self, line: StoryLine) -> bool:
        """One story line. False as with ``tell``."""
        return self._put(STORY, dump_story(line), int(self._most_lines * STORY_SHARE))

    def waiting(self) -> int:
        """Lines that are not yet in the journal."""
        return len(self._waiting)

    def dropped(self) -> int:
        return self._dropped

    def oldest_s(self) -> float:
        """Age of the oldest line that waits; 0 when none does."""
        with self._changed:
            return time.monotonic() - self._waiting[0].told_at if self._waiting else 0.0

    def trouble(self) -> str:
        """Why lines wait, as a sentence; empty when all is well."""
        return self._trouble

    def look(self) -> None:
        """Ask the engine now what it has of this writer: it seems to have lost lines."""
        with self._changed:
            self._changed.notify_all()

    def flush(self, deadline_s: float) -> bool:
        """Wait until nothing waits; False when the deadline came first."""
        deadline = time.monotonic() + deadline_s
        with self._changed:
            while self._waiting:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def stop(self, deadline_s: float = 2.0) -> bool:
        """Flush and end. False: lines were left, which is logged with their count."""
        done = self.flush(deadline_s)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.1, deadline_s))
        if not done:
            log.error(
                "%d lines of calls never reached the journal: %s", len(self._waiting), self._trouble or "no time left"
            )
        return done

    def _put(self, where: str, text: bytes, most: int) -> bool:
        with self._changed:
            if len(self._waiting) >= most:
                self._dropped += 1
                if self._dropped == 1 or self._dropped % 1000 == 0:
                    log.error(
                        "The outbox is full with %d lines; %d were dropped so far. Start the journal's engine again.",
                        len(self._waiting),
                        self._dropped,
                    )
                return False
            self._last_number += 1
            self._waiting.append(_Numbered(self._last_number, where, text, time.monotonic()))
            if where == JOURNAL and not self._urgent:  # somebody decides by it
                self._urgent = True
                self._changed.notify_all()
            elif len(self._waiting) == 1:
                self._changed.notify_all()
            return True

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        rebase = False
        while True:
            with self._changed:
                if not self._waiting and not self._stopping:
                    self._changed.wait(self._check_every_s if self._kept else None)
                if 0 < len(self._waiting) < BATCH and not self._urgent and not self._stopping:
                    self._changed.wait(GATHER_S)
                if self._stopping:
                    return
                self._urgent = False
                batch = [self._waiting[i] for i in range(min(BATCH, len(self._waiting)))]
                first = batch[0].number if batch else self._last_number + 1
                if not batch and not self._kept:
                    continue
            try:
                lines = [(line.where, line.text) for line in batch]
                taken = self._intake.take(self._writer, first, lines, rebase=rebase)
            except Exception as error:
                if not self._trouble:
                    unexpected = not isinstance(error, JournalUnavailable)
                    log.warning("Lines of calls wait in memory: %s", error, exc_info=unexpected)
                self._trouble = str(error) or repr(error)
                with self._changed:
                    if not self._stopping:
                        self._pause(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                continue
            pause_s = FIRST_PAUSE_S
            if self._trouble:
                log.warning("The journal is back; %d lines are delivered now.", len(self._waiting))
                self._trouble = ""
            with self._changed:
                rebase = self._settle(first, taken)

    def _pause(self, seconds: float) -> None:
        """Wait that long, however many lines are told meanwhile."""
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)

    def _settle(self, first: int, taken: int) -> bool:
        """Whether the next try must write past a hole that can't be filled any more."""
        now = time.monotonic()
        if taken < first - 1:
            missing = first - 1 - taken
            again = 0
            while self._kept and self._kept[-1].number > taken:
                self._waiting.appendleft(self._kept.pop())
                again += 1
            log.warning("The journal lost %d lines; %d of them are delivered again.", missing, again)
            return again < missing
        while self._waiting and self._waiting[0].number <= taken:
            line = self._waiting.popleft()
            line.taken_at = now
            self._kept.append(line)
        while self._kept and now - self._kept[0].taken_at > self._keep_s:
            self._kept.popleft()
        self._changed.notify_all()
        return False
