"""Tells the floor again what it does not know of the calls that are conducted here.

Every controller compares its own calls and talks with the floor: after the journal lost lines (an engine that was killed, a replica
that became master and had not heard everything) at once, and now and then besides. What the outbox still had is back by then;
this is for what nobody has any more, above all the offers of a desk, without which a talk can't be told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from callcontrol.calls.directory import Directory, LookAgain
from callcontrol.calls.talks import Talk, Talks
from callcontrol.floor import entries

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
# After lines were lost: the lines that are still known are told again first, within moments.
LOST_PAUSE_S = 0.1
LOST_LOOKS = 12


class Retelling:
    """``start()`` once. ``settled()``: everything told is in the journal and read; only then does a difference count, and
    only when it is seen twice in a row. ``tell_kept()``: the outbox is to look for lost lines of its own now."""

    def __init__(
        self,
        services: CallServices,
        directory: Directory,
        talks: Talks,
        *,
        settled: Callable[[], bool],
        tell_kept: Callable[[], object],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._services = services
        self._directory = directory
        self._talks = talks
        self._settled = settled
        self._tell_kept = tell_kept
        self._look_every_s = look_every_s
        self._suspects: set[str] = set()
        self._lost = threading.Event()
        self._stopping = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="retelling", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        self._lost.set()

    def on_reset(self) -> None:
        """The follower began again: lines were lost."""
        self._lost.set()

    def _run(self) -> None:
        while not self._stopping:
            lost = self._lost.wait(self._look_every_s)
            self._lost.clear()
            try:
                if lost and not self._stopping:
                    self._tell_kept()
                    self._look_soon()
                else:
                    self.look()
            except Exception:
                log.exception("the calls could not be compared with the floor")

    def _look_soon(self) -> None:
        self._suspects = set()
        looks = 0
        for _ in range(LOST_LOOKS):
            time.sleep(LOST_PAUSE_S)
            looks += self.look()
            if looks == 2:
                return

    def look(self) -> bool:
        """Compare once; tell again what was unknown the last time too. False: it is no time to compare."""
        if not self._settled():
            self._suspects = set()
            return False
        floor = self._services.floor()
        found: dict[str, Callable[[], None]] = {}
        for visit, call in self._directory.waiting():
            known = floor.calls.get(call)
            if known is None or known.visit != visit:
                found[visit] = lambda call=call: self._directory.post(call, LookAgain())  # type: ignore[misc]
        for talk in self._talks.going():
            offer = floor.offers.get(talk.offer)
            if offer is None or offer.state != "talking":
                found[talk.offer] = lambda talk=talk: self._talk(talk)  # type: ignore[misc]
        for suspect in self._suspects & found.keys():
            found[suspect]()
        self._suspects = set(found)
        return True

    def _talk(self, talk: Talk) -> None:
        joined = talk.joined
        if joined is None:
            return
        self._services.repaired("talk_told_again", talk.call, talk.offer)
        self._services.tell(
            entries.TalkFound(
                at=self._services.clock.now(),
                offer=talk.offer,
                call=talk.call,
                visit=talk.visit,
                queue=talk.queue,
                agent=talk.agent,
                began_at=talk.began_at,
                joined_at=joined.at,
                first_joined_at=joined.first_joined_at,
                caller=joined.caller,
                masked=joined.masked,
                language=joined.language,
                node=joined.node,
                evidence="the controller that began it",
            )
        )
