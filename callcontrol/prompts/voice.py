"""Makes a sound of a text: by a speech program of the machine, or silence of the right length where there is none."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from callcontrol.prompts.wav import RATE, read_wav, to_telephone, write_wav

DEFAULT_COMMAND = "espeak-ng -v {voice} -s 155 -w {out} -f {text_file}"
# espeak-ng reads Chinese characters with the pinyin voice; its plain zh voice spells them as if they were English.
VOICES = {"zh": "cmn-latn-pinyin", "en": "en-us"}
DEADLINE_S = 60.0  # for one text
_CHARACTERS_A_SECOND = {"zh": 4.0, "en": 14.0}


class VoiceError(Exception):
    """A text can't be spoken; the message is a sentence with the next move."""


class Voice(Protocol):
    @property
    def name(self) -> str:
        """What is built by another name is built anew."""
        ...

    def speak(self, text: str, language: str, out: Path) -> None:
        """Write ``out`` (8 kHz, 16 bit, one channel), whole or not at all. Raises ``VoiceError``."""
        ...


@dataclass(frozen=True)
class Program:
    """A speech program. ``command`` may hold ``{voice}``, ``{language}``, ``{text_file}``, ``{text}`` and ``{out}``;
    no shell reads it."""

    command: str = DEFAULT_COMMAND
    voices: Mapping[str, str] = field(default_factory=lambda: VOICES)

    @property
    def name(self) -> str:
        return self.command

    def missing(self) -> str:
        """A sentence where the program is not on this machine, else empty."""
        words = self._words()
        if words and shutil.which(words[0]):
            return ""
        what = words[0] if words else "The speech program"
        return f"{what} is not installed; install it (apt-get install espeak-ng) or set tts_command in the settings."

    def speak(self, text: str, language: str, out: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="callcontrol-") as folder:
            source, raw = Path(folder) / "text.txt", Path(folder) / "raw.wav"
            source.write_text(text + "\n", "utf-8")
            fields = {"voice": self.voices.get(language, language), "language": language, "text": text}
            try:
                words = [w.format(**fields, text_file=source, out=raw) for w in self._words()]
            except (KeyError, IndexError, ValueError) as error:
                known = "{voice}, {language}, {text_file}, {text} and {out}"
                raise VoiceError(f"tts_command has an unknown field ({error}); it may use {known}.") from error
            _run(words)
            if not raw.exists():
                raise VoiceError(f"{words[0]} ended well but wrote no file; is {{out}} in tts_command?")
            try:
                _to_telephone(raw, out)
            except ValueError as error:
                raise VoiceError(f"What {words[0]} wrote can't be used: {error}") from error

    def _words(self) -> list[str]:
        try:
            return shlex.split(self.command)
        except ValueError as error:
            raise VoiceError(f"tts_command can't be read: {error}. Close its quotes.") from error


@dataclass(frozen=True)
class Silence:
    """Files of about the right length with nothing in them: a demo can run where there is no speech program."""

    name: str = "silence"

    def speak(self, text: str, language: str, out: Path) -> None:
        write_wav(out, array("h", bytes(2 * int(about_seconds(text, language) * RATE))))


def about_seconds(text: str, language: str) -> float:
    """How long a voice takes for it, by its characters."""
    return 0.3 + len(text) / _CHARACTERS_A_SECOND.get(language, 10.0)


def _run(words: list[str]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, timeout=DEADLINE_S, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise VoiceError(f"{words[0]} is not installed; install it or set tts_command in the settings.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceError(f"{words[0]} could not speak: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise VoiceError(f"{words[0]} ended with status {done.returncode}: {said[-1] if said else 'no reason given'}.")


def _to_telephone(raw: Path, out: Path) -> None:
    """By sox where it is installed (its filter is better), else by ourselves."""
    if sox := shutil.which("sox"):
        shaped = raw.with_name("shaped.wav")
        quiet = ["silence", "1", "0.01", "0.5%", "reverse", "silence", "1", "0.01", "0.5%", "reverse"]
        form = ["-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed-integer"]
        try:
            _run([sox, str(raw), *form, str(shaped), *quiet, "pad", "0.05", "0.05", "norm", "-3"])
            write_wav(out, read_wav(shaped)[1])
            return
        except VoiceError:
            pass  # an odd sox: our own way needs none
    write_wav(out, to_telephone(*read_wav(raw)))
