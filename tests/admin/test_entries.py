"""Numbers in the admin: their flow, its release and parameters, and the trial of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from callcontrol.admin.forms.entry import ParameterField, entry_of, flat, typed_value
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.admin.release_counts import release_rows
from callcontrol.admin.services import FlowOnController, FlowState
from callcontrol.flow.parameters import Number, OneOf, Parameter, Seconds, Text, YesNo
from callcontrol.ports.store import ReleaseCount
from callcontrol.values.configuration import Agent, Entry, Trial
from callcontrol.values.numbers import number_key
from callcontrol.values.problems import Problem

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
ENTRY = "/rules/entries/4001"
TESTER = "13800138000"
KEY = number_key(TESTER, b"rehearsal")


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def form(**changes: str) -> MultiDict[str, str]:
    sent = {"language": "zh", "flow": "hotline", "release": "0", "trial_release": "0", "share": "0", "base": ""}
    return MultiDict({**sent, **{name.replace("__", "."): value for name, value in changes.items()}})


def save(client: FlaskClient, sent: MultiDict[str, str], address: str = ENTRY) -> TestResponse:
    return client.post(address, data=sent, headers=ENGLISH)


def draft(rehearsal: Rehearsal, number: str = "4001") -> Entry:
    return rehearsal.releases.draft().configuration.entries[number]


def put(rehearsal: Rehearsal, entry: Entry) -> None:
    now = rehearsal.releases.draft()
    entries = {**now.configuration.entries, entry.number: entry}
    rehearsal.releases.save_draft(replace(now.configuration, entries=entries), version=now.version, who="mia")


def seen(client: FlaskClient, address: str = ENTRY) -> str:
    return client.get(address, headers=ENGLISH).text


def base_of(page: str) -> str:
    found = re.search(r'name="base" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def test_the_parameters_are_those_that_the_flow_declares_and_only_what_differs_is_kept(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    page = seen(manager)
    assert "How often is asked" in page
    assert "1 to 5" in page
    assert 'name="p.menu_timeout"' in page
    answer = save(
        manager, form(p__tries="3", p__survey_on="no", p__default_queue="billing", p__greeting='""', p__style="long")
    )
    assert answer.status_code == 302, answer.text
    assert draft(rehearsal).parameters == {
        "tries": 3,
        "survey_on": False,
        "default_queue": "billing",
        "greeting": "",
        "style": "long",
    }
    page = seen(manager)
    assert 'value="3"' in page
    assert re.search(r'<option value="no" selected>', page)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("p__tries", "9", "out of range"),
        ("p__tries", "1.5", "no whole number"),
        ("p__menu_timeout", "soon", "is no number"),
        ("p__survey_on", "perhaps", "Choose one"),
        ("p__style", "loud", "Choose one"),
        ("p__greeting", "x" * 21, "At most 20 characters"),
        ("t__tries", "0", "out of range"),
        ("share", "101", "out of range"),
        ("new_callers", "anna", "is no number"),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_nothing_is_saved(
    manager: FlaskClient, rehearsal: Rehearsal, name: str, typed: str, sentence: str
) -> None:
    before = draft(rehearsal)
    answer = save(manager, form(**{name: typed}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert typed in answer.text, "what was typed stays"
    assert draft(rehearsal) == before


def test_a_trial_is_set_and_its_numbers_are_kept_as_keys(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    sent = form(
        release="1", trial_release="2", share="12.5", new_callers=f"{TESTER}\n1001", t__tries="4", t__ask_language="no"
    )
    assert save(manager, sent).status_code == 302
    entry = draft(rehearsal)
    assert (entry.release, entry.trial.release, entry.trial.share) == (1, 2, 0.125)
    assert entry.trial.parameters == {"tries": 4, "ask_language": False}
    assert entry.trial.callers[KEY] == "138****8000"
    assert len(entry.trial.callers) == 2
    page = seen(manager)
    assert "138****8000" in page
    assert TESTER not in page
    assert "on trial" in page
    kept = form(
        release="1", trial_release="2", share="12.5", caller=KEY, base=base_of(page), t__tries="4", t__ask_language="no"
    )
    assert save(manager, kept).status_code == 302
    assert set(draft(rehearsal).trial.callers) == {KEY}, "the other was unticked"


def test_parameters_of_another_release_are_shown_before_anything_is_saved(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    before = draft(rehearsal)
    assert 'name="p.ask_language"' in save(manager, form(release="2", rows="flow")).text
    page = save(manager, form(release="1", p__tries="4", rows="flow")).text
    assert 'name="p.ask_language"' not in page
    assert 'value="4"' in page, "what was typed stays"
    assert "This flow has no parameters" in save(manager, form(flow="night", rows="flow")).text
    assert draft(rehearsal) == before


def test_the_trial_is_made_everybodys_or_ended_by_one_click_into_the_draft(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    tried = Entry("4001", "hotline", parameters={"tries": 2}, release=1, trial=Trial(2, {"tries": 4}, {}, 0.5))
    put(rehearsal, tried)
    manager.post(f"{ENTRY}/trial/everybody")
    assert draft(rehearsal) == Entry("4001", "hotline", parameters={"tries": 4}, release=2)
    put(rehearsal, tried)
    manager.post(f"{ENTRY}/trial/end")
    assert draft(rehearsal) == Entry("4001", "hotline", parameters={"tries": 2}, release=1)
    assert rehearsal.published == [], "nothing acts before it is published"
    assert manager.post(f"{ENTRY}/trial/begin").status_code == 404


def test_two_who_edit_other_fields_of_a_number_lose_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    base = base_of(seen(manager))
    put(rehearsal, replace(draft(rehearsal), parameters={"tries": 4}))
    assert save(manager, form(share="10", base=base)).status_code == 302
    assert draft(rehearsal).parameters == {"tries": 4}
    assert draft(rehearsal).trial.share == 0.1


def test_two_who_change_the_same_parameter_are_asked(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    base = base_of(seen(manager))
    put(rehearsal, replace(draft(rehearsal), parameters={"tries": 4}))
    answer = save(manager, form(p__tries="5", base=base))
    assert answer.status_code == 409
    assert "parameter tries" in answer.text
    assert draft(rehearsal).parameters == {"tries": 4}


def test_a_number_is_added_and_taken_out_and_the_switch_has_to_learn_it(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    new = "/rules/entries/new"
    assert "digits" in save(manager, form(number="abc"), new).text
    assert "is taken" in save(manager, form(number="4001"), new).text
    assert save(manager, form(number="4711"), new).headers["Location"] == "/rules/entries/4711"
    assert "switch render" in seen(manager, "/rules/entries/4711")
    version = rehearsal.releases.draft().version
    sent = {"version": str(version), "comment": "a second number"}
    page = manager.post("/rules/publish", data=sent, headers=ENGLISH, follow_redirects=True).text
    assert "The switch does not know 4711 yet" in page
    assert "switch render" not in seen(manager, "/rules/entries/4711")
    manager.post("/rules/entries/4711/remove")
    assert "4711" not in rehearsal.releases.draft().configuration.entries
    assert manager.get("/rules/entries/4711").status_code == 404


def test_the_preview_says_what_a_caller_hears_by_the_draft(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    put(rehearsal, Entry("4001", "hotline", parameters={"tries": 2}, trial=Trial(2, {"tries": 4}, {}, 0.5)))
    page = seen(manager, f"{ENTRY}/preview?queue=busy&keys=1+5,x")
    assert "欢迎致电服务热线" in page
    assert "1 5" in page
    assert "busy" in page
    assert "hotline 0 {&#39;tries&#39;: 2}" in page
    assert "hotline 2 {&#39;tries&#39;: 4}" in seen(manager, f"{ENTRY}/preview?who=trial")


def test_calls_are_counted_by_release_and_trial() -> None:
    def count(release: int, flow_release: int, trial: str, outcome: str, calls: int, wait_s: float) -> ReleaseCount:
        return ReleaseCount("4001", flow_release, release, trial, outcome, calls, wait_s, calls, 0.0)

    rows = release_rows(
        [
            count(7, 1, "", "answered", 30, 300.0),
            count(7, 1, "", "abandoned_waiting", 10, 100.0),
            count(7, 2, "share", "answered", 3, 60.0),
            count(7, 2, "caller", "answered", 1, 20.0),
            count(6, 1, "", "answered", 5, 5.0),
        ]
    )
    assert [(row.release, row.flow_release, row.trial, row.calls, row.wait_s) for row in rows] == [
        (7, 2, True, 4, 20.0),
        (7, 1, False, 40, 10.0),
        (6, 1, False, 5, 1.0),
    ]
    assert rows[1].outcomes == (("answered", 30, 0.75), ("abandoned_waiting", 10, 0.25))


def test_the_page_of_the_flows_says_what_is_loaded_broken_and_under_way(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    rehearsal.flow_state = FlowState(
        [Problem("new.py:3", "The file is no Python: invalid syntax.")],
        [],
        [
            FlowOnController("a", "hotline", 1, "0123456789ab", kept=False, calls=3),
            FlowOnController("a", "hotline", 2, "another state", kept=False, calls=0),
            FlowOnController("b", "hotline", 1, "0123456789ab", kept=False, calls=4),
            FlowOnController("b", "hotline", 0, "gone", kept=True, calls=2),
        ],
    )
    page = seen(manager, "/flows")
    assert "new.py:3" in page
    assert re.search(r"hotline\.py.*?0123456789ab.*?>7<", page, re.DOTALL)
    assert "not on a, b in this state" in page, "release 2"
    assert "kept on b for its calls" in page
    assert "Calls by release" in page


WORDS = Flask(__name__)  # sentences need an app that knows languages
Babel(WORDS)
DECLARED = (
    Number(default=1, minimum=-5, maximum=10**9, help={}),
    Seconds(default=1.0, minimum=0.0, maximum=86_400.0, help={}),
    Text(default="x", max_length=30, help={}),
    OneOf(default="a", options=("a", "b"), help={}),
    YesNo(default=True, help={}),
)
VALUES = st.one_of(
    st.tuples(st.just(DECLARED[0]), st.integers(-5, 10**9)),
    st.tuples(st.just(DECLARED[1]), st.floats(0, 86_400)),
    st.tuples(st.just(DECLARED[2]), st.text(max_size=30).map(str.strip).filter(lambda text: text != '""')),
    st.tuples(st.just(DECLARED[3]), st.sampled_from(["a", "b"])),
    st.tuples(st.just(DECLARED[4]), st.booleans()),
)


@given(VALUES)
def test_whatever_value_a_parameter_allows_the_form_gives_it_back(given: tuple[Parameter[Any], Any]) -> None:
    parameter, value = given
    assert parameter.problem(value) == ""
    field = ParameterField({**parameter.as_form(), "name": "p"}, "p")
    assert field.take(typed_value(value)) == value
    assert field.problem == ""


@given(st.sampled_from(DECLARED), st.text(max_size=40))
def test_whatever_is_typed_is_a_value_that_the_flow_takes_or_a_sentence(parameter: Parameter[Any], typed: str) -> None:
    with WORDS.test_request_context():
        field = ParameterField({**parameter.as_form(), "name": "p"}, "p")
        value = field.take(typed)
    if value is None:
        assert field.problem or not typed.strip()
    else:
        assert parameter.problem(value) == ""


@pytest.mark.parametrize(
    "entry",
    [
        Entry("4001", "hotline"),
        Entry("4001", "hotline", "en", {"a": "", "b": 1, "c": 1.5, "d": True, "e.f": "x"}, 3),
        Entry("4001", "hotline", trial=Trial(2, {"a": "", "b": False}, {KEY: "138****8000"}, 0.25)),
    ],
)
def test_whatever_an_entry_is_merging_gives_it_back(entry: Entry) -> None:
    assert entry_of("4001", flat(entry)) == entry


def test_a_phone_that_is_new_has_to_be_learned_by_the_switch_too(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    now = rehearsal.releases.draft()
    agents = {
        **now.configuration.agents,
        "2001": Agent("2001", contact="user/2001"),
        "2002": Agent("2002", contact="sofia/gateway/trunk/2002"),  # no phone of this switch
    }
    rehearsal.releases.save_draft(replace(now.configuration, agents=agents), version=now.version, who="mia")
    sent = {"version": str(rehearsal.releases.draft().version), "comment": "somebody new"}
    page = manager.post("/rules/publish", data=sent, headers=ENGLISH, follow_redirects=True).text
    assert "The switch does not know 2001 yet: callcontrol switch render --out DIR --reload." in page
