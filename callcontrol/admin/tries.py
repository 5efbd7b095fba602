"""Try the rules of a form on yesterday's calls, before they are saved: begun here, done by a process of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcontrol.admin import edits
from callcontrol.admin.problem_words import place, translated
from callcontrol.admin.rules import typed_queue
from callcontrol.admin.security import needs, services
from callcontrol.values.configuration import as_data

pages = Blueprint("tries", __name__)

SHARES = frozenset({"service_level", "load"})
SECONDS = frozenset({"longest_wait_s", "mean_wait_s"})


@pages.post("/rules/queues/<name>/try")
@needs("manager")
def begin(name: str) -> ResponseReturnValue:
    """The form as it stands, over the draft, tried on the calls of a day."""
    draft = services().releases.draft()
    queue = typed_queue(name, draft)
    if queue is None:
        return _say(gettext("Something in the form is wrong; save it to see where."))
    tried = edits.with_queue(draft.configuration, queue)
    fatal = [p for p in services().check(tried) if p.fatal and f"{p.where}.".startswith(f"queues.{name}.")]
    if fatal:
        return _say(" ".join(f"{place(problem.where)}: {translated(problem.what)}" for problem in fatal))
    day = request.form.get("try_day", "yesterday")
    number = services().tries.begin(name, as_data(tried), day if day in ("yesterday", "today") else "yesterday")
    return _shown(number)


@pages.get("/rules/tries/<number>")
@needs("manager")
def state(number: str) -> ResponseReturnValue:
    return _shown(number)


def _shown(number: str) -> ResponseReturnValue:
    tried = services().tries.state(number)
    if tried is None:
        abort(404)
    return render_template("tried.html", number=number, tried=tried, figure=figure, spread=spread, sign_of=sign_of)


def _say(problem: str) -> ResponseReturnValue:
    return render_template("tried.html", number="", tried=None, problem=problem)


def figure(name: str, value: float | None, plus: bool = False) -> str:
    """One number as a reader writes it; "–" for what is not known."""
    if value is None:
        return "–"
    sign = "+z" if plus else "z"  # z: no minus before a zero
    if name in SHARES:
        return f"{value * 100:{sign}.1f} %"
    if name in SECONDS:
        return f"{value:{sign}.1f} s"
    return f"{value:{sign},.0f}"


def spread(name: str, found: Any, plus: bool = False) -> str:
    """``81.2 – 84.0 %``: where 80 of 100 such days lie; empty where that is one number, or not known."""
    if not found or found.get("low80") is None or found["low80"] == found["high80"]:
        return ""
    low = found["low80"] if plus else max(0.0, found["low80"])
    high = found["high80"] if plus or name not in SHARES else min(1.0, found["high80"])
    return f"{figure(name, low, plus)} … {figure(name, high, plus)}"


def sign_of(name: str, found: Any) -> str:
    """``good``, ``bad`` or ``off``: only where even the range's weaker end is on one side."""
    if not found or found.get("low80") is None or found["low80"] <= 0 <= found["high80"]:
        return "off"
    better = found["mean"] > 0 if name in ("answered", "service_level") else found["mean"] < 0
    return "off" if name in ("callers", "told", "load") else "good" if better else "bad"
