"""The stories of calls on a Redis stream, and the intake that the outbox delivers to."""

from __future__ import annotations

from collections.abc import Sequence

from callcontrol.bus import scripts
from callcontrol.bus.bus import JOURNAL
from callcontrol.bus.connection import Connection
from callcontrol.bus.lines import dump_story, load_story
from callcontrol.bus.streams import read_stream
from callcontrol.ports.journal import StoryLine, position_key

# A writer that was silent for so long is gone; its number may be forgotten.
WRITER_REMEMBERED_S = 24 * 3600


class RedisStories:
    """See ``ports.journal.Stories``."""

    def __init__(self, connection: Connection, tag: str) -> None:
        self._connection = connection
        self._stories = f"{tag}:stories"

    def tell(self, lines: Sequence[StoryLine]) -> None:
        if lines:
            told = [dump_story(line) for line in lines]
            self._connection.run(scripts.APPEND, [self._stories], told, again=False)

    def read(self, after: str, *, block_s: float = 0.0, limit: int = 500) -> list[tuple[str, StoryLine]]:
        found = read_stream(self._connection, self._stories, after, block_s, limit)
        return [(position, load_story(line)) for position, line in found]

    def trim(self, upto: str) -> None:
        ms, number = position_key(upto)
        self._connection.ask("XTRIM", self._stories, "MINID", f"{ms}-{number + 1}")


class RedisIntake:
    """See ``bus.Intake``: the number of the last line taken from each writer lies beside the streams, and one script
    looks at it and writes."""

    def __init__(self, connection: Connection, tag: str) -> None:
        self._connection = connection
        self._tag = tag

    def take(self, writer: str, first: int, lines: Sequence[tuple[str, bytes]], *, rebase: bool = False) -> int:
        keys = [f"{self._tag}:writer:{writer}", f"{self._tag}:journal", f"{self._tag}:stories"]
        letters = "".join(JOURNAL if where == JOURNAL else "s" for where, _ in lines)
        head = [first, WRITER_REMEMBERED_S * 1000, int(rebase), letters]
        texts = [text for _, text in lines]
        return int(self._connection.run(scripts.TAKE, keys, [*head, *texts], again=True))
