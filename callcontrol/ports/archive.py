"""The journal kept in SQL, for as long as somebody may ask why. Adapter: ``store.journal_archive``; it is filled by
``store.journal_scribe`` and read by ``desk.history``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from callcontrol.ports.journal import Line


@dataclass(frozen=True, slots=True)
class Base:
    """A floor to begin from: the snapshot ``data`` (None: an empty floor) stands for all lines up to ``position``.
    ``begins``: what was archived before does not lead here (the journal had lost lines); a reader who comes from there
    must take this floor and forget its own."""

    position: str
    data: Mapping[str, Any] | None
    begins: bool = False


class JournalArchive(Protocol):
    """Positions are the journal's. Every method raises ``StoreUnavailable``."""

    def position(self) -> str:
        """All lines up to here are kept; "0" before the first."""
        ...

    def bases(self, upto: str, limit: int = 5) -> list[Base]:
        """The last bases at or before that position, newest first."""
        ...

    def breaks(self, after: str, upto: str) -> list[Base]:
        """Bases with ``begins`` between two positions (``after`` left out), in order."""
        ...

    def lines(self, after: str, upto: str, *, kinds: tuple[str, ...] = ()) -> Iterator[Line]:
        """In order: ``after`` left out, ``upto`` included. ``kinds``: only these."""
        ...

    def of_call(self, call: str, limit: int = 1000) -> list[Line]:
        """The last lines that name this call, in order."""
        ...

    def span(self) -> tuple[str, str] | None:
        """Positions of what is kept first and last; None while nothing is."""
        ...
