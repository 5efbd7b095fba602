"""A day of 10,000 calls out of the archive: what if, every decision again, and the floor of any moment."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from callcontrol.desk.history import END, History
from callcontrol.desk.replay import replay
from callcontrol.floor.entries import entry_from_data
from callcontrol.floor.floor import Floor
from callcontrol.lab.synthetic_day import synthetic_day
from callcontrol.ports.journal import Line
from callcontrol.store import migrate
from callcontrol.store.journal_scribe import BASE_LINES
from callcontrol.store.store import Store, open_store

CALLS = 10_000
BATCH = 1_000


def yesterday() -> float:
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=1)).timestamp()


def archived(folder: Path, lines: list[Line]) -> tuple[Store, float]:
    """A database with these lines, and the floors between them, as the journal scribe keeps them; and the seconds that the
    lines took."""
    url = f"sqlite:///{folder / 'callcontrol.db'}"
    migrate.upgrade(url)
    store, floor = open_store(url), Floor()
    took_s, after = 0.0, "0"
    for begin in range(0, len(lines), BATCH):
        batch = lines[begin : begin + BATCH]
        began = time.perf_counter()
        store.archive.write(batch, after=after)
        took_s += time.perf_counter() - began
        after = batch[-1].position
        for line in batch:
            floor.apply(entry_from_data(line.data))
        if (begin + BATCH) % BASE_LINES == 0:
            store.archive.keep_base(after, floor.as_data())
    return store, took_s


def whatif(folder: Path, *more: str) -> tuple[float, float, dict[str, Any]]:
    """Seconds of the whole command, by the clock and of all its processors together, and what it said."""
    command = [sys.executable, "-m", "callcontrol", "whatif", "--queue", "support", "--set", "wrap_up_s=10"]
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "--agents", "+2", "--json", "--data", str(folder), *more], capture_output=True, check=True
    )
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - began, cpu_s, json.loads(done.stdout)


def measure() -> dict[str, Any]:
    rows: list[tuple[Any, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = synthetic_day(yesterday(), calls=CALLS)
        store, took_s = archived(folder, lines)
        rows.append((f"lines of a day of {CALLS:,} calls", len(lines), "", ""))
        rows.append(("archived, lines a second", len(lines) / took_s, "/s", ""))
        for runs, target in ((1, "<= 5"), (2, "<= 5"), (3, "")):
            wall_s, cpu_s, told = whatif(folder, "--runs", str(runs))
            rows.append(
                (
                    f"what-if, {runs} × before and after, whole command",
                    wall_s,
                    "s",
                    target,
                    f"{cpu_s:.1f} s of processor time",
                )
            )
        level = next(row for row in told["rows"] if row["name"] == "service_level")
        rows.append(("  service level that day", level["was"], "", ""))
        rows.append(("  simulated, mean of 3", level["before"]["mean"], "", ""))
        history = History(store.archive, None)
        began = time.perf_counter()
        report = replay(history, "0", END)
        took_s = time.perf_counter() - began
        rows.append((f"replay of {report.decisions:,} decisions", took_s, "s"))
        different = len(report.differences) + report.late + len(report.refused)
        rows.append(("  of them decided otherwise", different, "", "0", "what the journal has"))
        slowest = 0.0
        for share in range(1, 20):
            began = time.perf_counter()
            history.at(yesterday() + 8 * 3600 + share * 2000)
            slowest = max(slowest, time.perf_counter() - began)
        rows.append(("the floor of any moment, slowest of 19", slowest, "s", ""))
        store.close()
    rows.append(("cores", len(os.sched_getaffinity(0)), "", ""))
    return {"what": "The journal's archive: what-if, replay, why", "rows": rows}


__all__ = ["archived", "measure", "whatif"]
