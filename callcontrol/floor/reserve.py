"""When a queue's reserve is called and when it leaves. One rule, for deciding it and for checking the decision.

The load counts the queue's regular agents alone, and the callers whom the reserve talks with as well: calling the reserve
does not by itself send it home. It is called when the load passes ``load_on`` and leaves below ``load_off``, which is never
taken to be more than ``load_on``: at one and the same load it can't do both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.floor.queue_state import QueueState

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor


def change(floor: Floor, queue: str) -> bool | None:
    """True: the reserve is to be called; False: it is to leave; None: it stays as it is."""
    rule = floor.rules.queues.get(queue)
    if rule is None or not rule.reserve.skills:
        return None
    load = QueueState(floor, queue, 0.0)["load"]
    if queue not in floor.reserve:
        return True if load > rule.reserve.load_on else None
    return False if load < min(rule.reserve.load_off, rule.reserve.load_on) or not load else None


def rules_changed(floor: Floor) -> None:
    for queue in [q for q in floor.reserve if q not in floor.rules.queues or not floor.rules.queues[q].reserve.skills]:
        del floor.reserve[queue]
