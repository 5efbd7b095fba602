"""One offer of a call to an agent: the leg that rings. Its identity is the offer's, so that anybody can end it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

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
            variables=recording_variables(self.recording),
        )

    def end(self, control: SwitchControl) -> None:
        control.unwatch(self.offer)
        try:
            control.cancel(self.offer)
        except SwitchError as error:
            # It stops ringing by its own time-out, and an answered leg does not stay parked for long.
            log.warning("a leg could not be ended", leg=self.offer, error=str(error))


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
