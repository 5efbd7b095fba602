"""The things that one call hears and is asked, in their order: the present one and those behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from callcontrol.switch import gate
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import Reply
from callcontrol.switch.gate import Harmless
from callcontrol.switch.message import Message

_NO_KEYS = gate.keys("")

KEYS = frozenset("0123456789*#ABCD")

STOP_KEY = "F"
"""No telephone has this key (it is the hook flash), so as a terminator it can only come from us: it ends an ask."""


class Say(Protocol):
    def __call__(self, *said: Command, on_reply: Callable[[Reply], None] | None = None) -> None: ...


@dataclass(slots=True)
class Task:
    """One ``answer``, ``play``, ``ask``, ``hold`` or ``record``. ``execution`` is the Event-UUID of what runs now for it."""

    kind: str
    wait: int = 0
    sounds: list[Harmless] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    execution: str = ""
    started: bool = False
    started_at: float = 0.0
    stopping: bool = False
    paused: bool = False  # a hold that is silent because a talk is about to begin
    again: bool = False  # and that goes on after all
    variable: str = ""
    terminators: Harmless = _NO_KEYS
    last_key: str = ""
    max_keys: int = 0
    timeout_s: float = 0.0
    inter_digit_s: float = 0.0
    sensitive: bool = False
    message: Message | None = None  # of a "record"


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
