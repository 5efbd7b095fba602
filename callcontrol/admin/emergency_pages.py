"""Emergency messages: prepared, switched on in one click with an end, switched off. Each acts at once and takes nothing else of the
draft with it. Whoever leads the floor may switch a prepared one; what it says and to whom, a manager decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.hours_forms import closure_end
from callcontrol.admin.languages import local, zone
from callcontrol.admin.release_pages import publish_at_once
from callcontrol.admin.security import needs, services
from callcontrol.values.configuration import Configuration
from callcontrol.values.configuration_checks import NAME
from callcontrol.values.emergencies import Emergency
from callcontrol.values.hours import OpeningHours

pages = Blueprint("emergency", __name__)

LONGEST_TEXT = 500  # characters; two minutes of speech, which is more than anybody in an emergency listens to


@pages.get("/emergency")
@needs("lead")
def page() -> ResponseReturnValue:
    return _show()


@pages.post("/emergency/<name>/on")
@needs("lead")
def switch_on(name: str) -> ResponseReturnValue:
    now = datetime.fromtimestamp(services().clock.now(), UTC)
    end = closure_end(request.form.get("until", ""), request.form.get("at", ""), now, _here())
    if end is None:
        flash(gettext("Choose until when it is said: a moment that is still to come."), "danger")
        return redirect(url_for("emergency.page"))
    _change(
        name,
        lambda emergency: replace(emergency, until=end.isoformat(timespec="minutes")),
        gettext("Emergency message %(name)s on until %(until)s", name=name, until=f"{end:%Y-%m-%d %H:%M}"),
    )
    return redirect(url_for("emergency.page"))


@pages.post("/emergency/<name>/off")
@needs("lead")
def switch_off(name: str) -> ResponseReturnValue:
    _change(name, lambda emergency: replace(emergency, until=""), gettext("Emergency message %(name)s off", name=name))
    return redirect(url_for("emergency.page"))


@pages.post("/emergency")
@needs("manager")
def add() -> ResponseReturnValue:
    name = request.form.get("name", "").strip()
    if not NAME.fullmatch(name):
        return _refuse(gettext("A name is small letters, digits, - and _, at most 40."))
    if name in _acting().emergencies:
        return _refuse(gettext("There is a message of that name; choose another."))
    return _save(Emergency(name))


@pages.post("/emergency/<name>")
@needs("manager")
def edit(name: str) -> ResponseReturnValue:
    return _save(_named(name))


@pages.post("/emergency/<name>/remove")
@needs("manager")
def remove(name: str) -> ResponseReturnValue:
    _named(name)

    def change(configuration: Configuration) -> Configuration:
        left = {key: emergency for key, emergency in configuration.emergencies.items() if key != name}
        return replace(configuration, emergencies=left)

    publish_at_once(change, gettext("Emergency message %(name)s is taken away", name=name))
    return redirect(url_for("emergency.page"))


def _save(before: Emergency) -> ResponseReturnValue:
    typed = request.form
    text = {language: typed.get(language, "").strip() for language in ("zh", "en")}
    made = replace(
        before,
        text={language: said for language, said in text.items() if said},
        entries=tuple(typed.getlist("entries")),
        queues=tuple(typed.getlist("queues")),
        waiting=bool(typed.get("waiting")),
        hang_up=bool(typed.get("hang_up")),
    )
    if max(map(len, text.values())) > LONGEST_TEXT:
        return _refuse(gettext("A text has at most %(most)s characters.", most=LONGEST_TEXT), made)
    if not made.entries and not made.queues:
        return _refuse(gettext("Choose at least one number or queue: nobody would hear it."), made)

    def change(configuration: Configuration) -> Configuration:
        now = configuration.emergencies.get(made.name)
        kept = made if now is None else replace(made, until=now.until)  # who saves a text switches nothing
        return replace(configuration, emergencies={**configuration.emergencies, made.name: kept})

    publish_at_once(change, gettext("Emergency message %(name)s saved", name=made.name))
    return redirect(url_for("emergency.page"))


def _change(name: str, change: Callable[[Emergency], Emergency], comment: str) -> None:
    _named(name)

    def changed(configuration: Configuration) -> Configuration:
        emergency = configuration.emergencies.get(name)
        if emergency is None:
            return configuration
        return replace(configuration, emergencies={**configuration.emergencies, name: change(emergency)})

    publish_at_once(changed, comment)


def acting(emergencies: Iterable[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    """Those rows of the floor's view that are switched on at ``now``, with the end as it is read here."""
    at = datetime.fromtimestamp(now, UTC)
    found = []
    for row in emergencies:
        end = Emergency(str(row.get("name", "")), until=str(row.get("until", ""))).end()
        if end is not None and at < end:
            found.append({**row, "ends": f"{local(end.timestamp()):%H:%M}"})
    return found


def _acting() -> Configuration:
    current = services().releases.current()
    return current.configuration if current else Configuration()


def _named(name: str) -> Emergency:
    return _acting().emergencies.get(name) or abort(404)


def _here() -> OpeningHours:
    """Times are typed as they are shown: in the centre's zone."""
    known = zone()
    if known is not None:
        return OpeningHours("", str(known))
    offset = local(services().clock.now()).utcoffset() or timedelta()
    hours = round(offset.total_seconds() / 3600)
    return OpeningHours("", f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC")


def _refuse(sentence: str, typed: Emergency | None = None) -> ResponseReturnValue:
    flash(sentence, "danger")
    return _show(typed), 422


def _show(typed: Emergency | None = None) -> str:
    configuration = _acting()
    now = datetime.fromtimestamp(services().clock.now(), UTC)
    rows = [
        (typed if typed is not None and typed.name == emergency.name else emergency, emergency.acts(now))
        for emergency in configuration.emergencies.values()
    ]
    new = typed if typed is not None and typed.name not in configuration.emergencies else Emergency("")

    def ends(emergency: Emergency) -> str:
        end = emergency.end()
        return f"{local(end.timestamp()):%Y-%m-%d %H:%M}" if end else ""

    return render_template("emergency.html", rows=rows, new=new, ends=ends, rules=configuration, longest=LONGEST_TEXT)
