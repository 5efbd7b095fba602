"""What the next decision has to look at: only what changed, and whose time has come. Nothing here is part of the floor's
state; it can be made anew from it at any moment (``Index.rebuild``), and a decision is the same with or without it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import heapify, heappop, heappush

from callcontrol.floor.pools import Pool
from callcontrol.floor.tallies import half_hour

# Below this a heap of timers is left alone, stale ones included.
_SMALL = 10_000


class Timer(IntEnum):
    CALL = 0  # longest wait
    PATIENCE = 1  # one waiting period
    OFFER = 2
    WRAP_UP = 3
    MOMENT = 4  # of a call: a relaxation step, an overflow, the end of waiting for one agent
    QUEUE = 5  # a condition of the queue may hold by now
    CALLBACK = 6  # its rest, its validity, its queue's hours
    MORE = 7  # one more phone rings


# (at, kind, name, what else tells a stale one: the visit, or "")
Due = tuple[float, int, str, str]


@dataclass(slots=True)
class Agenda:
    calls: dict[str, None] = field(default_factory=dict)  # calls to look at one by one
    pools: dict[Pool, None] = field(default_factory=dict)  # somebody became free or came, or more phones may ring
    offers: dict[str, None] = field(default_factory=dict)  # lease may be over
    wrap_ups: dict[str, None] = field(default_factory=dict)
    missed: dict[str, None] = field(default_factory=dict)  # agents with too many misses
    relax: dict[str, None] = field(default_factory=dict)  # calls that may have reached a relaxation step
    overflow: dict[str, None] = field(default_factory=dict)  # calls that may go to another queue
    queues: dict[str, None] = field(default_factory=dict)  # whose state changed, and something hangs on it
    reserve: dict[str, None] = field(default_factory=dict)  # queues whose reserve may be called, or leave
    callbacks: dict[str, None] = field(default_factory=dict)  # to look at one by one
    announce: dict[str, None] = field(default_factory=dict)  # queues where an announcement may have become right
    # queue -> half-hour of joining -> (joined_at, call): waited one period, not yet told; gone ones are left in
    patient: dict[str, dict[int, list[tuple[float, str]]]] = field(default_factory=dict)
    timers: list[Due] = field(default_factory=list)
    seen: float = float("-inf")  # the latest moment that was decided at

    def at(self, when: float, kind: Timer, name: str, mark: str = "") -> None:
        heappush(self.timers, (when, kind, name, mark))

    def ripe(self, now: float, is_true: Callable[[Due], bool]) -> list[Due]:
        """Take out the timers that are due at ``now``; stale ones are dropped."""
        timers, due = self.timers, []
        while timers and timers[0][0] <= now:
            timer = heappop(timers)
            if is_true(timer):
                due.append(timer)
        return due

    def next_at(self, is_true: Callable[[Due], bool]) -> float | None:
        timers = self.timers
        while timers and not is_true(timers[0]):
            heappop(timers)
        return timers[0][0] if timers else None

    def tidy(self, alive: int, is_true: Callable[[Due], bool]) -> None:
        """Drop stale timers when they are most of the heap; ``alive`` is about how many can be true."""
        if len(self.timers) > 4 * alive + _SMALL:
            self.timers = [t for t in self.timers if is_true(t)]
            heapify(self.timers)

    def was_patient(self, queue: str, joined_at: float, call: str) -> None:
        insort(self.patient.setdefault(queue, {}).setdefault(half_hour(joined_at), []), (joined_at, call))
        self.announce[queue] = None

    def something(self) -> bool:
        return bool(
            self.calls
            or self.pools
            or self.offers
            or self.wrap_ups
            or self.missed
            or self.announce
            or self.relax
            or self.overflow
            or self.queues
            or self.reserve
            or self.callbacks
        )
