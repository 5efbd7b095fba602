"""What a live call costs the controller in memory: 5,000 callers wait in the queue at once."""

from __future__ import annotations

from typing import Any

from tests.bench._processes import Bench, resident_bytes

CALLS = 5_000


def measure() -> dict[str, Any]:
    bench = Bench(agents=1, patience_s=3600)
    try:
        bench.start_switch(
            "--calls-per-hour", "500000", "--callers", str(CALLS), "--talk-s", "100000", "--patience-s", "1000000"
        )  # fmt: skip
        controller = bench.start_controller()
        before = resident_bytes(controller.pid)
        bench.until(lambda: bench.status()["controllers"][0]["calls"] >= CALLS * 0.99, 240)
        calls = bench.status()["controllers"][0]["calls"]
        per_call_kb = (resident_bytes(controller.pid) - before) / max(calls, 1) / 1000
        return {
            "what": f"memory of live calls in the controller ({CALLS} callers at once)",
            "rows": [
                ("calls alive", calls, "", f">= {CALLS * 0.99:,.0f}"),
                ("memory of one", per_call_kb, "kB", "<= 50", f"resident, {calls:,} at once"),
            ],
        }
    finally:
        bench.stop()
