"""Public holidays as special days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from callcontrol.calendars.public_holidays import countries, public_days
from callcontrol.ports.calendars import HolidaysUnknown
from callcontrol.values.hours import DAYS, read_hours


def test_chinese_holidays_come_with_their_working_weekends() -> None:
    found = public_days("cn", 2026)
    assert not found.preliminary
    assert found.days["2026-10-01"].title == {"zh": "国庆节", "en": "National Day"}
    assert found.days["2026-10-01"].spans == ()
    saturday = found.days["2026-10-10"]  # works for Wednesday, 7 October
    assert (saturday.like, saturday.title["zh"]) == ("wed", "调休上班")
    working = [date.fromisoformat(day) for day, special in found.days.items() if special.like]
    assert len(working) == 6
    assert all(day.weekday() >= 5 for day in working)
    assert all(special.like in DAYS[:5] for special in found.days.values() if special.like)


def test_taken_into_opening_hours_they_open_and_close_the_line() -> None:
    days = public_days("CN", 2026).days
    hours = read_hours("office", {"week": {"mon-fri": ["09:00-18:00"]}})
    with_holidays = type(hours)(hours.name, hours.zone, hours.week, days)

    def at(month: int, day: int) -> datetime:
        return datetime(2026, month, day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert hours.is_open(at(10, 1))
    assert not with_holidays.is_open(at(10, 1))
    assert not hours.is_open(at(10, 10))
    assert with_holidays.is_open(at(10, 10))
    assert with_holidays.is_open(at(10, 9))


def test_a_year_whose_working_weekends_are_not_decided_says_so() -> None:
    assert public_days("CN", 2029).preliminary
    assert not public_days("DE", 2029).preliminary


def test_other_countries_have_names_in_what_languages_there_are() -> None:
    assert public_days("DE", 2027).days["2027-10-03"].title == {"en": "German Unity Day"}


@pytest.mark.parametrize(("country", "year"), [("XX", 2026), ("China", 2026), ("CN", 1800), ("", 2026)])
def test_what_is_not_known_is_a_sentence(country: str, year: int) -> None:
    with pytest.raises(HolidaysUnknown, match="Nothing is known"):
        public_days(country, year)


def test_every_country_that_is_named_can_be_asked() -> None:
    assert {"CN", "DE", "HK", "SG", "US"} <= set(countries())
