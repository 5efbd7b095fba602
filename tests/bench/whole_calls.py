"""Whole calls (hotline, queue, agent, recording, survey) through one controller process against the simulated switch."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tests.bench._figures import Figure
from tests.bench._processes import Bench, cpu_s, idle_share

WARM_UP = 60
CALLS = 300


def measure() -> dict[str, Any]:
    idle = idle_share()
    bench = Bench(agents=10)
    try:
        switch = bench.start_switch(
            "--calls-per-hour", "3000", "--talk-s", "2", "--patience-s", "3000", "--speed", "25"
        )
        controller = bench.start_controller()
        # Of a stream of calls that goes on: as many begin in the time that is measured as end in it.
        bench.until(lambda: len(bench.ended_calls()) >= WARM_UP, 60)
        first = len(bench.ended_calls())
        before, switch_before, began = cpu_s(controller.pid), cpu_s(switch.pid), time.monotonic()
        bench.until(lambda: len(bench.ended_calls()) >= first + CALLS, 180)
        used, of_switch, took_s = (
            cpu_s(controller.pid) - before,
            cpu_s(switch.pid) - switch_before,
            time.monotonic() - began,
        )
        rows = bench.ended_calls()
        calls = max(len(rows) - first, 1)
        answered = sum(1 for row in rows if row.outcome == "answered") / max(len(rows), 1)
        outcomes = ", ".join(f"{k or 'no queue'} {n}" for k, n in Counter(row.outcome for row in rows).most_common())
        # A controller without calls keeps its lease, its connections and its heart going: that is no call's cost.
        per_call_ms = max(used - idle * took_s, 0.001) / calls * 1000
        return {
            "what": "whole calls through one controller process: hotline, queue, agent, recording, survey (simulated switch)",
            "rows": [
                Figure("calls that ended while it was measured", calls, "", "", outcomes),
                Figure("of all, answered", answered * 100, "%"),
                Figure("calls a second while it was measured", calls / took_s, "/s"),
                Figure("controller without calls", idle * 1000, "ms/s", "", "processor time"),
                Figure("controller, for one call", per_call_ms, "ms", "", "processor time beyond that"),
                Figure("so, on one core", 1000 / per_call_ms, "calls/s", ">= 100", "processor time of the same run"),
                Figure("simulated switch, for one call", of_switch / calls * 1000, "ms", "", "processor time"),
            ],
        }
    finally:
        bench.stop()
