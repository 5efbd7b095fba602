"""What is asked for an agent, answered by the floor as it stands, written, and seen to arrive: for the pages, the API and the
command line. (A telephone call asks through its conductor, which must not wait.)"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from callcontrol.floor.requests import Answer, Request, answer

if TYPE_CHECKING:
    from callcontrol.desk.follower import Follower
    from callcontrol.floor.floor import Floor
    from callcontrol.ports.clock import Clock

SEEN_WITHIN_S = 5.0


class AgentRequests:
    def __init__(self, follower: Follower, clock: Clock) -> None:
        self._follower = follower
        self._clock = clock

    def ask(self, asked: Request) -> Answer:
        """Returns when the floor here has taken what was written, or after some seconds. Raises ``JournalUnavailable``."""
        follower = self._follower
        with follower.lock:
            said = answer(cast("Floor", follower.floor), asked, self._clock.now())
        if said.entry is not None:
            (position,) = follower.journal.append(said.entry.as_data())
            follower.wait_until(lambda: _reached(follower.position, position), SEEN_WITHIN_S)
        return said


def _reached(position: str, wanted: str) -> bool:
    return [int(p) for p in position.split("-")] >= [int(p) for p in wanted.split("-")]
