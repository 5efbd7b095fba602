"""What ``open_bus`` and ``open_memory_bus`` hand out: the ports of one floor, and the intake of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcontrol.ports.callbacks import CallbackSecrets
from callcontrol.ports.journal import Journal, Notices, Stories

JOURNAL = "j"
STORY = "s"


class Intake(Protocol):
    """Takes the numbered lines of one writer, each exactly once, whatever happened to an earlier try."""

    def take(self, writer: str, first: int, lines: Sequence[tuple[str, bytes]], *, rebase: bool = False) -> int:
        """Write ``lines`` (``JOURNAL`` or ``STORY``, and the JSON of the line), numbered ``first``, ``first`` + 1 ..., in one
        step; numbers already taken are passed over. Returns the highest number taken from this writer. Less than
        ``first`` - 1 means: lines before these are missing, nothing was written; ``rebase`` writes all the same.
        No lines: only asks. Raises ``JournalUnavailable``; the same call may then be made again."""
        ...


@dataclass(frozen=True, slots=True)
class Bus:
    """``ping()`` gives the round trip in seconds or raises ``JournalUnavailable``. ``address`` never shows a password.
    ``may_forget_s``: how much of what it took the engine may have lost when it comes back; an ``Outbox`` keeps that long."""

    journal: Journal
    stories: Stories
    notices: Notices
    intake: Intake
    callbacks: CallbackSecrets
    ping: Callable[[], float]
    close: Callable[[], None]
    address: str
    may_forget_s: float = 4.0
