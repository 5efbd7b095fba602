"""Hold music that a centre has of its own: takes pieces in, shows them, takes them away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from callcontrol.prompts import recordings
from callcontrol.prompts.playlist import NAME, names, pieces
from callcontrol.prompts.wav import write_wav
from callcontrol.values.configuration import LANGUAGES


@dataclass(frozen=True, slots=True)
class Piece:
    """``language`` is empty for everybody; ``file`` is empty where the music is this one file beside the lists."""

    name: str
    language: str
    file: str
    seconds: float


def listed(sounds_dir: Path) -> dict[str, list[Piece]]:
    """All music by name, in the order in which it is played; for everybody first, then for each language."""
    return {
        name: [piece for language in ("", *LANGUAGES) for piece in _of(name, language, sounds_dir)]
        for name in names(sounds_dir)
    }


def _of(name: str, language: str, sounds_dir: Path) -> list[Piece]:
    folder = sounds_dir / "music" / name
    own = folder / language if language else folder
    found = [Path(file) for file in pieces(name, language, sounds_dir)]
    if not language and found == [folder.with_name(f"{name}.wav")]:
        return [Piece(name, "", "", recordings.seconds_of(found[0]))]
    return [Piece(name, language, each.name, recordings.seconds_of(each)) for each in found if each.parent == own]


def add(name: str, file_name: str, data: bytes, sounds_dir: Path, language: str = "") -> Path:
    """Take a piece into a list: checked, one channel, one loudness; one of the same file name is replaced. Raises
    ``recordings.NotASound``, ``OSError``; ``ValueError`` for a name that can't be one."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of music; write it with letters, digits, - and _.")
    folder = sounds_dir / "music" / name / language
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(file_name).stem).strip("-_")[:100]
    file = folder / f"{stem}.wav" if stem else _free(folder)
    write_wav(file, recordings.converted_music(data))
    return file


def _free(folder: Path) -> Path:
    """For names without a letter that the switch takes: two songs with Chinese titles are two songs."""
    number = 1
    while (file := folder / f"piece-{number}.wav").exists():
        number += 1
    return file


def file_of(name: str, language: str, file: str, sounds_dir: Path) -> Path | None:
    """A piece that is listed; None for anything else, wherever it would lead."""
    found = next(
        (piece for piece in listed(sounds_dir).get(name, ()) if (piece.language, piece.file) == (language, file)), None
    )
    if found is None:
        return None
    folder = sounds_dir / "music"
    return folder / found.name / found.language / found.file if found.file else folder / f"{found.name}.wav"


def remove(name: str, language: str, file: str, sounds_dir: Path) -> bool:
    """Take a piece out of a list; whether it was there. What is no list (what ships among it) stays. Raises ``OSError``."""
    there = file_of(name, language, file, sounds_dir) if file else None
    if there is None:
        return False
    there.unlink(missing_ok=True)
    for folder in (there.parent, *([there.parent.parent] if language else [])):
        if not any(folder.iterdir()):
            folder.rmdir()
    return True
