"""Time and identities, injected so that nothing in a test depends on when it runs."""

import time
import uuid
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


class SystemClock:
    def now(self) -> float:
        return time.time()


class ManualClock:
    """A clock in the tester's hand."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


class Identities(Protocol):
    def new(self) -> str: ...


class RandomIdentities:
    def new(self) -> str:
        return str(uuid.uuid4())


class CountedIdentities:
    """``00000000-0000-4000-8000-000000000001`` and so on: readable and the same in every run."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"
