"""Who is alive, on a Redis hash with the time until which each name counts as living (the engine's own clock)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callcontrol.bus import scripts
from callcontrol.bus.connection import Connection
from callcontrol.bus.lines import dump, load_line


class RedisNotices:
    """See ``ports.journal.Notices``. Raises ``JournalUnavailable``."""

    def __init__(self, connection: Connection, tag: str) -> None:
        self._connection = connection
        self._tag = tag

    def alive(self, kind: str, name: str, info: Mapping[str, Any], ttl_s: float) -> None:
        keys = [f"{self._tag}:alive:{kind}"]
        self._connection.run(scripts.ALIVE, keys, [name, int(ttl_s * 1000), dump(info)], again=True)

    def living(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        found = self._connection.run(scripts.LIVING, [f"{self._tag}:alive:{kind}"], [], again=True)
        for name, info in sorted(zip(found[::2], found[1::2], strict=True)):
            yield name.decode(errors="replace"), load_line(info)
