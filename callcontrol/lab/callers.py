"""A simulated caller: hears, presses keys, hangs up; scripted by a test or by the crowd."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gevent.event import Event

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch


class Caller:
    """``heard`` is what was played: (simulated time, sound). ``on_event`` is told ``("hears", source)``,
    ``("silent", source)``, ``("talks", name)``, ``("alone", "")`` and ``("over", cause)``; it must not block."""

    def __init__(self, switch: SimulatedSwitch, on_event: Callable[[Caller, str, str], None] | None = None) -> None:
        self.channel: Channel = None  # type: ignore[assignment]  # set by the switch before anything happens
        self.heard: list[tuple[float, str]] = []
        self.hears_now: str | None = None
        self.in_talk_with: str | None = None  # the name of the phone, or the number, at the other end
        self.was_answered = False
        self.cause: str | None = None  # why it is over
        self._switch = switch
        self._on_event = on_event
        self._changed = Event()

    @property
    def uuid(self) -> str:
        return self.channel.uuid

    @property
    def sounds(self) -> list[str]:
        """What was played, without the times."""
        return [source for _, source in self.heard]

    @property
    def is_over(self) -> bool:
        return self.cause is not None

    def press(self, keys: str) -> None:
        self.channel.press(keys)

    def speak(self, seconds: float | None = None) -> None:
        """From now on, so many simulated seconds or until ``be_quiet``."""
        self.channel.speak(True)
        if seconds is not None:
            self._switch.clock.call_later(seconds, self.be_quiet)

    def be_quiet(self) -> None:
        self.channel.speak(False)

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        if self.channel.hangup_cause is None:
            self.channel.set("sip_hangup_disposition", "recv_bye")
        self.channel.hang_up(cause)

    def wait_for(self, condition: Callable[[Caller], object], deadline_s: float = 5.0) -> None:
        """Return once ``condition(self)`` is true; asked whenever something happens to this caller. ``deadline_s`` is real
        time. Raises ``TimeoutError`` with what was heard."""
        until = time.monotonic() + deadline_s
        while not condition(self):
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(
                    f"The caller waited {deadline_s} s in vain; heard {self.sounds[-8:]}, hears {self.hears_now}, "
                    f"talks to {self.in_talk_with}, cause {self.cause}."
                )
            self._changed.clear()
            # Conditions may look at more than this caller, so ask again now and then.
            self._changed.wait(min(left, 0.05))

    # --- the switch tells --------------------------------------------------------------------------------------------
    def _tell(self, what: str, detail: str) -> None:
        self._changed.set()
        if self._on_event is not None:
            self._on_event(self, what, detail)

    def hears(self, source: str, length_s: float | None) -> None:
        self.heard.append((self._switch.clock.now(), source))
        self.hears_now = source
        self._tell("hears", source)

    def stopped_hearing(self, source: str) -> None:
        self.hears_now = None
        self._tell("silent", source)

    def talks_to(self, other: Channel | None) -> None:
        self.in_talk_with = None if other is None else other.destination
        self._tell("talks" if other is not None else "alone", self.in_talk_with or "")

    def answered(self) -> None:
        self.was_answered = True
        self._tell("answered", "")

    def hung_up(self, _leg: Channel, cause: str) -> None:
        self.cause = cause
        self.hears_now = None
        self._tell("over", cause)
