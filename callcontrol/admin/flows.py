"""The flows, read only: their releases with who uses them, their steps, their drawing, their parameters as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from callcontrol.admin.drawings import can_draw, drawn
from callcontrol.admin.release_counts import release_rows
from callcontrol.admin.security import needs, services
from callcontrol.admin.services import FlowRelease, FlowState
from callcontrol.values.composed import is_kept
from callcontrol.values.configuration import Configuration
from callcontrol.values.trials import uses_of

pages = Blueprint("flows", __name__)

MOST_DAYS = 366
DAYS = 7  # of calls that are counted by release


@pages.get("/flows")
@needs("manager")
def page() -> ResponseReturnValue:
    current = services().releases.current()
    configuration = current.configuration if current else Configuration()
    now = services().clock.now()
    sheets = services().flows()
    state = services().flow_state()
    since = now - DAYS * 86_400
    draft = services().releases.draft().configuration
    composed = [
        (name, data.get("title", {}), len(data.get("steps", {})), is_kept(draft, name))
        for name, data in sorted(draft.composed.items())
    ]
    return render_template(
        "flows.html",
        composed=composed,
        flows=sheets,
        drawing=can_draw(),
        releases=_by_flow(services().flow_releases(configuration), state, configuration),
        kept=[row for row in state.controllers if row.kept],
        state=state,
        rows={sheet.name: release_rows(services().records.by_release(sheet.name, since, now)) for sheet in sheets},
        days=DAYS,
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A release with who uses it: ``entries`` (number, whether on trial), ``calls`` under way, and the ``controllers`` that do
    not have it in this state."""

    release: FlowRelease
    entries: list[tuple[str, bool]]
    calls: int
    controllers: list[str]


def _by_flow(
    releases: Sequence[FlowRelease], state: FlowState, configuration: Configuration
) -> dict[str, list[Loaded]]:
    found: dict[str, list[Loaded]] = {}
    living = sorted({row.controller for row in state.controllers})
    newest = {one.name: one.release for one in sorted(releases, key=lambda one: one.release)}
    for one in releases:
        alike = [row for row in state.controllers if (row.name, row.release) == (one.name, one.release)]
        having = {row.controller for row in alike if row.code == one.code and not row.kept}
        uses = (use for entry in configuration.entries.values() for use in uses_of(entry, newest.get(entry.flow, 0)))
        entries = [(use.number, use.trial) for use in uses if (use.flow, use.release) == (one.name, one.release)]
        calls = sum(row.calls for row in alike)
        missing = [name for name in living if name not in having]
        found.setdefault(one.name, []).append(Loaded(one, entries, calls, missing))
    return found


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
