"""Hold music as lists: ``SOUNDS/music/jazz.wav`` is one piece, ``SOUNDS/music/jazz/*.wav`` a list in the order of the names,
``SOUNDS/music/jazz/en/*.wav`` (if it is there) the list for callers who speak English. ``default`` is what ships."""

from __future__ import annotations

import random
import re
from pathlib import Path

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.wav")  # what the switch takes without quotes
MOST = 100  # files of a list; more would only be looked at each time


def pieces(name: str, language: str, sounds_dir: Path) -> list[str]:
    """The files of that music, in order; none where there is no such music."""
    if not NAME.fullmatch(name):
        return []
    folder = sounds_dir / "music" / name
    own = _files(folder / language) if re.fullmatch(r"[a-z]{2,8}", language) else []
    if found := own or _files(folder):
        return found
    single = folder.with_name(f"{name}.wav")
    return [str(single)] if single.is_file() else []


def playlist(name: str, language: str, sounds_dir: Path, shuffled_by: str = "") -> list[str]:
    """The same, in an order that hangs on ``shuffled_by`` alone, if that is given."""
    found = pieces(name, language, sounds_dir)
    if shuffled_by:
        random.Random(shuffled_by).shuffle(found)
    return found


def names(sounds_dir: Path) -> list[str]:
    """All music that there is."""
    folder = sounds_dir / "music"
    try:
        there = [each.stem if each.suffix == ".wav" else each.name for each in folder.iterdir()]
    except OSError:
        return []
    return sorted({name for name in there if pieces(name, "", sounds_dir) or _languages(folder / name)})


def _files(folder: Path) -> list[str]:
    try:
        found = sorted(each for each in folder.iterdir() if _FILE.fullmatch(each.name) and each.is_file())
    except OSError:
        return []
    return [str(each) for each in found[:MOST]]


def _languages(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir() if each.is_dir() and _files(each)]
    except OSError:
        return []
