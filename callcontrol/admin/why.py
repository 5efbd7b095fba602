"""Why a call waited, or why that agent got it: the account of any of its moments, on the floor as it was then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import why_words
from callcontrol.admin.languages import local, zone
from callcontrol.admin.security import needs, services
from callcontrol.desk.history import HistoryMissing

pages = Blueprint("why", __name__)


@pages.get("/calls/<call>/why")
@needs("lead")
def page(call: str) -> ResponseReturnValue:
    """A whole page; inside of the call's page, only the panel. ``position``: a moment of the call; ``at``: a clock time of
    the call's day."""
    row = services().records.call(call)
    name = row.call if row is not None else call
    told: Any = None
    problem = ""
    try:
        moment, typed = _typed(row.began_at if row is not None else services().clock.now())
        if typed and moment is None:
            problem = gettext("Write a time such as 14:05:30.")
        else:
            told = services().why(name, request.args.get("position", ""), moment)
            if told is None and row is None:
                abort(404)
            if told is None:
                problem = gettext("The journal knows no visit of this call to a queue.")
    except HistoryMissing:
        problem = gettext("The journal of that time is not kept, or is of another release; it can't be explained.")
    template = "why_panel.html" if request.headers.get("HX-Request") else "why.html"
    return render_template(template, row=row, call=name, told=told, problem=problem, said=why_words)


def _typed(began_at: float) -> tuple[float | None, bool]:
    """The moment that was asked for, and whether any was."""
    text = request.args.get("at", "").strip()
    if not text:
        return None, False
    day = local(began_at).date()
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            clock = datetime.strptime(text, form).time()
        except ValueError:
            continue
        return datetime.combine(day, clock, tzinfo=zone()).timestamp(), True
    return None, True
