"""Looks at the folder of flows every two seconds, off the calls' path: new code is in use without a restart."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from subprocess import TimeoutExpired

import structlog

from callcontrol.flow.folder import FlowFolder
from callcontrol.ports.processes import kill, spawn

EVERY_S = 2.0  # a file is in use after two looks
DEADLINE_S = 20.0  # to load one file, on a machine that is busy with other things
CAME_BACK = "the file came back"
TRY = f"""
import sys
from pathlib import Path
from callcontrol.flow.catalogue import load_file
load_file(Path(sys.argv[1]))
print({CAME_BACK!r})
"""


def tried_aside(path: Path, deadline_s: float = DEADLINE_S) -> str:
    """Why that file must not be loaded into a process that has calls: it does not come back, or ends who loads it. What is
    wrong with it otherwise is found when it is loaded."""
    with tempfile.TemporaryDirectory(prefix="callcontrol-") as folder:
        said = Path(folder) / "said"
        try:
            child = spawn([sys.executable, "-c", TRY, str(path)], output=str(said))
        except OSError as error:
            return f"The file could not be tried before it is loaded: {error}; save it again."
        try:
            child.wait(deadline_s)
        except TimeoutExpired:
            kill(child)
            return f"The file did not load within {deadline_s:g} s; it must declare a flow and do nothing else."
        if CAME_BACK not in said.read_text("utf-8", "replace"):
            return "The file ended the process that loaded it; it must declare a flow and do nothing else."
    return ""


class FlowWatch:
    def __init__(self, folder: Path, *, every_s: float = EVERY_S) -> None:
        self.folder = FlowFolder(folder, first=tried_aside)
        self._every_s = every_s
        self._stop = threading.Event()
        for problem in self.folder().broken:
            structlog.get_logger().error("a flow can't be used", problem=str(problem))

    def start(self) -> None:
        threading.Thread(target=self._run, name="flows", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        log = structlog.get_logger()
        while not self._stop.wait(self._every_s):
            before = self.folder()
            try:
                news = self.folder.look()
            except Exception as error:  # what a file of somebody's can do
                log.error("the folder of flows could not be looked at; the flows stay as they are", error=str(error))
                continue
            after = self.folder()
            for sentence in news:
                log.info("flows", news=sentence)
            for problem in set(after.broken) - set(before.broken):
                log.error("a flow can't be used; what was there before stays in use", problem=str(problem))
            for warning in set(after.warnings) - set(before.warnings):
                log.warning("a flow changed under its release", problem=str(warning))
