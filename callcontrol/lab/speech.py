"""A recording that listens for speech, as the real switch's does: it ends when no first word comes, after a pause, at its limit.
What is not spoken is silence in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.clock import Timer
    from callcontrol.lab.recording import Recording


class Ear:
    """Of one recording; ``stop`` ends it and is given the cause."""

    def __init__(
        self, channel: Channel, recording: Recording, limit_s: float | None, stop: Callable[[str], object]
    ) -> None:
        self._clock = channel.switch.clock
        self._recording = recording
        self._stop = stop
        self._first_word_s = _seconds(channel.get("RECORD_INITIAL_TIMEOUT_MS"))
        self._pause_s = _seconds(channel.get("RECORD_FINAL_TIMEOUT_MS"))
        self._senses = self._first_word_s is not None or self._pause_s is not None
        self._timer: Timer | None = None
        self._limit = self._clock.call_later(limit_s, lambda: stop("success-maxtime")) if limit_s else None
        if self._senses:
            self.hears(channel.speaking, self._first_word_s, "no-input-timeout")

    def hears(self, speaking: bool, patience_s: float | None = None, cause: str = "success-silence") -> None:
        """Somebody began or ended to speak."""
        if not self._senses:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock.now()
        if speaking:
            self._recording.unmask(now)
            return
        self._recording.mask(now)
        patience_s = self._pause_s if patience_s is None else patience_s
        if patience_s is not None:
            self._timer = self._clock.call_later(patience_s, lambda: self._stop(cause))

    def close(self) -> None:
        for timer in (self._timer, self._limit):
            if timer is not None:
                timer.cancel()


def _seconds(milliseconds: str | None) -> float | None:
    return int(milliseconds) / 1000 if milliseconds and milliseconds.isdigit() and int(milliseconds) else None
