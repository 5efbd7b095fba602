"""The words of the account of a call: reasons, decisions, what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin.words import Sign, named, outcome, sign

REASONS = {
    "free": Sign(_("Free"), "circle-check", "good"),
    "skills": Sign(_("Skills do not fit"), "circle-dashed", "off"),
    "logged_out": Sign(_("Logged out"), "logout", "off"),
    "break": Sign(_("Break"), "coffee", "away"),
    "unreachable": Sign(_("Phone not reachable"), "plug-connected-x", "bad"),
    "back_off": Sign(_("Left in peace after a missed call"), "clock", "away"),
    "too_many_misses": Sign(_("Missed too many calls"), "alert-triangle", "bad"),
    "not_registered": Sign(_("Phone not registered"), "plug-connected-x", "bad"),
    "own_call": Sign(_("In a call of their own"), "phone-call", "away"),
    "reserved": Sign(_("Is offered another call"), "phone-incoming", "call"),
    "ringing": Sign(_("Ringing"), "bell", "call"),
    "talking": Sign(_("Talking"), "phone-call", "talk"),
    "hold": Sign(_("On hold"), "clock", "talk"),
    "wrap_up": Sign(_("Wrap-up"), "pencil", "soon"),
    "sticky": Sign(_("Another agent is waited for"), "clock", "soon"),
    "refused": Sign(_("Did not take this call"), "circle-x", "away"),
}
COMING = {
    "announcement": _("the off-peak announcement, if all are still busy"),
    "timeout": _("waited too long: the call goes back to its flow"),
    "late": _("passes the hard bound and goes first"),
    "relaxation": _("a relaxation step"),
    "agent_free": _("an agent may be free"),
    "sticky_over": _("an agent is waited for no longer"),
    "one_more_phone": _("one more phone rings, if an agent is free"),
}
KINDS = {
    "call_joined": _("Joined the queue"),
    "call_left": _("Left the queue"),
    "call_stays": _("Chose to wait on"),
    "callback_booked": _("Booked a callback"),
    "message_granted": _("Announcement"),
    "message_finished": _("Heard the announcement"),
    "offered": _("Offered to"),
    "relaxed": _("Relaxation step"),
    "released": _("Given back to the flow"),
}
BRANCHES = {
    "still_busy": _("still busy"),
    "away": _("all on break"),
    "nobody": _("nobody logged in"),
    "overflow": _("overflow"),
    "hangup": _("hung up"),
}


def reason(key: str) -> Sign:
    return sign(REASONS, key)


def coming(key: str) -> str:
    return named(COMING, key)


def decision(data: Mapping[str, Any]) -> str:
    """``Offered 1003``, ``Given back to the flow: still busy``."""
    kind = named(KINDS, str(data.get("kind", "")))
    if data.get("agent"):
        return f"{kind} {data['agent']}"
    detail = str(data.get("branch") or data.get("reason") or data.get("step") or "")
    if detail in BRANCHES:
        detail = named(BRANCHES, detail)
    elif detail:
        detail = str(outcome(detail).word)
    to = f" {data['to']}" if data.get("to") else ""
    return gettext("%(what)s: %(detail)s", what=kind, detail=detail + to) if detail else kind
