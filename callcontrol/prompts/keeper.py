"""Keeps the sound files up with the configuration while the system runs: a text that was just published is spoken within
seconds, without anybody's command."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from callcontrol.prompts.builder import build, choose_voice, states
from callcontrol.prompts.catalogue import texts_of
from callcontrol.prompts.voice import Voice, VoiceError
from callcontrol.values.configuration import Configuration

# Builds the sound files of a configuration that are missing; sentences about what could not be built.
Build = Callable[[Configuration], Iterable[str]]


class Keeper:
    """``wants`` never blocks: one thread at a time builds, and of configurations that come meanwhile only the newest
    counts. ``tell`` gets a sentence for everything that could not be built. Several processes may keep one folder.
    ``build`` is ``build_here(...)``, or something that has it done by another process."""

    def __init__(self, sounds_dir: Path, *, build: Build, tell: Callable[[str], object]) -> None:
        self._dir = sounds_dir
        self._build_missing = build
        self._tell = tell
        self._lock = threading.Lock()
        self._wanted: Configuration | None = None
        self._working = False
        self._idle = threading.Event()
        self._idle.set()

    def wants(self, configuration: Configuration) -> None:
        """From now on these texts are needed."""
        with self._lock:
            self._wanted = configuration
            if self._working:
                return
            self._working = True
            self._idle.clear()
        threading.Thread(target=self._work, name="prompts", daemon=True).start()

    def wait(self, timeout_s: float) -> bool:
        """Whether all that was wanted is done, within that time."""
        return self._idle.wait(timeout_s)

    def _work(self) -> None:
        while True:
            with self._lock:
                configuration, self._wanted = self._wanted, None
                if configuration is None:
                    self._working = False
                    self._idle.set()
                    return
            try:
                self._build(configuration)
            except (OSError, VoiceError) as error:
                self._tell(f"The prompts could not be built: {error}")
            except Exception as error:  # the next release must find a keeper that works
                self._tell(
                    f"The prompts could not be built ({type(error).__name__}: {error}); run callcontrol prompts build."
                )

    def _build(self, configuration: Configuration) -> None:
        if all(state.state != "missing" for state in states(texts_of(configuration), self._dir)):
            return
        for sentence in self._build_missing(configuration):
            self._tell(sentence)


def build_here(sounds_dir: Path, command: str = "") -> Build:
    """In this process, by the speech program ``command`` (default: the shipped choice)."""

    def built(configuration: Configuration) -> Iterable[str]:
        voice: Voice
        voice, warning = choose_voice(command)
        report = build(texts_of(configuration), sounds_dir, voice, only_missing=True)
        return [sentence for sentence in (warning, *map(str, report.problems)) if sentence]

    return built
