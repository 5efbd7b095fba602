"""Names of the other system made into ours, each once."""

from __future__ import annotations

import re

from callcontrol.migration.callcenter_xml import Element
from callcontrol.migration.notes import Notes

LONGEST = 40
RESERVED = frozenset({"new", "who", "breaks"})  # they mean something in the addresses of the pages


class Names:
    """Of one kind of thing (``agent``, ``queue``). Two that become the same are told apart by a number."""

    def __init__(self, notes: Notes, kind: str) -> None:
        self._notes = notes
        self._kind = kind
        self._ours: dict[str, str] = {}

    def take(self, element: Element) -> str:
        """Our name for it; empty when it is to be left out."""
        given, what = element.name, f"{self._kind} {element.name[:60]}"
        if not given.strip():
            self._notes.add("nameless", element.line, self._kind)
            return ""
        if given in self._ours:
            self._notes.add("twice", element.line, what)
            return ""
        base = plain(given)
        ours, number = base, 2
        while ours in self._ours.values() or ours in RESERVED:
            ours = f"{base[: LONGEST - len(str(number)) - 1]}-{number}"
            number += 1
        self._ours[given] = ours
        if ours != given and ours != given.partition("@")[0]:
            self._notes.add("renamed", element.line, what, ours)
        return ours

    def ours(self, given: str) -> str | None:
        return self._ours.get(given)


def plain(given: str) -> str:
    """``Support@default`` -> ``support``."""
    name = re.sub(r"[^a-z0-9_-]+", "-", given.partition("@")[0].strip().lower()).strip("-_")
    return name[:LONGEST] or "unnamed"
