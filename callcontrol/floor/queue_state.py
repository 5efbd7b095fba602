"""The state of a queue as conditions ask for it (``values.conditions``): what relaxation, overflow and the reserve go by."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from callcontrol.floor.agents import Standing

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def queue_state(floor: Floor, queue: str, now: float) -> dict[str, float]:
    """``values.conditions.STATE`` of the queue at ``now``. Agents are its regular ones: eligible by the queue's own skills,
    neither by a relaxation nor as reserve. Nobody serving and somebody in the queue is a load without limit. There is no
    ``estimate_s`` while there is no estimate."""
    counts = floor.index.pool(queue).counts
    free, busy, away = counts[Standing.FREE], counts[Standing.BUSY], counts[Standing.AWAY]
    present = [call for call in floor.calls.values() if call.queue == queue]
    line = [call for call in present if call.in_line()]
    return {
        "waiting": len(line),
        "longest_wait_s": max((int(now - call.first_joined_at) for call in line), default=0),
        "free": free,
        "busy": busy,
        "on_break": away,
        "logged_in": free + busy + away,
        "load": load(len(present), free + busy),
    }


def load(callers: int, serving: int) -> float:
    """Callers in the queue (in line, ringing, talking) for each regular agent who serves."""
    return callers / serving if serving else inf if callers else 0.0
