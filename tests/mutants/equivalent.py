"""Mutants that change nothing anybody could see, each with the reason (``equivalent.toml``)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.places import Mutant

TABLE = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """``where``, ``was`` and ``becomes`` as the tool prints them; ``places``: so many alike in that function."""

    room: str
    where: str
    was: str
    becomes: str
    why: str
    places: int = 1

    def is_of(self, room: str, mutant: Mutant) -> bool:
        return (self.room, self.where, self.was, self.becomes) == (room, mutant.where, mutant.was, mutant.becomes)


def entries() -> list[Entry]:
    found = []
    for room, lists in tomllib.loads(TABLE.read_text()).items():
        for listed in lists:
            for was, becomes, *places in listed["changes"]:
                found.append(Entry(room, listed["where"], was, becomes, listed["why"], *places))
    return found


def astray(room: str, mutants: Iterable[Mutant]) -> list[str]:
    """What is wrong with the entries of the room: of no place of the code any more, or of another number of places."""
    places = Counter((mutant.where, mutant.was, mutant.becomes) for mutant in mutants)
    return [
        f"equivalent.toml, {room}: {each.was}  ->  {each.becomes} in {each.where} is {number} places of the code, not "
        f"{each.places}: look whether the reason still holds, and correct or remove it."
        for each in entries()
        if each.room == room and (number := places[each.where, each.was, each.becomes]) != each.places
    ]
