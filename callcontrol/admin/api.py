"""The API about agents: JSON, a bearer token of a user, errors as sentences. The same questions as on the pages, with the same
rights and the same answers.

    GET  /api/agents                  everybody (an agent: oneself)
    GET  /api/agents/1001
    POST /api/agents/1001/break       {"reason": "lunch"}
    POST /api/agents/1001/extend      {"seconds": 60}
    POST /api/agents/1001/login       {"contact": "user/1001"}; logout, back, wrap-up-end take nothing
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import words
from callcontrol.admin.agent_pages import STATUS, ask
from callcontrol.admin.floor_pages import snapshot
from callcontrol.admin.security import SIGN_INS_PER_WINDOW, SignedIn, rate_limit, services
from callcontrol.floor.requests import Action, Request
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import StoreUnavailable
from callcontrol.values.configuration_checks import CONTACT

pages = Blueprint("api", __name__, url_prefix="/api")

P = ParamSpec("P")

SHOWN = (
    "agent", "title", "state", "since", "reason", "next_state", "next_reason", "queue", "skills", "answered", "misses",
    "missed_out", "back_off_until", "registered", "own_call", "wrap_up_mode", "wrap_up_until", "wrap_up_ask_until",
)  # fmt: skip


def _by_token(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        who = f"token from {request.remote_addr}"
        try:
            user = services().tokens.user_of(token.strip()) if kind.lower() == "bearer" and token else None
            if user is None:
                if not rate_limit().allows(who, SIGN_INS_PER_WINDOW):
                    return _error(429, gettext("Too many tries. Wait five minutes, then try again."))
                return _unknown_token()
            g.api_user = SignedIn(user)
            return view(*args, **kwargs)
        except StoreUnavailable as error:
            current_app.logger.warning("%s", error)
            return _error(503, gettext("The database can't be reached; nothing was changed. Try again shortly."))
        except JournalUnavailable as error:
            current_app.logger.warning("%s", error)
            return _error(503, gettext("The journal can't be reached; nothing was changed. Try again shortly."))

    guarded.needs_role = "token"  # type: ignore[attr-defined]
    return guarded


def _error(status: int, sentence: str, **more: Any) -> ResponseReturnValue:
    return jsonify({"error": str(sentence), **more}), status


def _unknown_token() -> ResponseReturnValue:
    sentence = gettext(
        "Send a token that is in force as 'Authorization: Bearer TOKEN'; callcontrol admin token NAME makes one."
    )
    answer: Response = jsonify({"error": str(sentence)})
    answer.headers["WWW-Authenticate"] = 'Bearer realm="callcontrol"'
    return answer, 401


def _me() -> SignedIn:
    user: SignedIn = g.api_user
    return user


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in SHOWN}


@pages.get("/agents")
@_by_token
def all_agents() -> ResponseReturnValue:
    rows = snapshot().get("agents", ())
    return jsonify({"agents": [_shown(row) for row in rows if _me().may("lead") or row["agent"] == _me().agent]})


@pages.get("/agents/<agent>")
@_by_token
def one(agent: str) -> ResponseReturnValue:
    if refused := _refused(agent):
        return refused
    row = next((row for row in snapshot().get("agents", ()) if row["agent"] == agent), None)
    return jsonify(_shown(row)) if row else _error(404, words.request_result("unknown_agent"))


def _refused(agent: str) -> ResponseReturnValue | None:
    if _me().may("lead") or agent == _me().agent:
        return None
    return _error(403, gettext("Your role does not allow this. Ask a manager."))


@pages.post("/agents/<agent>/<action>")
@_by_token
def act(agent: str, action: str) -> ResponseReturnValue:
    if refused := _refused(agent):
        return refused
    if action not in set(Action):
        actions = ", ".join(Action)
        return _error(404, gettext("There is no such action; the actions are: %(actions)s.", actions=actions))
    data = request.get_json(silent=True) if request.data else {}
    if not isinstance(data, dict) or data.keys() - {"reason", "seconds", "contact"}:
        return _error(400, gettext("Send a JSON object with reason, seconds or contact, or nothing at all."))
    reason, seconds, contact = data.get("reason", ""), data.get("seconds", 0), data.get("contact", "")
    if not isinstance(reason, str):
        return _error(422, words.request_result("wrong_reason"))
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return _error(422, words.request_result("wrong_seconds"))
    if not isinstance(contact, str) or (contact and (not CONTACT.fullmatch(contact) or not _me().may("lead"))):
        return _error(
            422, gettext("A contact is a phone such as user/1001, and only a team leader may give another one.")
        )
    who = _me()
    asked = Request(
        Action(action),
        agent,
        by=who.name,
        own=not who.may("lead"),
        reason=reason,
        seconds=float(seconds),
        contact=contact,
    )
    said = ask(asked, who.name)
    if not said.granted:
        return _error(STATUS[said.result], words.request_result(said.result), result=said.result.value)
    rows: list[Mapping[str, Any]] = services().live.snapshot().get("agents", [])
    row = next((row for row in rows if row["agent"] == agent), {})
    return jsonify({"result": said.result.value, "agent": _shown(row)})
