"""Public holidays from the ``holidays`` package, as special days that a supervisor takes into opening hours and may correct.

Some countries work on a weekend for a day off beside a holiday. Such a day is taken to work like the weekday that it stands
for; where the package does not say which one, like a Monday.
"""

from __future__ import annotations

import re
from datetime import date

import holidays

from callcontrol.ports.calendars import HolidaysUnknown, PublicDays
from callcontrol.values.hours import DAYS, SpecialDay

# Countries that move working days, in which a year without one is a year that the state has not decided yet.
MOVES_WORKING_DAYS = frozenset({"CN"})
_STANDS_FOR = re.compile(r"substituted from (\d{2})/(\d{2})/(\d{4})")
_WORKING = {"zh": "调休上班", "en": "Working day, moved"}


def countries() -> list[str]:
    """Codes of two letters, such as CN."""
    return sorted(code for code in holidays.list_supported_countries() if len(code) == 2)


def public_days(country: str, year: int) -> PublicDays:
    """Raises ``HolidaysUnknown`` with a sentence for a country or a year that nothing is known of."""
    code = country.strip().upper()
    if code not in countries():
        raise HolidaysUnknown(f"Nothing is known of the holidays of {country!r}; write a country as two letters: CN.")
    if not 2000 <= year <= 2100:
        raise HolidaysUnknown(f"Nothing is known of the holidays of {year}; choose a year from 2000 to 2100.")
    own = holidays.country_holidays(code, years=year)
    if not own:
        raise HolidaysUnknown(f"Nothing is known of the holidays of {code} in {year}.")
    spoken = own.supported_languages
    languages = {
        "zh": next((x for x in ("zh_CN", "zh") if x in spoken), None),
        "en": "en_US" if "en_US" in spoken else None,
    }
    names = {
        language: holidays.country_holidays(code, years=year, language=of_package)
        for language, of_package in languages.items()
        if of_package
    } or {"en": own}
    days = {
        day.isoformat(): SpecialDay(title={language: table[day] for language, table in names.items() if day in table})
        for day in sorted(own)
    }
    working = sorted(day for day in getattr(own, "weekend_workdays", ()) if day.year == year)
    stands_for = _stood_for(names["en"]) if "en" in names else {}
    for day in working:
        days[day.isoformat()] = SpecialDay(like=DAYS[stands_for.get(day, 0)], title=_WORKING)
    return PublicDays(code, year, days, preliminary=code in MOVES_WORKING_DAYS and not working)


def _stood_for(named: holidays.HolidayBase) -> dict[date, int]:
    """Working weekend -> number of the weekday off that it stands for."""
    found = {}
    for day, name in named.items():
        if match := _STANDS_FOR.search(name):
            month, number, year = (int(part) for part in match.groups())
            found[date(year, month, number)] = day.weekday()
    return found
