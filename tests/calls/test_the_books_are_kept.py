"""What is counted of real calls comes to SQL and agrees with their records; a call whose end is missing there is seen."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.cli.status import look
from callcontrol.store.call_record import told
from callcontrol.store.scribe_sink import write_lines
from callcontrol.store.store import Store
from tests.calls.house import House
from tests.store.stories import Teller


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


@pytest.fixture
def store(house: House) -> Iterator[Store]:
    opened = open_the_store(house.settings)
    yield opened
    opened.close()


def test_calls_are_counted_once_and_a_lost_end_of_one_is_an_alarm(house: House, store: Store) -> None:
    house.log_in("1001")
    answered, gone = house.call("1"), house.call("1")
    house.in_talk(answered, "1001")
    house.until(lambda: len(house.floor()["calls"]) == 2)
    gone.hang_up()
    house.switch.phone("1001").hang_up()
    answered.hang_up()
    house.record(answered)
    house.record(gone)

    books = house.controller.books
    house.until(lambda: not house.floor()["calls"])
    books.keep()
    counted = [one for one in store.half_hours.between(0, 1e12) if one.queue == "support"]
    assert sum(one.counts.joined for one in counted) == 2
    assert sum(one.counts.outcomes["answered"] for one in counted) == 1
    recorded = store.half_hours.visits(0, 1e12)
    assert {(one.queue, one.began_at): one.counts.outcomes for one in counted} == recorded

    books.check()
    books.check()
    assert books.alarms == ()
    lost = [Teller(f"lost-{n}", time.time() - 600).begin().tell(5, "joined", queue="support", visit=f"v{n}") for n in range(17)]  # fmt: skip
    lines = [told(position, line) for teller in lost for position, line in teller.read()]
    store.database.run(lambda connection: write_lines(connection, lines))
    books.check()
    books.check()
    assert [(alarm.kind, alarm.found) for alarm in books.alarms][-2:] == [("visits_open", 17), ("calls_open", 17)]

    def told_in_status() -> bool:
        return any(
            "17 calls have no end in the call records" in trouble for trouble in look(house.settings)["troubles"]
        )

    house.until(told_in_status)
