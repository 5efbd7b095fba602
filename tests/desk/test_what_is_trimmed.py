"""The desk forgets no line of the journal before it is archived, unless that takes days."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from callcontrol.bus.memory import MemoryFloor, MemoryJournal
from callcontrol.desk.desk import Desk
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import Offered
from callcontrol.ports.clock import CountedIdentities, ManualClock
from tests.bus.engines import Opener, eventually
from tests.desk.helpers import deciding, entries, joined, logged_in

HOUR_MS = 3_600_000


class Written(MemoryJournal):
    """Lines at positions of the tester's choice."""

    def at(self, *hours: int) -> list[str]:
        positions = [f"{hour * HOUR_MS}-0" for hour in hours]
        self._stream.lines += [(position, b"{}") for position in positions]
        return positions


@pytest.fixture
def journal() -> Any:
    journal: Any = MemoryFloor().open().journal
    journal.__class__ = Written
    return journal


def desk(journal: Written, wait_h: float) -> Desk:
    clock = ManualClock()
    follower = Follower(journal, clock)
    return Desk(journal, follower, clock, CountedIdentities(), "a", archive_wait_s=wait_h * 3600)


def left(journal: Written) -> list[int]:
    return [int(p.split("-")[0]) // HOUR_MS for p, _ in journal._stream.lines]


def test_where_nobody_archives_an_hour_is_kept(journal: Written) -> None:
    desk(journal, 0)._trim(journal.at(1, 2, 3, 4)[-1])
    assert left(journal) == [3, 4]


def test_what_is_archived_is_forgotten_after_the_hour(journal: Written) -> None:
    positions = journal.at(1, 2, 3, 4)
    journal.note_archived(positions[-1])
    desk(journal, 48)._trim(positions[-1])
    assert left(journal) == [3, 4]


def test_what_is_not_archived_stays(journal: Written) -> None:
    positions = journal.at(1, 2, 3, 9)
    journal.note_archived(positions[1])
    desk(journal, 48)._trim(positions[-1])
    assert left(journal) == [1, 2, 3, 9]  # an hour before what is archived stays as well
    journal.note_archived(positions[2])
    desk(journal, 48)._trim(positions[-1])
    assert left(journal) == [2, 3, 9]


def test_nothing_is_forgotten_before_the_archive_has_said_anything(journal: Written) -> None:
    desk(journal, 48)._trim(journal.at(1, 20, 48)[-1])
    assert left(journal) == [1, 20, 48]


@pytest.mark.parametrize("archived", [None, 2])
def test_after_days_the_oldest_go_all_the_same_and_loudly(
    journal: Written, caplog: pytest.LogCaptureFixture, archived: int | None
) -> None:
    positions = journal.at(1, 2, 30, 60, 100)
    if archived:
        journal.note_archived(positions[1])
    with caplog.at_level(logging.ERROR):
        desk(journal, 48)._trim(positions[-1])
    assert left(journal) == [60, 100]
    assert "was not kept in the database" in caplog.text


def test_a_decisions_line_names_the_position_that_was_decided_on(opened: Opener) -> None:
    bus = opened()
    with deciding(bus) as (_, _follower):
        bus.journal.append(logged_in(1))
        bus.journal.append(joined(1))
        assert eventually(lambda: any(isinstance(e, Offered) for e in entries(bus.journal)))
    lines = bus.journal.read("0")
    (offered,) = [n for n, line in enumerate(lines) if line.data["kind"] == "offered"]
    assert lines[offered].data["seen"] == lines[offered - 1].position
    assert all("seen" not in line.data for line in lines if line.data["kind"] != "offered")
