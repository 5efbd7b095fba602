"""What-if for the pages: `callcontrol whatif` as a process of its own for each try, so that no page waits for it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

from callcontrol.admin.services import Tried
from callcontrol.ports.processes import spawn
from callcontrol.settings import Settings

MOST = 3  # each takes a core for seconds; an older one is given up for a new one
RUNS = 3


@dataclass(slots=True)
class _Try:
    child: Popen[bytes] | None
    folder: Path
    last: Tried


class TriesAside:
    """See ``admin.services.Tries``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tries: dict[str, _Try] = {}
        self._numbers = count(1)

    def begin(self, queue: str, configuration: Mapping[str, Any], day: str) -> str:
        while len(self._tries) >= MOST:
            self._end(next(iter(self._tries)))
        number = f"{os.getpid()}-{next(self._numbers)}"
        folder = Path(tempfile.mkdtemp(prefix="callcontrol-try-"))
        rules = folder / "rules.json"
        rules.write_text(json.dumps(configuration, default=dict), encoding="utf-8")
        command = [sys.executable, "-m", "callcontrol", "whatif", "--queue", queue, "--rules", str(rules), "--day", day]
        command += ["--runs", str(RUNS), "--json", "--progress", "--data", str(self._settings.data_dir.absolute())]
        try:
            child = spawn(command, output=str(folder / "output"), environment=self._environment())
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._tries[number] = _Try(None, folder, Tried(1.0, problem=f"The simulation can't be started: {error}."))
            return number
        self._tries[number] = _Try(child, folder, Tried(0.0))
        return number

    def state(self, number: str) -> Tried | None:
        found = self._tries.get(number)
        if found is None:
            return None
        if found.last.result is None and not found.last.problem:
            found.last = _read(found)
            if found.last.result is not None or found.last.problem:
                shutil.rmtree(found.folder, ignore_errors=True)
        return found.last

    def close(self) -> None:
        for number in list(self._tries):
            self._end(number)

    def _end(self, number: str) -> None:
        found = self._tries.pop(number)
        if found.child is not None:
            found.child.terminate()
        shutil.rmtree(found.folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """What the child can't know from its own settings, where ours were given otherwise."""
        settings = self._settings
        given = {
            "CALLCONTROL_DATABASE_URL": settings.database_url,
            "CALLCONTROL_REDIS_URL": settings.redis_url,
            "CALLCONTROL_FLOOR": settings.floor,
            "CALLCONTROL_FLOWS_DIR": str(settings.flows_dir),
            "CALLCONTROL_CONFIGURATION": str(settings.configuration),
        }
        return {**os.environ, **{name: value for name, value in given.items() if value}}


def _read(found: _Try) -> Tried:
    ended = found.child.poll() if found.child is not None else 1
    try:
        lines = (found.folder / "output").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    done, rest = found.last.done, []
    for line in lines:
        if line.startswith('{"done"'):
            with contextlib.suppress(ValueError, KeyError):
                done = float(json.loads(line)["done"])
        else:
            rest.append(line)
    if ended is None:
        return Tried(done)
    if ended == 0:
        try:
            return Tried(1.0, json.loads("\n".join(rest)))
        except ValueError:
            pass
    said = " ".join(line.strip() for line in rest if line.strip())
    return Tried(1.0, problem=said.rpartition("Error: ")[2] or "The simulation ended without a word; see the log.")
