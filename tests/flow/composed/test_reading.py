"""Data -> flow -> data without loss, and everything that is wrong in one list with the step and the field."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given

from callcontrol.flow import FlowError, HangUp, Play, Queue
from callcontrol.flow.composed import KINDS, composed_flow, read_flow
from callcontrol.flow.composed.kinds import OFFERED
from callcontrol.flow.composed.reading import named_in
from callcontrol.flow.composed.templates import TEMPLATES
from callcontrol.flow.composed.writing import data_of, tidy
from callcontrol.flow.flow import flow_of_steps
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.values.composed import texts_in
from tests.flow.composed.flows import flows

TITLE = {"zh": "夜间", "en": "Night"}


def template(name: str = "peak") -> dict[str, Any]:
    return deepcopy({**TEMPLATES[name]("support", "office"), "title": TITLE})


def problems(data: Any) -> dict[str, str]:
    flow, found = read_flow("night", data)
    assert (flow is None) == any(problem.fatal for problem in found)
    return {problem.where.removeprefix("composed.night."): problem.what for problem in found}


@given(flows())
def test_data_becomes_steps_and_the_same_data_again(data: dict[str, Any]) -> None:
    """Whether the ways make sense is the graph's matter: it is left out here, so that every flow is looked at."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("callcontrol.flow.checks.check_structure", lambda _flow: [])
        flow, found = read_flow("night", json.loads(json.dumps(data)))
    assert flow is not None, found
    assert data_of(flow, dict(texts_in("night", data))) == tidy(data)
    assert [name for name in flow.steps if "." not in name] == tidy(data)["order"]


@given(flows())
def test_only_the_graph_is_wrong_with_a_flow_of_right_fields(data: dict[str, Any]) -> None:
    _flow, found = read_flow("night", data)
    graph = ("can't be reached", "no way leads to an end", "goes round for ever")
    assert [problem for problem in found if problem.fatal and not any(words in problem.what for words in graph)] == []


@given(flows())
def test_tidying_changes_nothing_that_is_tidy(data: dict[str, Any]) -> None:
    assert tidy(tidy(data)) == tidy(data)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("callcontrol.flow.checks.check_structure", lambda _flow: [])
        one, other = read_flow("night", data)[0], read_flow("night", tidy(data))[0]
    assert one is not None
    assert other is not None
    own = [{name: step for name, step in flow.steps.items() if "." not in name} for flow in (one, other)]
    assert own[0] == own[1]
    assert one.everywhere == other.everywhere


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_is_a_flow_that_ends(name: str) -> None:
    flow = composed_flow("night", template(name))
    for queue in ("free", "busy", "away", "nobody", "full", "closed"):
        assert Rehearsal(flow, queue=queue).run("1 1 1").over
    assert tidy(template(name)) == template(name)


def test_the_steps_are_the_very_same_as_written_by_hand() -> None:
    flow = composed_flow("night", template())
    waiting = flow.steps["waiting"]
    assert isinstance(waiting, Queue)
    assert waiting.message_when == ("busy", "waited 60", "before 16:00")
    assert flow.steps["end"] == HangUp()
    assert flow.steps["welcome"] == Play(waiting.prompts()[:0] or flow.steps["welcome"].say, then="waiting")  # type: ignore[attr-defined]


def test_every_kind_that_is_offered_can_be_held_by_a_form() -> None:
    assert set(KINDS) == {step.kind for step in OFFERED}


