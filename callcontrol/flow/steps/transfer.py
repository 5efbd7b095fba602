"""Transfer: hand the call over to somebody else for good; with us again only if it does not come about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from callcontrol.flow.call import Call
from callcontrol.flow.move import Move
from callcontrol.flow.record import Party
from callcontrol.flow.steps.rings import Rings


@dataclass(frozen=True)
class Transfer(Rings):
    """Hands the call over to ``to`` (as in ``Dial``) for good: when the other side hangs up the call is over. With
    ``confirm`` it is announced first: who picks up hears who is coming (``whisper``, or the end of the caller's number),
    takes the call by 1 or refuses it by 2, and the caller hears the music meanwhile.

    The ways lead on with a caller who is still here: ``busy``, ``no_answer``, ``rejected``, ``unreachable``, ``timeout``
    (default: as ``unreachable``), ``failed``."""

    kind: ClassVar[str] = "transfer"

    def _final(self) -> bool:
        return True

    def _joined(self, call: Call, party: Party) -> Move:
        return Move(changes={"party": party, "ended": True})
