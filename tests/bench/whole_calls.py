"""Whole calls (hotline, queue, agent, recording, survey) through one controller process against the simulated switch."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tests.bench._processes import Bench, cpu_s, idle_share

CALLS = 400


def measure() -> dict[str, Any]:
    idle = idle_share()
    bench = Bench(agents=10)
    try:
        switch = bench.start_switch(
            "--calls-per-hour", "3000", "--callers", str(CALLS), "--talk-s", "2", "--patience-s", "3000", "--speed", "25"
        )  # fmt: skip
        controller = bench.start_controller()
        before, began = cpu_s(controller.pid), time.monotonic()
        bench.until(lambda: len(bench.ended_calls()) >= CALLS, 180)
        used, took_s = cpu_s(controller.pid) - before, time.monotonic() - began
        rows = bench.ended_calls()
        answered = sum(1 for row in rows if row.outcome == "answered")
        outcomes = Counter(row.outcome for row in rows)
        # A controller without calls keeps its lease, its connections and its heart going: that is no call's cost.
        per_call_ms = max(used - idle * took_s, 0.0) / max(len(rows), 1) * 1000
        return {
            "what": "whole calls through one controller process (simulated switch)",
            "rows": [
                ("calls", len(rows), "", ""),
                ("of them answered", answered, "", ""),
                ("their outcomes", ", ".join(f"{k or 'no queue'} {n}" for k, n in outcomes.most_common()), "", ""),
                ("calls a second while it was measured", len(rows) / took_s, "", ""),
                ("controller's processor time without calls", idle * 1000, "ms/s", ""),
                ("controller's processor time for one call, beyond that", per_call_ms, "ms", ""),
                ("so, on one core", 1000 / per_call_ms if per_call_ms else 0.0, "calls/s", ">= 100"),
                (
                    "simulated switch's processor time for one call",
                    cpu_s(switch.pid) / max(len(rows), 1) * 1000,
                    "ms",
                    "",
                ),
            ],
        }
    finally:
        bench.stop()
