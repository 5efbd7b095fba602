"""PINs typed at the telephone: checked by the store, with guessing from one number stopped before the store is asked.

The store stops guessing at one agent's PIN, whoever guesses; this stops one caller who tries agent after agent.
"""

from __future__ import annotations

from collections import OrderedDict

import structlog

from callcontrol.ports.clock import Clock
from callcontrol.ports.store import PinCheck, Pins, StoreUnavailable

log = structlog.get_logger()

WRONG_OF_ONE_CALLER = 6
WINDOW_S = 15 * 60.0
MOST_CALLERS = 10_000  # remembered; more at once is an attack, and the oldest are forgotten


class PinGate:
    def __init__(self, pins: Pins, clock: Clock) -> None:
        self._pins = pins
        self._clock = clock
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def check(self, caller: str, agent: str, pin: str) -> str:
        """right, wrong, closed or unavailable. ``caller`` is the key of the number; all who withhold theirs are one."""
        now = self._clock.now()
        wrong = [at for at in self._wrong.get(caller, ()) if now - at < WINDOW_S]
        if len(wrong) >= WRONG_OF_ONE_CALLER:
            return PinCheck.CLOSED
        try:
            result = self._pins.check(agent, pin)
        except StoreUnavailable as error:
            log.warning("a PIN could not be checked", error=str(error))
            return "unavailable"
        if result is PinCheck.RIGHT:
            self._wrong.pop(caller, None)
        elif result is PinCheck.WRONG:
            self._wrong[caller] = [*wrong, now]
            self._wrong.move_to_end(caller)
            if len(self._wrong) > MOST_CALLERS:
                self._wrong.popitem(last=False)
        return result
