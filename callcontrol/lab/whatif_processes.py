"""The runs of a what-if, shared by several processes, with progress: the machine's cores do them side by side, and whoever
asks (a page's server) is not held up."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

from callcontrol.lab.day_figures import Figures
from callcontrol.lab.whatif import Comparison, Job, Task, compared
from callcontrol.ports.processes import kill, spawn

LOOK_EVERY_S = 0.05
DEADLINE_S = 600.0


class WhatIfFailed(Exception):
    """A worker died. The message is a sentence."""


def run(job: Job, *, progress: Callable[[float], None] | None = None, workers: int = 0) -> Comparison:
    """All runs of the job. Raises ``WhatIfFailed``."""
    workers = min(workers or len(os.sched_getaffinity(0)), len(job.tasks()))
    with tempfile.TemporaryDirectory(prefix="callcontrol-whatif-") as folder:
        path = Path(folder) / "job"
        job.save(path)
        outputs = [Path(folder) / f"worker-{number}" for number in range(workers)]
        children = [_start(path, number, workers, output) for number, output in enumerate(outputs)]
        try:
            figures = _gather(job, children, outputs, progress)
        finally:
            for child in children:
                kill(child)
    return compared(job, figures)


def _start(job: Path, number: int, of: int, output: Path) -> Popen[bytes]:
    command = [sys.executable, "-m", "callcontrol.lab.whatif_worker", str(job), str(number), str(of)]
    return spawn(command, output=str(output))


def _gather(
    job: Job, children: list[Popen[bytes]], outputs: list[Path], progress: Callable[[float], None] | None
) -> dict[Task, Figures]:
    figures: dict[Task, Figures] = {}
    read = [0] * len(outputs)
    done = [0.0] * len(outputs)
    deadline = time.monotonic() + DEADLINE_S
    while True:
        ended = [child.poll() for child in children]
        for number, output in enumerate(outputs):
            text = output.read_text(errors="replace")[read[number] :] if output.exists() else ""
            whole = text[: text.rfind("\n") + 1]
            read[number] += len(whole)
            for line in whole.splitlines():
                try:
                    told = json.loads(line)
                except ValueError:
                    continue  # a traceback: said below
                if "done" in told:
                    done[number] = told["done"]
                else:
                    figures[Task(*told["task"])] = told["figures"]
        if progress is not None:
            progress(sum(done) / len(done))
        if len(figures) == len(job.tasks()):
            return figures
        failed = [number for number, status in enumerate(ended) if status not in (None, 0)]
        if failed or all(status is not None for status in ended) or time.monotonic() > deadline:
            last = outputs[failed[0] if failed else 0].read_text(errors="replace").strip().splitlines()[-1:]
            raise WhatIfFailed(f"The simulation did not end: {last[0] if last else 'no reason was given'}.")
        time.sleep(LOOK_EVERY_S)
