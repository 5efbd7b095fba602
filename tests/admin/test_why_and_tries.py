"""Why a call waited, and rules that are tried before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from callcontrol.admin.forms import queue_values
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.admin.tries import figure, sign_of, spread
from callcontrol.desk.history import HistoryMissing

As = Callable[[str], FlaskClient]
CALL = "00000000-5a1c-4f00-8000-000000000000"
HX = {"HX-Request": "true"}


def form_of(rehearsal: Rehearsal, **changes: Any) -> dict[str, Any]:
    values = queue_values(rehearsal.releases.draft().configuration.queues["support"])
    shown = {name: value for name, value in values.items() if value not in (False, None)}
    return {**shown, "name": "support", "version": "1", "base": "{}", **changes}


def test_the_page_of_a_call_leads_to_why_for_who_leads(as_role: As) -> None:
    assert f"/calls/{CALL}/why" in as_role("lead").get(f"/calls/{CALL}").text
    assert as_role("agent").get(f"/calls/{CALL}/why").status_code == 403


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_agent_has_a_reason_in_the_readers_language(as_role: As, language: str) -> None:
    client = as_role("lead")
    page = client.get(f"/calls/{CALL}/why", headers={**HX, "Accept-Language": language}).text
    words = {
        "en": [
            "Gets this call",
            "Break",
            "Skills do not fit",
            "Joined the queue",
            "In front",
            "What time alone will bring",
        ],
        "zh": ["接听此来电", "小休", "技能不符", "进入队列", "前面", "若无其他变化"],
    }[language]
    for word in words:
        assert word in page, word
    assert "<html" not in page
    assert "139****1177" not in page  # the call's own number stands on its page


def test_a_moment_and_a_time_can_be_asked_for(as_role: As) -> None:
    client = as_role("lead")
    page = client.get(f"/calls/{CALL}/why").text
    assert "<html" in page
    position = page.partition("position=")[2].partition('"')[0]
    assert 'aria-current="step"' in client.get(f"/calls/{CALL}/why?position={position}").text
    assert client.get(f"/calls/{CALL}/why?at=10:00:00").status_code == 200
    wrong = client.get(f"/calls/{CALL}/why?at=noon", headers={"Accept-Language": "en"}).text
    assert "14:05:30" in wrong


def test_what_is_not_kept_is_said(as_role: As, rehearsal: Rehearsal) -> None:
    def missing(*_asked: Any) -> None:
        raise HistoryMissing("not kept")

    rehearsal.services.why = missing
    page = as_role("lead").get(f"/calls/{CALL}/why", headers={"Accept-Language": "en"}).text
    assert "is not kept" in page
    rehearsal.services.why = lambda *_asked: None
    assert "knows no visit" in as_role("lead").get(f"/calls/{CALL}/why", headers={"Accept-Language": "en"}).text
    assert as_role("lead").get("/calls/nobody/why").status_code == 404


def test_the_rules_of_the_form_are_tried_and_nothing_is_saved(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("manager")
    version = rehearsal.releases.draft().version
    answer = client.post("/rules/queues/support/try", data=form_of(rehearsal, wrap_up_s="25"), headers=HX)
    assert answer.status_code == 200
    assert "<progress" in answer.text
    (queue, configuration, day) = rehearsal.tries.begun[0]
    assert (queue, day) == ("support", "yesterday")
    assert configuration["queues"]["support"]["wrap_up_s"] == 25.0
    assert set(configuration["queues"]) == {"support", "billing"}
    assert rehearsal.releases.draft().version == version
    done = client.get("/rules/tries/1", headers={**HX, "Accept-Language": "en"}).text
    for word in ("Service level", "58.3 %", "59.1 %", "74.7 %", "+15.6 %", "Erlang A", "Longest wait"):
        assert word in done, word
    assert "服务水平" in client.get("/rules/tries/1", headers={**HX, "Accept-Language": "zh"}).text


def test_a_wrong_form_is_not_tried(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("manager")
    for wrong in ({"wrap_up_s": "long"}, {"skills": "nothing and"}, {"max_wait_s": "1"}):
        answer = client.post("/rules/queues/support/try", data=form_of(rehearsal, **wrong), headers=HX)
        assert "alert-warning" in answer.text
    assert rehearsal.tries.begun == []
    assert client.get("/rules/tries/7").status_code == 404


def test_what_went_wrong_is_a_sentence(as_role: As, rehearsal: Rehearsal) -> None:
    rehearsal.tries.fails = "There are no calls of 2026-11-20 to try this on."
    page = as_role("manager").post("/rules/queues/support/try", data=form_of(rehearsal), headers=HX).text
    assert "There are no calls" in page


def test_the_queue_form_offers_it_and_a_new_queue_does_not(as_role: As) -> None:
    client = as_role("manager")
    assert "/rules/queues/support/try" in client.get("/rules/queues/support").text
    assert "/try" not in client.get("/rules/queues/new").text


def test_figures_are_written_as_they_are_read() -> None:
    assert [figure("service_level", 0.5834), figure("mean_wait_s", 3.0, True), figure("lost", -1500, True)] == [
        "58.3 %",
        "+3.0 s",
        "-1,500",
    ]
    assert figure("load", None) == "–"
    found = {"mean": 0.99, "low80": 0.97, "high80": 1.02}
    assert spread("service_level", found) == "97.0 % … 100.0 %"
    assert spread("service_level", {"mean": 1, "low80": None, "high80": None}) == ""
    assert sign_of("service_level", {"mean": 0.1, "low80": 0.05, "high80": 0.2}) == "good"
    assert sign_of("lost", {"mean": 10, "low80": 5, "high80": 20}) == "bad"
    assert sign_of("lost", {"mean": 10, "low80": -5, "high80": 20}) == "off"
    assert sign_of("told", {"mean": 10, "low80": 5, "high80": 20}) == "off"
