"""HangUp: the call ends here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import HangUp as HangUpNow
from callcontrol.flow.move import Move
from callcontrol.flow.steps.step import Step


@dataclass(frozen=True)
class HangUp(Step):
    """Hangs up. The record counts as ended once the switch says so (``HungUp``); taken up before that, it hangs up
    again, so that nobody is left in silence."""

    kind: ClassVar[str] = "hang_up"
    shape: ClassVar[str] = "round"
    cause: str = "NORMAL_CLEARING"

    def enter(self, call: Call) -> Move:
        return Move(commands=(HangUpNow(self.cause),), changes={"wait": call.record.wait + 1})

    def ends(self) -> bool:
        return True
