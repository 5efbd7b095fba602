"""What one call hears and asks, one thing at a time. Pure bookkeeping of the session: no socket here.

The switch runs a second execution *inside* the first and forgets a break that comes before playing began, so the order is kept
here: the next thing starts when the completion of the present one arrived, and a stop is said again until it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callcontrol.switch import gate
from callcontrol.switch.gate import Harmless

SILENCE = gate.sound("silence_stream://60000")
"""Begun again and again by the hold. Not endless: should its controller die in the moment in which a talk is prepared, the
dialplan hands the call to another one only when nothing plays any more."""

_NO_KEYS = gate.keys("")


@dataclass(slots=True)
class Task:
    """One ``answer``, ``play``, ``ask`` or ``hold``. ``execution`` is the Event-UUID of what runs now for it."""

    kind: str
    wait: int = 0
    sounds: list[Harmless] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    execution: str = ""
    started: bool = False
    started_at: float = 0.0
    stopping: bool = False
    variable: str = ""
    terminators: Harmless = _NO_KEYS
    last_key: str = ""
    max_keys: int = 0
    timeout_s: float = 0.0
    inter_digit_s: float = 0.0


class Line:
    """The present task and those behind it. A new task makes the present one superfluous, unless that is the answer."""

    def __init__(self) -> None:
        self.current: Task | None = None
        self._waiting: list[Task] = []

    def add(self, task: Task) -> list[Task]:
        """Tasks that will never be heard because ``task`` comes instead."""
        given_up = [t for t in self._waiting if t.kind != "answer"]
        self._waiting = [t for t in self._waiting if t.kind == "answer"] + [task]
        return given_up if task.kind != "answer" else []

    def next(self) -> Task | None:
        """Call when ``current`` is done."""
        self.current = self._waiting.pop(0) if self._waiting else None
        return self.current

    def waiting(self) -> bool:
        return bool(self._waiting)

    def drop_waiting(self) -> list[Task]:
        dropped = [t for t in self._waiting if t.kind != "answer"]
        self._waiting = [t for t in self._waiting if t.kind == "answer"]
        return dropped
