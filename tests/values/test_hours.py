"""Opening hours: what is open when, on ordinary days, special ones, and those on which the clocks change."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.values.hours import DAYS, OpeningHours, Span, SpecialDay, read_hours, read_special_day

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
MINUTE = timedelta(minutes=1)


def minutes_as_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=6)))
    return tuple(Span(minutes_as_text(a), minutes_as_text(b)) for a, b in zip(edges[::2], edges[1::2], strict=False))


days_2027 = st.dates(date(2027, 1, 1), date(2027, 12, 31))
specials = st.builds(SpecialDay, spans()) | st.builds(SpecialDay, like=st.sampled_from(DAYS))
tables = st.builds(
    OpeningHours,
    name=st.just("office"),
    zone=st.sampled_from(ZONES),
    week=st.dictionaries(st.sampled_from(DAYS), spans(), max_size=7),
    exceptions=st.dictionaries(days_2027.map(date.isoformat), specials, max_size=4),
)
instants = st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC, second=0))


def clocks_change(hours: OpeningHours, at: datetime) -> bool:
    zone = ZoneInfo(hours.zone)
    return len({(at + timedelta(hours=n)).astimezone(zone).utcoffset() for n in range(-25, 26)}) > 1


@given(tables, instants)
def test_on_ordinary_days_the_wall_clock_decides(hours: OpeningHours, at: datetime) -> None:
    if clocks_change(hours, at):
        return
    local = at.astimezone(ZoneInfo(hours.zone))
    wall = f"{local:%H:%M}"
    assert hours.is_open(at) == any(s.start <= wall < s.end for s in hours.spans_of(local.date()))


@given(tables, instants)
def test_until_is_the_next_moment_at_which_it_changes(hours: OpeningHours, at: datetime) -> None:
    told = hours.moment(at)
    assert told.open == hours.is_open(at)
    if told.until is None:
        assert all(hours.is_open(at + timedelta(days=n, hours=n % 24)) == told.open for n in range(360))
        return
    assert told.until > at
    assert hours.is_open(told.until) != told.open
    step = max(MINUTE, (told.until - at) / 50)
    moment = at
    while moment < told.until:
        assert hours.is_open(moment) == told.open
        moment += step
    assert hours.is_open(told.until - timedelta(microseconds=1)) == told.open


@given(tables)
def test_a_table_survives_its_travel_as_json(hours: OpeningHours) -> None:
    assert read_hours("office", json.loads(json.dumps(hours.as_data()))) == hours


@given(tables, instants, st.timedeltas(timedelta(minutes=1), timedelta(days=3)))
def test_a_closure_closes_until_its_end_and_no_longer(hours: OpeningHours, at: datetime, span: timedelta) -> None:
    closed = OpeningHours(hours.name, hours.zone, hours.week, hours.exceptions, (at + span).isoformat())
    assert not closed.is_open(at)
    assert closed.moment(at).because == "closure"
    assert closed.is_open(at + span) == hours.is_open(at + span)
    until = closed.moment(at).until
    assert until is None or until >= at + span


@pytest.mark.parametrize(
    ("zone", "day", "span", "minutes"),
    [
        ("Europe/Berlin", date(2027, 3, 28), "01:00-04:00", 120),  # 02:00 to 03:00 does not exist
        ("Europe/Berlin", date(2027, 3, 28), "02:30-04:00", 60),  # a start that does not exist is the change itself
        ("Europe/Berlin", date(2027, 10, 31), "01:00-04:00", 240),  # 02:00 to 03:00 comes twice
        ("Europe/Berlin", date(2027, 10, 31), "02:30-02:45", 75),  # from the first start to the last end: opens once
        ("Europe/Berlin", date(2027, 3, 28), "00:00-24:00", 23 * 60),
        ("Australia/Lord_Howe", date(2027, 10, 3), "00:00-24:00", 23 * 60 + 30),
        ("Asia/Shanghai", date(2027, 3, 28), "01:00-04:00", 180),
    ],
)
def test_on_the_days_of_clock_changes(zone: str, day: date, span: str, minutes: int) -> None:
    hours = read_hours("office", {"zone": zone, "exceptions": {day.isoformat(): [span]}})
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    stretches = list(hours.open_spans(since))
    assert [(end - start) / MINUTE for start, end in stretches] == [minutes]
    open_minutes = sum(hours.is_open(since + n * MINUTE) for n in range(3 * 24 * 60))
    assert open_minutes == minutes


def test_a_saturday_that_works_like_a_friday() -> None:
    hours = read_hours(
        "office",
        {
            "week": {"mon-thu": ["09:00-18:00"], "fri": ["09:00-16:00"]},
            "exceptions": {"2026-10-10": {"like": "fri", "title": {"zh": "国庆节调休上班", "en": "Working Saturday"}}},
        },
    )
    saturday = datetime(2026, 10, 10, 15, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert hours.is_open(saturday)
    told = hours.moment(saturday)
    assert (told.because, told.title["zh"]) == ("special_day", "国庆节调休上班")
    assert told.until == saturday + MINUTE
    assert not hours.is_open(saturday + MINUTE)


def test_a_line_that_never_closes_says_so() -> None:
    always = read_hours("always", {"week": {"mon-sun": ["00:00-24:00"]}})
    told = always.moment(datetime(2027, 1, 1, tzinfo=UTC))
    assert (told.open, told.until) == (True, None)


def test_a_calendar_shows_every_day_and_the_changes_of_the_clock() -> None:
    hours = read_hours("office", {"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}})
    year = hours.days(date(2027, 1, 1), 365)
    assert [row.day for row in year if row.clock_change] == [date(2027, 3, 28), date(2027, 10, 31)]
    assert [row.clock_change for row in year if row.clock_change] == [60, -60]
    assert sum(bool(row.spans) for row in year) == sum(row.day.weekday() < 5 for row in year)


@pytest.mark.parametrize(
    ("special", "sentence"),
    [
        ({"like": "friday"}, "names no day"),
        ({"like": "fri", "spans": ["09:00-10:00"]}, "both spans and like"),
        ({"hours": []}, "'hours' is not known"),
        ({"title": "holiday"}, "a text for each language"),
        (["18:00-09:00"], "the earlier time first"),
    ],
)
def test_what_is_wrong_with_a_special_day_is_said(special: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_special_day(special)
