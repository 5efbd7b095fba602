"""A call that one queue sends on to another, through every room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.calls.house import CONFIGURATION, House

OVERFLOW = """
[[queues.support.overflow]]
to = "billing"
after_s = 0.5
when = "free == 0"
"""


@pytest.fixture
def house() -> Iterator[House]:
    house = House(configuration=CONFIGURATION + OVERFLOW)
    yield house
    house.stop()


def test_a_caller_whose_queue_is_busy_is_answered_in_the_other_one_with_the_waiting_time(house: House) -> None:
    house.log_in("1001", "1003")
    first = house.call("1")
    house.in_talk(first, "1001")
    second = house.call("1")
    house.in_talk(second, "1003")
    (call,) = [row for row in house.floor()["calls"] if row["agent"] == "1003"]
    assert call["queue"] == "billing"
    assert call["joined_at"] - call["first_joined_at"] >= 0.5
    support = next(row for row in house.floor()["queues"] if row["name"] == "support")
    assert support["outcomes"] == {"answered": 1, "requeued": 1}
