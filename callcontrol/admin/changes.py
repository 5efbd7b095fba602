"""Who changed what, from what, to what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from callcontrol.admin.differences import Difference, differences
from callcontrol.admin.security import needs, services
from callcontrol.ports.store import Change

pages = Blueprint("changes", __name__)

MOST = 200


@dataclass(frozen=True, slots=True)
class Shown:
    change: Change
    differences: list[Difference]


@pages.get("/changes")
@needs("manager")
def page() -> ResponseReturnValue:
    about = request.args.get("about", "").strip()
    lines = services().audit.changes(object_prefix=about, limit=MOST)
    shown = [Shown(line, differences(_plain(line.before), _plain(line.after))) for line in lines]
    return render_template("changes.html", shown=shown, about=about, most=MOST)


def _plain(value: Any) -> Any:
    return {} if value is None else value
