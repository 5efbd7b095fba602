"""Who wants to know what of which leg, and what each leg was said to have done. No socket here: events in, ``LegEvent`` out.

Of every leg that is rung exactly one ``LegAnswered`` or ``LegFailed`` is told, whichever of the switch's three ways to say so
(the leg's own events, the result of the job, a look after a reconnection) comes first.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callcontrol.ports.switch import (
    Announcement,
    LegAnswered,
    LegEvent,
    LegFailed,
    LegHeld,
    LegHungUp,
    LegRinging,
    LegsBridged,
    RecordingStopped,
)

log = logging.getLogger(__name__)

LOST = "CONTROLLER_LOST"
"""Cause of a leg that vanished while nobody looked: the agent is not to blame."""

MAX_ENDED = 1000
"""Legs that are over and that nobody has unwatched."""

Sink = Callable[[LegEvent], None]


@dataclass(slots=True)
class _Leg:
    sink: Sink
    rung: bool = False
    ringing: bool = False
    answered: bool = False
    gone: bool = False
    missed: bool = False  # a look found nothing
    announce: Announcement | None = None  # its answer counts when this was heard


class Legs:
    def __init__(self) -> None:
        self._legs: dict[str, _Leg] = {}
        self._all: list[Sink] = []
        self._ended: deque[str] = deque()

    def watch(self, uuid: str, sink: Sink) -> None:
        known = self._legs.get(uuid)
        if known is None:
            self._legs[uuid] = _Leg(sink)
        else:
            known.sink = sink

    def unwatch(self, uuid: str) -> None:
        self._legs.pop(uuid, None)

    def watch_all(self, sink: Sink) -> None:
        self._all.append(sink)

    def watches(self, uuid: str | None) -> bool:
        return uuid in self._legs

    def wants_all(self) -> bool:
        return bool(self._all)

    def watched(self) -> list[str]:
        """Legs that are not known to be gone."""
        return [uuid for uuid, leg in self._legs.items() if not leg.gone]

    def waits_for_answer(self, uuid: str) -> bool:
        leg = self._legs.get(uuid)
        return leg is not None and leg.rung and not leg.answered and not leg.gone

    def rung(self, uuid: str, announce: Announcement | None = None) -> None:
        """The leg is being originated from now on. A leg that nobody watches is followed all the same."""
        leg = self._legs.setdefault(uuid, _Leg(_nobody))
        leg.rung, leg.announce = True, announce
        leg.ringing = leg.answered = leg.gone = leg.missed = False

    def not_rung(self, uuid: str) -> None:
        """The switch would not originate it."""
        leg = self._legs.get(uuid)
        if leg is not None:
            leg.rung = False
            if leg.sink is _nobody:
                del self._legs[uuid]

    # --- what happened ------------------------------------------------------------------------------------------------------
    def ringing(self, uuid: str) -> None:
        leg = self._legs.get(uuid)
        if leg is not None and not leg.ringing and not leg.answered and not leg.gone:
            leg.ringing = True
            self._tell(leg, LegRinging(uuid))

    def answered(self, uuid: str) -> None:
        leg = self._legs.get(uuid)
        if leg is not None and not leg.answered and not leg.gone and leg.announce is None:
            leg.answered = True
            self._tell(leg, LegAnswered(uuid))

    def parked(self, uuid: str, key: str) -> None:
        """The leg was picked up and has nothing to do: from here on it can be bridged (see docs/freeswitch.md: not from its
        CHANNEL_ANSWER on). One that was announced a call has heard it, and pressed ``key``, or none."""
        leg = self._legs.get(uuid)
        if leg is None or leg.answered or leg.gone:
            return
        if leg.announce is None:
            self.answered(uuid)
            return
        if leg.announce.key in ("", key):
            leg.answered = True
            self._tell(leg, LegAnswered(uuid))
            return
        self._end(uuid, leg)
        self._tell(leg, LegFailed(uuid, "CALL_REJECTED" if key else "NO_USER_RESPONSE"))

    def gone(self, uuid: str, cause: str, far: bool = False) -> None:
        leg = self._legs.get(uuid)
        if leg is not None and not leg.gone:
            self._end(uuid, leg)
            failed = leg.rung and not leg.answered
            self._tell(leg, LegFailed(uuid, cause) if failed else LegHungUp(uuid, cause, far))
        for sink in self._all:
            self._tell(_Leg(sink), LegHungUp(uuid, cause))

    def lost(self, uuid: str, cause: str) -> None:
        """A leg we watch is not there any more, and nobody told us of its end. A leg that was rung a moment ago may not
        exist yet: only the second look counts."""
        leg = self._legs.get(uuid)
        if leg is None or leg.gone:
            return
        if leg.rung and not leg.ringing and not leg.answered and not leg.missed:
            leg.missed = True
            return
        self.gone(uuid, cause)

    def job_done(self, uuid: str, result: str) -> None:
        """The result of an originate: ``+OK uuid`` or ``-ERR CAUSE``."""
        leg = self._legs.get(uuid)
        if leg is None or not leg.rung or leg.gone or leg.answered:
            return
        if result.startswith("+OK"):
            self.answered(uuid)
            return
        words = result.removeprefix("-ERR").split()
        self._end(uuid, leg)
        self._tell(leg, LegFailed(uuid, words[0] if words else "NORMAL_UNSPECIFIED"))

    def bridged(self, uuid: str, other: str) -> None:
        for one, two in ((uuid, other), (other, uuid)):
            leg = self._legs.get(one)
            if leg is not None:
                self._tell(leg, LegsBridged(one, two))

    def held(self, uuid: str, held: bool) -> None:
        leg = self._legs.get(uuid)
        if leg is not None and not leg.gone:
            self._tell(leg, LegHeld(uuid, held))

    def recording_stopped(self, uuid: str, path: str, seconds: float) -> None:
        leg = self._legs.get(uuid)
        if leg is not None:
            self._tell(leg, RecordingStopped(uuid, path, seconds))

    def _end(self, uuid: str, leg: _Leg) -> None:
        """Remember for a while that it is over: its other ends (job, event, absence) may come later."""
        leg.gone = True
        self._ended.append(uuid)
        if len(self._ended) > MAX_ENDED:
            oldest = self._ended.popleft()
            if oldest in self._legs and self._legs[oldest].gone:
                del self._legs[oldest]

    def _tell(self, leg: _Leg, event: LegEvent) -> None:
        try:
            leg.sink(event)
        except Exception:
            log.exception("leg %s: whoever watches it could not take %s.", event.leg, type(event).__name__)


def recorded_seconds(event: dict[str, Any]) -> float:
    """Length of a recording as RECORD_STOP tells it."""
    for name, unit in (("variable_record_ms", 1000.0), ("variable_record_seconds", 1.0)):
        try:
            return float(event[name]) / unit
        except (KeyError, TypeError, ValueError):
            continue
    return 0.0


def _nobody(_: LegEvent) -> None:
    return
