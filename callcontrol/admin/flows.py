"""The flows, read only: their steps, their drawing, their parameters as they stand."""

from __future__ import annotations

import shutil
import subprocess

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from callcontrol.admin.security import needs, services
from callcontrol.admin.services import FlowSheet

pages = Blueprint("flows", __name__)

DRAWING_S = 10.0  # forty steps take less than a tenth of a second


@pages.get("/flows")
@needs("manager")
def page() -> ResponseReturnValue:
    return render_template("flows.html", flows=services().flows(), drawing=shutil.which("dot") is not None)


@pages.get("/flows/<name>.svg")
@needs("manager")
def drawing(name: str) -> ResponseReturnValue:
    """The flow drawn by Graphviz; 404 where that is not installed or the flow gives no drawing."""
    sheet: FlowSheet | None = next((flow for flow in services().flows() if flow.name == name), None)
    dot = shutil.which("dot")
    if sheet is None or not sheet.dot or dot is None:
        abort(404)
    try:
        drawn = subprocess.run(
            [dot, "-Tsvg"], input=sheet.dot.encode(), capture_output=True, timeout=DRAWING_S, check=True
        )
    except (subprocess.SubprocessError, OSError):
        abort(404)
    response = Response(drawn.stdout, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
