"""After hours: when we open again is said so that nobody mistakes the day, and a message is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcontrol.bootstrap.hearing import heard
from callcontrol.flow import commands as cmd
from callcontrol.flow.catalogue import load_flows
from callcontrol.flow.rehearsal import Rehearsal, is_always
from callcontrol.values.configuration import Configuration, Entry, Queue
from callcontrol.values.hours import OpeningHours, Span
from ivr_flows.after_hours import AfterHours

OFFICE = OpeningHours(
    "office", "Asia/Shanghai", {day: (Span("09:00", "18:00"),) for day in ("mon", "tue", "wed", "thu", "fri")}
)
NEVER = OpeningHours("office")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "said", "values"),
    [
        ("2026-03-04T08:59+08:00", "today", {"time": "09:00"}),
        ("2026-03-04T00:00+08:00", "today", {"time": "09:00"}),
        ("2026-03-03T23:59+08:00", "weekday", {"day": "2026-03-04", "time": "09:00"}),
        ("2026-03-06T18:00+08:00", "weekday", {"day": "2026-03-09", "time": "09:00"}),
    ],
)
def test_the_next_opening_is_said_in_the_line_s_own_time(now: str, said: str, values: dict[str, str]):
    call = Rehearsal(
        AfterHours, at=at(now), opening=is_always(False), opens=lambda moment: {"office": OFFICE.opens_at(moment)}
    )
    call.begin()
    (prompt,) = next(c.prompts for c in call.done if isinstance(c, cmd.Play))
    assert (prompt.key, dict(prompt.values)) == (f"after_hours.{said}", values)


@pytest.mark.parametrize(("days", "said"), [(6, "weekday"), (7, "date"), (40, "date")])
def test_a_weekday_is_said_only_while_it_can_mean_one_day(days: int, said: str):
    now, opens = at("2026-03-04T20:00+08:00"), datetime.fromisoformat("2026-03-04T09:00+08:00")
    call = Rehearsal(
        AfterHours, at=now, opening=is_always(False), opens=lambda _: {"office": opens + timedelta(days=days)}
    )
    call.begin()
    assert call.heard() == [f"after_hours.{said}"]


def test_hours_open_next_and_an_open_line_does_not():
    assert OFFICE.opens_at(at("2026-03-04T10:00+08:00")) is None
    assert NEVER.opens_at(at("2026-03-04T10:00+08:00")) is None
    opens = OFFICE.opens_at(at("2026-03-04T18:00+08:00"))
    assert opens is not None
    assert opens.isoformat() == "2026-03-05T09:00:00+08:00"


def test_the_message_goes_to_the_mailbox_of_the_line():
    call = Rehearsal(AfterHours, opening=is_always(False), parameters={"queue": "billing", "longest": 30})
    call.begin()
    call.listen()
    call.press("1")
    call.listen()
    assert isinstance(call.doing, cmd.Record)
    assert (call.doing.box, call.doing.max_s) == ("billing", 30.0)
    call.speaks(12.0)
    call.press("1")
    assert call.heard()[-1] == "after_hours.kept"


def test_the_page_of_the_hours_says_what_a_caller_will_hear():
    configuration = Configuration(
        queues={"support": Queue("support")},
        hours={"office": OFFICE},
        entries={"4004": Entry("4004", "after_hours", "en")},
    )
    lines, queue = heard(load_flows(installed=False), configuration, "4004", at("2026-03-06T20:00+08:00"))
    assert lines[0] == "Hello. We are closed now, and open again on 2026-03-09 at 09:00."
    assert queue == ""
