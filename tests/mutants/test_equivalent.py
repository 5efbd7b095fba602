"""The table of mutants that change nothing is of places that are there."""

from __future__ import annotations

import pytest

from tests.mutants import equivalent
from tests.mutants.places import FLOOR, mutants

ROOMS = sorted({entry.room for entry in equivalent.entries()})


@pytest.mark.parametrize("room", ROOMS)
def test_every_entry_is_of_a_place_of_the_code_and_says_why(room: str) -> None:
    text = (FLOOR / f"{room}.py").read_text()
    assert equivalent.astray(room, mutants(text)) == []
    assert all(entry.why for entry in equivalent.entries() if entry.room == room)
