"""Compares the floor with what the switch really has, and repairs the floor, with evidence.

Needed when no controller saw something happen: a caller who hung up while theirs was dead, a talk that was bridged in the
moment in which its controller died. Only the process whose desk is in charge repairs. A difference counts when it is seen
twice in a row, because the journal and the switch are read one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from callcontrol.calls.dial_out import callers_leg
from callcontrol.calls.talks import recording_path
from callcontrol.floor import entries
from callcontrol.floor.visits import CallState
from callcontrol.ports.switch import ChannelRow, SwitchControl, SwitchError

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.floor.visits import Call

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
# A call that joined or was taken up this recently may not be in the switch's list yet, or not in the floor.
SETTLED_S = 1.5
NO_CALL = "the switch has no such call any more"


class Reconciler:
    """``start()`` once. ``repairs`` counts what was repaired."""

    def __init__(
        self,
        services: CallServices,
        control: SwitchControl,
        *,
        in_charge: Callable[[], bool],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._services = services
        self._control = control
        self._in_charge = in_charge
        self._look_every_s = look_every_s
        self._suspects: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self.repairs = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="reconciler", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            if not self._in_charge() or not self._control.connected():
                self._suspects.clear()
                continue
            try:
                self.look()
            except SwitchError as error:
                log.info("the switch could not be asked for its channels", error=str(error))
                self._suspects.clear()

    def look(self) -> None:
        """Compare once; repair what was different the last time too."""
        floor = self._services.floor()
        if not floor.calls:
            self._suspects.clear()
            return
        rows = {row.uuid: row for row in self._control.channels()}
        now = self._services.clock.now()
        found: dict[tuple[str, str], Callable[[], None]] = {}
        for call in list(self._services.floor().calls.values()):
            if call.node != self._control.node or now - call.joined_at < SETTLED_S:
                continue
            difference = self._difference(call, rows)
            if difference is not None:
                what, repair = difference
                found[leg_of(call), what] = repair
        for suspect in self._suspects & found.keys():
            call_id, what = suspect
            if what == NO_CALL and self._control.exists(call_id):
                continue  # the switch writes its list behind; about one leg it knows better
            log.warning("the floor is repaired", call=call_id, evidence=what)
            self._services.story(call_id, "trouble", what=f"The floor was repaired: {what}.")
            self.repairs += 1
            found.pop(suspect)()
        self._suspects = set(found)

    def _difference(self, call: Call, rows: dict[str, ChannelRow]) -> tuple[str, Callable[[], None]] | None:
        if call.booking is not None and call.state not in (CallState.OFFERED, CallState.TALKING):
            return None  # nobody is on a line
        row = rows.get(leg_of(call))
        if call.state is CallState.TALKING:
            if row is None:
                return NO_CALL, lambda: self._end_talk(call, ended=True)
            if call.offer not in rows:
                return "the switch has no leg of the agent any more", lambda: self._end_talk(call, ended=False)
            return None
        if row is None and call.booking is not None:
            return None  # its lease bounds it
        if row is None:
            return NO_CALL, lambda: self._lost(call)
        if row.bridged_to in call.offers:
            return "the switch has the call and the agent in a talk", lambda: self._adopt(call, row.bridged_to)
        return None

    def _end_talk(self, call: Call, *, ended: bool) -> None:
        services, now = self._services, self._services.clock.now()
        offer = services.floor().offers.get(call.offer)
        services.tell(entries.TalkEnded(at=now, offer=call.offer, by="system"))
        agent = offer.agent if offer else ""
        # How long it lasted nobody saw; the recording tells.
        services.story(leg_of(call), "talk_ended", offer=call.offer, agent=agent, by="system")
        path = recording_path(services.recordings_dir, call.offer)
        queue = services.configuration()[1].queues.get(call.queue)
        if queue is None or queue.record:
            services.story(leg_of(call), "recording_ended", recording=call.offer, path=path, seconds=None)
        if ended:
            services.story(
                leg_of(call), "ended", cause="", by="system", duration_s=round(now - call.first_joined_at, 3)
            )

    def _lost(self, call: Call) -> None:
        services, now = self._services, self._services.clock.now()
        services.tell(entries.CallLeft(at=now, call=call.call, visit=call.visit, reason="system_lost"))
        services.story(
            call.call,
            "visit_ended",
            queue=call.queue,
            visit=call.visit,
            outcome="system_lost",
            wait_s=round(now - call.first_joined_at, 3),
            detail="reconciled",
        )
        services.story(call.call, "ended", cause="", by="system", duration_s=round(now - call.first_joined_at, 3))

    def _adopt(self, call: Call, name: str) -> None:
        services, now = self._services, self._services.clock.now()
        offer = services.floor().offers.get(name)
        services.tell(entries.TalkBegan(at=now, offer=name))
        agent = offer.agent if offer else ""
        path = recording_path(services.recordings_dir, name)
        if call.booking is not None:  # its visit is told with the call that booked it
            leg = leg_of(call)
            link = {"callback_of": call.booking.call, "queue": call.queue, "number": call.masked}
            services.story(leg, "began", **link, language=call.language, node=call.node)
            services.story(leg, "talk_began", offer=name, agent=agent)
            services.story(leg, "recording_began", recording=name, path=path, agent=agent, queue=call.queue)
            return
        data = {"offer": name, "agent": agent, "queue": call.queue, "visit": call.visit}
        services.story(call.call, "talk_began", **data)
        services.story(
            call.call,
            "visit_ended",
            queue=call.queue,
            visit=call.visit,
            outcome="answered",
            wait_s=round(now - call.first_joined_at, 3),
            detail="reconciled",
        )
        services.story(call.call, "recording_began", recording=name, path=path, agent=agent, queue=call.queue)


def leg_of(call: Call) -> str:
    """The channel of the caller: the call itself, or the leg that calls the caller back."""
    return call.call if call.booking is None else callers_leg(call.offer)
