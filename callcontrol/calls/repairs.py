"""What was repaired, counted by kind: each repair is a line of the call's story with its evidence, and a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import structlog

log = structlog.get_logger()

# kind -> what it was, as it stands in the story and beside the figure
KINDS: Mapping[str, str] = {
    "call_gone": "the switch has no such call any more",
    "leg_gone": "the switch has no leg of the agent any more",
    "offer_without_leg": "the switch rings no phone for this offer",
    "talk_unseen": "the switch has the call and the agent in a talk",
    "talk_unknown": "the switch has a talk that the floor does not know",
    "leg_orphaned": "the switch has an agent's leg that belongs to nothing",
    "wrap_up_overdue": "the wrap-up should have ended by itself",
    "call_told_again": "the floor does not know this caller, who waits; the line was lost",
    "talk_told_again": "the floor does not know this talk; the lines were lost",
}


class Repairs:
    """The figures; ``CallServices.repaired`` notes one and writes the line."""

    def __init__(self) -> None:
        self.by_kind: Counter[str] = Counter()

    def note(self, kind: str, call: str, about: str = "") -> None:
        self.by_kind[kind] += 1
        log.warning("the floor is repaired", call=call, repair=kind, evidence=KINDS[kind], about=about)

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())
