"""Callers who are known by name: VIPs, blocked ones, those who speak another language than the number dialled. The list is part of the
draft; a number is blocked from a call's page at once, as whoever is called by it expects, and let in again there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin.calls import row_to_see
from callcontrol.admin.forms.caller import CallerForm
from callcontrol.admin.part_pages import Part, edit, take_out
from callcontrol.admin.release_pages import publish_at_once
from callcontrol.admin.security import needs, services
from callcontrol.values.configuration import Configuration
from callcontrol.values.listed_callers import ListedCaller

pages = Blueprint("callers", __name__)

PER_PAGE = 100
CALLERS = Part(
    "callers", CallerForm, ListedCaller(), _("New caller"), _("Caller %(name)s"), _("Take this caller off the list"),
    identity="key", back="callers.page",
)  # fmt: skip
KINDS: Mapping[str, Callable[[ListedCaller], bool]] = {
    "": lambda _caller: True,
    "blocked": lambda caller: caller.blocked,
    "vip": lambda caller: caller.vip > 0,
}


@pages.get("/rules/callers")
@needs("manager")
def page() -> ResponseReturnValue:
    """A whole number finds its caller; anything else is looked for in the names and in what is shown of numbers."""
    asked, kind = request.args.get("asked", "").strip(), request.args.get("kind", "")
    callers = services().releases.draft().configuration.callers
    key = services().number_key(asked)
    found = [
        caller
        for caller in callers.values()
        if KINDS.get(kind, KINDS[""])(caller)
        and (not asked or caller.key == key or asked.casefold() in caller.label.casefold() or asked in caller.shown)
    ]
    found.sort(key=lambda caller: (caller.label.casefold(), caller.shown))
    first = request.args.get("from", "")
    start = int(first) if first.isdecimal() and len(first) < 5 else 0
    return render_template(
        "callers.html",
        callers=found[start : start + PER_PAGE],
        start=start,
        per_page=PER_PAGE,
        found=len(found),
        of=len(callers),
        asked=asked,
        kind=kind,
    )


@pages.route("/rules/callers/<key>", methods=["GET", "POST"])
@needs("manager")
def one(key: str) -> ResponseReturnValue:
    return edit(CALLERS, key, key_of=services().number_key)


@pages.post("/rules/callers/<key>/remove")
@needs("manager")
def remove(key: str) -> ResponseReturnValue:
    caller = services().releases.draft().configuration.callers.get(key) or abort(404)
    return take_out(CALLERS, key, caller.label or caller.shown)


@pages.post("/calls/<call>/block")
@needs("lead")
def block(call: str) -> ResponseReturnValue:
    """The number that this call came from waits in no queue from now on."""
    row = row_to_see(call)
    if not row.number_key:
        abort(404)

    def change(configuration: Configuration) -> Configuration:
        listed = configuration.callers.get(row.number_key) or ListedCaller(row.number_key, row.number)
        return CALLERS.put(configuration, row.number_key, replace(listed, blocked=True))

    publish_at_once(change, gettext("Caller %(number)s blocked", number=row.number))
    return redirect(url_for("calls.one", call=row.call))


@pages.post("/calls/<call>/let-in")
@needs("lead")
def let_in(call: str) -> ResponseReturnValue:
    """The opposite; of a caller who was listed only for that nothing stays."""
    row = row_to_see(call)

    def change(configuration: Configuration) -> Configuration:
        listed = configuration.callers.get(row.number_key)
        if listed is None:
            return configuration
        left = replace(listed, blocked=False)
        if left == ListedCaller(left.key, left.shown):
            return CALLERS.without(configuration, row.number_key)
        return CALLERS.put(configuration, row.number_key, left)

    publish_at_once(change, gettext("Caller %(number)s let in again", number=row.number))
    return redirect(url_for("calls.one", call=row.call))
