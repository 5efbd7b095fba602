"""Speaks texts of single calls: each once, by a process of its own, kept by its content as long as there is room."""

from __future__ import annotations

import hmac
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

from callcontrol.ports.processes import kill, spawn
from callcontrol.ports.speech import SpeechError
from callcontrol.prompts.plain import plain_text

DEADLINE_S = 5.0  # a caller hears nothing meanwhile
AT_ONCE = 2  # a voice takes a whole processor
KEPT_S = 7 * 24 * 3600.0  # since it was said last
PRIVATE_KEPT_S = 600.0  # long enough for the longest text to be played
MOST_BYTES = 64 * 1024 * 1024
SWEPT_EVERY_S = 60.0
FOLDER = "said"


class SpeechAside:
    """See ``ports.speech.Speech``. Files lie under ``SOUNDS/said``; their names are keyed, so that nobody can tell from a name what
    a caller was told."""

    def __init__(
        self,
        sounds_dir: Path,
        secret: bytes,
        command: str = "",
        *,
        deadline_s: float = DEADLINE_S,
        most_bytes: int = MOST_BYTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._dir = sounds_dir / FOLDER
        self._secret = secret
        self._command = command
        self._deadline_s = deadline_s
        self._most_bytes = most_bytes
        self._now = now
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._swept_at = 0.0

    def spoken(self, text: str, language: str, *, private: bool) -> str:
        plain = plain_text(text)
        if not plain:
            raise SpeechError("Nothing in the text can be said.")
        deadline = time.monotonic() + self._deadline_s
        name = hmac.digest(self._secret, "\0".join((self._command, language, plain)).encode(), "sha256").hex()[:32]
        file = self._dir / ("private" if private else "open") / f"{name}.wav"
        try:
            if file.exists():
                os.utime(file, (self._now(), self._now()))  # said again: kept longer
            else:
                self._speak(plain, language, file, deadline)
            self._sweep(file)
        except OSError as error:
            raise SpeechError(f"The sound of a text can't be written ({error.strerror}).") from error
        return str(file)

    def _speak(self, text: str, language: str, file: Path, deadline: float) -> None:
        if not self._places.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            raise SpeechError("Too many texts are to be spoken at once; this one was given up.")
        try:
            if file.exists():  # another call had the same said meanwhile
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="callcontrol-said-") as folder:
                source, log = Path(folder) / "text.txt", Path(folder) / "log"
                source.write_text(text, "utf-8")
                words = [sys.executable, "-m", "callcontrol.prompts.speak_one"]
                child = spawn(
                    [*words, str(source), language, str(file), self._command], output=str(log), own_session=True
                )
                try:
                    child.wait(max(deadline - time.monotonic(), 0.0))
                except TimeoutExpired as late:
                    with suppress(OSError):
                        os.killpg(child.pid, signal.SIGKILL)
                    kill(child)
                    raise SpeechError(f"The voice took longer than {self._deadline_s:g} s.") from late
                if not file.exists():
                    said = log.read_text("utf-8", "replace").strip()[:200].replace(text, "…")
                    raise SpeechError(f"The voice could not speak: {said or 'it gave no reason'}")
        finally:
            self._places.release()

    def _sweep(self, just_now: Path) -> None:
        """Forget what is old, and the oldest where it is too much."""
        now = self._now()
        if abs(now - self._swept_at) < SWEPT_EVERY_S:
            return
        self._swept_at = now
        kept = []
        for file in self._dir.glob("*/*.wav"):
            with suppress(OSError):
                known = file.stat()
                keep_s = PRIVATE_KEPT_S if file.parent.name == "private" else KEPT_S
                if now - known.st_mtime > keep_s and file != just_now:
                    file.unlink()
                else:
                    kept.append((file == just_now, known.st_mtime, known.st_size, file))
        room = self._most_bytes
        for _, _, size, file in sorted(kept, reverse=True):
            room -= size
            if room < 0 and file != just_now:
                with suppress(OSError):
                    file.unlink()
