"""The form of a queue shows every field of it, gives back what it was given, and its lists work without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from callcontrol.admin.edits import flat, with_queue
from callcontrol.admin.forms import QUEUE_PATHS, AgentForm, QueueForm, agent_values, queue_values
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.values.configuration import (
    WRAP_UP_MODES,
    Agent,
    Announcement,
    Callback,
    Overflow,
    Queue,
    Relaxation,
    Reserve,
    Spoken,
)
from callcontrol.values.service_level import PRESETS
from callcontrol.values.strategies import STRATEGIES
from tests.admin.test_editing_rules import ENGLISH, SUPPORT, As, typed


def between(least: int, greatest: int) -> st.SearchStrategy[float]:
    return st.integers(least * 4, greatest * 4).map(lambda n: n / 4)


relaxations = st.lists(
    st.builds(Relaxation, st.sampled_from(["zh", "en >= 2", "zh or en"]), between(0, 900), st.sampled_from(["", "load > 1.2"]), st.booleans()),
    max_size=4,
)  # fmt: skip
overflows = st.lists(
    st.builds(Overflow, st.sampled_from(["billing", "sales"]), between(0, 900), st.sampled_from(["", "free == 0"])), max_size=3
)  # fmt: skip
queues = st.builds(
    Queue,
    name=st.just("support"),
    title=st.dictionaries(st.sampled_from(["zh", "en", "fr"]), st.sampled_from(["甲", "A b"]), max_size=3),
    skills=st.sampled_from(["", "zh >= 2"]),
    strategy=st.sampled_from(STRATEGIES),
    patience_s=between(1, 60),
    max_wait_s=between(60, 900),
    max_length=st.integers(0, 100),
    ring_s=between(3, 60),
    wrap_up_mode=st.sampled_from(WRAP_UP_MODES),
    wrap_up_s=between(0, 60),
    wrap_up_cap_s=between(0, 900),
    target_s=between(1, 60),
    short_abandon_s=between(0, 20),
    record=st.booleans(),
    announcement=st.builds(
        Announcement, st.booleans(), st.just({"zh": "晚上", "fr": "soir"}), st.integers(0, 1000).map(lambda n: n / 1000),
        st.booleans(), between(0, 90), st.integers(1, 6), st.integers(1, 52),
    ),
    relaxation=relaxations.map(lambda steps: tuple(sorted(steps, key=lambda step: step.after_s))),
    overflow=overflows.map(tuple),
    reserve=st.builds(Reserve, st.sampled_from(["", "zh"]), between(2, 5), between(0, 2)),
    callback=st.builds(
        Callback, st.booleans(), st.integers(1, 9), between(0, 90), between(0, 900), between(3, 60), between(5, 60), between(60, 9000)
    ),
    spoken=st.builds(Spoken, st.booleans(), st.booleans(), between(5, 90)),
    sticky_s=between(0, 90),
    hard_bound=between(1, 20),
    progressive_s=between(1, 20),
    service_level=st.sampled_from(list(PRESETS)),
    goal=st.integers(10, 1000).map(lambda n: n / 1000),
    music=st.sampled_from(["", "jazz"]),
    music_shuffled=st.booleans(),
)  # fmt: skip


def sent(values: Mapping[str, Any], form: QueueForm | AgentForm) -> MultiDict[str, str]:
    """What a browser sends of the form."""
    data: MultiDict[str, str] = MultiDict()
    for name, value in values.items():
        if value is True:
            data.add(name, "y")
        elif value is not False:
            data.add(name, str(value))
    if isinstance(form, QueueForm):
        for rows in (form.relaxation, form.overflow):
            for row in rows.rows:
                for cell in row:
                    data.add(f"{rows.prefix}.{cell.column.name}", cell.typed)
    return data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queue=queues)
def test_whatever_a_queue_is_the_form_gives_it_back(app: Flask, queue: Queue) -> None:
    with app.test_request_context():
        shown = QueueForm(formdata=None, data=queue_values(queue))
        shown.show_rows(queue)
        data = sent(queue_values(queue), shown)
        form = QueueForm(formdata=data)
        form.prepare([], {}, {}, {}, "en")
        assert form.take_rows(data.getlist)
        assert form.validate(), form.errors
        assert form.queue(replace(queue, title={"fr": queue.title.get("fr", "x")})).title.get("zh") == queue.title.get(
            "zh"
        )
        assert form.queue(queue) == queue


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 999), st.integers(1, 9999).map(lambda n: n / 100), st.sampled_from(["", "夜班"]), st.booleans())
def test_whatever_an_agent_is_the_form_gives_it_back(
    app: Flask, order: int, weight: float, team: str, lead: bool
) -> None:
    agent = Agent("1001", "Li", "user/1001", {"zh": 3}, 4, order, weight, team, lead)
    with app.test_request_context():
        form = AgentForm(formdata=MultiDict(agent_values(agent)))
        assert form.take_skills(["zh"], ["3"])
        assert form.validate(), form.errors
        assert form.agent(replace(agent, title="", team="", order=0, weight=1.0, max_misses=1, lead=not lead)) == agent


def test_every_field_of_a_queue_has_its_place_in_the_form() -> None:
    shown = set(QUEUE_PATHS.values()) | {"relaxation", "overflow", "name"}
    everything = flat(replace(Queue("q", {"zh": "x", "en": "x"}, hours="x", skills="x", music="x"), announcement=Announcement(text={"zh": "x", "en": "x"}), reserve=Reserve("x")))  # fmt: skip
    assert set(everything) == shown


# --- the page ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def everything_typed(client: FlaskClient, address: str = SUPPORT) -> MultiDict[str, str]:
    page = client.get(address, headers=ENGLISH).text
    data: MultiDict[str, str] = MultiDict()
    for name, value in typed(client, address).items():
        if "." not in name:
            data.add(name, value)
    data.pop("rows", None)
    for name, value in re.findall(
        r'<input[^>]*name="((?:relaxation|overflow|reasons)\.[a-z_]+)"[^>]*value="([^"]*)"', page
    ):
        data.add(name, unescape(value))
    for name, inside in re.findall(
        r'<select[^>]*name="((?:relaxation|overflow)\.[a-z_]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        data.add(name, chosen[1] if chosen else "no")
    return data


def put(rehearsal: Rehearsal, **changes: object) -> None:
    draft = rehearsal.releases.draft()
    edited = replace(draft.configuration.queues["support"], **changes)  # type: ignore[arg-type]
    rehearsal.releases.save_draft(with_queue(draft.configuration, edited), version=draft.version, who="leo")


STEPS = (Relaxation("zh >= 3", 20.0), Relaxation("en", 60.0, "load > 1.2", True))


def names(page: str, name: str) -> list[str]:
    return [unescape(value) for value in re.findall(rf'name="{re.escape(name)}"[^>]*value="([^"]*)"', page)]


def test_rows_are_added_moved_and_taken_out_and_nothing_typed_is_lost(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    put(rehearsal, relaxation=STEPS)
    version = rehearsal.releases.draft().version
    form = everything_typed(manager)
    form["patience_s"] = "thirty and a bit"
    for action, skills in (
        ("relaxation.add", ["zh >= 3", "en", ""]),
        ("relaxation.down.0", ["en", "zh >= 3"]),
        ("relaxation.up.1", ["en", "zh >= 3"]),
        ("relaxation.remove.0", ["en"]),
        ("relaxation.up.0", ["zh >= 3", "en"]),
        ("relaxation.remove.99", ["zh >= 3", "en"]),
        ("relaxation.dance.1", ["zh >= 3", "en"]),
    ):
        answer = manager.post(SUPPORT, data=MultiDict([*form.items(multi=True), ("rows", action)]), headers=ENGLISH)
        assert answer.status_code == 200
        assert names(answer.text, "relaxation.skills") == skills
        assert 'value="thirty and a bit"' in answer.text
        assert "Nothing was saved" not in answer.text
    assert rehearsal.releases.draft().version == version


def test_lists_are_saved_in_their_order(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, relaxation=STEPS, overflow=(Overflow("billing", 120.0, "free == 0"),))
    form = everything_typed(manager)
    skills = form.poplist("relaxation.skills")
    form.setlist("relaxation.skills", [skills[1], "billing >= 2"])
    assert manager.post(SUPPORT, data=form, headers=ENGLISH).status_code == 302
    saved = rehearsal.releases.draft().configuration.queues["support"]
    assert saved.relaxation == (Relaxation("en", 20.0), Relaxation("billing >= 2", 60.0, "load > 1.2", True))
    assert saved.overflow == (Overflow("billing", 120.0, "free == 0"),)


def test_what_is_wrong_in_a_row_is_said_in_its_cell_with_a_pointer(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, relaxation=STEPS, overflow=(Overflow("billing", 120.0),))
    form = everything_typed(manager)
    form.setlist("relaxation.skills", ["zh und en", ""])
    form.setlist("relaxation.when", ["mood > 3", "load >"])
    form.setlist("relaxation.after_s", ["soon", "60"])
    form.setlist("overflow.to", [""])
    answer = manager.post(SUPPORT, data=form, headers=ENGLISH)
    assert answer.status_code == 422
    page = unescape(answer.text)
    for sentence in (
        "Before 'und' an “and” or an “or” is missing.",
        "Say who: a skill expression such as billing >= 2.",
        "A queue has no value 'mood'",
        "After load > a number is expected",
        "“soon” is no number",
        "Choose one.",
        "<mark>u</mark>",
        "<mark>m</mark>",
    ):
        assert sentence in page, sentence
    chinese = manager.post(SUPPORT, data=form, headers={"Accept-Language": "zh-CN"}).text
    assert "队列没有状态值" in chinese


def test_a_step_that_comes_before_the_one_above_it_is_said(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, relaxation=STEPS)
    form = everything_typed(manager)
    form.setlist("relaxation.after_s", ["60", "59"])
    answer = manager.post(SUPPORT, data=form, headers=ENGLISH)
    assert answer.status_code == 422
    assert "It comes before the step above" in answer.text


def test_two_who_change_the_same_list_are_asked(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, relaxation=STEPS)
    form = everything_typed(manager)
    put(rehearsal, relaxation=STEPS[:1])
    form.setlist("relaxation.after_s", ["25", "60"])
    answer = manager.post(SUPPORT, data=form, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Meanwhile changed to" in answer.text
    assert names(answer.text, "relaxation.after_s") == ["25", "60"]


def test_who_could_answer_stands_beside_each_expression(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, relaxation=(Relaxation("nothing_has_it", 20.0), Relaxation("billing >= 3", 60.0)))
    page = manager.get(SUPPORT, headers=ENGLISH).text
    assert "7 of 10 agents" in page  # support >= 3
    assert "No agent of the draft fits" in page
    assert "Nobody." in page  # no reserve
    said = manager.get("/rules/who?relaxation.skills=billing+>%3D+4", headers=ENGLISH).text
    assert "3 of 10 agents; now 2 serve, 1 of them free:" in said
    assert "王强" in said
    assert "This is no expression yet" in manager.get("/rules/who?skills=(", headers=ENGLISH).text
    assert "10 of 10" in manager.get("/rules/who?skills=", headers=ENGLISH).text
    assert "Nobody." in manager.get("/rules/who?reserve_skills=", headers=ENGLISH).text


def test_a_value_that_is_no_choice_any_more_stays_choosable(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, overflow=(Overflow("gone", 30.0),), service_level="of_before")
    page = manager.get(SUPPORT, headers=ENGLISH).text
    assert '<option value="gone" selected>' in page
    assert '<option value="of_before" selected>' in page
    answer = manager.post(SUPPORT, data=everything_typed(manager), headers=ENGLISH)
    assert answer.status_code == 422
    assert "There is no such formula" in answer.text


def test_an_order_that_can_not_be_is_refused(manager: FlaskClient) -> None:
    form = everything_typed(manager)
    form["reserve_load_on"], form["reserve_load_off"], form["wrap_up_mode"] = "110", "120", "sleepy"
    page = unescape(manager.post(SUPPORT, data=form, headers=ENGLISH).text)
    assert "they would leave at once" in page
    assert "There is no such mode" in page


# --- reasons for a break -------------------------------------------------------------------------------------------------
BREAKS = "/rules/breaks"


def send_breaks(client: FlaskClient, *rows: tuple[str, str, str], act: str = "", base: str = "") -> Any:
    page = client.get(BREAKS, headers=ENGLISH).text
    seen = base or unescape(re.search(r'name="base" value="([^"]*)"', page)[1])  # type: ignore[index]
    data: MultiDict[str, str] = MultiDict({"base": seen})
    for name, zh, en in rows:
        data.add("reasons.name", name)
        data.add("reasons.zh", zh)
        data.add("reasons.en", en)
    if act:
        data.add("rows", act)
    return client.post(BREAKS, data=data, headers=ENGLISH)


def test_reasons_for_a_break_are_edited_in_their_order(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert send_breaks(manager, ("tea", "喝茶", "Tea"), ("bare", "", "")).status_code == 302
    reasons = rehearsal.releases.draft().configuration.break_reasons
    assert {name: dict(title) for name, title in reasons.items()} == {"tea": {"zh": "喝茶", "en": "Tea"}, "bare": {}}
    assert send_breaks(manager, ("tea", "茶歇", "Tea")).status_code == 302
    assert dict(rehearsal.releases.draft().configuration.break_reasons["tea"]) == {"zh": "茶歇", "en": "Tea"}
    assert list(rehearsal.releases.draft().configuration.break_reasons) == ["tea"]
    page = manager.get("/rules", headers=ENGLISH).text
    assert "Reason for a break tea: Chinese" in page


def test_wrong_reasons_are_said_in_their_row(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    answer = send_breaks(manager, ("Tea Time", "", ""), ("tea", "", "x" * 61), ("tea", "", ""))
    assert answer.status_code == 422
    for said in ("small letters, digits", "written twice", "At most 60 characters", "Nothing was saved"):
        assert said in answer.text
    assert rehearsal.releases.draft().configuration.break_reasons == {}
    assert names(send_breaks(manager, ("tea", "", ""), act="reasons.add").text, "reasons.name") == ["tea", ""]


def test_two_who_edit_other_reasons_lose_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    send_breaks(manager, ("tea", "喝茶", "Tea"))
    base = '{"tea.zh": "喝茶", "tea.en": "Tea"}'
    draft = rehearsal.releases.draft()
    theirs = replace(draft.configuration, break_reasons={"tea": {"zh": "喝茶", "en": "Tea"}, "gym": {"en": "Gym"}})
    rehearsal.releases.save_draft(theirs, version=draft.version, who="leo")
    assert send_breaks(manager, ("tea", "茶", "Tea"), base=base).status_code == 302
    reasons = rehearsal.releases.draft().configuration.break_reasons
    assert (reasons["tea"]["zh"], reasons["gym"]["en"]) == ("茶", "Gym")
    answer = send_breaks(manager, ("tea", "红茶", "Tea"), base=base)
    assert answer.status_code == 409
    assert "Meanwhile changed to" in answer.text
