"""The channel as the reply to ``connect`` tells it: some 170 lines, kept as they came and read one by one when asked for.

A dictionary of them would take three times the memory for each call, and few are ever read.
"""

from __future__ import annotations

from callcontrol.switch.wire import Frame, decode_lines


class Channel:
    def __init__(self, frame: Frame) -> None:
        self._lines = b"\n" + frame.head

    def get(self, name: str) -> str | None:
        """A header of the channel, decoded; a channel variable is ``variable_NAME``."""
        at = self._lines.find(b"\n" + name.encode() + b":")
        if at < 0:
            return None
        return next(iter(decode_lines(self._lines[at + 1 :].split(b"\n", 1)[0]).values()))
