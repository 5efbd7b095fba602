"""Opening hours: the form of the draft, the calendar of the coming year, public holidays, "what will a caller hear at …?",
and closing at once."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from callcontrol.admin import edits
from callcontrol.admin.differences import shown
from callcontrol.admin.forms import check_new_name
from callcontrol.admin.hours_forms import HoursForm, closure_end, hours_values
from callcontrol.admin.release_pages import publish_at_once
from callcontrol.admin.rules import NEW, TRIES
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.calendars import HolidaysUnknown
from callcontrol.ports.store import Draft, EditConflict
from callcontrol.values.configuration import Configuration
from callcontrol.values.hours import DayOfHours, OpeningHours, SpecialDay, read_hours

pages = Blueprint("hours", __name__)

COLUMNS = ("day_date", "day_hours", "day_like", "day_zh", "day_en")


@dataclass(frozen=True, slots=True)
class MonthOfHours:
    first: date
    days: list[DayOfHours]
    others: int  # days that the month lacks of 31


@pages.route("/rules/hours/<name>", methods=["GET", "POST"])
@needs("manager")
def page(name: str) -> ResponseReturnValue:
    draft = services().releases.draft()
    existing = draft.configuration.hours.get(name) if name != NEW else None
    if request.method == "GET":
        if existing is None and name != NEW:
            abort(404)
        hours = existing or OpeningHours("")
        form = HoursForm(formdata=None, data=hours_values(hours))
        form.show_days(hours)
        return _show(form, name, draft, existing, edits.flat(existing))
    form = HoursForm()
    sound = form.validate()
    sound = form.take_days([request.form.getlist(column) for column in COLUMNS]) and sound
    if name == NEW:
        sound = check_new_name(form, {**draft.configuration.hours, NEW: None}) and sound
    base = edits.unpacked(form.base.data)
    if not sound:
        return _show(form, name, draft, existing, base, status=422)
    wanted = (form.name.data or "").strip() if name == NEW else name
    for _try in range(TRIES):
        draft = services().releases.draft()
        now = draft.configuration.hours.get(wanted)
        mine = form.hours(now or OpeningHours(wanted))
        merged = edits.merge(edits.flat(now) if base is None else base, edits.flat(mine), edits.flat(now))
        kept = read_hours(wanted, {**edits.nested(merged.values), "name": wanted})
        if merged.theirs:
            again = HoursForm(formdata=None, data=hours_values(kept))
            again.show_days(kept)
            return _show(again, name, draft, kept, edits.flat(now), disputed=merged.theirs, status=409)
        try:
            services().releases.save_draft(with_hours(draft.configuration, kept), version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("Saved in the draft. It acts when you publish it."), "success")
        return redirect(url_for("rules.page"))
    return _show(form, name, draft, existing, base, status=503, busy=True)


def with_hours(configuration: Configuration, hours: OpeningHours) -> Configuration:
    return replace(configuration, hours={**configuration.hours, hours.name: hours})


def _show(
    form: HoursForm,
    name: str,
    draft: Draft,
    existing: OpeningHours | None,
    base: edits.Flat | None,
    *,
    disputed: edits.Flat | None = None,
    status: int = 200,
    busy: bool = False,
) -> ResponseReturnValue:
    form.version.data = str(draft.version)
    form.base.data = edits.packed(base or {})
    current = services().releases.current()
    acting = current.configuration.hours.get(name) if current else None
    now = datetime.fromtimestamp(services().clock.now(), UTC)
    shown_page = render_template(
        "hours.html",
        form=form,
        name=name,
        new=name == NEW,
        theirs={path.replace("week.", ""): shown(value) or "–" for path, value in (disputed or {}).items()},
        busy=busy,
        existing=existing,
        acting=acting,
        moment_now=acting.moment(now) if acting else None,
        local=local_to(acting or existing),
        months=_year(existing, now) if existing else [],
        today=now.astimezone(ZoneInfo(existing.zone)).date() if existing else None,
        entries=sorted(draft.configuration.entries),
        countries=_countries(),
        year=now.year,
        used_by=_used_by(draft.configuration, name),
    )
    return shown_page, status


def _countries() -> list[tuple[str, str]]:
    """(code, name) in the reader's language, by name."""
    locale = get_locale()
    names = locale.territories if locale else {}
    return sorted(((code, names.get(code, code)) for code in services().countries()), key=lambda pair: pair[1])


def local_to(hours: OpeningHours | None) -> Callable[[datetime | None], str]:
    def local(at: datetime | None) -> str:
        return f"{at.astimezone(ZoneInfo(hours.zone)):%Y-%m-%d %H:%M}" if at and hours else ""

    return local


