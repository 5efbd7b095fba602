"""Emergency messages: what every caller of some numbers or queues hears at once, from a click until an end.

A message is prepared beforehand or typed when it is needed; switching it on is setting ``until``. Published like a closure of opening
hours: at once, and nothing else of the draft goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Emergency:
    """``text`` per language; a language without one hears the shipped text. New callers of ``entries`` hear it first, those who
    join one of ``queues`` before they wait; with ``waiting``, those who wait there already. ``hang_up`` ends their calls after it:
    the line is closed (outcome ``emergency``); else they go on. It acts until ``until``, an ISO instant with offset; empty: it is
    switched off."""

    name: str
    text: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    waiting: bool = True
    hang_up: bool = False
    until: str = ""

    def end(self) -> datetime | None:
        """None where it has none, or one that is no instant (``configuration_checks`` tells)."""
        try:
            end = datetime.fromisoformat(self.until)
        except ValueError:
            return None
        return end if end.tzinfo is not None else None

    def acts(self, at: datetime) -> bool:
        """Whether it is switched on at ``at`` (aware)."""
        end = self.end()
        return end is not None and at < end


def of_entry(emergencies: Mapping[str, Emergency], entry: str, at: datetime) -> Emergency | None:
    """What callers of ``entry`` hear at ``at``: of several, one that closes the line, then the first by name."""
    return _first(e for e in emergencies.values() if entry in e.entries and e.acts(at))


def of_queue(emergencies: Mapping[str, Emergency], queue: str, at: datetime) -> Emergency | None:
    return _first(e for e in emergencies.values() if queue in e.queues and e.acts(at))


def _first(acting: Iterable[Emergency]) -> Emergency | None:
    return min(acting, key=lambda emergency: (not emergency.hang_up, emergency.name), default=None)
