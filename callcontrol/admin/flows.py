"""The flows, read only: their steps, their drawing, their parameters as they stand."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from callcontrol.admin.drawings import can_draw, drawn
from callcontrol.admin.security import needs, services
from callcontrol.values.composed import is_kept

pages = Blueprint("flows", __name__)

MOST_DAYS = 366


@pages.get("/flows")
@needs("manager")
def page() -> ResponseReturnValue:
    configuration = services().releases.draft().configuration
    composed = [
        (name, data.get("title", {}), len(data.get("steps", {})), is_kept(configuration, name))
        for name, data in sorted(configuration.composed.items())
    ]
    return render_template("flows.html", flows=services().flows(), composed=composed, drawing=can_draw())


@pages.get("/flows/<name>.svg")
@needs("manager")
def drawing(name: str) -> ResponseReturnValue:
    """The flow drawn by Graphviz; 404 where that is not installed or the flow gives no drawing. ``days=7``: with how often
    each way was taken in the last so many days."""
    days = request.args.get("days", "")
    counts = None
    if days.isdecimal() and 0 < int(days) <= MOST_DAYS:
        now = services().clock.now()
        counts = services().records.ways(name, now - int(days) * 86_400, now)
    return drawn(services().picture(name, None, (), counts))
