"""Tells those who wait of an emergency message that is switched on for their queue: within a second of the release that has it.

What becomes of it (say it now, or after the words that are being said; leave the queue) the flow's engine decides, which also knows
who has heard it. So whoever waits is told again and again while it acts: a caller whose phone rang, or who came by overflow, in the end
hears it too.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog

from callcontrol.calls.directory import Directory
from callcontrol.calls.services import CallServices
from callcontrol.floor.visits import CallState
from callcontrol.flow.events import EmergencyNews
from callcontrol.values.emergencies import of_queue

log = structlog.get_logger()

LOOK_EVERY_S = 0.5
TOLD_EVERY_S = 3.0  # who was told and could not be spoken to


class EmergencyTeller:
    """``start()`` once."""

    def __init__(self, services: CallServices, directory: Directory, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._services = services
        self._directory = directory
        self._look_every_s = look_every_s
        self._told_at: dict[str, float] = {}  # visit -> when it was told last
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="emergency news", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            try:
                self.look()
            except Exception:
                log.exception("waiting callers could not be told of an emergency; tried again")

    def look(self) -> None:
        configuration, now = self._services.configuration()[1], self._services.clock.now()
        at = datetime.fromtimestamp(now, UTC)
        emergencies = {name: e for name, e in configuration.emergencies.items() if e.waiting and e.acts(at)}
        if not emergencies:
            self._told_at.clear()
            return
        floor, told_at = self._services.floor(), self._told_at
        self._told_at = {}
        for visit, name in self._directory.waiting():
            call = floor.calls.get(name)
            if call is None or call.visit != visit or call.state is not CallState.WAITING:
                continue
            if of_queue(emergencies, call.queue, at) is None:
                continue
            last = self._told_at[visit] = told_at.get(visit, float("-inf"))
            if now - last >= TOLD_EVERY_S or now < last:
                self._told_at[visit] = now
                self._directory.post(name, EmergencyNews(visit))
