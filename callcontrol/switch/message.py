"""What a caller says after the beep: recorded by the switch beside whatever the call does, so that no dying controller ends it.

The switch's ``record`` application is not used: it hangs the caller up where the file can't be written, and where its
controller dies in the middle of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcontrol.switch import gate
from callcontrol.switch.gate import Harmless

BEEP = gate.sound("tone_stream://%(300,0,800)")

LOUDER_THAN = 200
"""Mean amplitude of 20 ms, of 32767: what lies above is speech. What the switch itself takes unless told otherwise."""

FIRST_WORD_S = 5.0
"""So long a caller may think before the first word, if a pause in between may not be longer."""

LEFT_BEHIND_S = 3.0
"""So much longer than asked for the switch records when nobody tells it to stop."""

CAUSES = {"no-input-timeout": "silence", "success-silence": "pause", "success-maxtime": "length"}
"""What the switch says of a recording that it ended itself -> ``ports.switch.Recorded.ended_by``"""

BEGUN = "callcontrol_recording"
"""Channel variable: the file that is being recorded, or was recorded last. Tells the next controller what it finds."""


@dataclass(slots=True)
class Message:
    """One recording as it goes on. ``begun``: the switch was told to; ``over``: it said that it ended."""

    path: Harmless
    max_s: float
    silence_s: float
    end_keys: str
    begun: bool = False
    over: bool = False
    ended_by: str = ""
    seconds: float | None = None

    def ends(self, by: str) -> bool:
        """The first reason counts. Whether this is it."""
        first = not self.ended_by
        self.ended_by = self.ended_by or by
        return first

    def stopped(self, cause: str, ms: str) -> None:
        """As RECORD_STOP, or the variables that it leaves, say."""
        self.over = True
        self.ends(CAUSES.get(cause, "stopped"))
        if ms.isdigit():
            self.seconds = int(ms) / 1000
