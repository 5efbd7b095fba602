"""Compares the floor with what the switch really has, and repairs the floor, with evidence.

Needed when no controller saw something happen: a caller who hung up while theirs was dead, a talk that was bridged in the
moment in which its controller died, an agent's leg that outlived its offer. Only the process whose desk is in charge repairs. A
difference counts when it is seen twice in a row, because the journal and the switch are read one after the other; that a
waiting caller is gone a third time, because a busy controller tells the hang-up late, and tells it better: who hung up, and when.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from callcontrol.calls import found_on_switch
from callcontrol.calls.dial_out import callers_leg
from callcontrol.calls.ended_alone import EndedAlone
from callcontrol.calls.talks import recording_path
from callcontrol.floor import entries
from callcontrol.floor.visits import CallState
from callcontrol.ports.switch import ChannelRow, SwitchControl, SwitchError

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.visits import Call, Offer

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
# With nobody on the floor only legs that belong to nothing can be found; twice in this time is within five seconds.
IDLE_LOOKS = 2
# A call that joined or was taken up this recently may not be in the switch's list yet, or not in the floor.
SETTLED_S = 1.5
# A controller that was offered a call rings the phone at once. What has no leg after this time gets none.
RUNG_WITHIN_S = 3.0
# Looks in a row after which a difference counts; that a caller is gone; and that one is gone whose conductor is in this very
# process and has yet to hear of it: after so many it never will. Five looks are within five seconds.
LOOKS, LOOKS_FOR_CALLER, LOOKS_FOR_OWN = 2, 3, 5
# The desk ends a wrap-up in its moment.
WRAP_UP_GRACE_S = 3.0

Rows = dict[str, ChannelRow]


@dataclass(frozen=True, slots=True)
class Difference:
    """``about`` is the call, leg or agent; with ``kind`` it says whether two looks saw the same. ``gone`` names a leg that the
    switch must deny once more before it counts."""

    kind: str
    about: str
    call: str
    repair: Callable[[], None]
    gone: str = ""
    looks: int = LOOKS


class Reconciler:
    """``start()`` once. ``services.repairs`` counts what was repaired."""

    def __init__(
        self,
        services: CallServices,
        control: SwitchControl,
        *,
        in_charge: Callable[[], bool],
        conducted_here: Callable[[str], bool] = lambda _call: False,
        look_every_s: float = LOOK_EVERY_S,
        living: Callable[[], Collection[str] | None] = lambda: None,
    ) -> None:
        self._services = services
        self._control = control
        self._in_charge = in_charge
        self._conducted_here = conducted_here
        self._look_every_s = look_every_s
        self._suspects: dict[tuple[str, str], int] = {}  # how often in a row each was seen
        self._alone = EndedAlone(services, control, living)
        self._strangers = found_on_switch.Strangers(control)
        self._stop = threading.Event()
        self._idle = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="reconciler", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def suspected(self, kind: str, about: str) -> int:
        """In how many looks in a row this difference was seen by now."""
        return self._suspects.get((kind, about), 0)

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            self._alone.look(in_charge=self._in_charge())
            if not self._in_charge() or not self._control.connected():
                self._suspects.clear()
                continue
            floor = self._services.floor()
            self._idle = 0 if floor.calls or self._suspects else self._idle + 1
            if self._idle % IDLE_LOOKS:
                continue
            try:
                self.look()
            except SwitchError as error:
                log.info("the switch could not be asked for its channels", error=str(error))
                self._suspects.clear()
            except Exception:
                log.exception("the floor could not be compared with the switch")
                self._suspects.clear()

    def look(self) -> None:
        """Compare once; repair what was different the last times too."""
        rows = {row.uuid: row for row in self._control.channels()}
        now = self._services.clock.now()
        found = {(d.kind, d.about): d for d in self._differences(self._services.floor(), rows, now)}
        seen = {suspect: self._suspects.get(suspect, 0) + 1 for suspect in found}
        for suspect, difference in found.items():
            if seen[suspect] < difference.looks:
                continue
            del seen[suspect]
            if difference.gone and self._control.exists(difference.gone):
                continue  # the switch writes its list behind; about one leg it knows better
            self._services.repaired(difference.kind, difference.call, difference.about)
            difference.repair()
        self._suspects = seen

    # --- what differs ---------------------------------------------------------------------------------------------------
    def _differences(self, floor: Floor, rows: Rows, now: float) -> Iterator[Difference]:
        for call in list(floor.calls.values()):
            if call.node == self._control.node and now - call.joined_at >= SETTLED_S:
                yield from self._of_call(floor, call, rows, now)
        for agent in list(floor.agents.values()):
            if agent.state == "wrap_up" and 0 < agent.wrap_up_until < now - WRAP_UP_GRACE_S:
                yield Difference("wrap_up_overdue", agent.name, "", lambda name=agent.name: self._wrap_up_over(name))  # type: ignore[misc]
        known = floor.calls.keys() | floor.offers.keys()
        for leg in self._strangers.legs([row for row in rows.values() if row.uuid not in known]):
            if leg.talk is None:
                yield Difference("leg_orphaned", leg.leg, leg.call, lambda leg=leg: self._control.cancel(leg.leg))  # type: ignore[misc]
            else:
                yield Difference("talk_unknown", leg.leg, leg.call, lambda talk=leg.talk: self._found(talk))  # type: ignore[misc]

    def _of_call(self, floor: Floor, call: Call, rows: Rows, now: float) -> Iterator[Difference]:
        if call.booking is not None and call.state not in (CallState.OFFERED, CallState.TALKING):
            return  # nobody is on a line
        leg = leg_of(call)
        row = rows.get(leg)
        if row is None:
            if call.state is CallState.TALKING:
                yield Difference("call_gone", leg, leg, lambda: self._end_talk(call, True), gone=leg)
            elif call.booking is None:  # the lease bounds a callback
                looks = LOOKS_FOR_OWN if self._conducted_here(leg) else LOOKS_FOR_CALLER
                yield Difference("call_gone", leg, leg, lambda: self._lost(call), gone=leg, looks=looks)
            return
        for name in list(call.offers):
            offer = floor.offers.get(name)
            if offer is None:
                continue
            if call.state is CallState.TALKING:
                if name not in rows:
                    yield Difference("leg_gone", leg, leg, lambda: self._end_talk(call, False), gone=name)
            elif row.bridged_to == name:
                yield Difference("talk_unseen", leg, leg, lambda offer=offer: self._adopt(call, offer))  # type: ignore[misc]
            elif name not in rows and now - offer.at > RUNG_WITHIN_S:
                yield Difference(
                    "offer_without_leg", name, leg, lambda offer=offer: self._unrung(offer), gone=name  # type: ignore[misc]
                )  # fmt: skip

    # --- repairs --------------------------------------------------------------------------------------------------------
    def _unrung(self, offer: Offer) -> None:
        now = self._services.clock.now()
        self._services.tell(entries.OfferFailed(at=now, offer=offer.offer, cause="CONTROLLER_LOST"))

    def _wrap_up_over(self, agent: str) -> None:
        self._services.tell(entries.AgentBack(at=self._services.clock.now(), agent=agent, by="reconciler"))

    def _end_talk(self, call: Call, ended: bool) -> None:
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
        self._visit_ended(call.call, call.queue, call.visit, "system_lost", now - call.first_joined_at)
        services.story(call.call, "ended", cause="", by="system", duration_s=round(now - call.first_joined_at, 3))

    def _adopt(self, call: Call, offer: Offer) -> None:
        """The controller that bridged them could not tell."""
        services, now = self._services, self._services.clock.now()
        services.tell(entries.TalkBegan(at=now, offer=offer.offer))
        if call.booking is None:
            self._talk_began(call.call, call.queue, call.visit, offer.offer, offer.agent, now - call.first_joined_at)
            return
        path = recording_path(services.recordings_dir, offer.offer)  # its visit is told with the call that booked it
        leg = leg_of(call)
        link = {"callback_of": call.booking.call, "queue": call.queue, "number": call.masked}
        services.story(leg, "began", **link, language=call.language, node=call.node)
        services.story(leg, "talk_began", offer=offer.offer, agent=offer.agent)
        services.story(leg, "recording_began", recording=offer.offer, path=path, agent=offer.agent, queue=call.queue)

    def _found(self, talk: entries.TalkFound) -> None:
        self._services.tell(talk)
        wait_s = talk.began_at - talk.first_joined_at
        self._talk_began(talk.call, talk.queue, talk.visit, talk.offer, talk.agent, wait_s)

    def _talk_began(self, call: str, queue: str, visit: str, offer: str, agent: str, wait_s: float) -> None:
        story = self._services.story
        story(call, "talk_began", offer=offer, agent=agent, queue=queue, visit=visit)
        self._visit_ended(call, queue, visit, "answered", wait_s)
        path = recording_path(self._services.recordings_dir, offer)
        story(call, "recording_began", recording=offer, path=path, agent=agent, queue=queue)

    def _visit_ended(self, call: str, queue: str, visit: str, outcome: str, wait_s: float) -> None:
        self._services.story(
            call,
            "visit_ended",
            queue=queue,
            visit=visit,
            outcome=outcome,
            wait_s=round(max(wait_s, 0.0), 3),
            detail="reconciled",
        )


def leg_of(call: Call) -> str:
    """The channel of the caller: the call itself, or the leg that calls the caller back."""
    return call.call if call.booking is None else callers_leg(call.offer)
