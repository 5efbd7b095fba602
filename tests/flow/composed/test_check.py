"""What is said of composed flows before they are published, generated stories among it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callcontrol.flow.composed.check import check_composed
from callcontrol.flow.composed.source import ComposedFlows, composed_flows, with_composed
from callcontrol.flow.composed.templates import TEMPLATES
from callcontrol.flow.composed.trial import trial_of
from callcontrol.flow.uses import check_configuration
from callcontrol.prompts.catalogue import texts_of
from callcontrol.values.composed import own_texts, release_of, with_versions
from callcontrol.values.configuration import Callback, Configuration, Entry, Queue, from_data
from callcontrol.values.configuration_reading import ConfigurationError
from callcontrol.values.hours import OpeningHours
from tests.flow.composed.test_reading import template

QUEUES = {"support": Queue("support", callback=Callback(enabled=True))}


def house(**composed: Any) -> Configuration:
    return Configuration(queues=QUEUES, hours={"office": OpeningHours("office")}, composed=composed)


def said(configuration: Configuration, *taken: str) -> list[tuple[str, str, bool]]:
    found = check_composed(configuration, taken, texts_of(configuration).by_language)
    return [(problem.where, problem.what, problem.fatal) for problem in found]


def test_nothing_is_wrong_with_a_template_and_every_way_of_it_is_rehearsed() -> None:
    for name in TEMPLATES:
        assert said(house(night=template(name))) == []
        trial = trial_of("night", template(name), longest_s=60.0)
        assert trial is not None
        assert trial.whole
        assert (trial.unreached_steps, trial.unreached_ways, trial.troubles) == ((), (), ())


def test_what_the_flow_names_must_be_in_the_configuration() -> None:
    data = template("hours")
    data["steps"]["opening"]["hours"] = "moon"
    data["steps"]["waiting"] |= {"queue": "gone", "needs": "(", "message_when": ["open sun"]}
    found = said(house(night=data))
    assert [(where, fatal) for where, _what, fatal in found][:4] == [
        ("composed.night.steps.opening.hours", True),
        ("composed.night.steps.waiting.queue", True),
        ("composed.night.steps.waiting.message_when", True),
        ("composed.night.steps.waiting.needs", True),
    ]


def test_a_name_of_the_engineers_or_none_at_all_is_refused() -> None:
    assert [fatal for _where, what, fatal in said(house(hotline=template()), "hotline") if "already" in what] == [True]
    assert any("small letters" in what for _where, what, _fatal in said(house(**{"Bad Name": template()})))


def test_a_text_that_there_is_not_forbids_publishing() -> None:
    data = template()
    data["steps"]["welcome"]["say"] = {"keys": ["no.such.text"]}
    ((where, what, fatal),) = said(house(night=data))
    assert (where, fatal) == ("composed.night.steps.welcome", True)
    assert "no.such.text" in what


def test_trouble_in_a_rehearsal_forbids_publishing() -> None:
    """Each step by itself is right, and so is the graph; but a call does not go through so many of them at once."""
    data = template("menu")
    data["steps"] |= {
        f"again_{n}": {"kind": "count", "times": 9, "then": f"again_{n + 1}", "over": "goodbye"} for n in range(60)
    }
    data["steps"]["again_60"] = {"kind": "play", "say": {"keys": ["goodbye"]}, "then": "end"}
    data["steps"]["menu"]["silence"] = "again_0"
    troubles = [(where, what) for where, what, fatal in said(house(night=data)) if fatal]
    assert troubles
    assert all(where == "composed.night" and "50 steps without waiting" in what for where, what in troubles)


def test_what_no_call_reaches_is_a_warning() -> None:
    data = template("menu")
    data["steps"]["odd"] = {"kind": "rule", "when": ["remembered never"], "then": "sorry", "otherwise": "waiting"}
    data["steps"]["menu"]["keys"]["1"] = "odd"
    assert said(house(night=data)) == [
        ("composed.night.steps.odd", "no rehearsed call went from here to 'sorry'.", False)
    ]


def test_no_time_for_all_is_said() -> None:
    trial = trial_of("night", template(), longest_s=0.0)
    assert trial is not None
    assert not trial.whole
    assert trial.unreached_ways == ()


def test_an_entry_may_lead_to_a_composed_flow() -> None:
    configuration = replace(house(night=template()), entries={"4001": Entry("4001", "night")})
    flows = with_composed(composed_flows(Configuration()), configuration)
    assert check_configuration(flows, configuration) == []
    assert check_configuration(flows, replace(configuration, entries={"4001": Entry("4001", "day")}))


def test_what_a_composed_flow_names_is_told_by_its_step_and_not_once_more_by_the_number_that_leads_to_it() -> None:
    data = template()
    data["steps"]["waiting"]["queue"] = "gone"
    configuration = replace(house(night=data), entries={"4001": Entry("4001", "night")})
    flows = with_composed(composed_flows(Configuration()), configuration)
    fatal = [p.where for p in check_composed(configuration, ()) if p.fatal]
    assert fatal == ["composed.night.steps.waiting.queue"]
    assert check_configuration(flows, configuration) == []


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (3, "night"),
        ({"steps": 3}, "night.steps"),
        ({"steps": {"a": 3}}, "night.steps.a"),
        ({"title": "x"}, "night.title"),
    ],
)
def test_what_has_not_even_the_shape_is_no_configuration(row: Any, where: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        from_data({"composed": {"night": row}})
    assert [problem.where for problem in error.value.problems] == [f"composed.{where}"]


def test_versions_that_were_written_by_hand_and_wrong_are_left_alone() -> None:
    for kept in (
        {},
        {"release": "x", "versions": {}},
        {"release": 1, "versions": {"x": {}}},
        {"release": 1, "versions": 3},
    ):
        configuration = replace(house(night=template()), composed_kept={"night": kept})
        assert composed_flows(configuration).releases("night") == [1]
        assert release_of(with_versions(configuration, configuration), "night") == 1


# --- versions -----------------------------------------------------------------------------------------------------------
def changed(data: dict[str, Any], zh: str) -> dict[str, Any]:
    steps = {**data["steps"], "booked": {**data["steps"]["booked"], "say": {"text": {"zh": zh, "en": "x"}}}}
    return {**data, "steps": steps}


def test_each_publication_that_changes_a_flow_is_its_next_version_and_the_last_ones_stay() -> None:
    first = with_versions(None, house(night=template()))
    assert release_of(first, "night") == 1
    same = with_versions(first, house(night=template()))
    assert same.composed_kept == first.composed_kept
    acting = same
    for number in range(2, 9):
        acting = with_versions(acting, house(night=changed(template(), f"第{number}版")))
        assert release_of(acting, "night") == number
    flows = composed_flows(acting)
    assert flows.releases("night") == [4, 5, 6, 7, 8]
    gone = with_versions(acting, house())
    assert composed_flows(gone).releases("night") == [4, 5, 6, 7, 8]
    back = with_versions(gone, house(night=template()))
    assert release_of(back, "night") == 9


def test_each_version_says_its_own_words() -> None:
    first = with_versions(None, house(night=changed(template(), "旧")))
    second = with_versions(first, house(night=changed(template(), "新")))
    texts, flows = own_texts(second), composed_flows(second)
    words = {}
    for release in (1, 2):
        (prompt,) = flows.get("night", release).steps["booked"].prompts()
        words[release] = texts[prompt.key]["zh"]
    assert words == {1: "旧", 2: "新"}
    assert texts["own.night.booked.say"]["zh"] == "新"  # a recording of the text as it stands goes on being used


def test_the_source_gives_the_same_flows_until_another_configuration_acts() -> None:
    acting = [with_versions(None, house(night=template()))]
    source = ComposedFlows(lambda: acting[0])
    once = source()
    assert source() is once
    acting[0] = with_versions(acting[0], house(night=changed(template(), "新")))
    assert source() is not once
    assert source().get("night").release == 2


def test_an_older_version_that_did_not_change_is_the_very_same_class() -> None:
    first = with_versions(None, house(night=template()))
    second = with_versions(first, replace(first, entries={"4001": Entry("4001", "night")}))
    assert composed_flows(first).get("night") is composed_flows(second).get("night")
