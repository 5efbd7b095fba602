"""What a callback needs and the journal must not hold: the caller's full number, and the record to go on with after the talk.

Kept beside the journal, in the same engine, so that it survives what the journal survives; forgotten when the callback ends.
Real adapter: ``bus.redis_callbacks``. Fake that ships: ``bus.memory`` (contract-tested together).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CallbackSecret:
    """``record`` is ``flow.record.CallRecord.as_data()`` of the call that booked; ``entry`` the number it had dialled."""

    number: str = field(repr=False)
    entry: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)


class CallbackSecrets(Protocol):
    """Every method may raise ``JournalUnavailable``."""

    def keep(self, callback: str, secret: CallbackSecret, keep_s: float) -> None:
        """Kept until forgotten, at most ``keep_s``."""
        ...

    def get(self, callback: str) -> CallbackSecret | None: ...

    def forget(self, callback: str) -> None: ...
