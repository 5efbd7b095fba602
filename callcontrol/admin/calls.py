"""Calls that were: the list with its filters, one call with its story, and its recording played in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from callcontrol.admin.drawings import can_draw, drawn
from callcontrol.admin.languages import day_start
from callcontrol.admin.security import me, needs, services
from callcontrol.admin.story import survey, told
from callcontrol.flow.trace import lanes_of, rungs, steps_of, ways_of
from callcontrol.ports.store import CallRow, Change
from callcontrol.values.outcomes import Outcome

pages = Blueprint("calls", __name__)

PER_PAGE = 50
LISTENED_AGAIN_S = 300.0  # seeking within one hearing is one line of the audit, not fifty


@pages.get("/calls")
@needs("agent")
def page() -> ResponseReturnValue:
    asked = {key: request.args.get(key, "").strip() for key in ("queue", "agent", "outcome", "since", "until")}
    rows: Sequence[CallRow] = ()
    if me().may("lead") or me().agent:
        rows = services().records.calls(
            since=day_start(asked["since"]),
            until=day_start(asked["until"], days=1),
            queue=asked["queue"],
            agent=asked["agent"] if me().may("lead") else me().agent,
            outcome=asked["outcome"],
            before=_before(request.args.get("before", "")),
            limit=PER_PAGE + 1,
        )
    older = ""
    if len(rows) > PER_PAGE:
        rows = rows[:PER_PAGE]
        older = url_for("calls.page", **_set(asked), before=f"{rows[-1].began_at!r}~{rows[-1].call}")
    return render_template(
        "calls.html",
        rows=rows,
        asked=asked,
        filtered=any(asked.values()) or "before" in request.args,
        older=older,
        newest=url_for("calls.page", **_set(asked)) if "before" in request.args else "",
        outcomes=[outcome.value for outcome in Outcome if outcome is not Outcome.WAITING],
        titles=queue_titles(),
    )


def _set(asked: Mapping[str, str]) -> dict[str, Any]:
    return {key: value for key, value in asked.items() if value}


def _before(text: str) -> tuple[float, str] | None:
    at, _, call = text.partition("~")
    try:
        return (float(at), call) if call else None
    except ValueError:
        return None


def queue_titles() -> dict[str, Mapping[str, str]]:
    release = services().releases.current()
    return {name: queue.title for name, queue in release.configuration.queues.items()} if release else {}


def _mine_to_see(row: CallRow | None) -> CallRow:
    """The row if this reader may see it; a call of others is as unknown as one that never was."""
    if row is None or not (me().may("lead") or (me().agent and row.agent == me().agent)):
        abort(404)
    return row


def row_to_see(call: str) -> CallRow:
    return _mine_to_see(services().records.call(call))


@pages.get("/calls/<call>")
@needs("agent")
def one(call: str) -> ResponseReturnValue:
    row, titles = row_to_see(call), queue_titles()
    current = services().releases.current()
    lines = services().records.story(row.call)
    story = [told(line, titles) for line in lines]
    ladder = rungs((line.at, line.kind, line.data) for line in lines)
    return render_template(
        "call.html",
        row=row,
        story=story,
        ladder=list(zip(ladder, story, strict=True)),
        lanes=lanes_of(ladder),
        drawing=can_draw(),
        recordings=services().records.recordings_of(row.call),
        survey=survey,
        titles=titles,
        listed=current.configuration.callers.get(row.number_key) if current and row.number_key else None,
    )


@pages.get("/calls/<call>/flow.svg")
@needs("agent")
def went(call: str) -> ResponseReturnValue:
    """The drawing of the call's flow with the way that the call took."""
    row = row_to_see(call)
    story = [(line.at, line.kind, line.data) for line in services().records.story(row.call)]
    return drawn(services().picture(row.flow, row.flow_release, ways_of(steps_of(story)), None))


@pages.get("/recordings/<recording>")
@needs("agent")
def listen(recording: str) -> ResponseReturnValue:
    """The sound itself, with ranges so that one can seek. Who listened is kept."""
    row = services().records.recording(recording)
    if row is None:
        abort(404)
    _mine_to_see(services().records.call(row.call))
    file = services().recording_file(row.path)
    if file is None or not file.is_file():
        abort(404)
    _note_listener(row.recording, row.call)
    response: Response = send_file(file, mimetype="audio/wav", conditional=True, max_age=0)
    response.headers["Content-Disposition"] = "inline"
    return response


def _note_listener(recording: str, call: str) -> None:
    heard: dict[tuple[str, str], float] = current_app.extensions.setdefault("callcontrol_heard", {})
    now, key = services().clock.now(), (me().name, recording)
    if now - heard.get(key, 0.0) < LISTENED_AGAIN_S:
        return
    services().audit.note(Change(now, me().name, "recording.heard", f"call.{call}", after={"recording": recording}))
    if len(heard) > 10_000:
        heard.clear()
    heard[key] = now
