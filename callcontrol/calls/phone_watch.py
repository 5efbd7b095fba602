"""Tells the floor what the switch says of agents' phones (``PhoneSeen``): before a phone is rung, not by ringing it.

Only the process whose desk is in charge tells, and only of agents who are logged in. It tells what differs from what the
floor believes, and says again in time what the floor would forget; so a line that was lost, or a desk that was, mends itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from callcontrol.floor import entries
from callcontrol.floor.agents import AgentState
from callcontrol.floor.phones import SAY_AGAIN_S
from callcontrol.ports.switch import PhoneNow, SwitchControl, SwitchError

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices
    from callcontrol.floor.floor import Floor

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
REST_S = 0.05  # between two looks, however much happens
# Legs of offers are remembered a while longer than the floor does: a leg ends some moments after its talk.
OURS_KEPT = 5_000


class PhoneWatch:
    """``start()`` once."""

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
        self._ours: OrderedDict[str, None] = OrderedDict()
        self._suspects: set[str] = set()  # agents seen in a call that is none of ours, at the last look
        self._look_now = threading.Event()
        self._stopping = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="phone watch", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        self._look_now.set()

    def on_entry(self, entry: entries.Entry, valid: bool) -> None:
        """Called by the follower for each entry."""
        if not valid:
            return
        if isinstance(entry, entries.Offered):
            self._ours[entry.offer] = None
            if len(self._ours) > OURS_KEPT:
                self._ours.popitem(last=False)
        elif isinstance(entry, entries.AgentLoggedIn):
            self._look_now.set()  # before the first call is offered, if we are quick

    def _run(self) -> None:
        while not self._stopping:
            self._look_now.wait(self._look_every_s)
            self._look_now.clear()
            if self._stopping or not self._in_charge() or not self._control.connected():
                self._suspects.clear()
                continue
            try:
                self.look()
            except SwitchError as error:
                log.info("the switch could not be asked for its phones", error=str(error))
            except Exception:
                log.exception("looking at the phones failed; it is tried again.")
            time.sleep(REST_S)

    def look(self) -> None:
        """Ask once, and tell what the floor does not know."""
        floor = self._services.floor()
        contacts = _contacts(floor)
        self._control.follow_phones(contacts.values(), self._look_now.set)
        phones = self._control.phones()
        now = self._services.clock.now()
        suspects = set()
        for name, contact in contacts.items():
            agent = floor.agents.get(name)
            if agent is None:
                continue
            phone = phones.get(contact, PhoneNow())
            busy = bool(phone.calling)
            if any(leg not in self._ours and leg not in floor.offers for leg in phone.called):
                suspects.add(name)
                # Seen once may be a leg that is about to be known as ours, or about to end.
                busy = busy or agent.own_call or name in self._suspects
            known = (agent.registered, agent.own_call)
            fading = now >= agent.phone_at + SAY_AGAIN_S and (phone.registered is False or busy)
            if known != (phone.registered, busy) or fading:
                self._services.tell(entries.PhoneSeen(at=now, agent=name, registered=phone.registered, busy=busy))
        self._suspects = suspects


def _contacts(floor: Floor) -> dict[str, str]:
    """Agent -> phone, of all who are logged in."""
    return {
        agent.name: agent.contact or floor.rules.agents[agent.name].contact
        for agent in list(floor.agents.values())
        if agent.state is not AgentState.LOGGED_OUT and agent.name in floor.rules.agents
    }
