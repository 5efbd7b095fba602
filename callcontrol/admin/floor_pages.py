"""The live floor: the page, its stream, and what a leader may do to an agent's state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.board import STALE_S, board
from callcontrol.admin.languages import language
from callcontrol.admin.security import SignedIn, me, needs, services, still_signed_in
from callcontrol.floor.entries import AgentBack, AgentBreak, AgentLoggedIn, AgentLoggedOut, Entry
from callcontrol.ports.store import Change, StoreUnavailable

pages = Blueprint("floor", __name__)

LEAST_PAUSE_S = 0.5  # whole cards, at most twice a second
PULSE_S = 2.0  # so often the page hears that the data is still fresh
RECHECK_S = 60.0  # so often a stream asks whether its reader may still read
MOST_STREAMS = 500
OFFERED_REASONS = ("rest", "lunch", "training", "meeting")


@pages.get("/")
@needs("agent")
def page() -> ResponseReturnValue:
    if not me().may("lead"):
        return redirect(url_for("floor.own"))
    seen = snapshot()
    return render_template("floor.html", board_html=_board_html(seen), shown=board(seen), stale_s=STALE_S)


@pages.get("/floor/stream")
@needs("lead")
def stream() -> ResponseReturnValue:
    """Server-sent events: the whole board when it changed, and a pulse (time, age of the data) every two seconds."""
    streams: list[object] = current_app.extensions.setdefault("callcontrol_streams", [])
    if len(streams) >= MOST_STREAMS:
        return gettext("Too many floors are open; close some."), 503
    ticket = object()
    streams.append(ticket)
    response = Response(stream_with_context(_messages()), mimetype="text/event-stream")
    response.call_on_close(lambda: streams.remove(ticket) if ticket in streams else None)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _messages() -> Iterator[str]:
    held = services()
    reader = me()
    shown: Any = object()
    checked_at = held.clock.now()
    yield "retry: 2000\n\n"
    while True:
        seen = snapshot()
        yield _pulse(seen)
        if seen.get("version") != shown:
            shown = seen.get("version")
            yield _message(_board_html(seen))
        held.sleep(LEAST_PAUSE_S)
        held.live.wait_change(shown, PULSE_S - LEAST_PAUSE_S)
        if held.clock.now() - checked_at >= RECHECK_S:
            checked_at = held.clock.now()
            if not _may_go_on(reader):
                yield "event: signed-out\ndata: 1\n\n"
                return


def _may_go_on(reader: SignedIn) -> bool:
    try:
        return still_signed_in(reader)
    except StoreUnavailable:
        return True  # asked again in a minute; a wall must not go dark because the database restarts


def snapshot() -> Mapping[str, Any]:
    """The floor as it is, or was less than half a second ago: one look serves all who watch."""
    now, hold_s = services().clock.now(), current_app.config["CALLCONTROL_SNAPSHOT_S"]
    taken: tuple[float, Mapping[str, Any]] | None = current_app.extensions.get("callcontrol_snapshot")
    if taken is None or not 0 <= now - taken[0] < hold_s:
        taken = current_app.extensions["callcontrol_snapshot"] = (now, services().live.snapshot())
    return taken[1]


def _pulse(snapshot: Mapping[str, Any]) -> str:
    data = {
        "now": services().clock.now(),
        "age_s": snapshot.get("age_s", 0.0),
        "desk_alive": bool(snapshot.get("desk_alive", True)),
    }
    return f"event: pulse\ndata: {json.dumps(data)}\n\n"


def _message(html: str) -> str:
    lines = (line.strip() for line in html.splitlines())
    return "".join(f"data: {line}\n" for line in lines if line) + "\n"


def _board_html(snapshot: Mapping[str, Any]) -> str:
    """The cards, rendered once for each version, language and state of the data however many read them."""
    rendered: dict[Any, tuple[Any, str]] = current_app.extensions.setdefault("callcontrol_boards", {})
    version = (
        snapshot.get("version"),
        snapshot.get("desk_alive"),
        tuple(snapshot.get("troubles", ())),
        str(snapshot.get("alarms")),
    )
    last = rendered.get(language())
    if last is None or last[0] != version:
        html = render_template("board.html", reasons=OFFERED_REASONS, **board(snapshot))
        last = rendered[language()] = (version, html)
    return last[1]


@pages.get("/me")
@needs("agent")
def own() -> ResponseReturnValue:
    """An agent's own page: state, the two or three things to do about it, and the last calls."""
    rows = services().records.calls(agent=me().agent, limit=10) if me().agent else []
    return render_template("own.html", mine=_mine(), rows=rows, reasons=OFFERED_REASONS)


@pages.get("/me/state")
@needs("agent")
def own_state() -> ResponseReturnValue:
    return render_template("own_state.html", mine=_mine(), reasons=OFFERED_REASONS)


def _mine() -> dict[str, Any] | None:
    agents = board(snapshot())["agents"]
    return next((agent for agent in agents if me().agent and agent["agent"] == me().agent), None)


@pages.post("/floor/agents/<agent>/<action>")
@needs("agent")
def act(agent: str, action: str) -> ResponseReturnValue:
    """Log an agent in or out, on break or back. An agent may do it to oneself, a leader to all."""
    if not me().may("lead") and agent != me().agent:
        abort(403)
    known = next((row for row in snapshot().get("agents", ()) if row["agent"] == agent), None)
    if known is None:
        sentence = gettext("There is no agent %(agent)s on the floor; add the agent and publish.", agent=agent)
        return render_template("notice.html", sentence=sentence, good=False), 404
    made = _entry(agent, action)
    if made is None:
        abort(404)
    entry, sentence = made
    services().tell(entry)
    _keep(entry, agent, known["state"])
    return render_template("notice.html", sentence=sentence, good=True)


def _keep(entry: Entry, agent: str, before: str) -> None:
    reason = entry.reason if isinstance(entry, AgentBreak) else ""
    try:
        services().audit.note(Change(entry.at, me().name, entry.kind, f"agent.{agent}", before, reason=reason))
    except StoreUnavailable as error:  # it is done, and the journal itself says by whom
        current_app.logger.warning("%s was not noted in the audit: %s", entry.kind, error)


def _entry(agent: str, action: str) -> tuple[Entry, str] | None:
    now, who = services().clock.now(), me().name
    if action == "log-in":
        return AgentLoggedIn(at=now, agent=agent, by=who), gettext("Agent %(agent)s is logged in.", agent=agent)
    if action == "log-out":
        sentence = gettext("Agent %(agent)s is logged out, after the talk if there is one.", agent=agent)
        return AgentLoggedOut(at=now, agent=agent, by=who), sentence
    if action == "break":
        reason = request.form.get("reason", "")
        reason = reason if reason in OFFERED_REASONS else ""
        sentence = gettext("Agent %(agent)s is on break, after the talk if there is one.", agent=agent)
        return AgentBreak(at=now, agent=agent, reason=reason, by=who), sentence
    if action == "back":
        return AgentBack(at=now, agent=agent, by=who), gettext("Agent %(agent)s is back.", agent=agent)
    return None
