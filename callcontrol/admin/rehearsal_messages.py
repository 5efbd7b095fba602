"""Messages from memory, for tests and screenshots."""

from __future__ import annotations

import builtins
from dataclasses import replace
from pathlib import Path

from callcontrol.ports.store import MessageRow

NUMBERS = {"m1": "13900001234", "m2": "15912347714"}


class MemoryMessages:
    """See ``ports.store.Messages``."""

    def __init__(self, now: float, call: str, sound: Path | None) -> None:
        path = str(sound or "")
        ended = {"size": 64044, "sha256": "ab" * 32, "language": "zh", "destination": "4001", "call": call}
        self.rows = [
            MessageRow("m1", box="support", number="139****1234", path=path, began_at=now - 300, seconds=21.4,
                       state="complete", handled="new", handled_by="", handled_at=None, **ended),  # type: ignore[arg-type]
            MessageRow("m2", box="after-hours", number="159****7714", path=path, began_at=now - 4000, seconds=8.2,
                       state="short", handled="heard", handled_by="leo", handled_at=now - 2000, **ended),  # type: ignore[arg-type]
            MessageRow("m3", box="support", number="", path="", began_at=now - 9000, seconds=None,
                       state="missing", handled="done", handled_by="mia", handled_at=now - 100, **ended),  # type: ignore[arg-type]
        ]  # fmt: skip

    def list(
        self, *, box: str = "", handled: str = "", before: tuple[float, str] | None = None, limit: int = 100
    ) -> builtins.list[MessageRow]:
        return [
            row
            for row in self.rows
            if (not box or row.box == box)
            and (not handled or row.handled == handled)
            and (before is None or (row.began_at, row.message) < before)
        ][:limit]

    def get(self, message: str) -> MessageRow | None:
        return next((row for row in self.rows if row.message == message), None)

    def count_new(self) -> int:
        return len(self.list(handled="new"))

    def boxes(self) -> builtins.list[str]:
        return sorted({row.box for row in self.rows})

    def mark(self, message: str, handled: str, *, who: str, at: float) -> bool:
        for place, row in enumerate(self.rows):
            if row.message == message and not (handled == "heard" and row.handled != "new"):
                self.rows[place] = replace(row, handled=handled, handled_by=who, handled_at=at)
                return True
        return False
