"""A scene whose lines are kept, and a controller that reads them."""

from __future__ import annotations

import json
import threading
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.floor import Floor
from tests.floor.scenes import Scene

FOREVER = 1e12


class Reader:
    """A controller as far as the books know it: a floor that was read up to some line."""

    def __init__(self, lines: list[e.Entry]) -> None:
        self.lock = threading.RLock()
        self.floor = Floor()
        self.lines = lines
        self.read = 0

    @property
    def position(self) -> str:
        return f"{1_700_000_000_000 + self.read}-0"

    @position.setter
    def position(self, position: str) -> None:
        raise AssertionError(position)

    def read_on(self, number: int) -> None:
        for line in self.lines[self.read : self.read + number]:
            self.floor.apply(line)
        self.read = min(len(self.lines), self.read + number)

    def begin_from_snapshot_of(self, other: Reader) -> None:
        self.floor = Floor.from_data(json.loads(json.dumps(other.floor.as_data())))
        self.read = other.read


class Journalled(Scene):
    """A scene whose lines are kept."""

    def __init__(self, *args: Any) -> None:
        self.lines: list[e.Entry] = []
        super().__init__(*args)

    def write(self, kind: type[e.Entry], **fields: Any) -> bool:
        entry = kind(at=self.now, **fields)
        self.lines.append(entry)
        return self.floor.apply(entry)

    def settle(self) -> list[e.Entry]:
        decided = super().settle()
        self.lines += decided
        return decided
