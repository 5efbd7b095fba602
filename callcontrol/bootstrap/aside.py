"""Work that a controller has done by another process.

A process that holds calls must not fork: between fork and exec the child has our sockets, and one that gets stuck there
(other threads held a lock in that moment) would go on listening on the calls' port and swallow every call it is given.
``posix_spawn`` runs no code of ours in between.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable

from callcontrol.prompts.keeper import Build
from callcontrol.settings import Settings
from callcontrol.values.configuration import Configuration

LOOK_EVERY_S = 0.2
DEADLINE_S = 300.0


def build_aside(settings: Settings) -> Build:
    """`callcontrol prompts build` for the published release, as a process of its own."""

    def built(_: Configuration) -> Iterable[str]:
        arguments = [
            sys.executable,
            "-m",
            "callcontrol",
            "prompts",
            "build",
            "--data",
            str(settings.data_dir.absolute()),
        ]
        log = settings.data_dir.absolute() / "prompts.log"
        environment = {**os.environ, "CALLCONTROL_CONFIGURATION": str(settings.configuration)}
        if settings.tts_command:
            environment["CALLCONTROL_TTS_COMMAND"] = settings.tts_command
        into = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            child = os.posix_spawn(
                sys.executable, arguments, environment, file_actions=[into, (os.POSIX_SPAWN_DUP2, 1, 2)]
            )
        except OSError as error:
            return [f"The prompts could not be built: {error}; run callcontrol prompts build."]
        if _ended_well(child):
            return []
        return [f"The prompts could not be built; {log} says why. Then run callcontrol prompts build."]

    return built


def _ended_well(child: int) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            pid, status = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            return True  # the loop has reaped it; what is still missing is built the next time
        if pid:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(LOOK_EVERY_S)
    return False
