"""The channel as the reply to ``connect`` tells it: some 170 lines, kept as they came and read one by one when asked for.

A dictionary of them would take three times the memory for each call, and few are ever read.
"""

from __future__ import annotations

from callcontrol.switch.wire import Frame, decode_lines


class Channel:
    def __init__(self, frame: Frame) -> None:
        self._lines = frame.head

    def get(self, name: str) -> str | None:
        """A header of the channel, decoded; a channel variable is ``variable_NAME``."""
        header = name.encode() + b":"
        at = 0 if self._lines.startswith(header) else self._lines.find(b"\n" + header) + 1
        if not at and not self._lines.startswith(header):
            return None
        return next(iter(decode_lines(self._lines[at:].split(b"\n", 1)[0]).values()))
