"""Opening hours in the admin: edited as a draft, closed at once, public holidays, what a caller will hear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from callcontrol.admin.hours_forms import closure_end
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import ManualClock
from callcontrol.values.hours import DAYS, OpeningHours, Span, SpecialDay

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
OFFICE = "/rules/hours/office"


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def form(**changes: str) -> MultiDict[str, str]:
    week = dict.fromkeys(DAYS, "08:00-20:00")
    return MultiDict({"zone": "Asia/Shanghai", "base": "", **week, **changes})


def with_days(sent: MultiDict[str, str], *rows: tuple[str, str, str, str, str]) -> MultiDict[str, str]:
    for row in rows:
        for column, value in zip(("day_date", "day_hours", "day_like", "day_zh", "day_en"), row, strict=True):
            sent.add(column, value)
    return sent


def save(client: FlaskClient, sent: MultiDict[str, str], address: str = OFFICE) -> TestResponse:
    return client.post(address, data=sent, headers=ENGLISH)


def draft(rehearsal: Rehearsal, name: str = "office") -> OpeningHours:
    return rehearsal.releases.draft().configuration.hours[name]


def test_a_week_and_special_days_are_saved_in_the_draft(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    sent = with_days(
        form(sat="", sun="休息", fri="09:00－12:00".replace("－", "–") + "，13:00-17:00"),
        ("2026-12-31", "09:00-12:00", "", "年末半天", "Half day"),
        ("2026-10-10", "", "wed", "调休上班", ""),
        ("2026-10-01", "", "", "国庆节", "National Day"),
        ("", "", "", "", ""),
    )
    assert save(manager, sent).status_code == 302
    hours = draft(rehearsal)
    assert hours.week["fri"] == (Span("09:00", "12:00"), Span("13:00", "17:00"))
    assert "sat" not in hours.week
    assert "sun" not in hours.week
    assert hours.exceptions == {
        "2026-10-01": SpecialDay(title={"zh": "国庆节", "en": "National Day"}),
        "2026-10-10": SpecialDay(like="wed", title={"zh": "调休上班"}),
        "2026-12-31": SpecialDay((Span("09:00", "12:00"),), title={"zh": "年末半天", "en": "Half day"}),
    }
    assert rehearsal.published == []


def test_saving_what_is_shown_changes_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    save(manager, with_days(form(), ("2026-10-01", "", "", "国庆节", "")))
    before = draft(rehearsal)
    assert save(manager, with_days(form(), ("2026-10-01", "", "", "国庆节", ""))).status_code == 302
    assert draft(rehearsal) == before


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (form(mon="9-18"), "Write 09:00-18:00"),
        (form(mon="09:00-12:00, 11:00-13:00"), "These spans overlap"),
        (form(zone="Mars/Olympus"), "There is no such time zone"),
        (with_days(form(), ("2026-10-01", "", "", "", ""), ("2026-10-01", "", "", "", "")), "written twice"),
        (with_days(form(), ("", "09:00-10:00", "", "", "")), "Choose the date"),
        (with_days(form(), ("2026-10-01", "09:00-10:00", "wed", "", "")), "Either hours of its own"),
        (with_days(form(), ("2026-10-01", "late", "", "", "")), "Write 09:00-18:00"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    manager: FlaskClient, rehearsal: Rehearsal, sent: MultiDict[str, str], sentence: str
) -> None:
    before = draft(rehearsal)
    answer = save(manager, sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    for typed in sent.values():
        assert typed in answer.text
    assert draft(rehearsal) == before


def test_new_hours_need_a_name_that_can_be_one(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert save(manager, form(name="Büro"), "/rules/hours/new").status_code == 422
    assert save(manager, form(name="office"), "/rules/hours/new").status_code == 422
    assert save(manager, form(name="night"), "/rules/hours/new").status_code == 302
    assert draft(rehearsal, "night").week["mon"] == (Span("08:00", "20:00"),)


def test_closing_acts_at_once_and_takes_nothing_else_of_the_draft_with_it(
    manager: FlaskClient, rehearsal: Rehearsal, clock: ManualClock
) -> None:
    save(manager, form(mon="10:00-11:00"))
    answer = manager.post(f"{OFFICE}/close", data={"until": "60", "comment": "fire drill"}, headers=ENGLISH)
    assert answer.status_code == 302
    (release,) = rehearsal.published
    hours = release.configuration.hours["office"]
    now = datetime.fromtimestamp(clock.now(), UTC)
    assert not hours.is_open(now)
    assert hours.week["mon"] == (Span("08:00", "20:00"),)  # the edit is not published
    assert "fire drill" in release.comment
    assert (draft(rehearsal).week["mon"], draft(rehearsal).closed_until) == (
        (Span("10:00", "11:00"),),
        hours.closed_until,
    )
    assert "Closed by hand until" in manager.get(OFFICE, headers=ENGLISH).text
    manager.post(f"{OFFICE}/open", headers=ENGLISH)
    assert rehearsal.published[-1].configuration.hours["office"].closed_until == ""
    assert draft(rehearsal).week["mon"] == (Span("10:00", "11:00"),)


@pytest.mark.parametrize("until", [{}, {"until": "at"}, {"until": "at", "at": "2001-01-01T10:00"}, {"until": "0"}])
def test_a_closure_without_an_end_to_come_is_refused(
    manager: FlaskClient, rehearsal: Rehearsal, until: dict[str, str]
) -> None:
    answer = manager.post(f"{OFFICE}/close", data=until, headers=ENGLISH, follow_redirects=True)
    assert "Choose until when it is closed" in answer.text
    assert rehearsal.published == []


def test_the_end_of_a_closure_is_in_the_time_of_the_line() -> None:
    berlin = OpeningHours("office", "Europe/Berlin")
    now = datetime(2027, 1, 1, 22, 30, tzinfo=UTC)  # 23:30 there
    ends = {
        ("30", ""): "2027-01-02T00:00+01:00",
        ("day", ""): "2027-01-02T00:00+01:00",
        ("at", "2027-01-03T08:00"): "2027-01-03T08:00+01:00",
    }
    for (choice, typed), end in ends.items():
        found = closure_end(choice, typed, now, berlin)
        assert found is not None
        assert found.isoformat(timespec="minutes") == end


def test_public_holidays_are_taken_in_and_what_was_there_stays(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    save(manager, with_days(form(), ("2026-10-01", "09:00-12:00", "", "值班", "")))
    sent = {"country": "CN", "year": "2026"}
    answer = manager.post(f"{OFFICE}/holidays", data=sent, headers=ENGLISH, follow_redirects=True)
    assert "1 days are taken" in answer.text
    days = draft(rehearsal).exceptions
    assert days["2026-10-01"].title == {"zh": "值班"}
    assert days["2026-10-10"].like == "wed"


def test_a_year_that_is_not_decided_yet_is_said(manager: FlaskClient) -> None:
    sent = {"country": "CN", "year": "2028"}
    answer = manager.post(f"{OFFICE}/holidays", data=sent, headers=ENGLISH, follow_redirects=True)
    assert "not decided or not known yet" in answer.text
    nowhere = manager.post(f"{OFFICE}/holidays", data={"country": "XX"}, headers=ENGLISH, follow_redirects=True)
    assert "Nothing is known" in nowhere.text


def test_what_a_caller_will_hear_is_told(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    entry = next(iter(rehearsal.releases.draft().configuration.entries))
    told = manager.get(f"{OFFICE}/heard?at=2026-12-01T12:00&entry={entry}", headers=ENGLISH).text
    assert "open, until 2026-12-01 20:00" in told
    assert "欢迎致电服务热线" in told
    assert "waits in the queue" in told
    assert "Choose a day" in manager.get(f"{OFFICE}/heard?at=never", headers=ENGLISH).text


def test_hours_in_use_can_not_be_taken_out_by_the_page(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert "Take these hours out" not in manager.get(OFFICE, headers=ENGLISH).text
    save(manager, form(name="night"), "/rules/hours/new")
    assert "Take these hours out" in manager.get("/rules/hours/night", headers=ENGLISH).text
    assert manager.post("/rules/hours/night/remove").status_code == 302
    assert "night" not in rehearsal.releases.draft().configuration.hours


def test_what_others_saved_meanwhile_is_kept(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    from callcontrol.admin import edits
    from callcontrol.admin.hours_pages import with_hours

    base = edits.packed(edits.flat(draft(rehearsal)))
    drafted = rehearsal.releases.draft()
    theirs = replace(draft(rehearsal), exceptions={"2026-10-01": SpecialDay()})
    rehearsal.releases.save_draft(with_hours(drafted.configuration, theirs), version=drafted.version, who="leo")
    assert save(manager, form(mon="10:00-11:00", base=base)).status_code == 302
    assert draft(rehearsal).week["mon"] == (Span("10:00", "11:00"),)
    assert draft(rehearsal).exceptions == {"2026-10-01": SpecialDay()}
