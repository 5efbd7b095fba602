"""A recording of a simulated call: a real WAV file whose length is the simulated time, written when it stops.

Each side is a quiet tone of its own, so that an ear or a test can tell caller from agent; masked time is silence.
"""

from __future__ import annotations

import math
import struct
from array import array
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

RATE_HZ = 8000
CALLER_HZ = 400  # both divide the rate, so that a tenth of a second holds whole waves and can be repeated
AGENT_HZ = 500
_AMPLITUDE = 900
_BLOCK = RATE_HZ // 10


@dataclass(slots=True)
class Recording:
    """``masks`` are spans in seconds since the start; an open one has no end yet. ``waits_for_bridge``: nothing is
    recorded before the leg is in a bridge."""

    path: str
    began_at: float
    stereo: bool
    swapped: bool
    masks: list[tuple[float, float | None]] = field(default_factory=list)
    waits_for_bridge: bool = False

    def bridged(self, now: float) -> None:
        if self.waits_for_bridge:
            self.waits_for_bridge = False
            self.began_at = now

    def mask(self, now: float) -> None:
        if not self.masks or self.masks[-1][1] is not None:
            self.masks.append((now - self.began_at, None))

    def unmask(self, now: float) -> None:
        if self.masks and self.masks[-1][1] is None:
            self.masks[-1] = (self.masks[-1][0], now - self.began_at)

    def write(self, now: float, *, audible: bool) -> int:
        """Write the file; the number of samples in a channel. Without ``audible`` everything is silence, which costs no
        time and, on most file systems, no space. Raises ``OSError``."""
        samples = 0 if self.waits_for_bridge else max(0, round((now - self.began_at) * RATE_HZ))
        width = 4 if self.stereo else 2
        with Path(self.path).open("wb") as file:
            file.write(_header(samples * width, 2 if self.stereo else 1))
            data_starts = file.tell()
            if audible:
                block = _tones(self.stereo, self.swapped)
                whole, rest = divmod(samples, _BLOCK)
                for _ in range(whole):
                    file.write(block)
                file.write(block[: rest * width])
                for start_s, end_s in self.masks:
                    first = min(samples, round(start_s * RATE_HZ))
                    last = samples if end_s is None else min(samples, round(end_s * RATE_HZ))
                    file.seek(data_starts + first * width)
                    file.write(bytes((last - first) * width))
            else:
                file.truncate(data_starts + samples * width)
        return samples


def _header(data_bytes: int, channels: int) -> bytes:
    width = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, channels, RATE_HZ, RATE_HZ * width, width, 16,
        b"data", data_bytes,
    )  # fmt: skip


@cache
def _tones(stereo: bool, swapped: bool) -> bytes:
    caller = [round(_AMPLITUDE * math.sin(2 * math.pi * CALLER_HZ * i / RATE_HZ)) for i in range(_BLOCK)]
    agent = [round(_AMPLITUDE * math.sin(2 * math.pi * AGENT_HZ * i / RATE_HZ)) for i in range(_BLOCK)]
    if not stereo:
        return array("h", [(a + b) // 2 for a, b in zip(caller, agent, strict=True)]).tobytes()
    left, right = (agent, caller) if swapped else (caller, agent)
    return array("h", [sample for pair in zip(left, right, strict=True) for sample in pair]).tobytes()
