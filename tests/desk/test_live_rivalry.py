"""Calls and agents compete, two live desks decide over one journal in memory, taking turns in any order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.desk.live_day import LiveDay
from tests.desk.live_random_day import LiveRandomDay
from tests.floor.test_rivalry import Rivalry

either = st.integers(0, 1)


class LiveRivalry(LiveDay, Rivalry):
    @rule(number=either)
    def a_follower_reads(self, number: int) -> None:
        self.follows(number)

    @rule(number=either)
    def a_desk_looks(self, number: int) -> None:
        self.looks(number)

    @rule(number=either, how=st.sampled_from(["before", "after", "away"]))
    def a_cable_breaks(self, number: int, how: str) -> None:
        self.breaks(number, how)

    @rule(number=either)
    def a_process_stands_still(self, number: int) -> None:
        self.stands_still(number)

    @rule(number=either)
    def a_process_goes_on(self, number: int) -> None:
        self.heals(number)

    @rule(number=either)
    def a_process_is_killed_and_started(self, number: int) -> None:
        self.dies(number)

    @rule(seconds=st.sampled_from([0.1, 0.4, 2.0]))
    def leases_run_out(self, seconds: float) -> None:
        self.seconds += seconds


TestLiveRivalry = LiveRivalry.TestCase
TestLiveRivalry.settings = settings(settings.default, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("seed", range(6))
def test_a_long_day_of_live_desks(seed: int) -> None:
    day = LiveRandomDay(seed)
    for _ in range(250):
        day.step()
    day.all_is_decided_at_once()