def _year(hours: OpeningHours, now: datetime) -> list[MonthOfHours]:
    """This month and the eleven after it."""
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    months = []
    for number in range(12):
        first = date(today.year + (today.month - 1 + number) // 12, (today.month - 1 + number) % 12 + 1, 1)
        count = monthrange(first.year, first.month)[1]
        months.append(MonthOfHours(first, hours.days(first, count), 31 - count))
    return months


def _used_by(configuration: Configuration, name: str) -> list[str]:
    queues = [queue.name for queue in configuration.queues.values() if queue.hours == name]
    return queues + [entry.number for entry in configuration.entries.values() if name in entry.parameters.values()]


# --- public holidays ---------------------------------------------------------------------------------------------------
@pages.post("/rules/hours/<name>/holidays")
@needs("manager")
def take_holidays(name: str) -> ResponseReturnValue:
    """Put a country's public holidays of a year into the draft. Days that are there already stay as they are."""
    country, year = request.form.get("country", ""), request.form.get("year", "")
    try:
        found = services().public_days(country, int(year) if year.isdecimal() else 0)
    except HolidaysUnknown:
        flash(
            gettext("Nothing is known of the holidays of %(country)s in %(year)s.", country=country, year=year),
            "danger",
        )
        return redirect(url_for("hours.page", name=name))
    added = 0

    def change(hours: OpeningHours) -> OpeningHours:
        nonlocal added
        new: dict[str, SpecialDay] = {day: s for day, s in found.days.items() if day not in hours.exceptions}
        added = len(new)
        return replace(hours, exceptions=dict(sorted({**hours.exceptions, **new}.items())))

    if _edit_draft(name, change):
        flash(gettext("%(n)s days are taken into the draft; look through them, then publish.", n=added), "success")
        if found.preliminary:
            sentence = gettext(
                "Which weekends are worked in %(year)s is not decided or not known yet. Take the days again when it is.",
                year=year,
            )
            flash(sentence, "warning")
    return redirect(url_for("hours.page", name=name))


def _edit_draft(name: str, change: Callable[[OpeningHours], OpeningHours]) -> bool:
    for _try in range(TRIES):
        draft = services().releases.draft()
        hours = draft.configuration.hours.get(name)
        if hours is None:
            abort(404)
        try:
            edited = with_hours(draft.configuration, change(hours))
            services().releases.save_draft(edited, version=draft.version, who=me().name)
        except EditConflict:
            continue
        return True
    flash(gettext("Others are saving all the time. Nothing of yours is lost; press Save again."), "danger")
    return False


@pages.post("/rules/hours/<name>/remove")
@needs("manager")
def remove(name: str) -> ResponseReturnValue:
    for _try in range(TRIES):
        draft = services().releases.draft()
        if name not in draft.configuration.hours:
            abort(404)
        left = {key: hours for key, hours in draft.configuration.hours.items() if key != name}
        try:
            edited = replace(draft.configuration, hours=left)
            services().releases.save_draft(edited, version=draft.version, who=me().name)
        except EditConflict:
            continue
        flash(gettext("%(name)s is taken out of the draft. It goes when you publish.", name=name), "success")
        break
    return redirect(url_for("rules.page"))


# --- closing at once ----------------------------------------------------------------------------------------------------
@pages.post("/rules/hours/<name>/close")
@needs("manager")
def close(name: str) -> ResponseReturnValue:
    """Publishes at once: nothing else of the draft goes with it."""
    current = services().releases.current()
    acting = current.configuration.hours.get(name) if current else None
    if acting is None:
        abort(404)
    now = datetime.fromtimestamp(services().clock.now(), UTC)
    end = closure_end(request.form.get("until", ""), request.form.get("at", ""), now, acting)
    if end is None:
        flash(gettext("Choose until when it is closed: a moment that is still to come."), "danger")
        return redirect(url_for("hours.page", name=name))
    until = end.isoformat(timespec="minutes")
    reason = request.form.get("comment", "").strip()[:500]
    comment = gettext("Closed %(name)s until %(until)s", name=name, until=f"{end:%Y-%m-%d %H:%M}")
    return _amend(name, until, f"{comment}: {reason}" if reason else comment)


@pages.post("/rules/hours/<name>/open")
@needs("manager")
def open_again(name: str) -> ResponseReturnValue:
    return _amend(name, "", gettext("%(name)s goes by its table again", name=name))


def _amend(name: str, closed_until: str, comment: str) -> ResponseReturnValue:
    def change(configuration: Configuration) -> Configuration:
        hours = configuration.hours.get(name)
        return configuration if hours is None else with_hours(configuration, replace(hours, closed_until=closed_until))

    publish_at_once(change, comment)
    return redirect(url_for("hours.page", name=name))


# --- what will a caller hear? -------------------------------------------------------------------------------------------
@pages.get("/rules/hours/<name>/heard")
@needs("manager")
def heard(name: str) -> ResponseReturnValue:
    """What a caller of an entry hears at a moment, by the draft, with every key left unpressed."""
    draft = services().releases.draft()
    hours = draft.configuration.hours.get(name)
    if hours is None:
        abort(404)
    zone = ZoneInfo(hours.zone)
    try:
        at = datetime.fromisoformat(request.args.get("at", "")).replace(tzinfo=zone)
    except ValueError:
        return render_template("heard.html", problem=gettext("Choose a day and a time."))
    entry = request.args.get("entry", "")
    lines, queue = (
        services().heard(draft.configuration, entry, at) if entry in draft.configuration.entries else ((), "")
    )
    waits_in = draft.configuration.queues.get(queue)
    return render_template(
        "heard.html", at=at, told=hours.moment(at), local=local_to(hours), lines=lines, entry=entry, queue=waits_in
    )
