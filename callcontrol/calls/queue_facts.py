"""What flows may know of a queue's crowd: its load, and the wait of one who would join."""

from __future__ import annotations

from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import told_joiner
from callcontrol.floor.queue_state import QueueState
from callcontrol.values.waits import bucket_of, name_of


def load_of(floor: Floor, queue: str) -> float:
    """Callers in the queue for each agent of it who serves; infinite where nobody serves and somebody is there."""
    return QueueState(floor, queue, 0.0)["load"] if queue in floor.rules.queues else 0.0


def estimate_of(floor: Floor, queue: str) -> str:
    """The name of the bucket (``values.waits``) by which the wait of one who would join is said; "" without an estimate."""
    found = told_joiner(floor, queue) if queue in floor.rules.queues else None
    return "" if found is None else name_of(bucket_of(found.high_s))
