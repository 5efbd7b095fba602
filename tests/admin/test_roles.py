"""Every route, every role: what is not said here to be allowed is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from callcontrol.admin.rehearsal import Rehearsal

As = Callable[[str], FlaskClient]
RANKS = {"": 0, "agent": 1, "lead": 2, "manager": 3, "token": 4}  # no session is a token

LEAST_ROLE = {
    "static": "",
    "sign_in.form": "",
    "sign_in.check": "",
    "sign_in.link": "",
    "sign_in.language": "",
    "sign_in.out": "agent",
    "sign_in.account": "agent",
    "floor.page": "agent",
    "agents.own": "agent",
    "agents.stream": "agent",
    "agents.pin": "agent",
    "agents.act": "agent",
    "api.all_agents": "token",
    "api.one": "token",
    "api.act": "token",
    "floor.stream": "lead",
    "emergency.page": "lead",
    "emergency.switch_on": "lead",
    "emergency.switch_off": "lead",
    "emergency.add": "manager",
    "emergency.edit": "manager",
    "emergency.remove": "manager",
    "calls.page": "agent",
    "calls.one": "agent",
    "calls.went": "agent",
    "calls.listen": "agent",
    "why.page": "lead",
    "tries.begin": "manager",
    "tries.state": "manager",
    "callbacks.page": "lead",
    "callbacks.lines": "lead",
    "callbacks.act": "lead",
    "messages.page": "lead",
    "messages.sound": "lead",
    "messages.act": "lead",
    "reports.page": "lead",
    "reports.spreadsheet": "lead",
    "rules.page": "manager",
    "rules.queue": "manager",
    "rules.agent": "manager",
    "rules.remove_queue": "manager",
    "rules.who": "manager",
    "breaks.page": "manager",
    "parts.page": "manager",
    "parts.remove": "manager",
    "music.page": "manager",
    "music.add": "manager",
    "music.listen": "manager",
    "music.remove": "manager",
    "callers.page": "manager",
    "callers.one": "manager",
    "callers.remove": "manager",
    "callers.block": "lead",
    "callers.let_in": "lead",
    "rules.remove_agent": "manager",
    "hours.page": "manager",
    "hours.take_holidays": "manager",
    "hours.remove": "manager",
    "hours.close": "manager",
    "hours.open_again": "manager",
    "hours.heard": "manager",
    "prompts.page": "manager",
    "prompts.one": "manager",
    "prompts.listen": "manager",
    "prompts.record": "manager",
    "prompts.remove": "manager",
    "releases.publish": "manager",
    "releases.discard": "manager",
    "releases.history": "manager",
    "releases.one": "manager",
    "releases.again": "manager",
    "changes.page": "manager",
    "entries.page": "manager",
    "entries.trial": "manager",
    "entries.preview": "manager",
    "entries.remove": "manager",
    "flows.page": "manager",
    "flows.drawing": "manager",
    "composed.page": "manager",
    "composed.new": "manager",
    "composed.about": "manager",
    "composed.remove": "manager",
    "composed.drawing": "manager",
    "composed.add": "manager",
    "composed.step": "manager",
    "composed.change_step": "manager",
    "rehearsed.page": "manager",
    "rehearsed.drawing": "manager",
    "users.page": "manager",
    "users.create": "manager",
    "users.make_link": "manager",
    "users.switch": "manager",
}
OF_ROOM = {
    "users": "amy", "parts": "reception", "hours": "office", "emergency": "power-cut", "composed": "night", "rehearsed": "hotline",
}  # fmt: skip
VALUES = {
    "callback": "~b2:2", "message": "m1", "key": "goodbye",
    "token": "none", "code": "en", "agent": "1001", "action": "back", "recording": "rec-1", "number": 1,
    "call": "00000000-5a1c-4f00-8000-000000000000", "filename": "admin.css",
    "section": "targets", "file": "one.wav", "step": "offer", "act": "up",
}  # fmt: skip


def requests(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of everything that can be asked."""
    found = []
    rules: list[Rule] = list(app.url_map.iter_rules())
    for rule in rules:
        name = {
            "rules.queue": "support",
            "rules.remove_queue": "support",
            "tries.begin": "support",
            "flows.drawing": "hotline",
        }.get(rule.endpoint, OF_ROOM.get(rule.endpoint.partition(".")[0], "1001"))
        values = {**VALUES, "name": name}
        if rule.endpoint.startswith("entries."):
            values |= {"number": "4001", "action": "end"}
        with app.test_request_context():
            adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
            address = adapter.build(
                rule.endpoint,
                {key: values[key] for key in rule.arguments},
                method="GET" if "GET" in (rule.methods or ()) else "POST",
            )
        found += [
            (rule.endpoint, method, address)
            for method in sorted(rule.methods or ())
            if method in ("GET", "POST", "PUT", "DELETE")
        ]
    return found


def test_every_route_is_listed(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(LEAST_ROLE)


@pytest.mark.parametrize("role", ["", "agent", "lead", "manager"])
def test_every_route_refuses_who_is_below_it_and_serves_the_others(app: Flask, as_role: As, role: str) -> None:
    wrong = []
    for endpoint, method, address in requests(app):
        client = as_role(role)
        answer = client.open(address, method=method, buffered=False)
        status = answer.status_code
        answer.close()
        allowed = RANKS[role] >= RANKS[LEAST_ROLE[endpoint]]
        if allowed:
            refused = status == 401 or (status == 403 and endpoint not in ("sign_in.check", "sign_in.link"))
        else:
            refused = status in (401, 403) or (status == 302 and answer.location.startswith("/sign-in"))
        if refused == allowed or status >= 500:
            wrong.append((role, method, address, status))
    assert wrong == []


def test_what_was_refused_has_changed_nothing(app: Flask, as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    before = rehearsal.releases.draft().version, len(rehearsal.audit.lines)
    for endpoint, method, address in requests(app):
        if LEAST_ROLE[endpoint] == "manager" and method == "POST":
            assert lead.post(address, data={"comment": "x", "version": "1"}).status_code == 403
    assert (rehearsal.releases.draft().version, len(rehearsal.audit.lines)) == before
    assert rehearsal.published == []


def test_a_view_that_forgets_its_gate_is_found(app: Flask) -> None:
    """Every view but the open ones went through ``needs``, with the role listed here."""
    for endpoint, role in LEAST_ROLE.items():
        if role:
            assert getattr(app.view_functions[endpoint], "needs_role", "none") == role, endpoint
