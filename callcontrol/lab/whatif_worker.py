"""One of the processes that share the runs of a what-if: ``python -m callcontrol.lab.whatif_worker JOB NUMBER OF``.

It does one share of OF of the job in the file JOB and tells of it on its output, a JSON object a line: ``done`` (how much
of its work, 0 to 1), ``task`` with ``figures``.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
from pathlib import Path

from callcontrol.lab.queue_simulation import Caller
from callcontrol.lab.whatif import Job


def main(path: str, number: int, of: int) -> None:
    job: Job = pickle.loads(Path(path).read_bytes())  # our own file, made a moment ago in a directory of our own
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a simulation makes much that lives as long as it does
    tasks = job.share(number, of)
    callers: dict[int, list[Caller]] = {}
    for place, task in enumerate(tasks):
        if task.run not in callers:
            callers = {task.run: job.callers(task.run)}

        def tell(share: float, place: int = place) -> None:
            print(json.dumps({"done": (place + share) / len(tasks)}), flush=True)

        figures = job.do(task, tell, callers[task.run])
        print(json.dumps({"task": [task.variant, task.run], "figures": figures}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
