"""The clock of the simulated switch: one place that decides how long a simulated second is.

``ScaledClock`` runs with real time, faster or slower. ``SteppedClock`` stands still until the tester moves it: a wait of
thirty seconds costs nothing and happens exactly when the test says so. Both satisfy ``ports.clock.Clock``, so a controller under test
can be given the same clock.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent


class Timer(Protocol):
    def cancel(self) -> None: ...


class LabClock(Protocol):
    def now(self) -> float:
        """Simulated seconds since the epoch, UTC."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Run ``callback`` (which must not block) once, after ``delay_s`` simulated seconds."""
        ...


class _LoopTimer:
    __slots__ = ("_callback", "_timer")

    def __init__(self, seconds: float, callback: Callable[[], object]) -> None:
        self._callback: Callable[[], object] | None = callback
        self._timer: Any = gevent.get_hub().loop.timer(max(seconds, 0.0))
        self._timer.start(self._fire)

    def _fire(self) -> None:
        callback = self._callback
        self.cancel()
        if callback is not None:
            callback()

    def cancel(self) -> None:
        if self._callback is not None:
            self._callback = None
            self._timer.stop()
            self._timer.close()


class ScaledClock:
    """Real time, ``speed`` times as fast."""

    def __init__(self, speed: float = 1.0, starts_at: float | None = None) -> None:
        if speed <= 0:
            raise ValueError(
                f"speed is how many simulated seconds pass in a real one and must be above 0, not {speed}."
            )
        self.speed = speed
        self._starts_at = time.time() if starts_at is None else starts_at
        self._began = time.monotonic()

    def now(self) -> float:
        return self._starts_at + (time.monotonic() - self._began) * self.speed

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        return _LoopTimer(delay_s / self.speed, callback)


class _HeapTimer:
    __slots__ = ("at", "callback", "number")

    def __init__(self, at: float, number: int, callback: Callable[[], object]) -> None:
        self.at = at
        self.number = number
        self.callback: Callable[[], object] | None = callback

    def __lt__(self, other: _HeapTimer) -> bool:
        return (self.at, self.number) < (other.at, other.number)

    def cancel(self) -> None:
        self.callback = None


class SteppedClock:
    """Time stands still until ``advance``. Timers fire in order; between two of them the greenlets that they woke run."""

    def __init__(self, starts_at: float = 1_700_000_000.0) -> None:
        self._now = starts_at
        self._heap: list[_HeapTimer] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        self._count += 1
        timer = _HeapTimer(self._now + max(delay_s, 0.0), self._count, callback)
        heapq.heappush(self._heap, timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``, firing what falls due. What a peer answers over its socket meanwhile happens after, so a
        test that waits for a reaction advances, waits for it, and advances again."""
        until = self._now + seconds
        while self._heap and self._heap[0].at <= until:
            timer = heapq.heappop(self._heap)
            if timer.callback is None:
                continue
            self._now = max(self._now, timer.at)
            callback, timer.callback = timer.callback, None
            callback()
            gevent.sleep(0)
        self._now = until
        gevent.sleep(0)
