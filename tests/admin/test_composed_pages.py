"""Flows are composed in forms: what a form shows and sends again is the same flow, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from werkzeug.datastructures import MultiDict

from callcontrol.admin.composed_forms import COLUMNS, inputs, posted_step
from callcontrol.admin.composed_words import _OF_KIND, ACTIONS, CONDITIONS, FIELDS, KIND_HINTS, action_word
from callcontrol.admin.flow_words import KINDS
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.flow.composed import KINDS as STEP_KINDS
from callcontrol.flow.composed.writing import tidy
from callcontrol.flow.when import KINDS as CONDITION_KINDS
from callcontrol.values.configuration import Callback, Configuration, Entry
from tests.admin.composing import compose, composed, filled, night
from tests.flow.composed.flows import flows

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def manager(as_role: Callable[[str], FlaskClient]) -> FlaskClient:
    client = as_role("manager")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def form_of(client: FlaskClient, address: str) -> MultiDict[str, str]:
    """The form of that page as it would be sent untouched."""
    return filled(client.get(address).text)


def page_of(client: FlaskClient, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200, address
    return unescape(answer.text)


# --- round trips ------------------------------------------------------------------------------------------------------
@given(flows())
def test_what_a_form_shows_is_what_it_sends(data: dict[str, Any]) -> None:
    for row in tidy(data)["steps"].values():
        sent: MultiDict[str, str] = MultiDict()
        for field in inputs(row):
            if field.field.shape in COLUMNS:
                for line in field.rows:
                    for column in COLUMNS[field.field.shape]:
                        sent.add(f"{field.name}.{column}", line[column])
            else:
                sent.add(field.name, field.typed)
        assert posted_step(STEP_KINDS[row["kind"]], sent) == row


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(flows())
def test_a_page_that_is_saved_untouched_changes_nothing(
    manager: FlaskClient, rehearsal: Rehearsal, data: dict[str, Any]
) -> None:
    rehearsal.services.check = lambda _configuration: []  # what is wrong is of no interest here, and takes its time
    compose(rehearsal, data)
    for step in data["steps"]:
        address = f"/composed/night/steps/{step}"
        page = manager.get(address, headers=ENGLISH).text
        sent = filled(page)
        if not any(name.startswith("f.") for name in sent):
            continue  # a step without fields
        assert manager.post(address, data=sent, headers=ENGLISH).status_code == 302
        assert composed(rehearsal)["steps"] == tidy(data)["steps"]
    about = filled(manager.get("/composed/night", headers=ENGLISH).text, holds="title_")
    assert manager.post("/composed/night/about", data=about).status_code == 302
    assert composed(rehearsal) == tidy({**data, "title": {k: v.strip() for k, v in data["title"].items()}})


# --- composing ----------------------------------------------------------------------------------------------------------
def test_the_rule_of_the_example_is_composed_in_forms(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    begun = {
        "name": "night",
        "title_zh": "夜间",
        "title_en": "Night",
        "template": "menu",
        "queue": "support",
        "hours": "office",
    }
    assert manager.post("/composed", data=begun).location == "/composed/night"
    waiting = form_of(manager, "/composed/night/steps/waiting")
    waiting.setlist("f.message_when.kind", ["busy", "waited", "before"])
    waiting.setlist("f.message_when.value", ["", "60", "16:00"])
    waiting.setlist("f.message_when.of", ["", "", ""])
    manager.post("/composed/night/steps/waiting", data=waiting)
    manager.post("/composed/night/steps", data={"step": "call_back", "kind": "callback"})
    page = page_of(manager, "/composed/night")
    assert "call_back · Booked" in page
    assert "This is missing; fill it in." in page
    call_back = form_of(manager, "/composed/night/steps/call_back")
    for name, value in {"queue": "support", "booked": "goodbye", "refused": "goodbye", "silence": "goodbye"}.items():
        call_back[f"f.{name}"] = value
    manager.post("/composed/night/steps/call_back", data=call_back)
    waiting = form_of(manager, "/composed/night/steps/waiting")
    waiting["f.still_busy"] = "call_back"
    manager.post("/composed/night/steps/waiting", data=waiting)
    steps = composed(rehearsal)["steps"]
    assert steps["waiting"]["message_when"] == ["busy", "waited 60", "before 16:00"]
    assert steps["waiting"]["still_busy"] == "call_back"
    assert "nothing is wrong with it" in page_of(manager, "/composed/night")
    draft = rehearsal.releases.draft()
    answer = manager.post("/rules/publish", data={"version": str(draft.version), "comment": "night"})
    assert answer.status_code == 302
    current = rehearsal.releases.current()
    assert current.configuration.composed_kept["night"]["release"] == 1  # type: ignore[union-attr]
    assert "published" in page_of(manager, "/flows")


def test_a_flow_that_is_wrong_is_not_published(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    data = night()
    data["steps"]["offer"]["keys"]["1"] = "gone"
    compose(rehearsal, data)
    draft = rehearsal.releases.draft()
    answer = manager.post("/rules/publish", data={"version": str(draft.version), "comment": "x"}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "It leads to 'gone', which is no step of this flow" in unescape(answer.text)
    assert 'href="/composed/night"' in answer.text
    assert rehearsal.releases.current().configuration.composed == {}  # type: ignore[union-attr]


def test_what_is_typed_wrong_is_kept_and_said_at_its_field(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    compose(rehearsal)
    sent = form_of(manager, "/composed/night/steps/offer")
    sent["f.tries"], sent["f.timeout_s"] = "many", "999"
    assert manager.post("/composed/night/steps/offer", data=sent).location == "/composed/night/steps/offer"
    page = page_of(manager, "/composed/night/steps/offer")
    for said in ('value="many"', "'many' is out of range; a number from 1 to 9.", "999.0 is out of range"):
        assert said in page
    assert "超出范围" in page_of(manager, "/composed/night/steps/offer", "zh")
    assert "?" not in page_of(manager, "/composed/night/steps/offer").split("<datalist")[0].split("Keys")[0][-200:]


@pytest.mark.parametrize(
    ("name", "said"), [("Bad Name", "small letters"), ("hotline", "already"), ("night", "already")]
)
def test_a_name_that_can_not_be_is_refused(manager: FlaskClient, rehearsal: Rehearsal, name: str, said: str) -> None:
    compose(rehearsal)
    answer = manager.post("/composed", data={"name": name, "template": "menu"}, headers=ENGLISH)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_flow_is_copied_and_taken_out_but_not_while_a_number_leads_to_it(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    compose(rehearsal, entries={"4002": Entry("4002", "night")})
    manager.post("/composed", data={"name": "copy", "template": "copy.night", "title_zh": "副本", "title_en": "Copy"})
    assert composed(rehearsal, "copy")["steps"] == composed(rehearsal)["steps"]
    assert composed(rehearsal, "copy")["title"] == {"zh": "副本", "en": "Copy"}
    manager.post("/composed/night/remove")
    assert "The flow greets the callers of 4002" in page_of(manager, "/composed/night")
    manager.post("/composed/copy/remove")
    assert set(rehearsal.releases.draft().configuration.composed) == {"night"}


def test_steps_are_renamed_moved_and_taken_out(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    compose(rehearsal)
    steps = "/composed/night/steps"
    assert manager.post(f"{steps}/waiting/rename", data={"to": "line"}).location == f"{steps}/line"
    assert composed(rehearsal)["steps"]["welcome"]["then"] == "line"
    manager.post(f"{steps}/line/rename", data={"to": "offer"})
    assert "There is a step of this name already" in page_of(manager, f"{steps}/line")
    manager.post(f"{steps}/line/down")
    assert composed(rehearsal)["order"][:3] == ["welcome", "offer", "line"]
    manager.post(f"{steps}/line/up")
    manager.post(f"{steps}/line/remove")
    assert "line" not in composed(rehearsal)["steps"]
    assert manager.post(f"{steps}/line/up").status_code == 404
    assert manager.post(f"{steps}/offer/dance").status_code == 404
    manager.post(steps, data={"step": "Bad Name", "kind": "play"})
    assert "Bad Name" not in composed(rehearsal)["steps"]


def test_two_who_edit_the_same_step_lose_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    compose(rehearsal)
    sent = form_of(manager, "/composed/night/steps/offer")
    theirs = night()
    theirs["steps"]["offer"] |= {"tries": 5, "timeout_s": 9.0}
    compose(rehearsal, theirs)
    sent["f.silence"] = "sorry"
    assert manager.post("/composed/night/steps/offer", data=sent).status_code == 302
    kept = composed(rehearsal)["steps"]["offer"]
    assert (kept["silence"], kept["tries"], kept["timeout_s"]) == ("sorry", 5, 9.0)
    sent["f.tries"] = "7"
    answer = manager.post("/composed/night/steps/offer", data=sent, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Meanwhile changed to:" in answer.text
    again = filled(answer.text)
    assert again["f.tries"] == "7"
    assert manager.post("/composed/night/steps/offer", data=again).status_code == 302
    assert composed(rehearsal)["steps"]["offer"]["tries"] == 7


def test_a_part_is_chosen_and_then_its_ends_are_led_on(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    compose(rehearsal, night())
    assert manager.post("/composed/night/steps", data={"step": "survey", "kind": "sub"}).status_code == 302
    address = "/composed/night/steps/survey"
    assert "Choose a part and save" in page_of(manager, address)
    sent = form_of(manager, address)
    sent["f.flow"] = "satisfaction"
    assert manager.post(address, data=sent).location == address, "there is more to be done here"
    page = page_of(manager, address)
    assert "marks were given" in page
    assert "no mark" in page
    assert "已评分" in page_of(manager, address, "zh")
    sent = form_of(manager, address)
    assert sent.getlist("f.returns.name") == ["told", "skipped"]
    sent.setlist("f.returns.step", ["goodbye", "end"])
    waiting = form_of(manager, "/composed/night/steps/waiting")
    waiting["f.after_talk"] = "survey"
    manager.post("/composed/night/steps/waiting", data=waiting)
    assert manager.post(address, data=sent).location == "/composed/night"
    row = {"kind": "sub", "flow": "satisfaction", "returns": {"told": "goodbye", "skipped": "end"}}
    assert composed(rehearsal)["steps"]["survey"] == row
    assert "Every way of the flow was rehearsed" in page_of(manager, "/composed/night")


def test_a_drawing_is_there_for_what_is_not_right_yet(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    data = night()
    data["steps"]["offer"] = {"kind": "menu"}
    compose(rehearsal, data)
    page = page_of(manager, "/composed/night")
    assert "It can be rehearsed when nothing in red is left." in page
    assert b"</svg>" in manager.get("/composed/night/drawing.svg?here=offer").data
    assert manager.get("/flows/night/rehearse").status_code == 404


def test_a_text_of_a_flow_is_heard_among_the_prompts_and_edited_in_its_step(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    compose(rehearsal)
    page = page_of(manager, "/rules/prompts/own.night.offer.say")
    assert 'href="/composed/night/steps/offer"' in page
    assert manager.post("/rules/prompts/own.night.offer.say", data={"zh": "x"}).status_code == 404


# --- rehearsing -------------------------------------------------------------------------------------------------------
def rehearsed(client: FlaskClient, *actions: str, name: str = "night", **more: str) -> str:
    answer = client.get(
        f"/flows/{name}/rehearse",
        query_string=MultiDict([*more.items(), *(("do", a) for a in actions)]),
        headers=ENGLISH,
    )
    assert answer.status_code == 200
    return unescape(answer.text)


def test_a_composed_flow_is_rehearsed_with_what_the_draft_says(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    queues = rehearsal.releases.draft().configuration.queues
    from dataclasses import replace

    support = replace(queues["support"], callback=Callback(enabled=True))
    compose(rehearsal, queues={**queues, "support": support})
    morning = {"at": "2026-03-04T10:00", "language": "en"}
    page = rehearsed(manager, "listen", **morning)
    assert "In the queue Support, at the step waiting" in page
    assert "The desk grants the announcement" in page
    page = rehearsed(
        manager, "listen", "granted", "listen", "released still_busy", "press 1", "press 1", "booked", **morning
    )
    assert "We will call you back" in page
    assert "rehearsed.svg" in page
    svg = manager.get("/flows/night/rehearsed.svg", query_string={"do": ["listen"], **morning}).text
    assert "#8ec9ff" in svg
    assert "#0b6fcf" in svg


def test_after_the_time_of_the_rule_the_announcement_can_not_be_granted(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    compose(rehearsal)
    page = rehearsed(manager, "listen", at="2026-03-04T16:00")
    assert 'value="granted"' not in page
    assert "That can't happen now" in rehearsed(manager, "listen", "granted", at="2026-03-04T16:00")


def test_an_engineers_flow_is_rehearsed_as_well(manager: FlaskClient) -> None:
    page = rehearsed(manager, "dance", name="hotline")
    assert "That can't happen now" in page
    assert rehearsed(manager, name="hotline", keys="1 2").count("Press 12") == 1
    assert manager.get("/flows/gone/rehearse").status_code == 404
    assert "/flows/hotline/rehearse" in manager.get("/flows").text


def test_nonsense_in_the_address_does_no_harm(manager: FlaskClient) -> None:
    page = rehearsed(manager, *["hang up"] * 100, name="hotline", at="soon", queue="x", language="fr", entry="0")
    assert "The call is over." in page


# --- words --------------------------------------------------------------------------------------------------------------
def test_everything_has_a_word(app: Flask) -> None:
    assert set(KIND_HINTS) == set(STEP_KINDS) <= set(KINDS)
    named = {name for _kind, name in _OF_KIND}
    for kind in STEP_KINDS.values():
        for name, field in kind.fields.items():
            assert name in FIELDS or name in named or not field.required, (kind.name, name)
    assert set(CONDITIONS) == set(CONDITION_KINDS)
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        for action in [
            *ACTIONS,
            "press 1",
            "wait 30",
            "fails BUSY",
            "released full",
            "not booked full",
            "answers ok",
            "party busy",
        ]:
            assert action_word(action) != action
        assert action_word("something new") == "something new"


def test_a_configuration_without_composed_flows_has_the_page_all_the_same(manager: FlaskClient) -> None:
    assert Configuration().composed == {}
    assert "None yet." in page_of(manager, "/flows")
