"""Which sound files a prompt is made of. Nothing is built here; a file that does not exist yet is named all the same,
so that the switch reports it missing and the call goes on.

``SOUNDS/zh/hotline.menu-3f2a9c01b7de.wav`` carries the hash of its text: a new text is a new file, and calls of the old
release keep the old one. ``SOUNDS/zh/recorded/hotline.menu.wav``, if somebody recorded it, comes before what was built.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from callcontrol.prompts.amounts import KINDS
from callcontrol.prompts.catalogue import Found, Texts, texts_of
from callcontrol.prompts.playlist import DEFAULT, playlist
from callcontrol.prompts.say import say_counted, say_digits, say_value
from callcontrol.values.configuration import Configuration

NUMBER = "number"
STABLE = ("system_fault",)  # played by the dialplan itself, so also built under its plain name
LOOK_EVERY_S = 1.0  # a file that was built or recorded is found within this time
RINGBACK = "tone_stream://%(1000,4000,450);loops=12"  # begun again by whoever holds the line
WITHOUT_MUSIC = "tone_stream://%(300,4700,440);loops=-1"  # until the music is built: a soft sign of life

T = TypeVar("T")

_FIELD = re.compile(r"\{(\w+(?::\w+)?)\}")  # {name} or {name:kind}, see ``amounts.KINDS``
_SPOKEN = re.compile(r"\w")
_LONGEST_NAME = 120  # characters; file systems refuse names beyond 255 bytes
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Said(Protocol):
    """``flow.commands.Prompt``, as far as this room needs it (it does not know flows)."""

    @property
    def key(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str | int]: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A text without gaps, and the file it is built into (``path`` relative to the folder of sounds)."""

    path: str
    language: str
    text: str


def pieces_of(found: Found) -> list[Piece | str]:
    """Pieces of a text, and between them the names of its fields."""
    parts = _FIELD.split(found.text)
    alone = len(parts) == 1
    made: list[Piece | str] = []
    for index, part in enumerate(parts):
        if index % 2:
            made.append(part)
        elif _SPOKEN.search(part):
            name = _UNSAFE.sub("_", found.key)[:60] + ("" if alone else f".{index // 2}")
            digest = hashlib.sha256(part.strip().encode()).hexdigest()[:12]
            made.append(Piece(f"{found.language}/{name}-{digest}.wav", found.language, part.strip()))
    return made


def fields_of(text: str) -> frozenset[str]:
    """``name`` and ``name:kind`` of the fields of a text."""
    return frozenset(_FIELD.findall(text))


def recorded_file(found: Found, sounds_dir: Path) -> Path:
    """Where a person's recording of that text lies, if there is one."""
    name = _UNSAFE.sub("_", found.key)
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(found.key.encode()).hexdigest()[:12]}"
    return sounds_dir / _UNSAFE.sub("_", found.language) / "recorded" / f"{name}.wav"


def all_pieces(texts: Texts) -> Iterator[Piece]:
    for found in texts:
        yield from (piece for piece in pieces_of(found) if isinstance(piece, Piece))


def sounds_for(prompt: Said, language: str, sounds_dir: Path, texts: Texts) -> list[str]:
    """Paths of the files to play, in order; empty where the prompt has no text at all. A queue's own text whose file is
    not built yet gives way to the shipped text."""
    if prompt.key in KINDS:
        keys = value_keys(prompt.key, prompt.values.get("value", ""), language)
        return _files_of_keys(keys, language, sounds_dir, texts)
    found = texts.find(prompt.key, language)
    if found is None:
        return []
    files = _files_of(found, prompt, sounds_dir, texts)
    if found.key.startswith("queue.") and not all(Path(f).exists() for f in files):
        shipped = texts.find(found.key.split(".", 2)[2], language) if found.key.count(".") >= 2 else None
        instead = _files_of(shipped, prompt, sounds_dir, texts) if shipped else []
        if instead and all(Path(f).exists() for f in instead):
            return instead
    return files


def spoken(prompt: Said, language: str, texts: Texts) -> str:
    """The prompt as a text to read, with its values in it; the key in brackets where there is no text."""
    if prompt.key in KINDS:
        return str(prompt.values.get("value", ""))
    found = texts.find(prompt.key, language)
    if found is None:
        return f"[{prompt.key}]"
    return _FIELD.sub(lambda m: str(prompt.values.get(m[1].partition(":")[0], "…")), found.text)


def value_keys(kind: str, value: str | int, language: str) -> list[str]:
    """Keys of the pieces that ``value`` is said with. ``number`` of a text is its digits: an account, a telephone."""
    if kind == NUMBER and not isinstance(value, int):
        return say_digits(value)
    return KINDS[kind](str(value), language)


class SoundFiles:
    """What the conductor asks: files for a prompt under a configuration, and the hold music."""

    def __init__(self, sounds_dir: Path) -> None:
        self._dir = sounds_dir
        self._texts: tuple[Configuration, Texts] | None = None
        self._known: dict[object, Any] = {}
        self._looked_at = -LOOK_EVERY_S

    def files_for(self, prompt: Said, language: str, configuration: Configuration) -> Sequence[str]:
        if self._texts is None or self._texts[0] is not configuration:
            self._texts = configuration, texts_of(configuration)
            self._known.clear()
        texts = self._texts[1]
        asked = prompt.key, language, *prompt.values.items()
        return self._remembered(asked, lambda: sounds_for(prompt, language, self._dir, texts))

    def music(self, name: str, language: str = "", shuffled_by: str = "") -> Sequence[str]:
        """The files of that hold music (see ``playlist``), or the default one, or a soft tone until it is built; ``ringback`` is a
        telephone that rings."""
        if name == "ringback":
            return [RINGBACK]
        asked = "music", name, language, shuffled_by
        return self._remembered(
            asked,
            lambda: (
                playlist(name, language, self._dir, shuffled_by)
                or playlist(DEFAULT, language, self._dir)
                or [WITHOUT_MUSIC]
            ),
        )

    def _remembered(self, asked: object, look: Callable[[], T]) -> T:
        """For a moment: each call asks for the same files, and each look is several at the disk."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._known.clear()
            self._looked_at = time.monotonic()
        if asked not in self._known:
            self._known[asked] = look()
        found: T = self._known[asked]
        return found


def _files_of(found: Found, prompt: Said, sounds_dir: Path, texts: Texts) -> list[str]:
    if recorded := _recorded(found, sounds_dir):
        return [recorded]
    files: list[str] = []
    for piece in pieces_of(found):
        if isinstance(piece, Piece):
            files.append(str(sounds_dir / piece.path))
            continue
        name, _, kind = piece.partition(":")
        value = prompt.values.get(name, "")
        if kind in KINDS:
            keys = value_keys(kind, value, found.language)
        else:
            keys = say_counted(value, found.language) if isinstance(value, int) else say_value(value, found.language)
        files += _files_of_keys(keys, found.language, sounds_dir, texts)
    return files


def _files_of_keys(keys: Sequence[str], language: str, sounds_dir: Path, texts: Texts) -> list[str]:
    found = [f for f in (texts.find(key, language) for key in keys) if f is not None]
    files: list[str] = []
    for each in found:
        recorded = _recorded(each, sounds_dir)
        built = [str(sounds_dir / p.path) for p in pieces_of(each) if isinstance(p, Piece)]
        files += [recorded] if recorded else built
    return files


def _recorded(found: Found, sounds_dir: Path) -> str:
    """The recording in one piece; of a text with fields there is none, since it would leave the values out."""
    file = recorded_file(found, sounds_dir)
    return str(file) if file.exists() and not fields_of(found.text) else ""
