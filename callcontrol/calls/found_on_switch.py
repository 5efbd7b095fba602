"""Agents' legs that the switch has and the floor does not: what they are, as their own variables tell.

Each leg is asked once what call it was made for; a leg in a talk is asked about every time, since the caller's record tells
which talk that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from callcontrol.calls.record_text import VARIABLE, from_text
from callcontrol.floor.entries import TalkFound
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import PARTY_VARIABLE, ChannelRow, SwitchControl

# Set on every agent's leg: the identity of the call that it is rung for.
LEG_OF = "callcontrol_leg_of"
# The same on the leg of somebody else, whom a flow had rung: such a leg is of use as long as the call is there.
PARTY_OF = PARTY_VARIABLE


@dataclass(frozen=True, slots=True)
class StrangeLeg:
    """``talk`` is None for a leg that is in no talk: nobody needs it."""

    leg: str
    call: str
    talk: TalkFound | None


class Strangers:
    def __init__(self, control: SwitchControl) -> None:
        self._control = control
        self._calls: dict[str, str] = {}  # leg -> the call it was made for, empty: none of ours
        self._parties: dict[str, str] = {}

    def legs(self, rows: Iterable[ChannelRow]) -> Iterator[StrangeLeg]:
        """Of ``rows`` (channels that the floor does not know) the agents' legs."""
        seen, parties = {}, {}
        rows = list(rows)
        for row in rows:
            call = self._calls.get(row.uuid)
            if call is None:
                call = (self._control.variable(row.uuid, LEG_OF) or "") if row.outbound else ""
            seen[row.uuid] = call
            if not call:
                parties[row.uuid] = self._party_of(row)
                continue
            if not row.bridged_to:
                yield StrangeLeg(row.uuid, call, None)
            elif (talk := self._talk(row)) is not None:
                yield StrangeLeg(row.uuid, row.bridged_to, talk)
        self._calls, self._parties = seen, parties
        here = {row.uuid for row in rows}
        for leg, call in parties.items():
            if call and call not in here and not self._control.exists(call):
                yield StrangeLeg(leg, call, None)

    def _party_of(self, row: ChannelRow) -> str:
        known = self._parties.get(row.uuid)
        if known is None:
            known = (self._control.variable(row.uuid, PARTY_OF) or "") if row.outbound else ""
        return known

    def _talk(self, row: ChannelRow) -> TalkFound | None:
        """The talk of this leg as the caller's record tells it; None when it tells of another, or of none."""
        try:
            record = from_text(self._control.variable(row.bridged_to, VARIABLE) or "")
        except ValueError:
            return None
        if record.visit is None or record.visit.phase != "talking" or record.visit.offer != row.uuid:
            return None
        return found_talk(record, self._control.node, row.created_at)


def found_talk(record: CallRecord, node: str, otherwise: float) -> TalkFound:
    """The talk that a call's record tells of. ``otherwise``: when it began if the record does not say."""
    visit = record.visit
    assert visit is not None
    began_at = visit.talk_at or otherwise
    return TalkFound(
        at=began_at,
        offer=visit.offer,
        call=record.call,
        visit=visit.visit,
        queue=visit.queue,
        agent=visit.agent,
        began_at=began_at,
        joined_at=visit.first_joined_at,
        first_joined_at=visit.first_joined_at,
        language=record.language,
        node=node,
        evidence="the bridge and the record of the call on the switch",
    )