# --- what is wrong ----------------------------------------------------------------------------------------------------
def test_all_that_is_wrong_is_said_at_once_with_step_and_field() -> None:
    data = template()
    data["start"] = "nowhere"
    data["title"] = {"zh": "夜"}
    data["more"] = 1
    steps = data["steps"]
    steps["welcome"]["say"] = {}
    steps["welcome"]["volume"] = 11
    steps["waiting"] |= {"timeout": "gone", "exit_keys": {"x": "goodbye", "7": {"step": "gone", "language": "fr"}}}
    steps["offer"]["keys"]["1"] = {"step": "call_back", "remember": {"_x": "1"}}
    steps["offer"]["tries"] = 99
    steps["booked"]["say"] = {"text": {"zh": "好{money:gold}"}}
    del steps["call_back"]["queue"]
    steps["Bad Name"] = {"kind": "dance"}
    steps["peak"] = {"kind": "play", "say": {"keys": ["offpeak"]}, "then": "end"}
    found = problems(data)
    assert set(found) == {
        "start", "title.en", "more", "steps.welcome.say", "steps.welcome.volume", "steps.waiting.timeout",
        "steps.waiting.exit_keys.x", "steps.waiting.exit_keys.7", "steps.offer.keys.1", "steps.offer.tries",
        "steps.booked.say", "steps.call_back.queue", "steps.Bad Name", "steps.peak.say",
    }  # fmt: skip
    assert found["steps.peak.say"].startswith("Only a queue says 'offpeak'")
    with pytest.raises(FlowError) as error:
        composed_flow("night", data)
    assert str(error.value).count("\n") == len(error.value.problems)


def test_what_the_steps_and_the_graph_say_points_at_the_step() -> None:
    data = template()
    data["steps"]["offer"]["keys"]["1"] = "goodbye"
    assert "can't be reached" in problems(data)["steps.call_back"]
    data = template()
    data["steps"]["waiting"]["message_when"] = ["before 26:00", "waited long", "dancing"]
    assert "dancing" in problems(data)["steps.waiting"]
    data = template("menu")
    data["steps"]["goodbye"]["then"] = "welcome"
    data["steps"]["menu"]["silence"] = "welcome"
    assert "round for ever" in " ".join(problems(data).values())


@pytest.mark.parametrize(
    "key", ["offpeak", "offpeak@zh", "offpeak.busy", "queue.support.offpeak", "queue.support.offpeak@en"]
)
def test_no_step_but_a_queue_says_the_announcement(key: str) -> None:
    data = template()
    data["steps"]["welcome"]["say"] = {"keys": [key]}
    assert problems(data)["steps.welcome.say"].startswith("Only a queue says")
    data = template()
    data["steps"]["waiting"]["message"] = "offpeak"
    assert problems(data) == {}


def test_an_own_text_in_one_language_alone_is_a_warning() -> None:
    data = template()
    data["steps"]["booked"]["say"] = {"text": {"zh": "好"}}
    flow, found = read_flow("night", data)
    assert flow is not None
    assert [(p.where, p.fatal) for p in found] == [("composed.night.steps.booked.say", False)]


def test_what_was_remembered_can_be_said_in_an_own_text() -> None:
    data = template("menu")
    data["steps"]["welcome"] = {
        "kind": "remember", "things": {"amount": "12.50"}, "then": "told",
    }  # fmt: skip
    text = {"zh": "余额{amount:money}", "en": "Your balance is {amount:money}"}
    data["steps"]["told"] = {"kind": "play", "say": {"text": text}, "then": "menu"}
    call = Rehearsal(composed_flow("night", data))
    call.begin()
    (said,) = call.doing.prompts  # type: ignore[union-attr]
    assert (said.key, said.values) == ("own.night.told.say", {"amount": "12.50"})


@pytest.mark.parametrize(
    "nonsense", [{}, {"steps": 3}, {"steps": {"a": 3}}, {"steps": {"a": {"kind": ["x"]}}}, {"order": 4}]
)
def test_what_is_no_flow_at_all_is_told_and_raises_nothing_else(nonsense: Any) -> None:
    assert problems(nonsense)
    tidy(nonsense)
    list(named_in("night", nonsense))


def test_steps_may_have_the_names_of_anything() -> None:
    flow = flow_of_steps(
        "odd",
        {"title": Play("goodbye", then="step"), "step": Play("goodbye", then="name"), "name": HangUp()},
        start="title",
        rescue="name",
        title=TITLE,
    )
    assert Rehearsal(flow).run().steps == ["title", "step", "name"]
