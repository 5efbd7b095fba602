"""The form of opening hours: a week, special days, a time zone; and the form that closes a line at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField, ValidationError

from callcontrol.admin.forms import DraftForm
from callcontrol.values.hours import DAYS, OpeningHours, Span, SpecialDay, read_spans

SPARE_DAYS = 3  # empty rows for new special days
LONGEST_TITLE = 60
# What "closed" may be typed as in the field of the hours; an empty field means it too.
CLOSED = frozenset({"", "-", "–", "closed", "休息", "关闭", "不营业"})


class SpansField(StringField):
    """``09:00-12:00, 13:00-18:00``, or empty for closed. ``spans`` once it is valid."""

    def pre_validate(self, _form: object) -> None:
        self.spans = spans_of(self.data or "")


def spans_of(text: str) -> tuple[Span, ...]:
    """Raises ``ValidationError`` with a sentence in the reader's language."""
    plain = (
        text.strip()
        .lower()
        .replace("，", ",")
        .replace("、", ",")
        .replace("：", ":")
        .replace("–", "-")
        .replace("—", "-")
    )
    if plain in CLOSED:
        return ()
    try:
        return read_spans([part.strip() for part in plain.split(",") if part.strip()])
    except ValueError as error:
        if "overlaps" in str(error):
            sentence = gettext("These spans overlap; write them in their order, such as 09:00-12:00, 13:00-18:00.")
        else:
            sentence = gettext("Write 09:00-18:00, or 09:00-12:00, 13:00-18:00; 24:00 is midnight; empty is closed.")
        raise ValidationError(sentence) from error


@dataclass(slots=True)
class DayRow:
    """A special day as it was typed, and what is wrong with it."""

    date: str = ""
    hours: str = ""
    like: str = ""
    zh: str = ""
    en: str = ""
    problem: str = ""

    def empty(self) -> bool:
        return not (self.date or self.hours or self.like or self.zh or self.en)


class HoursForm(DraftForm):
    name = StringField(_("Name"))
    zone = StringField(_("Time zone"))
    mon = SpansField(_("Monday"))
    tue = SpansField(_("Tuesday"))
    wed = SpansField(_("Wednesday"))
    thu = SpansField(_("Thursday"))
    fri = SpansField(_("Friday"))
    sat = SpansField(_("Saturday"))
    sun = SpansField(_("Sunday"))

    rows: list[DayRow]
    special: dict[str, SpecialDay]

    def validate_zone(self, field: StringField) -> None:
        if (field.data or "").strip() not in available_timezones():
            raise ValidationError(gettext("There is no such time zone; write one such as Asia/Shanghai."))

    def week(self) -> list[SpansField]:
        return [getattr(self, day) for day in DAYS]

    def show_days(self, hours: OpeningHours) -> None:
        self.rows = [
            DayRow(day, ", ".join(map(str, d.spans)), d.like, d.title.get("zh", ""), d.title.get("en", ""))
            for day, d in sorted(hours.exceptions.items())
        ]
        self.rows += [DayRow() for _number in range(SPARE_DAYS)]

    def take_days(self, columns: Sequence[Sequence[str]]) -> bool:
        """Read the rows of special days (columns: date, hours, like, zh, en); False if one is wrong (it is kept with a
        sentence)."""
        self.rows = [DayRow(*(text.strip() for text in row)) for row in zip(*columns, strict=False)]
        self.rows = [row for row in self.rows if not row.empty()]
        self.special = {}
        for row in self.rows:
            try:
                self._take(row)
            except ValidationError as error:
                row.problem = str(error)
        good = not any(row.problem for row in self.rows)
        self.rows += [DayRow() for _number in range(SPARE_DAYS)]
        return good

    def _take(self, row: DayRow) -> None:
        try:
            day = date.fromisoformat(row.date).isoformat()
        except ValueError as error:
            raise ValidationError(gettext("Choose the date of this day.")) from error
        if day in self.special:
            raise ValidationError(gettext("This date is written twice; keep one."))
        if row.like and row.like not in DAYS:
            raise ValidationError(gettext("Choose a weekday of the list."))
        if row.like and row.hours:
            raise ValidationError(gettext("Either hours of its own or those of a weekday; clear one of the two."))
        if max(len(row.zh), len(row.en)) > LONGEST_TITLE:
            raise ValidationError(gettext("The name of a day has at most %(most)s characters.", most=LONGEST_TITLE))
        title = {language: text for language, text in (("zh", row.zh), ("en", row.en)) if text}
        self.special[day] = SpecialDay(spans_of(row.hours), row.like, title)

    def hours(self, before: OpeningHours) -> OpeningHours:
        return replace(
            before,
            zone=(self.zone.data or "").strip(),
            week={day: field.spans for day, field in zip(DAYS, self.week(), strict=True) if field.spans},
            exceptions=dict(sorted(self.special.items())),
        )


def hours_values(hours: OpeningHours) -> dict[str, str]:
    """What the form shows."""
    week = {day: ", ".join(map(str, hours.week.get(day, ()))) for day in DAYS}
    return {"name": hours.name, "zone": hours.zone, **week}


def closure_end(choice: str, typed: str, now: datetime, hours: OpeningHours) -> datetime | None:
    """The instant at which a closure ends: ``30``, ``60``, ... minutes from now, ``day`` (midnight there), or ``at`` with a
    local time typed. None if it can't be read or is over already."""
    zone = ZoneInfo(hours.zone)
    local = now.astimezone(zone)
    if choice == "day":
        return datetime.combine(local.date() + timedelta(days=1), time(), zone)
    if choice == "at":
        try:
            end = datetime.fromisoformat(typed).replace(tzinfo=zone)
        except ValueError:
            return None
        return end if end > now else None
    if not choice.isdecimal() or not 0 < int(choice) <= 7 * 24 * 60:
        return None
    return (local + timedelta(minutes=int(choice))).replace(second=0, microsecond=0)
