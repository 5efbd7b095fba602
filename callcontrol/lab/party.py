"""Who is at the far end of a leg: somebody who hears and may press keys or hang up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel


class Party(Protocol):
    """The switch tells these at once, in simulated time; none of them may block."""

    def hears(self, source: str, length_s: float | None) -> None:
        """A sound begins. ``length_s`` is None when it plays until it is stopped."""
        ...

    def stopped_hearing(self, source: str) -> None: ...

    def talks_to(self, other: Channel | None) -> None:
        """Bridged to ``other``, or no longer bridged."""
        ...

    def answered(self) -> None: ...

    def hung_up(self, _leg: Channel, cause: str) -> None: ...
