"""What the file of a caller's message really holds, and what that makes of the message."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path

from callcontrol.store.messages import DueMessage, MessageVerdict
from callcontrol.store.recording_file import GRACE_S, TOLERANCE_S, FileFacts

BLOCK_S = 0.02
LOUDER_THAN = 200  # mean amplitude: what lies above is speech, as the switch judges while it records
SPOKEN_S = 0.3  # a file with less speech than this is one of somebody who hung up
NOT_KEPT = ("discarded", "silence", "too_short", "failed")


def judge(due: DueMessage, facts: FileFacts | None, spoken_s: float | None, now: float) -> MessageVerdict | None:
    """None while it is too early for an alarm. ``spoken_s`` is None where that can't be measured."""
    if due.how in NOT_KEPT:
        return MessageVerdict(due, "dropped")
    early = now - due.ended_at < GRACE_S
    if facts is None:
        return None if early else MessageVerdict(due, "missing", due.seconds)
    seconds = due.seconds if facts.seconds is None else facts.seconds
    held = seconds or 0.0
    if not due.how and (held < due.min_s or (spoken_s is not None and spoken_s < SPOKEN_S)):
        state = "empty"
    else:
        whole = held > 0 and (due.seconds is None or held + TOLERANCE_S >= due.seconds)
        state = "complete" if whole else "short"
    if state != "complete" and early:
        return None
    return MessageVerdict(due, state, seconds, facts.size, facts.sha256)


def spoken_seconds(path: Path) -> float | None:
    """How much of a file of 16-bit samples is louder than a quiet line; None for other files."""
    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() != 2:
                return None
            frames = max(int(file.getframerate() * BLOCK_S), 1)
            loud = 0
            while block := file.readframes(frames):
                samples = array("h", block[: len(block) // 2 * 2])
                if sys.byteorder == "big":
                    samples.byteswap()
                loud += bool(samples) and sum(map(abs, samples)) > LOUDER_THAN * len(samples)
            return loud * BLOCK_S
    except (wave.Error, EOFError, OSError):
        return None
