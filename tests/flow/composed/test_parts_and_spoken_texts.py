"""What supervisors put together of parts that ship, of texts with what only the call knows, and of what is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callcontrol.flow import Sub
from callcontrol.flow.commands import Speak
from callcontrol.flow.composed import KINDS, composed_flow, read_flow
from callcontrol.flow.composed.check import check_composed
from callcontrol.flow.composed.parts import PARTS, part, results_of
from callcontrol.flow.composed.source import composed_flows, with_composed
from callcontrol.flow.composed.trial import trial_of
from callcontrol.flow.composed.writing import data_of, tidy
from callcontrol.flow.parameters import Remembered
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.uses import check_configuration
from callcontrol.prompts.catalogue import texts_of
from callcontrol.values.composed import own_texts
from callcontrol.values.configuration import Configuration, Entry, OpeningHours, Queue, Service
from tests.flow.composed.test_reading import template

BALANCE = {"zh": "您的余额是{balance}元。", "en": "Your balance is {balance}."}


def with_survey() -> dict[str, Any]:
    """Whoever has talked is asked how it was."""
    data = template("menu")
    data["steps"]["waiting"]["after_talk"] = "survey"
    data["steps"]["survey"] = {"kind": "sub", "flow": "satisfaction", "returns": {"told": "goodbye", "skipped": "end"}}
    return tidy(data)


def with_balance() -> dict[str, Any]:
    """By 2 callers show who they are and hear a balance; who can't gets an agent."""
    data = template("menu")
    data["steps"]["menu"]["keys"]["2"] = "who"
    ends = {"known": "told", "unknown": "waiting", "down": "waiting"}
    data["steps"]["who"] = {"kind": "sub", "flow": "identity", "returns": ends}
    data["steps"]["told"] = {"kind": "say_text", "text": BALANCE, "then": "goodbye", "failed": "waiting"}
    return tidy(data)


def house(data: dict[str, Any], **more: Any) -> Configuration:
    queues, hours = {"support": Queue("support")}, {"office": OpeningHours("office")}
    entries = {"4001": Entry("4001", "night")}
    return replace(Configuration(queues=queues, hours=hours, entries=entries, composed={"night": data}), **more)


def told(configuration: Configuration) -> list[tuple[str, bool]]:
    found = check_composed(configuration, (), texts_of(configuration).by_language)
    found += check_configuration(with_composed(composed_flows(Configuration()), configuration), configuration)
    return [(problem.where, problem.fatal) for problem in found]


@pytest.mark.parametrize("name", PARTS)
def test_every_part_that_is_offered_comes_back(name: str) -> None:
    assert part(name).name == name
    assert results_of(name)
    assert part(name).abstract, "no number leads to it"


@pytest.mark.parametrize("data", [with_survey(), with_balance()], ids=["survey", "balance"])
def test_every_way_through_a_part_is_rehearsed_before_publishing(data: dict[str, Any]) -> None:
    trial = trial_of("night", data, longest_s=60.0)
    assert trial is not None
    assert trial.whole
    assert (trial.troubles, trial.unreached_steps, trial.unreached_ways) == ((), (), ())


@pytest.mark.parametrize("data", [with_survey(), with_balance()], ids=["survey", "balance"])
def test_data_becomes_the_flow_and_the_same_data_again(data: dict[str, Any]) -> None:
    assert data_of(composed_flow("night", data), own_texts(house(data))) == data


def test_the_survey_of_a_part_is_asked_and_its_parameters_are_the_flow_s() -> None:
    flow = composed_flow("night", with_survey())
    assert isinstance(flow.steps["survey"], Sub)
    call = Rehearsal(flow, queue="free").run("1 5 4 3")
    assert call.survey == {"attitude": 5, "speed": 4, "correctness": 3}
    assert "survey_on" in flow.parameters
    assert Rehearsal(flow, queue="free", parameters={"survey_on": False}).run("1").survey == {}


def test_what_a_service_answered_is_spoken() -> None:
    flow = composed_flow("night", with_balance())
    answers = {"accounts": {"balance": "12.50"}}
    call = Rehearsal(flow, language="en", services=answers)
    call.run("2 79927398713 19900101")
    assert any("Your balance is 12.50." in line.text for line in call.transcript), [x.text for x in call.transcript]


def test_a_part_that_asks_a_service_of_a_house_without_it_is_a_warning() -> None:
    assert told(house(with_balance())) == [("entries.4001", False)]
    assert told(house(with_balance(), services={"accounts": Service("accounts", "https://x/{account}")})) == []


def test_a_spoken_text_is_no_prompt_that_is_built() -> None:
    assert [key for key in own_texts(house(with_balance())) if "told" in key] == []


def wrong(**row: Any) -> dict[str, bool]:
    data = with_survey()
    data["steps"]["survey"] = row
    _flow, found = read_flow("night", data)
    return {p.where.removeprefix("composed.night.steps.survey."): p.fatal for p in found}


def test_each_way_out_of_a_part_must_lead_on_and_no_other() -> None:
    assert wrong(kind="sub", flow="satisfaction", returns={"told": "end", "down": "end"}) == {
        "returns.skipped": True,
        "returns.down": True,
    }
    assert wrong(kind="sub", flow="satisfaction", returns={"told": "end", "skipped": "gone"}) == {
        "returns.skipped": True
    }
    assert wrong(kind="sub", flow="hotline", returns={}) == {"flow": True}
    assert wrong(kind="sub") == {"flow": True, "returns": True}


def test_a_spoken_text_in_one_language_is_a_warning_and_in_none_is_wrong() -> None:
    ways = {"then": "goodbye", "failed": "end"}
    assert wrong(kind="say_text", text={"en": "Hello"}, **ways) == {"text": False}
    assert wrong(kind="say_text", text={"en": " "}, **ways) == {"text": True}
    data = with_balance()
    data["steps"]["told"]["text"] = {"zh": "好", "en": "x", "fr": "x"}
    assert [p.fatal for p in read_flow("night", data)[1]] == [True]
    data["steps"]["told"]["text"] = {"zh": "长" * 1001, "en": "x"}
    assert [p.what for p in read_flow("night", data)[1] if p.fatal] == ["is a text of at most 1000 characters."]


def test_the_agent_of_the_last_call_is_waited_for() -> None:
    data = template("menu")
    data["start"] = "who"
    data["steps"]["who"] = {"kind": "look_up_caller", "known": "welcome", "unknown": "welcome", "failed": "welcome"}
    data["steps"]["waiting"]["prefer"] = "{caller_last_agent}"
    flow = composed_flow("night", data)
    assert flow.steps["waiting"].prefer == Remembered("caller_last_agent")  # type: ignore[attr-defined]
    assert data_of(flow, own_texts(house(data))) == tidy(data)
    assert told(house(data)) == []


def test_only_what_may_be_remembered_is_read_so() -> None:
    fields = {(kind.name, f.name) for kind in KINDS.values() for f in kind.fields.values() if f.remembered}
    assert {("queue", "prefer"), ("queue", "needs"), ("dial", "to"), ("transfer", "to")} <= fields
    assert ("menu", "keys") not in fields


def test_it_is_spoken_as_a_command_of_the_call() -> None:
    data = template("menu")
    data["start"] = "told"
    data["steps"]["told"] = {"kind": "say_text", "text": {"zh": "你好"}, "then": "welcome", "failed": "welcome"}
    call = Rehearsal(composed_flow("night", data))
    call.begin()
    assert isinstance(call.doing, Speak)
