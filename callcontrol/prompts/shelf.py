"""Every text of a configuration with the sound it has: what the page of prompts and the lint ask."""

from __future__ import annotations

import io
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callcontrol.prompts import music_shelf, playlist, recordings
from callcontrol.prompts.builder import copy_stable, silent_paths
from callcontrol.prompts.catalogue import Found, texts_of
from callcontrol.prompts.lint import Finding, lint
from callcontrol.prompts.recordings import Recording, recording_of, seconds_of
from callcontrol.prompts.sounds import Piece, pieces_of, recorded_file
from callcontrol.prompts.wav import RATE, read_wav
from callcontrol.values.configuration import Configuration

_GAP_S = 0.4  # stands for the value of a field when a text is played without a call


@dataclass(frozen=True, slots=True)
class Sounding:
    """A text in one language. ``state``: recorded, stale (recorded of another text), synthetic, silent (made without a
    voice), missing. ``seconds`` is the length of the sound without the values of fields."""

    key: str
    language: str
    text: str
    state: str
    seconds: float
    recording: Recording | None = None
    findings: Sequence[Finding] = field(default=())


class Shelf:
    """Over the folder of sounds. Raises ``OSError`` only where it writes."""

    def __init__(self, sounds_dir: Path) -> None:
        self._dir = sounds_dir

    def rows(self, configuration: Configuration) -> list[Sounding]:
        """All texts of that configuration, and what is awkward in each."""
        texts = texts_of(configuration)
        silent = silent_paths(self._dir)
        soundings = [self._sounding(found, silent) for found in texts]
        stale = {(s.key, s.language) for s in soundings if s.state == "stale"}
        findings: dict[tuple[str, str], list[Finding]] = {}
        for finding in lint(texts, stale):
            findings.setdefault((finding.key, finding.language), []).append(finding)
        by_place = {(s.key, s.language): s for s in soundings}
        keys = dict.fromkeys(s.key for s in soundings)
        rows = []
        for key in keys:
            for language in texts.by_language:
                own = tuple(findings.get((key, language), ()))
                s = by_place.get((key, language))
                if s is not None:
                    rows.append(Sounding(key, language, s.text, s.state, s.seconds, s.recording, own))
                elif own:
                    rows.append(Sounding(key, language, "", "missing", 0.0, None, own))
        return rows

    def wav(self, configuration: Configuration, key: str, language: str) -> bytes | None:
        """The sound as a caller hears it at 8 kHz, with a pause in the place of each field; None where a part is missing."""
        found = self._found(configuration, key, language)
        if found is None:
            return None
        samples = array("h")
        try:
            if recording_of(found, self._dir) and all(isinstance(p, Piece) for p in pieces_of(found)):
                return recorded_file(found, self._dir).read_bytes()
            for piece in pieces_of(found):
                part = read_wav(self._dir / piece.path)[1] if isinstance(piece, Piece) else None
                samples += part if part is not None else array("h", bytes(2 * int(_GAP_S * RATE)))
        except (OSError, ValueError):
            return None
        held = io.BytesIO()
        with wave.open(held, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        return held.getvalue()

    def record(
        self, configuration: Configuration, key: str, language: str, data: bytes, *, who: str, at: float
    ) -> Recording:
        """Take a recording of a text. Raises ``NotASound``, ``OSError``; ``LookupError`` for a text that is not there."""
        found = self._found(configuration, key, language)
        if found is None:
            raise LookupError(f"There is no text {key} in {language}.")
        kept = recordings.keep(found, data, self._dir, who=who, at=at)
        copy_stable(texts_of(configuration), self._dir)
        return kept

    def remove(self, configuration: Configuration, key: str, language: str) -> bool:
        """Take a recording away; whether there was one."""
        found = self._found(configuration, key, language)
        gone = found is not None and recordings.remove(found, self._dir)
        if gone:
            copy_stable(texts_of(configuration), self._dir)
        return gone

    def music(self) -> dict[str, list[music_shelf.Piece]]:
        """All hold music by name, see ``music_shelf.listed``."""
        return music_shelf.listed(self._dir)

    def music_names(self) -> list[str]:
        return playlist.names(self._dir)

    def add_music(self, name: str, file_name: str, data: bytes, language: str) -> str:
        """The name of the file under which the piece is kept. Raises ``NotASound``, ``ValueError``, ``OSError``."""
        return music_shelf.add(name, file_name, data, self._dir, language).name

    def music_file(self, name: str, language: str, file: str) -> Path | None:
        return music_shelf.file_of(name, language, file, self._dir)

    def remove_music(self, name: str, language: str, file: str) -> bool:
        return music_shelf.remove(name, language, file, self._dir)

    def _found(self, configuration: Configuration, key: str, language: str) -> Found | None:
        text = texts_of(configuration).by_language.get(language, {}).get(key)
        return None if text is None else Found(key, language, text)

    def _sounding(self, found: Found, silent: frozenset[str]) -> Sounding:
        parts = pieces_of(found)
        pieces = [piece for piece in parts if isinstance(piece, Piece)]
        recording = recording_of(found, self._dir) if len(pieces) == len(parts) else None
        if recording:
            state = "stale" if recording.stale(found.text) else "recorded"
            return Sounding(found.key, found.language, found.text, state, recording.seconds, recording)
        lengths = [seconds_of(self._dir / piece.path) for piece in pieces]
        state = "missing" if not all(lengths) else "silent" if any(p.path in silent for p in pieces) else "synthetic"
        return Sounding(found.key, found.language, found.text, state, sum(lengths))
