"""1,000 rehearsed calls through the hotline, each from the first event to the hang-up, the record going through JSON
between any two events."""

from __future__ import annotations

import time
from typing import Any

CALLS = 1_000
SCRIPTS = (("free", "1 1 5 4 5"), ("busy", "2 2"), ("busy", "1 9 2 1 5 - -"), ("away", ""), ("busy", "1 1 * 2 - 1"))


def measure() -> dict[str, Any]:
    from callcontrol.flow.rehearsal import Rehearsal
    from ivr_flows.hotline import Hotline

    events = 0
    began = time.perf_counter()
    for number in range(CALLS):
        queue, keys = SCRIPTS[number % len(SCRIPTS)]
        call = Rehearsal(Hotline, queue=queue).run(keys)
        events += call.events
    took = time.perf_counter() - began
    return {
        "what": f"{CALLS:,} rehearsed calls through the hotline",
        "rows": [
            ("all of them", took, "s", "<= 10", "the record through JSON between two events"),
            ("one call", took / CALLS * 1e3, "ms", ""),
            ("one event, record through JSON", took / events * 1e6, "µs", ""),
        ],
    }
