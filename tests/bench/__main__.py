"""``make bench``: every figure that is to be reached, as a table on the screen and as JSON in var/bench.json. A figure is measured,
never asserted.

    python -m tests.bench floor decoding      these parts only; the others stay in the file as they were

Each module of this folder has ``measure() -> dict`` with ``what``, ``rows`` (``Figure``, or the same as a tuple) and, where it
can't be measured here, ``left_out`` with the reason.
"""

from __future__ import annotations

# isort: off
import callcontrol.__main__  # noqa: F401 - patches the process as the product does, before anything else
# isort: on

import importlib
import json
import os
import pkgutil
import platform
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import tests.bench
from tests.bench._figures import Figure, figures

INTO = Path("var") / "bench.json"
_REACHED = {True: "[green]yes[/green]", False: "[red]NO[/red]", None: ""}


def main() -> int:
    wanted, parts = sys.argv[1:], sorted(m.name for m in pkgutil.iter_modules(tests.bench.__path__))
    parts = [name for name in parts if not name.startswith("_")]
    if unknown := set(wanted) - set(parts):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; the parts are {', '.join(parts)}.")
    console = Console()
    results: dict[str, Any] = json.loads(INTO.read_text()) if wanted and INTO.exists() else {}
    to_reach: list[tuple[str, Figure]] = []
    for name in wanted or parts:
        console.print(f"[dim]measuring {name} …[/dim]")
        result, rows = _measured(name)
        results[name] = {**result, "rows": [row.as_data() for row in rows]}
        to_reach += [(name, row) for row in rows if row.reached is not None]
        title = f"{result['what']} [{result['took_s']:.0f} s, load {result['load_before']:.1f} to {result['load_after']:.1f}]"
        console.print(_table(title, [("", row) for row in rows], str(result.get("left_out", ""))))
    console.print(_table("Figures to reach", to_reach))
    INTO.parent.mkdir(exist_ok=True)
    INTO.write_text(json.dumps(results, indent=2, default=str) + "\n")
    console.print(f"as JSON: {INTO}")
    return int(any("failed" in results[name] for name in wanted or parts))


def _measured(name: str) -> tuple[dict[str, Any], list[Figure]]:
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        result = importlib.import_module(f"tests.bench.{name}").measure()
    except Exception as error:  # the other parts are worth having
        traceback.print_exc()
        result = {"what": name, "rows": [], "left_out": f"it failed: {error!r}"[:300], "failed": True}
    result |= {
        "took_s": round(time.monotonic() - began, 1),
        "measured_at": time.strftime("%Y-%m-%d %H:%M:%S"),
        # Figures of a machine that does other things besides are worse than they would be by themselves.
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
    return result, figures(result)


def _table(title: str, rows: list[tuple[str, Figure]], left_out: str = "") -> Table:
    table = Table(title=title, title_justify="left")
    parts = any(part for part, _ in rows)
    for column in (*(("part",) if parts else ()), "figure", "measured", "target", "reached", "measured against"):
        table.add_column(column, justify="right" if column in ("measured", "target") else "left")
    for part, row in rows:
        cells = (row.label, row.shown, str(row.target), _REACHED[row.reached], row.against)
        table.add_row(*((part,) if parts else ()), *cells)
    if left_out:
        table.add_row("not measured", left_out)
    return table


if __name__ == "__main__":
    sys.exit(main())
