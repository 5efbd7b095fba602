"""The live floor: the page, and the streams that keep it and an agent's own page current."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.board import STALE_S, board
from callcontrol.admin.emergency_pages import acting
from callcontrol.admin.languages import language
from callcontrol.admin.security import SignedIn, me, needs, services, still_signed_in
from callcontrol.ports.store import StoreUnavailable

pages = Blueprint("floor", __name__)

LEAST_PAUSE_S = 0.5  # whole cards, at most twice a second
PULSE_S = 2.0  # so often the page hears that the data is still fresh
RECHECK_S = 60.0  # so often a stream asks whether its reader may still read
MOST_STREAMS = 500
EXTENSIONS_S = (60, 300)  # of a wrap-up, as offered on the pages


@pages.get("/")
@needs("agent")
def page() -> ResponseReturnValue:
    if not me().may("lead"):
        return redirect(url_for("agents.own"))
    shown = snapshot()
    return render_template("floor.html", board_html=_board_html(shown), shown=board(shown), stale_s=STALE_S)


@pages.get("/floor/stream")
@needs("lead")
def stream() -> ResponseReturnValue:
    return stream_of(_board_html)


def stream_of(html: Callable[[Mapping[str, Any]], str]) -> ResponseReturnValue:
    """Server-sent events: ``html`` of the floor when it changed, and a pulse (time, age of the data) every two seconds."""
    streams: list[object] = current_app.extensions.setdefault("callcontrol_streams", [])
    if len(streams) >= MOST_STREAMS:
        return gettext("Too many floors are open; close some."), 503
    ticket = object()
    streams.append(ticket)
    response = Response(stream_with_context(_messages(html)), mimetype="text/event-stream")
    response.call_on_close(lambda: streams.remove(ticket) if ticket in streams else None)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _messages(html: Callable[[Mapping[str, Any]], str]) -> Iterator[str]:
    held = services()
    reader = me()
    shown: Any = object()
    said = ""
    checked_at = held.clock.now()
    yield "retry: 2000\n\n"
    while True:
        now = snapshot()
        yield _pulse(now)
        if now.get("version") != shown:
            shown = now.get("version")
            made = html(now)
            if made != said:  # what an agent sees changes far less often than the floor
                said = made
                yield _message(made)
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


def _board_html(shown: Mapping[str, Any]) -> str:
    """The cards, rendered once for each version, language and state of the data however many read them."""
    rendered: dict[Any, tuple[Any, str]] = current_app.extensions.setdefault("callcontrol_boards", {})
    emergencies = acting(shown.get("emergencies", ()), services().clock.now())
    version = (
        str(emergencies),
        shown.get("version"),
        shown.get("desk_alive"),
        tuple(shown.get("troubles", ())),
        str(shown.get("alarms")),
    )
    last = rendered.get(language())
    if last is None or last[0] != version:
        html = render_template(
            "board.html",
            reasons=shown.get("break_reasons", {}),
            extensions=EXTENSIONS_S,
            emergencies=emergencies,
            **board(shown),
        )
        last = rendered[language()] = (version, html)
    return last[1]
