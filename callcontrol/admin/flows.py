"""The flows, read only: their steps, their drawing, their parameters as they stand."""

from __future__ import annotations

import shutil
import subprocess

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from callcontrol.admin.security import needs, services

pages = Blueprint("flows", __name__)

DRAWING_S = 10.0  # forty steps take less than a tenth of a second
MOST_DAYS = 366


@pages.get("/flows")
@needs("manager")
def page() -> ResponseReturnValue:
    return render_template("flows.html", flows=services().flows(), drawing=can_draw())


def can_draw() -> bool:
    """Whether Graphviz is installed."""
    return shutil.which("dot") is not None


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


def drawn(dot_text: str) -> Response:
    """The picture as SVG that can do nothing but be looked at."""
    dot = shutil.which("dot")
    if not dot_text or dot is None:
        abort(404)
    try:
        made = subprocess.run(
            [dot, "-Tsvg"], input=dot_text.encode(), capture_output=True, timeout=DRAWING_S, check=True
        )
    except (subprocess.SubprocessError, OSError):
        abort(404)
    response = Response(made.stdout, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
