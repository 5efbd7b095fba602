"""Recordings that a person made: checked, brought to what the switch plays, kept beside what is built.

``SOUNDS/zh/recorded/KEY.wav`` is at 8 kHz; ``8000/KEY.wav`` and ``16000/KEY.wav`` beside it are what FreeSWITCH looks for first
in a call of that rate. ``KEY.json`` says of which text, by whom, when. A file without it, put there by hand, counts all the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import tempfile
import wave
from array import array
from dataclasses import asdict, dataclass
from operator import mul
from pathlib import Path

from callcontrol.prompts.catalogue import Found
from callcontrol.prompts.sounds import fields_of, recorded_file
from callcontrol.prompts.wav import read_wav, resampled, write_wav

LARGEST = 20 * 1024 * 1024  # bytes
SHORTEST_S, LONGEST_S = 0.2, 120.0
LONGEST_PIECE_S = 600.0  # of hold music
RATES = (8000, 16000)  # of what is kept
SLOWEST, FASTEST = 8000, 96_000  # Hz, of what is taken
LOUDNESS_DB = -20.0  # RMS of what is not quiet, below full scale: that of speech on a telephone line
_CEILING = 29_204  # -1 dB: where it would be louder it is made less loud instead of clipped
_QUIET = 104  # RMS of -50 dB: a frame below it is a pause
_FULL = 32_700  # a sample as large has most likely been cut off
_CLIPPED = 0.001  # share of such samples from which on one hears it
_FRAME_S = 0.02
_DEADLINE_S = 60.0


class NotASound(Exception):
    """``why``: large, unknown, unreadable, rate, short, long, long_piece, silent, clipped, fields. ``detail`` is the figure or the fields."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(SENTENCES[why].format(detail))
        self.why, self.detail = why, detail


SENTENCES = {
    "large": "The file is larger than 20 MB; save it as FLAC, or in 16 bits and one channel.",
    "unknown": "This is no WAV, FLAC or Ogg file; save the recording as WAV.",
    "unreadable": "The file can't be read as sound; save it again as WAV with 16 bits.",
    "rate": "The file has {} samples a second; save it with 8000 to 96000.",
    "short": "The recording is only {} s long; at least 0.2 s are needed.",
    "long": "The recording is {} s long; at most 120 s are taken.",
    "long_piece": "The piece is longer than {} minutes; cut it into several.",
    "silent": "There is nothing to hear in the recording; look at the microphone and record it again.",
    "clipped": "The recording is overdriven ({} % of it is cut off); record it less loud.",
    "fields": "This text has gaps ({}) that are filled in when it is said; it can't be recorded in one piece.",
}


@dataclass(frozen=True, slots=True)
class Recording:
    """``text`` is the digest of the text it was made of; empty where nobody knows. ``at``: seconds since the epoch."""

    seconds: float
    text: str = ""
    who: str = ""
    at: float = 0.0

    def stale(self, text: str) -> bool:
        return bool(self.text) and self.text != digest(text)


def digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def keep(found: Found, data: bytes, sounds_dir: Path, *, who: str, at: float) -> Recording:
    """Take ``data`` as the recording of that text. Raises ``NotASound``; ``OSError`` where it can't be written."""
    if gaps := fields_of(found.text):
        raise NotASound("fields", ", ".join(sorted(gaps)))
    by_rate = converted(data)
    file = recorded_file(found, sounds_dir)
    made = Recording(round(len(by_rate[RATES[0]]) / RATES[0], 3), digest(found.text), who, at)
    for rate in RATES:
        write_wav(_at_rate(file, rate), by_rate[rate], rate)
    fresh = file.with_name(f".{file.stem}.json.{os.getpid()}")
    fresh.write_text(json.dumps(asdict(made)), "utf-8")
    os.replace(fresh, file.with_suffix(".json"))
    write_wav(file, by_rate[RATES[0]])  # last: from here on it is played
    return made


