"""What a recording's file really holds, and whether that is the talk."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from callcontrol.store.scribe_sink import DueRecording, Verdict

# The recording starts after the bridge and stops before the talk is told to be over, each by a round trip to the switch.
TOLERANCE_S = 1.5
# The switch closes a file a moment after it says so, and a shared folder shows it later still: no alarm before this.
GRACE_S = 10.0
PLAIN_SAMPLES = (1, 3, 0xFFFE)  # wave formats whose frames have one size: integers, floats, extensible
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``seconds`` is None where the file is no wave file."""

    size: int
    seconds: float | None
    sha256: str


def examine(path: Path) -> FileFacts | None:
    """Reads the whole file; None where there is none. Raises ``OSError`` where it can't be read."""
    try:
        with path.open("rb") as file:
            seconds = wave_seconds(file)
            file.seek(0)
            digest = hashlib.sha256()
            size = 0
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
            return FileFacts(size, seconds, digest.hexdigest())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def wave_seconds(file: BinaryIO) -> float | None:
    """How long the sound in the file lasts: by the bytes that are there, not by a header that promises more (or, when its
    writer was killed, nothing). None for what is no wave file."""
    file.seek(0, 2)
    end = file.tell()
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return None
    bytes_a_second = 0
    while len(header := file.read(8)) == 8:
        name, size = header[:4], struct.unpack("<I", header[4:])[0]
        here = file.tell()
        if name == b"fmt " and len(form_bytes := file.read(14)) == 14:
            form, _channels, rate, byte_rate, frame_bytes = struct.unpack("<HHIIH", form_bytes)
            bytes_a_second = rate * frame_bytes if form in PLAIN_SAMPLES else byte_rate
        elif name == b"data":
            there = end - here
            held = there if size in (0, 0xFFFFFFFF) else min(size, there)
            return held / bytes_a_second if bytes_a_second else None
        file.seek(here + size + size % 2)
    return None


def judge(due: DueRecording, facts: FileFacts | None, now: float) -> Verdict | None:
    """complete, short or missing; None while it is too early for an alarm."""
    early = now - due.ended_at < GRACE_S
    if facts is None:
        return None if early else Verdict(due, "missing", due.seconds, None, "")
    seconds = due.seconds if facts.seconds is None else facts.seconds
    expected = due.talk_s if due.talk_s is not None else due.seconds
    if seconds is None:
        whole = facts.size > 0 and expected is None
    else:
        whole = seconds > 0 and (expected is None or seconds + TOLERANCE_S >= expected)
    if not whole and early:
        return None
    return Verdict(due, "complete" if whole else "short", seconds, facts.size, facts.sha256)
