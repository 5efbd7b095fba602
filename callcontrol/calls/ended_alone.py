"""Calls that ended in a talk with a party, or in a conference, while the controller that began it was dead.

The floor knows nothing of them, so nobody would tell their end. Every controller hears the end of every such call, with what is
needed to tell it; the one in charge tells it where the teller does not live.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcontrol.calls.record_text import VARIABLE, from_text
from callcontrol.flow.steps.conference import CONFERRING
from callcontrol.ports.switch import SwitchControl

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices

# Set on the call as long as its talk lasts: the name of the controller that tells its end.
TOLD_BY = "callcontrol_told_by"
# A killed controller counts as living for so long; and who is in charge may be known as late.
WAIT_S = 8.0
MOST = 1_000


@dataclass(frozen=True, slots=True)
class _End:
    at: float
    by: str
    record: str
    cause: str


class EndedAlone:
    """``living``: names of the controllers that live; None where that can't be known."""

    def __init__(
        self, services: CallServices, control: SwitchControl, living: Callable[[], Collection[str] | None]
    ) -> None:
        self._services = services
        self._living = living
        self._ends: dict[str, _End] = {}
        control.watch_ends(TOLD_BY, VARIABLE, self._heard)

    def _heard(self, call: str, variables: Mapping[str, str], cause: str) -> None:
        if variables[TOLD_BY] and len(self._ends) < MOST:
            at = self._services.clock.now()
            self._ends[call] = _End(at, variables[TOLD_BY], variables.get(VARIABLE, ""), cause)

    def look(self, *, in_charge: bool) -> None:
        now = self._services.clock.now()
        due = [call for call, end in self._ends.items() if now - end.at >= WAIT_S]
        living = self._living() if due else ()
        for call in due:
            end = self._ends.pop(call)
            if in_charge and living is not None and end.by not in living:
                self._tell(call, end)

    def _tell(self, call: str, end: _End) -> None:
        services = self._services
        try:
            record = from_text(end.record)
        except ValueError:
            record = None
        began_at = record.began_at if record else end.at
        if record is not None and (party := record.party) is not None:
            if party.phase == CONFERRING:
                services.story(call, "conference_left", room=party.to, how="hung_up")
            else:
                services.story(call, "party_ended", leg=party.leg, to=party.to, by="system")
        duration_s = round(max(end.at - began_at, 0.0), 3)
        services.story(call, "ended", cause=end.cause, by="system", duration_s=duration_s)
