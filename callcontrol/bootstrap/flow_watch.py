"""Looks at the folder of flows every two seconds, off the calls' path: new code is in use without a restart."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog

from callcontrol.flow.folder import FlowFolder

EVERY_S = 2.0  # a file is in use after two looks


class FlowWatch:
    def __init__(self, folder: Path, *, every_s: float = EVERY_S) -> None:
        self.folder = FlowFolder(folder)
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
