"""Callbacks: who hung up and waits to be called; a team leader moves them in line, gives another number, cancels them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.floor_pages import snapshot
from callcontrol.admin.security import me, needs, services
from callcontrol.admin.services import NotRenumbered
from callcontrol.floor.entries import CallbackCancelled, CallbackMoved, Entry
from callcontrol.ports.store import Change, StoreUnavailable

pages = Blueprint("callbacks", __name__)

NOT_IN_FLIGHT = ("waiting", "resting")


@pages.get("/callbacks")
@needs("lead")
def page() -> ResponseReturnValue:
    return render_template("callbacks.html", **_shown())


@pages.get("/callbacks/lines")
@needs("lead")
def lines() -> ResponseReturnValue:
    """The table by itself, asked for again and again by the page."""
    return render_template("callbacks_table.html", **_shown())


def _shown() -> dict[str, Any]:
    floor = snapshot()
    titles = {queue["name"]: queue.get("title") for queue in floor.get("queues", ())}
    return {"rows": floor.get("callbacks", ()), "titles": titles, "not_in_flight": NOT_IN_FLIGHT}


@pages.post("/callbacks/<callback>/<action>")
@needs("lead")
def act(callback: str, action: str) -> ResponseReturnValue:
    """``cancel``, ``front``, ``end``, ``queue`` (field ``queue``), ``number`` (field ``number``)."""
    row = next((row for row in snapshot().get("callbacks", ()) if row["callback"] == callback), None)
    if row is None:
        return _notice(gettext("This callback is over; nothing was changed."), 404)
    if row["state"] not in NOT_IN_FLIGHT and (action != "cancel" or row["state"] == "talking"):
        return _notice(gettext("It has its turn just now: phones ring. Try again when they are silent."), 409)
    if action == "number":
        return _renumber(row)
    entry = _entry(row, action)
    if isinstance(entry, str):
        return _notice(entry, 422)
    services().tell(entry)
    after = {"to": entry.to, "queue": entry.queue} if isinstance(entry, CallbackMoved) else {}
    _keep(entry.kind, row, {"queue": row["queue"], "place": row["position"]}, after)
    if action == "cancel":
        return _notice(gettext("The callback to %(number)s is cancelled.", number=row["masked"]))
    return _notice(gettext("The callback to %(number)s has another place now.", number=row["masked"]))


def _entry(row: Mapping[str, Any], action: str) -> Entry | str:
    now, who, callback = services().clock.now(), me().name, str(row["callback"])
    if action == "cancel":
        return CallbackCancelled(at=now, callback=callback, by=who)
    if action in ("front", "end"):
        return CallbackMoved(at=now, callback=callback, to=action, by=who)
    queue = request.form.get("queue", "")
    known = {each["name"] for each in snapshot().get("queues", ())}
    if action != "queue" or queue not in known:
        return str(gettext("There is no such queue; choose one of the list."))
    if queue == row["queue"]:
        return str(gettext("It is in that queue already."))
    return CallbackMoved(at=now, callback=callback, queue=queue, by=who)


def _renumber(row: Mapping[str, Any]) -> ResponseReturnValue:
    number = request.form.get("number", "").strip().replace(" ", "").replace("-", "")
    try:
        masked = services().renumber(str(row["callback"]), number, me().name)
    except NotRenumbered as error:
        sentences = {
            "number": gettext("This number may not be called. Write digits only, as they are dialled from here."),
            "already": gettext("A callback to this number is booked already."),
            "gone": gettext("This callback is over, or has its turn just now; nothing was changed."),
        }
        return _notice(sentences.get(error.why, sentences["gone"]), 422)
    _keep("callback_renumbered", row, {"number": row["masked"]}, {"number": masked})
    return _notice(gettext("It is called at %(number)s from now on.", number=masked))


def _keep(action: str, row: Mapping[str, Any], before: Any, after: Any) -> None:
    """Who did what to whose callback; the number only masked."""
    try:
        services().audit.note(
            Change(
                services().clock.now(), me().name, action, f"call.{row['call']}", before, after, reason=row["masked"]
            )
        )
    except StoreUnavailable as error:  # it is done, and the journal itself says by whom
        current_app.logger.warning("%s was not noted in the audit: %s", action, error)


def _notice(sentence: str, status: int = 200) -> ResponseReturnValue:
    return render_template("notice.html", sentence=sentence, good=status == 200), status
