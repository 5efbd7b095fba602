"""Who changed what, from what, to what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from callcontrol.admin.differences import differences
from callcontrol.admin.problem_words import place
from callcontrol.admin.security import needs, services
from callcontrol.ports.store import Change
from callcontrol.values.listed_callers import ListedCaller

pages = Blueprint("changes", __name__)

MOST = 200


@dataclass(frozen=True, slots=True)
class Shown:
    change: Change
    where: str
    differences: list[tuple[str, str | None, str | None]]


@pages.get("/changes")
@needs("manager")
def page() -> ResponseReturnValue:
    about = request.args.get("about", "").strip()
    lines = services().audit.changes(object_prefix=about, limit=MOST)
    callers = services().releases.draft().configuration.callers if lines else {}
    return render_template("changes.html", shown=[_shown(line, callers) for line in lines], about=about)


def _shown(line: Change, callers: Mapping[str, ListedCaller]) -> Shown:
    found = differences(_plain(line.before), _plain(line.after))
    where = place(line.object, callers)
    return Shown(line, where, [(place(d.path, callers) if d.path else "", d.before, d.after) for d in found])


def _plain(value: Any) -> Any:
    return {} if value is None else value
