"""8 kHz, 16 bit, one channel: what a telephone carries. Pure Python, for machines without sox and for the music."""

from __future__ import annotations

import os
import sys
import wave
from array import array
from pathlib import Path

RATE = 8000
PEAK = 23_000  # about -3 dB of 32,767: loud enough, never clipped by the codec
_QUIET = 200  # below this, at either end, is nothing but noise of the voice
_KEEP = RATE // 20  # 50 ms of quiet are left at each end, so that pieces don't run into each other


def write_wav(path: Path, samples: array[int], rate: int = RATE) -> None:
    """Write samples (16 bit, one channel); the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    try:
        with wave.open(str(fresh), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.tobytes())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def read_wav(path: Path) -> tuple[int, array[int]]:
    """Rate and samples of a 16-bit file, mixed down to one channel. Raises ``ValueError`` with a sentence."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise ValueError(f"{path.name} has {8 * file.getsampwidth()} bits a sample; 16 are needed.")
            samples = array("h", file.readframes(file.getnframes()))
            channels, rate = file.getnchannels(), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path.name} is no WAV file: {error}.") from error
    if sys.byteorder == "big":
        samples.byteswap()
    if channels > 1:
        frames = len(samples) // channels
        samples = array("h", (sum(samples[i * channels : (i + 1) * channels]) // channels for i in range(frames)))
    return rate, samples


def to_telephone(rate: int, samples: array[int]) -> array[int]:
    """Resampled to 8 kHz (each sample the mean of those it stands for), trimmed and brought to one loudness."""
    samples = resampled(rate, samples, RATE)
    loud = [i for i, s in enumerate(samples) if abs(s) > _QUIET]
    if loud:
        samples = samples[max(loud[0] - _KEEP, 0) : loud[-1] + _KEEP]
    peak = max(map(abs, samples), default=0)
    return array("h", (s * PEAK // peak for s in samples)) if peak else samples


def resampled(rate: int, samples: array[int], wanted: int) -> array[int]:
    """Each sample the mean of those it stands for."""
    if rate == wanted or not samples:
        return samples
    step = rate / wanted
    return array("h", (_mean(samples, i * step, (i + 1) * step) for i in range(int(len(samples) / step))))


def _mean(samples: array[int], start: float, end: float) -> int:
    first, last = int(start), min(max(int(end), int(start) + 1), len(samples))
    return sum(samples[first:last]) // max(last - first, 1)
