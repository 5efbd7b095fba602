"""After the journal was away, controllers are given a moment to tell what it may have lost."""

from __future__ import annotations

import time

from callcontrol.bus.memory import MemoryFloor
from tests.bus.engines import eventually
from tests.desk.helpers import deciding, joined, logged_in, offers

SETTLE_S = 0.4


def test_a_desk_decides_nothing_for_a_moment_after_an_outage_and_then_at_once() -> None:
    memory = MemoryFloor()
    bus = memory.open()
    with deciding(bus, settle_s=SETTLE_S) as (desk, follower):
        bus.journal.append(logged_in(1))
        assert eventually(lambda: desk.in_charge, 5.0)
        with memory.outage():
            follower.poke()
            assert eventually(lambda: not desk.in_charge, 5.0)
        back_at = time.monotonic()
        bus.journal.append(joined(1))
        assert follower.wait_until(lambda: bool(follower.floor.offers), 20.0)  # type: ignore[attr-defined]
        assert time.monotonic() - back_at >= SETTLE_S
        second_at = time.monotonic()
        bus.journal.append([logged_in(2), joined(2)])
        assert follower.wait_until(lambda: len(follower.floor.offers) == 2, 20.0)  # type: ignore[attr-defined]
        assert time.monotonic() - second_at < SETTLE_S
    assert len(offers(bus.journal)) == 2


def test_a_desk_that_takes_over_from_another_does_not_wait() -> None:
    memory = MemoryFloor()
    with deciding(memory.open(), "a", settle_s=60.0) as (one, first):
        assert eventually(lambda: one.in_charge, 65.0)
        with deciding(memory.open(), "b", settle_s=60.0) as (two, second):
            # Its first look at the journal is a beginning, after which it settles too; that is long ago for a standby.
            two._unsettled = False
            one.stop()
            assert eventually(lambda: two.in_charge, 5.0)
            memory.open().journal.append([logged_in(1), joined(1)])
            assert second.wait_until(lambda: bool(second.floor.offers), 20.0)  # type: ignore[attr-defined]
        del first
