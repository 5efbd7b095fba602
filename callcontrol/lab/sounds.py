"""How long a sound lasts, read from its name or its file's header. Nothing is decoded."""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from pathlib import Path

# A recording and a prompt are a few; the table must not grow with a crowd's own recordings.
_KNOWN_FILES = 4096


@dataclass(frozen=True, slots=True)
class Sound:
    """``seconds`` is None for a source without end (a local stream), and the sound itself None-like when ``missing``."""

    seconds: float | None
    missing: bool = False


MISSING = Sound(0.0, missing=True)


class SoundLibrary:
    """Lengths of sounds; relative paths are looked for under ``sounds_dir``."""

    def __init__(self, sounds_dir: Path | None = None) -> None:
        self._sounds_dir = sounds_dir
        self._files: dict[str, tuple[int, Sound]] = {}

    def look_up(self, source: str) -> Sound:
        """What playing ``source`` would take: a path, or one of the switch's own streams."""
        source = _without_options(source)
        scheme, separator, rest = source.partition("://")
        if not separator:
            return self._file(source)
        match scheme:
            case "silence_stream":
                number = rest.split(",")[0].strip()
                milliseconds = int(number) if number.lstrip("-").isdigit() else 0
                if milliseconds == 0:
                    return MISSING
                return Sound(None if milliseconds < 0 else milliseconds / 1000)
            case "tone_stream":
                return Sound(_tone_seconds(rest))
            case "local_stream" | "shout" | "vlc":
                return Sound(None)
            case "file_string":
                return self._several(rest.split("!"))
            case _:
                return MISSING

    def _several(self, sources: list[str]) -> Sound:
        total, found = 0.0, False
        for source in sources:
            sound = self.look_up(source)
            if sound.missing:
                continue
            found = True
            if sound.seconds is None:
                return Sound(None)
            total += sound.seconds
        return Sound(total) if found else MISSING

    def _file(self, name: str) -> Sound:
        path = Path(name)
        if not path.is_absolute() and self._sounds_dir is not None:
            path = self._sounds_dir / path
        try:
            changed = path.stat().st_mtime_ns
        except (OSError, ValueError):
            return MISSING
        known = self._files.get(str(path))
        if known is not None and known[0] == changed:
            return known[1]
        try:
            with wave.open(str(path), "rb") as file:
                sound = Sound(file.getnframes() / (file.getframerate() or 8000))
        except (wave.Error, EOFError, OSError):
            sound = MISSING
        if len(self._files) >= _KNOWN_FILES:
            self._files.clear()
        self._files[str(path)] = (changed, sound)
        return sound


def _without_options(source: str) -> str:
    """``{loops=2}path`` without its options."""
    source = source.strip()
    while source.startswith("{") and "}" in source:
        source = source[source.index("}") + 1 :]
    return source


def _tone_seconds(script: str) -> float | None:
    """Length of a tone script: ``%(on_ms,off_ms,hz,...)``, ``v=``/``L=`` settings and ``;loops=``."""
    loops = re.search(r"(?:;|^)\s*loops\s*=\s*(-?\d+)", script)
    times = int(loops.group(1)) if loops else 1
    if times < 0:
        return None
    total = 0.0
    repeat = re.search(r"(?:;|^)\s*[lL]\s*=\s*(\d+)", script)
    for tone in re.finditer(r"%\(\s*(\d+)\s*,\s*(\d+)", script):
        total += int(tone.group(1)) + int(tone.group(2))
    return total / 1000 * max(times, 1) * (int(repeat.group(1)) if repeat else 1)
