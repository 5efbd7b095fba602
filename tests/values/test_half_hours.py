"""Half-hours add up to periods of the wall clock; nothing is lost at their edges."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.counts import HALF_HOUR_S, Counts
from callcontrol.values.half_hours import PERIODS, HalfHour, Kept, summed, united

SHANGHAI, BERLIN, KATHMANDU = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu"))


def arrivals(joined: int) -> Counts:
    return Counts(joined=joined, outcomes={"answered": joined} if joined else {})


half_hours = st.lists(
    st.builds(
        HalfHour,
        st.sampled_from(["support", "billing"]),
        st.integers(800_000, 1_100_000).map(lambda number: number * HALF_HOUR_S),
        st.integers(0, 9).map(arrivals),
    ),
    max_size=30,
)


@given(half_hours, st.sampled_from(PERIODS), st.sampled_from([SHANGHAI, BERLIN, KATHMANDU]), st.booleans())
def test_no_visit_is_lost_or_counted_twice(rows: list[HalfHour], by: str, zone: ZoneInfo, together: bool) -> None:
    periods = summed(rows, by, zone, together=together)
    assert sum(period.counts.joined for period in periods) == sum(one.counts.joined for one in rows)
    for period in periods:
        assert period.since < period.until
        inside = [o for o in rows if period.since <= o.began_at < period.until and period.queue in ("", o.queue)]
        assert period.counts.joined == sum(one.counts.joined for one in inside)
    edges = sorted({(period.since, period.until) for period in periods})
    assert all(until <= since for (_, until), (since, _) in pairwise(edges))


def at(zone: ZoneInfo, *parts: int) -> float:
    return datetime(*parts, tzinfo=zone).timestamp()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("by", "zone", "moment", "since", "until"),
    [
        ("day", SHANGHAI, (2026, 3, 1, 0, 0), (2026, 3, 1), (2026, 3, 2)),
        ("day", SHANGHAI, (2026, 2, 28, 23, 30), (2026, 2, 28), (2026, 3, 1)),
        ("week", SHANGHAI, (2026, 3, 1, 12, 0), (2026, 2, 23), (2026, 3, 2)),
        ("month", SHANGHAI, (2026, 12, 31, 23, 30), (2026, 12, 1), (2027, 1, 1)),
        ("day", BERLIN, (2026, 10, 25, 23, 30), (2026, 10, 25), (2026, 10, 26)),  # a day of 25 hours
        ("day", BERLIN, (2026, 3, 29, 12, 0), (2026, 3, 29), (2026, 3, 30)),  # of 23
        ("hour", SHANGHAI, (2026, 3, 1, 10, 30), (2026, 3, 1, 10), (2026, 3, 1, 11)),
    ],
)
def test_periods_begin_by_the_wall_clock(
    by: str, zone: ZoneInfo, moment: tuple[int, ...], since: tuple[int, ...], until: tuple[int, ...]
) -> None:
    [period] = summed([HalfHour("q", at(zone, *moment), arrivals(1))], by, zone)
    assert (period.since, period.until) == (at(zone, *since), at(zone, *until))


def test_without_a_zone_it_is_the_machines_own() -> None:
    [period] = summed([HalfHour("q", 1_795_300_200.0, arrivals(1))], "day", None)
    local = datetime.fromtimestamp(period.since)
    assert (local.hour, local.minute) == (0, 0)


def test_journals_that_follow_each_other_add_up_and_overlapping_ones_do_not() -> None:
    first, second, third = Kept(0, 10, arrivals(4)), Kept(5, 12, arrivals(6)), Kept(13, 14, arrivals(1))
    assert united([third, second, first]).joined == 7
    assert united([first]).joined == 4
    assert united([]).joined == 0
