"""Reading a Redis stream on from a position."""

from __future__ import annotations

import time

from callcontrol.bus.connection import BLOCK_AT_MOST_S, Connection


def read_stream(
    connection: Connection, stream: str, after: str, block_s: float, limit: int
) -> list[tuple[str, bytes | None]]:
    """(position, line; None where somebody else wrote) after that position. Waits in short pieces, so that a dead engine is noticed. Never sent again by
    itself: after a broken connection the reader must ask whether its position is still there."""
    deadline = time.monotonic() + block_s
    while True:
        left = min(deadline - time.monotonic(), BLOCK_AT_MOST_S)
        if left > 0:
            block = max(1, int(left * 1000))  # 0 would mean: for ever
            found = connection.wait("XREAD", "COUNT", limit, "BLOCK", block, "STREAMS", stream, after)
        else:
            found = connection.ask_once("XREAD", "COUNT", limit, "STREAMS", stream, after)
        if found:
            return [(position.decode(), _line(fields)) for position, fields in found[0][1]]
        if time.monotonic() >= deadline:
            return []


def _line(fields: list[bytes]) -> bytes | None:
    """Of names and values by turns."""
    return fields[1] if fields[0] == b"d" else None
