"""A recording for rehearsals."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path


def write_tone(file: Path, seconds: float = 3.0) -> Path:
    """A real WAV file of two channels that one can play and seek in."""
    period = array("h")  # 400 Hz left, 320 Hz right: both fit into 100 frames of 8 kHz
    for n in range(100):
        period.append(int(6000 * math.sin(2 * math.pi * 400 * n / 8000)))
        period.append(int(6000 * math.sin(2 * math.pi * 320 * n / 8000)))
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(period.tobytes() * int(seconds * 80))
    return file
