"""The scribe carries what is told of calls from the journal into the database: no call ever waits for SQL.

It reads story lines in batches and writes each batch together with the read position in one transaction, so a batch has its
effect once, however often it is read. Only then may the journal forget the lines. Every controller runs one; they take turns
by themselves. Afterwards it examines the files of recordings that ended.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import Stories, StoryLine
from callcontrol.ports.store import StoreUnavailable
from callcontrol.store.call_record import Told, told
from callcontrol.store.carrier import Carrier
from callcontrol.store.message_file import NOT_KEPT, spoken_seconds
from callcontrol.store.message_file import judge as judge_message
from callcontrol.store.messages import DueMessage, MessageVerdict
from callcontrol.store.off_hub import Threads
from callcontrol.store.recording_file import FileFacts, examine, judge
from callcontrol.store.scribe_sink import DueRecording, ScribeSink, Verdict

log = logging.getLogger(__name__)

BATCH = 500

Read = Sequence[tuple[str, StoryLine]]


class Scribe(Carrier):
    """``recordings_dir``: where paths of the ledger that are not absolute begin. ``set_aside`` counts lines that could not
    be kept."""

    what = "Call records"

    def __init__(
        self, stories: Stories, sink: ScribeSink, clock: Clock, recordings_dir: Path, *, batch: int = BATCH
    ) -> None:
        super().__init__(log, batch)
        self._stories = stories
        self._sink = sink
        self._clock = clock
        self._recordings_dir = recordings_dir
        self._files = Threads(1)
        self.set_aside = 0

    def besides(self) -> None:
        self.examine_recordings()
        self.examine_messages()

    # --- story lines ---------------------------------------------------------------------------------------------
    def step(self, *, block_s: float = 0.0) -> int:
        if not self.position:
            self.position = self._sink.position()
        read = self._stories.read(self.position, block_s=block_s, limit=self._batch)
        if read:
            self._keep(read)
            self._stories.trim(self.position)
        return len(read)

    def _keep(self, read: Read) -> None:
        upto = read[-1][0]
        try:
            kept = self._sink.write([told(position, line) for position, line in read], after=self.position, upto=upto)
        except StoreUnavailable:
            raise
        except Exception as error:
            if len(read) == 1:
                self._set_aside(read[0], error)
                return
            # One line that can't be kept must not hold up all others: find it by halves.
            middle = len(read) // 2
            self._keep(read[:middle])
            if self.position == read[middle - 1][0]:
                self._keep(read[middle:])
            return
        # Where another scribe was faster, its position is where we go on.
        self.position = upto if kept else self._sink.position()

    def _set_aside(self, one: tuple[str, StoryLine], error: Exception) -> None:
        position, line = one
        self.set_aside += 1
        log.error(
            "Call %s: its story line %r at %s can't be kept and is left out (%s). Please report this.",
            line.call,
            line.kind,
            position,
            type(error).__name__,
        )
        nothing: list[Told] = []
        kept = self._sink.write(nothing, after=self.position, upto=position)
        self.position = position if kept else self._sink.position()

    # --- recordings ------------------------------------------------------------------------------------------------
    def examine_recordings(self) -> int:
        """Look at the files of recordings that ended; how many were decided. Raises ``StoreUnavailable``."""
        now = self._clock.now()
        verdicts = [verdict for due in self._sink.due_recordings(now) if (verdict := self._judged(due, now))]
        self._sink.settle(verdicts)
        for verdict in verdicts:
            if verdict.state != "complete":
                _alarm(verdict)
        return len(verdicts)

    def _judged(self, due: DueRecording, now: float) -> Verdict | None:
        path = self._recordings_dir / due.path

        def look() -> FileFacts | None:
            try:
                return examine(path)
            except OSError:  # not ours to read: as good as missing
                return None

        return judge(due, self._files.run(look) if due.path else None, now)

    def examine_messages(self) -> int:
        """The same of messages that callers left. The sound of one that is not kept is deleted."""
        now = self._clock.now()
        verdicts = [verdict for due in self._sink.messages.due() if (verdict := self._message_judged(due, now))]
        self._sink.messages.settle(verdicts)
        for verdict in verdicts:
            if verdict.state in ("missing", "short"):
                log.warning(
                    "Call %s: the message %s is %s; look at the switch's log, its disk, and whether it may write there.",
                    verdict.due.call,
                    verdict.due.message,
                    verdict.state,
                )
        return len(verdicts)

    def _message_judged(self, due: DueMessage, now: float) -> MessageVerdict | None:
        path = self._recordings_dir / due.path

        def look() -> tuple[FileFacts | None, float | None]:
            try:
                if due.how in NOT_KEPT:
                    if path.parent.parent.name == "messages":
                        path.unlink(missing_ok=True)
                    return None, None
                return examine(path), None if due.how else spoken_seconds(path)
            except OSError:  # not ours to read: as good as missing
                return None, None

        return judge_message(due, *self._files.run(look), now)


def _alarm(verdict: Verdict) -> None:
    due = verdict.due
    if verdict.state == "missing":
        log.warning(
            "Call %s: recording %s is missing; look whether the switch may write to the recordings' directory.",
            due.call,
            due.recording,
        )
    else:
        log.warning(
            "Call %s: recording %s is short: it holds %.1f s of %.1f s; look at the switch's log and disk.",
            due.call,
            due.recording,
            verdict.seconds or 0.0,
            due.talk_s or due.seconds or 0.0,
        )