def recording_of(found: Found, sounds_dir: Path) -> Recording | None:
    """What is known of the recording of a text; None where there is none."""
    file = recorded_file(found, sounds_dir)
    if not file.is_file():
        return None
    try:
        known = json.loads(file.with_suffix(".json").read_text("utf-8"))
        return Recording(float(known["seconds"]), str(known["text"]), str(known["who"]), float(known["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Recording(seconds_of(file))


def remove(found: Found, sounds_dir: Path) -> bool:
    """Whether there was one. What was built is played again."""
    file = recorded_file(found, sounds_dir)
    there = file.exists()
    for each in (file, *(_at_rate(file, rate) for rate in RATES), file.with_suffix(".json")):
        each.unlink(missing_ok=True)
    return there


def seconds_of(file: Path) -> float:
    """Length of a WAV file, 0 where it is none."""
    try:
        with wave.open(str(file), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (OSError, wave.Error, EOFError, ZeroDivisionError):
        return 0.0


def converted(data: bytes) -> dict[int, array[int]]:
    """Rate -> samples of one channel, at the common loudness, as long as the recording is. Raises ``NotASound``."""
    with tempfile.TemporaryDirectory(prefix="callcontrol-") as folder:
        rate, samples = _decoded(*_given(data, Path(folder)), LONGEST_S)
        _check(rate, samples)
        return {each: _levelled(_resampled(rate, samples, each, Path(folder)), each) for each in RATES}


def converted_music(data: bytes) -> array[int]:
    """Samples of one channel at 8 kHz and the common loudness. Longer than what is said, so it is made small before it is looked
    at: a song of four minutes has ten million samples. Raises ``NotASound``."""
    with tempfile.TemporaryDirectory(prefix="callcontrol-") as folder:
        given, kind = _given(data, Path(folder))
        rate, samples = _decoded(given, kind, LONGEST_PIECE_S, rate=RATES[0])
        _check(rate, samples)
        return _levelled(_resampled(rate, samples, RATES[0], Path(folder)), RATES[0])


def _given(data: bytes, folder: Path) -> tuple[Path, str]:
    """The file as it was sent, and its kind."""
    if len(data) > LARGEST:
        raise NotASound("large")
    kind = _kind(data)
    if not kind:
        raise NotASound("unknown")
    given = folder / f"given.{kind}"
    given.write_bytes(data)
    return given, kind


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    return {b"fLaC": "flac", b"OggS": "ogg"}.get(data[:4], "")


def _decoded(given: Path, kind: str, longest_s: float, rate: int = 0) -> tuple[int, array[int]]:
    """By sox in a process of its own (with an end: a small file can hold hours), else WAV of 16 bits by ourselves. ``rate``: to
    which sox brings it at once; 0: as it is."""
    source = given
    if shutil.which("sox"):
        source = given.with_name("decoded.wav")
        form = ["-b", "16", "-e", "signed-integer", "-c", "1", *(["-r", str(rate)] if rate else [])]
        guard = ["-G"] if rate else ["-D"]  # -G: a filter may overshoot what is nearly full
        _sox([*guard, "-t", kind, str(given), *form, str(source), "trim", "0", f"{longest_s + 1:g}"])
    elif kind != "wav":
        raise NotASound("unreadable")
    try:
        if seconds_of(source) > longest_s:
            if longest_s == LONGEST_PIECE_S:
                raise NotASound("long_piece", f"{LONGEST_PIECE_S / 60:g}")
            raise NotASound("long", f"{seconds_of(source):.0f}" if source is given else "120+")
        return read_wav(source)
    except (ValueError, OSError, EOFError, ArithmeticError, MemoryError) as error:
        raise NotASound("unreadable") from error


def _check(rate: int, samples: array[int]) -> None:
    if not SLOWEST <= rate <= FASTEST:
        raise NotASound("rate", str(rate))
    seconds = len(samples) / rate
    if seconds < SHORTEST_S:
        raise NotASound("short", f"{seconds:.2f}")
    if not _loudness(samples, rate):
        raise NotASound("silent")
    cut = sum(s >= _FULL or s <= -_FULL for s in samples) / len(samples)
    if cut > _CLIPPED:
        raise NotASound("clipped", f"{100 * cut:.1f}")


def _resampled(rate: int, samples: array[int], wanted: int, folder: Path) -> array[int]:
    if rate == wanted:
        return samples
    if not shutil.which("sox"):
        return resampled(rate, samples, wanted)
    given, made = folder / "source.wav", folder / f"{wanted}.wav"
    write_wav(given, samples, rate)
    _sox(["-G", str(given), "-r", str(wanted), str(made)])  # -G: its filter may overshoot what is nearly full
    return read_wav(made)[1]


def _sox(words: list[str]) -> None:
    try:
        subprocess.run(
            ["sox", "-V1", *words], capture_output=True, timeout=_DEADLINE_S, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotASound("unreadable") from error


def _loudness(samples: array[int], rate: int) -> float:
    """RMS of the frames that are no pause; 0 where all are."""
    size = max(int(rate * _FRAME_S), 1)
    frames = (samples[i : i + size] for i in range(0, len(samples), size))
    energies = [(sum(map(mul, frame, frame)), len(frame)) for frame in frames]
    loud = [(energy, n) for energy, n in energies if energy > n * _QUIET * _QUIET]
    return math.sqrt(sum(energy for energy, _n in loud) / sum(n for _energy, n in loud)) if loud else 0.0


def _levelled(samples: array[int], rate: int) -> array[int]:
    loudness, peak = _loudness(samples, rate), max(map(abs, samples), default=0)
    if not loudness:
        return samples
    gain = min(32_768 * 10 ** (LOUDNESS_DB / 20) / loudness, _CEILING / peak)
    return array("h", (round(s * gain) for s in samples))


def _at_rate(file: Path, rate: int) -> Path:
    return file.parent / str(rate) / file.name
