"""``make bench``: every figure that DESIGN names, as a table on the screen and as JSON. A figure is measured, never asserted.

Each module of this folder has ``measure() -> dict`` with ``what``, ``rows`` (label, value, unit, target or "") and, where
it can't be measured here, ``left_out`` with the reason.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import importlib  # noqa: E402
import json  # noqa: E402
import pkgutil  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

import tests.bench  # noqa: E402


def main() -> None:
    wanted = sys.argv[1:]
    console = Console()
    results: dict[str, object] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(tests.bench.__path__) if not m.name.startswith("_")):
        if wanted and module not in wanted:
            continue
        console.print(f"[dim]measuring {module} …[/dim]")
        began = time.monotonic()
        result = importlib.import_module(f"tests.bench.{module}").measure()
        result["took_s"] = round(time.monotonic() - began, 1)
        results[module] = result
        console.print(_table(result))
    into = Path("var") / "bench.json"
    into.parent.mkdir(exist_ok=True)
    into.write_text(json.dumps(results, indent=2, default=str) + "\n")
    console.print(f"as JSON: {into}")


def _table(result: dict[str, object]) -> Table:
    table = Table(title=str(result["what"]), title_justify="left")
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    rows = result.get("rows")
    for row in rows if isinstance(rows, list) else ():
        label, value, unit, target = row
        shown = (
            f"{value:,.3g}"
            if isinstance(value, float) and abs(value) < 1000
            else f"{value:,.0f}"
            if isinstance(value, float)
            else str(value)
        )
        table.add_row(str(label), f"{shown} {unit}".strip(), str(target))
    if left_out := result.get("left_out"):
        table.add_row("not measured", str(left_out), "")
    return table


if __name__ == "__main__":
    main()
