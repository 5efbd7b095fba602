"""Learns the quiet times of the queues from the counts that are kept in SQL, and tells the journal when they have changed.

Every controller has one, the one whose desk is in charge learns: soon after its election, then a few times a day.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from callcontrol.floor.entries import QuietTimesLearned
from callcontrol.floor.floor import Floor
from callcontrol.floor.quiet_times import WEEK_S, learned, rows_of
from callcontrol.ports.clock import Clock
from callcontrol.ports.store import HalfHours, StoreUnavailable
from callcontrol.values.counts import HALF_HOUR_S

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
LEARN_EVERY_S = 6 * 3600.0
ZONE = "Asia/Shanghai"  # of a queue without opening hours, as theirs is without a zone


class Learner:
    """``tell`` writes a line to the journal. ``start()`` once."""

    def __init__(
        self,
        floor: Callable[[], Floor],
        half_hours: HalfHours,
        clock: Clock,
        tell: Callable[[Mapping[str, Any]], object],
        *,
        in_charge: Callable[[], bool],
    ) -> None:
        self._floor = floor
        self._half_hours = half_hours
        self._clock = clock
        self._tell = tell
        self._in_charge = in_charge
        self._stop = threading.Event()
        self._learned: tuple[int, float] = (-1, 0.0)  # release, and when (monotonic)

    def start(self) -> None:
        threading.Thread(target=self._run, name="learner", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            if not self._in_charge():
                self._learned = (-1, 0.0)
                continue
            release, at = self._learned
            if release == self._floor().release and time.monotonic() - at < LEARN_EVERY_S:
                continue
            self._learned = self._floor().release, time.monotonic()
            try:
                self.learn()
            except StoreUnavailable as error:
                log.warning("Quiet times are not learned now, tried again in a few hours: %s", error)
            except Exception:
                log.exception("Quiet times could not be learned; tried again in a few hours.")

    def learn(self) -> None:
        """Every queue once: tell what has changed."""
        floor, now = self._floor(), self._clock.now()
        for name, rule in list(floor.rules.queues.items()):
            if not rule.announcement.enabled:
                continue
            since = now - rule.announcement.weeks * WEEK_S
            kept = self._half_hours.between(since, now - now % HALF_HOUR_S, queue=name)
            hours = floor.rules.hours.get(rule.hours) if rule.hours else None
            if rule.hours and hours is None:
                continue  # hours that nobody knows are no hours to send somebody to
            windows = learned([(one.began_at, one.counts) for one in kept], hours, ZONE)
            if windows != floor.quiet_times.get(name, ()):
                entry = QuietTimesLearned(at=now, queue=name, windows=rows_of(windows))
                self._tell(entry.as_data())
                log.info("Queue %s: %d quiet times of the week are known.", name, len(windows))
