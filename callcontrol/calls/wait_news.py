"""Tells waiting callers how it stands, as often as their queue says: place in the line and estimated wait.

Looked up in the floor at the moment of telling; what becomes of it (say it, or not now) the flow decides. The times follow
from the joining, so that a controller that takes a call over goes on in the same beat.
"""

from __future__ import annotations

import threading

import structlog

from callcontrol.calls.directory import Directory
from callcontrol.calls.services import CallServices
from callcontrol.floor.agents import Standing
from callcontrol.floor.estimate import callers_ahead
from callcontrol.floor.forecast import told
from callcontrol.floor.visits import CallState
from callcontrol.flow.events import WaitNews
from callcontrol.values.waits import bucket_of

log = structlog.get_logger()

LOOK_EVERY_S = 0.5
# Whatever a queue's rules say: words that come in one after the other leave no music between them.
LEAST_EVERY_S = 5.0


class WaitNewsTeller:
    """``start()`` once."""

    def __init__(self, services: CallServices, directory: Directory, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._services = services
        self._directory = directory
        self._look_every_s = look_every_s
        self._told: dict[str, int] = {}  # visit -> beats that are over
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="wait news", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            try:
                self.look()
            except Exception:
                log.exception("waiting callers could not be told how it stands; tried again")

    def look(self) -> None:
        """Tell everybody whose time has come."""
        floor, now = self._services.floor(), self._services.clock.now()
        waiting = self._directory.waiting()
        self._told = {visit: self._told[visit] for visit, _ in waiting if visit in self._told}
        for visit, name in waiting:
            call = floor.calls.get(name)
            rule = floor.rules.queues.get(call.queue) if call is not None else None
            if call is None or rule is None or call.visit != visit:
                continue
            spoken = rule.spoken
            if call.state is not CallState.WAITING or not (spoken.position or spoken.estimate):
                continue
            beat = int((now - call.joined_at) // max(spoken.every_s, LEAST_EVERY_S))
            if beat <= self._told.setdefault(visit, beat):
                continue
            self._told[visit] = beat
            estimate = told(floor, call, now) if spoken.estimate else None
            counts = floor.index.pool(call.queue).counts
            news = WaitNews(
                visit,
                ahead=callers_ahead(floor, call, now) if spoken.position else None,
                bucket=bucket_of(estimate.high_s) if estimate is not None else None,
                serving=counts[Standing.FREE] + counts[Standing.BUSY],
            )
            if news.ahead is not None or news.bucket is not None:
                self._directory.post(name, news)
