"""The floor as a wallboard, the admin pages and ``callcontrol status`` see it: plain data with its own age."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from callcontrol.desk.follower import Follower
from callcontrol.floor.view import view as shipped_view
from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import JournalUnavailable

# Nobody on a wallboard sees sooner than this whether a desk is elected, and the journal is not asked by every page.
LEASE_LOOK_S = 0.5

View = Callable[[Any, float], dict[str, Any]]


class LiveFloor:
    """Reads only. May be asked from any thread."""

    def __init__(self, follower: Follower, clock: Clock, *, view: View | None = None) -> None:
        self._view: View = view or shipped_view
        self._follower = follower
        self._clock = clock
        self._lock = threading.Lock()
        self._desk_alive = False
        self._looked_at = -LEASE_LOOK_S

    def snapshot(self) -> dict[str, Any]:
        """``floor.view.view`` of this moment, and ``age_s`` (seconds since the journal last answered), ``desk_alive`` (a
        desk holds the lease), ``version`` (for ``wait_change``)."""
        alive = self.desk_alive()
        with self._follower.lock:
            data = self._view(self._follower.floor, self._clock.now())
            data["version"] = self._follower.version
        data["age_s"] = self._follower.age_s()
        data["desk_alive"] = alive
        return data

    def version(self) -> int:
        return self._follower.version

    def wait_change(self, since_version: int, timeout_s: float) -> int:
        """Wait until the floor is newer than ``since_version`` or the time is over; its version."""
        self._follower.wait_until(lambda: self._follower.version != since_version, timeout_s)
        return self._follower.version

    def desk_alive(self) -> bool:
        with self._lock:
            if time.monotonic() - self._looked_at >= LEASE_LOOK_S:
                try:
                    self._desk_alive = self._follower.journal.holder() is not None
                except JournalUnavailable:
                    self._desk_alive = False
                self._looked_at = time.monotonic()
            return self._desk_alive
