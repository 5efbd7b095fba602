"""Watches what flows may ask about the house: whether it is itself, and which queues have more callers than they can serve.

A trouble counts once it has lasted for ``fault_after_s``: a failover of the journal, or a new election, is none. Then whoever waits in a
queue is given back to the flow, whose rescue leads on: while nobody decides, music would be all that a caller ever hears.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping

import structlog

from callcontrol.calls.directory import Directory
from callcontrol.calls.queue_facts import load_of
from callcontrol.calls.services import CallServices
from callcontrol.flow.events import Released
from callcontrol.flow.steps.queue import FAULT

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
GIVEN_BACK_EVERY_S = 5.0  # who came meanwhile, or whose flow led back to a queue
# With one of these nobody decides who gets whom.
NOBODY_DECIDES = frozenset({"journal", "desk"})


class HouseWatch:
    """``start()`` once. ``ill``: name of a trouble (journal, desk, switch) -> whether it is so now; may take a while to answer,
    and a trouble whose question fails is one."""

    def __init__(
        self,
        services: CallServices,
        directory: Directory,
        ill: Mapping[str, Callable[[], bool]],
        *,
        fault_after_s: float,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._services = services
        self._directory = directory
        self._ill = ill
        self._fault_after_s = fault_after_s
        self._look_every_s = look_every_s
        self._since: dict[str, float] = {}
        self._troubles: tuple[str, ...] = ()
        self._surging: frozenset[str] = frozenset()
        self._given_back_at = -math.inf
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="house watch", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def troubles(self) -> tuple[str, ...]:
        return self._troubles

    def surging(self, queue: str) -> bool:
        return queue in self._surging

    def surges(self) -> tuple[str, ...]:
        return tuple(sorted(self._surging))

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            try:
                self.look()
            except Exception:
                log.exception("the house could not be looked at; tried again")

    def look(self) -> None:
        ill = {name for name, is_so in self._ill.items() if _holds(is_so)}
        if not self._services.configuration()[1].agents:
            ill.add("agents")
        now = self._services.clock.now()
        self._since = {name: min(self._since.get(name, now), now) for name in sorted(ill)}
        troubles = tuple(name for name, since in self._since.items() if now - since >= self._fault_after_s)
        if troubles != self._troubles:
            log.warning("what flows are told of the house", troubles=list(troubles) or "it is itself again")
        self._troubles = troubles
        self._surging = frozenset(q for q in self._services.floor().rules.queues if self._has_surge(q))
        if NOBODY_DECIDES.isdisjoint(troubles):
            self._given_back_at = -math.inf
        elif not 0 <= now - self._given_back_at < GIVEN_BACK_EVERY_S:
            self._given_back_at = now
            for visit, call in self._directory.waiting():
                self._directory.post(call, Released(visit, FAULT))

    def _has_surge(self, queue: str) -> bool:
        """By the same two loads as the queue's reserve, so that it does not flicker between them."""
        floor = self._services.floor()
        rule = floor.rules.queues[queue].reserve
        load = load_of(floor, queue)
        if queue in self._surging:
            return load >= min(rule.load_off, rule.load_on)
        return load > rule.load_on


def _holds(is_so: Callable[[], bool]) -> bool:
    try:
        return is_so()
    except Exception:
        return True
