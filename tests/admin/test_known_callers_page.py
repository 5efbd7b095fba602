"""The list of known callers in the admin, and numbers that are blocked from a call's page."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.values.configuration import as_data
from callcontrol.values.listed_callers import ListedCaller
from callcontrol.values.numbers import masked, number_key
from tests.admin.test_named_parts import ENGLISH, As, draft, manager, send, shown, somebody_else_saves

__all__ = ["manager"]

NUMBER = "13712345678"
KEY = number_key(NUMBER, b"rehearsal")


def test_a_caller_is_listed_by_the_number_and_only_a_key_of_it_is_kept(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    new = "/rules/callers/new"
    assert send(manager, new, number=NUMBER, label="王总", vip="7", language="en").status_code == 302
    assert draft(rehearsal).callers[KEY] == ListedCaller(KEY, masked(NUMBER), "王总", 7, False, "en")
    assert NUMBER not in str(as_data(draft(rehearsal)))
    again = send(manager, new, number=NUMBER)
    assert again.status_code == 422
    assert "137****5678 is listed already" in again.text
    assert "is no number" in unescape(send(manager, new, number="anna").text)
    assert "out of range" in send(manager, new, number="13712340000", vip="101").text
    assert "Caller 137****5678 王总: VIP points" in shown(manager, "/rules")


def test_a_listed_caller_is_found_by_the_whole_number_a_part_of_the_name_or_the_kind(manager: FlaskClient) -> None:
    def found(**asked: str) -> set[str]:
        page = manager.get("/rules/callers", query_string=asked, headers=ENGLISH).text
        return set(re.findall(r"<a[^>]*>([0-9]+\*+[0-9]+)</a>", page))

    everybody = {masked(n) for n in ("13800138000", "441632960961", "13900139000")}
    assert found() == everybody
    assert found(asked="13800138000") == {"138****8000"}
    assert found(asked="smith") == {masked("441632960961")}
    assert found(kind="blocked") == {"139****9000"}
    assert found(kind="vip") == {"138****8000"}
    assert found(asked="nobody") == set()


def test_a_long_list_has_pages(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    many = {f"{n:016x}": ListedCaller(f"{n:016x}", f"1**{n:03}", f"n{n:03}") for n in range(250)}
    somebody_else_saves(rehearsal, "callers", **many)
    first, last = shown(manager, "/rules/callers"), shown(manager, "/rules/callers?from=200")
    assert first.count("<tr><th") == 101  # with the headings
    assert "Further in the list" in first
    assert "Earlier in the list" not in first
    assert last.count("<tr><th") == 54
    assert "Further in the list" not in last


def test_a_number_is_blocked_from_a_call_at_once_and_let_in_again(as_role: As, rehearsal: Rehearsal) -> None:
    lead, row = as_role("lead"), rehearsal.records.rows[0]
    call = f"/calls/{row.call}"
    somebody_else_saves(rehearsal, "targets", reception=None)  # an edit of the draft that is nobody's business here
    assert "Block this number" in shown(lead, call)
    assert lead.post(f"{call}/block", headers=ENGLISH).status_code == 302
    acting = rehearsal.published[-1].configuration
    assert acting.callers[row.number_key] == ListedCaller(row.number_key, row.number, blocked=True)
    assert "reception" in acting.targets
    assert row.number_key in draft(rehearsal).callers
    assert "reception" not in draft(rehearsal).targets
    page = shown(lead, call)
    assert "blocked: waits in no queue" in page
    assert "Let this number in again" in page
    assert lead.post(f"{call}/let-in", headers=ENGLISH).status_code == 302
    assert row.number_key not in rehearsal.published[-1].configuration.callers
    assert row.number_key not in draft(rehearsal).callers
    assert [release.comment for release in rehearsal.published] == [
        "Caller 130****1000 blocked", "Caller 130****1000 let in again",
    ]  # fmt: skip


def test_blocking_keeps_what_is_known_of_a_caller(as_role: As, rehearsal: Rehearsal) -> None:
    row = rehearsal.records.rows[0]
    known = ListedCaller(row.number_key, row.number, "老客户", 3, False, "zh")
    rehearsal.releases.amend(lambda c: replace(c, callers={row.number_key: known}), who="mia", comment="known")
    manager = as_role("manager")
    assert "老客户" in shown(manager, f"/calls/{row.call}")
    manager.post(f"/calls/{row.call}/block")
    assert rehearsal.published[-1].configuration.callers[row.number_key] == replace(known, blocked=True)
    manager.post(f"/calls/{row.call}/let-in")
    assert rehearsal.published[-1].configuration.callers[row.number_key] == known


def test_a_withheld_number_can_not_be_blocked_and_agents_block_nobody(as_role: As, rehearsal: Rehearsal) -> None:
    row = rehearsal.records.rows[0]
    assert "Block this number" not in shown(as_role("agent"), f"/calls/{row.call}")
    rehearsal.records.rows[0] = replace(row, number="", number_key="")
    lead = as_role("lead")
    assert "Block this number" not in shown(lead, f"/calls/{row.call}")
    assert lead.post(f"/calls/{row.call}/block").status_code == 404
    assert rehearsal.published == []
