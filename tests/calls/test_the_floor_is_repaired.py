"""What no controller saw is found by comparing the floor with the switch."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from callcontrol.floor import entries
from tests.calls.house import House


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


def join(house: House, call: str) -> None:
    """A call on the floor that the switch never had."""
    now = time.time()
    node = house.settings.switch_name
    house.tell(
        entries.CallJoined(at=now, call=call, queue="support", visit=f"{call}:1", first_joined_at=now, node=node)
    )


def test_a_talk_that_the_switch_does_not_have_frees_its_agent(house: House) -> None:
    house.log_in("1001")
    join(house, "ghost-in-talk")
    house.until(lambda: house.agent("1001")["state"] == "reserved")
    offer = house.controller.services.floor().calls["ghost-in-talk"].offer
    house.tell(entries.TalkBegan(at=time.time(), offer=offer))
    house.until(lambda: house.agent("1001")["state"] == "talking")
    house.until(lambda: house.agent("1001")["state"] == "available")
    assert house.floor()["calls"] == []
    assert house.controller.services.repairs.by_kind == {"call_gone": 1}


def test_a_waiting_call_that_the_switch_does_not_have_leaves_as_lost(house: House) -> None:
    caller = house.call("1")
    house.in_talk(caller, "1001")
    join(house, "ghost-in-line")
    house.until(lambda: {c["call"] for c in house.floor()["calls"]} == {caller.uuid, "ghost-in-line"})
    house.until(lambda: {c["call"] for c in house.floor()["calls"]} == {caller.uuid})
    support = next(q for q in house.floor()["queues"] if q["name"] == "support")
    assert support["outcomes"]["system_lost"] == 1
    assert sum(support["outcomes"].values()) == support["joined"]
    assert caller.in_talk_with == "1001"
