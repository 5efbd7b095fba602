"""Messages that callers left: heard in the page, fetched, marked done; the number to call back is shown on asking, and who asked is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin.calls import queue_titles
from callcontrol.admin.security import me, needs, services
from callcontrol.ports.store import Change, MessageRow, StoreUnavailable

pages = Blueprint("messages", __name__)

PER_PAGE = 50
HANDLED = ("new", "heard", "done")
COUNTED_AGAIN_S = 3.0  # the number in the bar need not be newer


@pages.get("/messages")
@needs("lead")
def page() -> ResponseReturnValue:
    box = request.args.get("box", "").strip()
    handled = request.args.get("handled", "")
    rows = services().messages.list(
        box=box,
        handled=handled if handled in HANDLED else "",
        before=_before(request.args.get("before", "")),
        limit=PER_PAGE + 1,
    )
    older = ""
    if len(rows) > PER_PAGE:
        rows = rows[:PER_PAGE]
        last = f"{rows[-1].began_at!r}~{rows[-1].message}"
        older = url_for("messages.page", box=box or None, handled=handled or None, before=last)
    return render_template(
        "messages.html",
        rows=rows,
        box=box,
        handled=handled,
        boxes=services().messages.boxes(),
        titles=queue_titles(),
        older=older,
        states=HANDLED,
    )


def _before(text: str) -> tuple[float, str] | None:
    at, _, message = text.partition("~")
    try:
        return (float(at), message) if message else None
    except ValueError:
        return None


@pages.get("/messages/<message>/sound")
@needs("lead")
def sound(message: str) -> ResponseReturnValue:
    """The sound, with ranges so that one can seek; ``?fetch=1`` as a file. Who listened or fetched is kept."""
    row = _one(message)
    file = services().recording_file(row.path)
    if file is None or not file.is_file():
        abort(404)
    fetched = "fetch" in request.args
    _note(row, "message.fetched" if fetched else "message.heard")
    services().messages.mark(row.message, "heard", who=me().name, at=services().clock.now())
    name = f"message-{row.message[:8]}.wav"
    response: Response = send_file(file, "audio/wav", fetched, name, conditional=True, max_age=0)
    return response


@pages.post("/messages/<message>/<action>")
@needs("lead")
def act(message: str, action: str) -> ResponseReturnValue:
    """``done``, ``new`` (it is to be seen to after all), ``number`` (shows the caller's full number)."""
    row = _one(message)
    if action == "number":
        number = services().message_number(row.message)
        if not number:
            return _notice(gettext("The number is not kept any more, or the caller withheld it."), 404)
        _note(row, "message.number")
        return _notice(gettext("Call back at %(number)s.", number=number))
    if action not in ("done", "new"):
        abort(404)
    now = services().clock.now()
    services().messages.mark(row.message, action, who=me().name, at=now)
    services().audit.note(Change(now, me().name, f"message.{action}", f"call.{row.call}", row.handled, action))
    current_app.extensions.pop("callcontrol_new_messages", None)
    return render_template("message_row.html", row=services().messages.get(row.message), titles=queue_titles())


def count_new() -> int:
    """How many messages nobody has heard yet; 0 while the database is away."""
    now = services().clock.now()
    at, number = current_app.extensions.get("callcontrol_new_messages", (0.0, 0))
    if not at <= now < at + COUNTED_AGAIN_S:
        try:
            number = services().messages.count_new()
        except StoreUnavailable:
            return 0
        current_app.extensions["callcontrol_new_messages"] = (now, number)
    return int(number)


def _one(message: str) -> MessageRow:
    row = services().messages.get(message)
    if row is None:
        abort(404)
    return row


def _note(row: MessageRow, action: str) -> None:
    """Once in a while for the same listener: seeking within one hearing is one line of the audit."""
    noted: dict[tuple[str, str, str], float] = current_app.extensions.setdefault("callcontrol_messages_noted", {})
    now, key = services().clock.now(), (me().name, action, row.message)
    if now - noted.get(key, -1e9) < 300.0 and action == "message.heard":
        return
    services().audit.note(Change(now, me().name, action, f"call.{row.call}", after={"message": row.message}))
    if len(noted) > 10_000:
        noted.clear()
    noted[key] = now


def _notice(sentence: str, status: int = 200) -> tuple[Any, int]:
    return render_template("notice.html", sentence=sentence, good=status == 200), status
