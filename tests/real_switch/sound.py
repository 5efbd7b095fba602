"""What is in a recording: how long, and how loud each tone is in each channel."""

from __future__ import annotations

import math
import struct
import wave
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recording:
    rate: int
    channels: tuple[tuple[int, ...], ...]

    @property
    def seconds(self) -> float:
        return len(self.channels[0]) / self.rate

    def loudness(self, hertz: float, channel: int = 0, from_s: float = 0.0, to_s: float | None = None) -> float:
        """Amplitude of that tone (Goertzel), in sample units."""
        samples = self.channels[channel][int(from_s * self.rate) : int(to_s * self.rate) if to_s else None]
        if not samples:
            return 0.0
        factor = 2 * math.cos(2 * math.pi * hertz / self.rate)
        before, last = 0.0, 0.0
        for sample in samples:
            before, last = last, sample + factor * last - before
        power = before * before + last * last - factor * before * last
        return 2 * math.sqrt(max(power, 0.0)) / len(samples)

    def silent(self, channel: int, from_s: float, to_s: float) -> bool:
        part = self.channels[channel][int(from_s * self.rate) : int(to_s * self.rate)]
        return max((abs(sample) for sample in part), default=0) < 16


def read(path: Path) -> Recording:
    with wave.open(str(path)) as file:
        count, width, rate, frames, *_ = file.getparams()
        assert width == 2
        samples = struct.unpack(f"<{frames * count}h", file.readframes(frames))
    return Recording(rate, tuple(samples[channel::count] for channel in range(count)))
