"""An agent's own page with its stream, and what may be asked for an agent: by the agent for oneself, by a leader for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import words
from callcontrol.admin.board import board
from callcontrol.admin.floor_pages import EXTENSIONS_S, snapshot, stream_of
from callcontrol.admin.security import me, needs, services
from callcontrol.floor.requests import GRANTED, Action, Answer, Request, Result
from callcontrol.ports.store import Change, StoreUnavailable
from callcontrol.values.pins import pin_problem

pages = Blueprint("agents", __name__)


@pages.get("/me")
@needs("agent")
def own() -> ResponseReturnValue:
    """An agent's own page: state, the few things to do about it, and the last calls."""
    return _own()


def _own(problem: str = "", status: int = 200) -> ResponseReturnValue:
    agent = me().agent
    rows = services().records.calls(agent=agent, limit=10) if agent else []
    has_pin = agent in services().pins.agents()
    html = _own_html(snapshot())
    return render_template("own.html", own_html=html, rows=rows, has_pin=has_pin, problem=problem), status


@pages.post("/me/pin")
@needs("agent")
def pin() -> ResponseReturnValue:
    """One's own PIN for the telephone."""
    typed = request.form.get("pin", "")
    if not me().agent:
        abort(404)
    if typed != request.form.get("again"):
        return _own(gettext("The two PINs differ; type the same one twice."), 422)
    if problem := pin_problem(typed, me().agent):
        return _own(words.pin_problem(problem), 422)
    services().pins.set(me().agent, typed, who=me().name)
    flash(gettext("You have a new PIN."), "success")
    return redirect(url_for("agents.own"))


@pages.get("/me/stream")
@needs("agent")
def stream() -> ResponseReturnValue:
    return stream_of(_own_html)


def _own_html(shown: Mapping[str, Any]) -> str:
    agents = board(shown)["agents"] if me().agent else []
    mine = next((agent for agent in agents if agent["agent"] == me().agent), None)
    return render_template(
        "own_state.html",
        mine=mine,
        own=True,
        reasons=shown.get("break_reasons", {}),
        extensions=EXTENSIONS_S,
        now=services().clock.now(),
    )


@pages.post("/floor/agents/<agent>/<action>")
@needs("agent")
def act(agent: str, action: str) -> ResponseReturnValue:
    """Log in or out, break, back, end or extend the wrap-up. An agent may do it to oneself, a leader to all."""
    if not me().may("lead") and agent != me().agent:
        abort(403)
    if action not in set(Action):
        abort(404)
    seconds = request.form.get("seconds", "0")
    asked = Request(
        Action(action),
        agent,
        by=me().name,
        own=not me().may("lead"),
        reason=request.form.get("reason", ""),
        seconds=float(seconds) if seconds.isascii() and seconds.isdigit() else 0.0,
    )
    said = ask(asked, me().name)
    sentence = f"{agent}: {words.request_word(asked.action)} – {words.request_result(said.result)}"
    return render_template("notice.html", sentence=sentence, good=said.granted), STATUS.get(said.result, 200)


STATUS = {
    **{result: 409 for result in Result if result not in GRANTED},
    Result.UNKNOWN: 404,
    Result.WRONG_REASON: 422,
    Result.WRONG_SECONDS: 422,
}


def ask(asked: Request, who: str) -> Answer:
    """Ask it, and note in the audit what was done. Raises ``JournalUnavailable``."""
    before = next((row["state"] for row in snapshot().get("agents", ()) if row["agent"] == asked.agent), "")
    said = services().ask(asked)
    if said.entry is not None:
        change = Change(said.entry.at, who, said.entry.kind, f"agent.{asked.agent}", before, reason=asked.reason)
        try:
            services().audit.note(change)
        except StoreUnavailable as error:  # it is done, and the journal itself says by whom
            current_app.logger.warning("%s was not noted in the audit: %s", said.entry.kind, error)
    return said
