"""Takes pieces of hold music in."""

from __future__ import annotations

import re
from pathlib import Path

from callcontrol.prompts import recordings
from callcontrol.prompts.playlist import NAME
from callcontrol.prompts.wav import write_wav


def add(name: str, file_name: str, data: bytes, sounds_dir: Path, language: str = "") -> Path:
    """Take a piece into a list: checked, one channel, one loudness. Raises ``recordings.NotASound``, ``OSError``; ``ValueError``
    for a name that can't be one."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of music; write it with letters, digits, - and _.")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(file_name).stem).strip("-_")[:100] or "piece"
    samples = recordings.converted(data)[recordings.RATES[0]]
    file = sounds_dir / "music" / name / language / f"{stem}.wav"
    write_wav(file, samples)
    return file
