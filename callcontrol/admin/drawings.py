"""Drawings of flows, made by Graphviz where that is installed."""

from __future__ import annotations

import shutil
import subprocess

from flask import Response, abort

DRAWING_S = 10.0  # forty steps take less than a tenth of a second


def can_draw() -> bool:
    """Whether Graphviz is installed."""
    return shutil.which("dot") is not None


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
