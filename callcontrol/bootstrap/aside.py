"""Work that a controller has done by another process, because it must not stall its calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from subprocess import TimeoutExpired

from callcontrol.ports.processes import kill, spawn
from callcontrol.prompts.keeper import Build
from callcontrol.settings import Settings
from callcontrol.values.configuration import Configuration

DEADLINE_S = 300.0


def build_aside(settings: Settings) -> Build:
    """`callcontrol prompts build` for the published release, as a process of its own."""

    def built(_: Configuration) -> Iterable[str]:
        data = settings.data_dir.absolute()
        environment = {**os.environ, "CALLCONTROL_CONFIGURATION": str(settings.configuration)}
        if settings.tts_command:
            environment["CALLCONTROL_TTS_COMMAND"] = settings.tts_command
        command = [sys.executable, "-m", "callcontrol", "prompts", "build", "--data", str(data)]
        log = data / "prompts.log"
        try:
            child = spawn(command, output=str(log), environment=environment)
        except OSError as error:
            return [f"The prompts could not be built: {error}; run callcontrol prompts build."]
        try:
            if child.wait(DEADLINE_S) == 0:
                return []
        except TimeoutExpired:
            kill(child)
        return [f"The prompts could not be built; {log} says why. Then run callcontrol prompts build."]

    return built
