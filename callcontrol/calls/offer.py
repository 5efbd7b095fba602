"""Offers of a call to agents: the legs that ring. A leg's identity is the offer's, so that anybody can end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from callcontrol.calls.found_on_switch import LEG_OF
from callcontrol.ports.switch import CallSession, SwitchControl, SwitchError

log = structlog.get_logger()

# An answered leg waits for the bridge at most this long: when its controller dies in this moment, nobody is left for
# long in an empty room. The bridge itself takes some 10 ms.
PARK_S = 5.0
RING_CUT_S = 1.0  # the switch counts whole clock seconds, so a phone rings up to a second less than it was told


@dataclass(slots=True)
class Offer:
    offer: str
    agent: str
    queue: str
    visit: str
    recording: str

    def ring(self, control: SwitchControl, session: CallSession, contact: str, ring_s: float) -> None:
        """Ring the agent's phone; what comes of it arrives in the session's line."""
        control.watch(self.offer, session.post)
        control.ring(
            self.offer,
            contact,
            ring_s=ring_s + RING_CUT_S,
            park_s=PARK_S,
            caller_name=session.caller_name,
            caller_number=session.caller_number,
            variables={LEG_OF: session.uuid, **recording_variables(self.recording)},
        )


def recording_variables(path: str) -> dict[str, str]:
    """The agent's leg records itself: from the bridge to its end, caller on the left, agent on the right. So no controller
    has to be alive for a recording to begin or to stop. Nothing for an empty path."""
    if not path:
        return {}
    return {
        "RECORD_STEREO": "true",
        "RECORD_STEREO_SWAP": "true",
        "RECORD_BRIDGE_REQ": "true",
        "RECORD_MIN_SEC": "0",
        "execute_on_answer": f"record_session {path}",
    }


class Ringing:
    """The phones that ring for one call: one, or several of which one wins."""

    def __init__(self, control: SwitchControl) -> None:
        self._control = control
        self._offers: dict[str, Offer] = {}  # by leg

    def get(self, leg: str) -> Offer | None:
        return self._offers.get(leg)

    def all(self) -> list[Offer]:
        return list(self._offers.values())

    def add(self, offer: Offer) -> None:
        """This one is about to ring."""
        self._offers[offer.offer] = offer

    def end(self, offer: Offer) -> None:
        self._offers.pop(offer.offer, None)
        self._stop([offer], "ORIGINATOR_CANCEL")

    def end_all(self) -> list[Offer]:
        return self.end_others("", "ORIGINATOR_CANCEL")

    def end_others(self, winner: str, cause: str = "LOSE_RACE") -> list[Offer]:
        """Stop every phone but that of the winner; those that were stopped."""
        others = [offer for leg, offer in self._offers.items() if leg != winner]
        for offer in others:
            del self._offers[offer.offer]
        self._stop(others, cause)
        return others

    def won(self, offer: Offer) -> None:
        """The offer is a talk now: no longer ours to end."""
        self._offers.pop(offer.offer, None)

    def _stop(self, offers: list[Offer], cause: str) -> None:
        for offer in offers:
            self._control.unwatch(offer.offer)
        end_legs(self._control, [offer.offer for offer in offers], cause)


def end_legs(control: SwitchControl, legs: Sequence[str], cause: str = "ORIGINATOR_CANCEL") -> None:
    """End the legs, or tell the log: they stop ringing by their own time-out, and an answered one does not stay parked
    for long."""
    if not legs:
        return
    try:
        control.cancel_all(legs, cause)
    except SwitchError as error:
        log.warning("legs could not be ended", legs=list(legs), error=str(error))
