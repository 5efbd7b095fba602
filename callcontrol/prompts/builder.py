"""Builds the sound files that are missing, and nothing twice: a file stays while its text and its voice do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from callcontrol.prompts.catalogue import Texts
from callcontrol.prompts.music import hold_music
from callcontrol.prompts.sounds import STABLE, Piece, all_pieces, pieces_of, recorded_file
from callcontrol.prompts.voice import Program, Silence, Voice, VoiceError
from callcontrol.prompts.wav import write_wav
from callcontrol.values.problems import Problem

BUILT = "built.json"  # path -> name of the voice that made it
MUSIC = "music/default.wav"
_MOST_PROBLEMS = 5  # a program that can't speak five texts will not speak the sixth

Progress = Callable[[int, int, str], None]  # done, of, what


@dataclass
class Report:
    built: int = 0
    kept: int = 0
    problems: list[Problem] = field(default_factory=list)
    voice: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One sound file: ``built``, ``silent`` (made without a voice) or ``missing``."""

    piece: Piece
    state: str


def choose_voice(command: str = "", engine: str = "auto") -> tuple[Voice, str]:
    """The voice to build with, and a sentence to say loudly where it is only silence. ``engine``: auto, program,
    silence. Raises ``VoiceError`` where the program was asked for and is not there."""
    program = Program(command) if command else Program()
    if engine == "silence":
        return Silence(), "The prompts are built as silence: callers will hear nothing."
    missing = program.missing()
    if not missing:
        return program, ""
    if engine == "program":
        raise VoiceError(missing)
    return Silence(), f"{missing} Until then the prompts are SILENT: callers will hear nothing."


def build(
    texts: Texts, sounds_dir: Path, voice: Voice, progress: Progress | None = None, *, only_missing: bool = False
) -> Report:
    """Build what is missing under ``sounds_dir`` or was made by another voice (``only_missing``: not those). A text that can't be spoken is a problem in the report and stops
    nothing. Raises ``OSError`` where files can't be written."""
    tell = progress or _say_nothing
    sounds_dir.mkdir(parents=True, exist_ok=True)
    made_by = _read_built(sounds_dir)
    pieces = list({piece.path: piece for piece in all_pieces(texts)}.values())
    report = Report(voice=voice.name)

    def wanted(piece: Piece) -> bool:
        made_otherwise = made_by.get(piece.path) != voice.name
        return not (sounds_dir / piece.path).exists() or (made_otherwise and not only_missing)

    todo = [piece for piece in pieces if wanted(piece)]
    report.kept = len(pieces) - len(todo)
    total = len(todo) + 1

    def speak(piece: Piece) -> None:
        if len(report.problems) < _MOST_PROBLEMS:
            voice.speak(piece.text, piece.language, sounds_dir / piece.path)
            made_by[piece.path] = voice.name
            report.built += 1

    try:
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
            jobs = {pool.submit(speak, piece): piece for piece in todo}
            for done, job in enumerate(as_completed(jobs), 1):
                try:
                    job.result()
                except VoiceError as error:
                    report.problems.append(Problem(jobs[job].path, str(error)))
                except OSError:  # a full disk is full for all of them
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                tell(done, total, jobs[job].path)
    finally:
        _write_built(sounds_dir, {**_read_built(sounds_dir), **made_by})  # another process may have built too
    copy_stable(texts, sounds_dir)
    if not (sounds_dir / MUSIC).exists():
        write_wav(sounds_dir / MUSIC, hold_music())
        report.built += 1
    tell(total, total, MUSIC)
    return report


def states(texts: Texts, sounds_dir: Path) -> list[State]:
    """Every sound file that the texts need, and whether it is there."""
    made_by = _read_built(sounds_dir)

    def state(piece: Piece) -> str:
        if not (sounds_dir / piece.path).exists():
            return "missing"
        return "silent" if made_by.get(piece.path) == Silence.name else "built"

    return [State(piece, state(piece)) for piece in all_pieces(texts)]


def silent_paths(sounds_dir: Path) -> frozenset[str]:
    """Files that were made without a voice."""
    return frozenset(path for path, name in _read_built(sounds_dir).items() if name == Silence.name)


def _say_nothing(_done: int, _of: int, _what: str) -> None:
    """Progress for nobody."""


def copy_stable(texts: Texts, sounds_dir: Path) -> None:
    """The prompts that the dialplan plays by itself also stand under their plain names: the recording, else what was built."""
    for language in texts.by_language:
        for key in STABLE:
            found = texts.find(f"{key}@{language}", language)
            pieces = [p for p in pieces_of(found) if isinstance(p, Piece)] if found else []
            candidates = [sounds_dir / pieces[0].path] if len(pieces) == 1 else []
            candidates = [recorded_file(found, sounds_dir), *candidates] if found else []
            if source := next((file for file in candidates if file.exists()), None):
                fresh = sounds_dir / language / f".{key}.{os.getpid()}"
                fresh.write_bytes(source.read_bytes())
                os.replace(fresh, sounds_dir / language / f"{key}.wav")


def _read_built(sounds_dir: Path) -> dict[str, str]:
    try:
        data = json.loads((sounds_dir / BUILT).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


def _write_built(sounds_dir: Path, made_by: dict[str, str]) -> None:
    sounds_dir.mkdir(parents=True, exist_ok=True)
    fresh = sounds_dir / f".{BUILT}.{os.getpid()}"
    fresh.write_text(json.dumps(made_by, indent=1, sort_keys=True, ensure_ascii=False), "utf-8")
    os.replace(fresh, sounds_dir / BUILT)
