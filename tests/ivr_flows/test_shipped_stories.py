"""The stories that ship with the flows hold, go every way, and notice when one way leads elsewhere; in both languages. And whatever
raises in a flow sends its caller to the rescue step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ivr_flows
from callcontrol.flow import commands as cmd
from callcontrol.flow.catalogue import load_flows
from callcontrol.flow.checks import check_prompts
from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.steps.leading import led
from callcontrol.flow.testing import Story, coverage, play, read_story, surviving_mutants
from callcontrol.prompts.catalogue import shipped_texts

FOLDER = Path(next(iter(ivr_flows.__path__))) / "stories"
STORIES = [read_story(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.story.toml"))]
FLOWS = list(load_flows())


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_stories_of_a_flow_hold_and_prove_each_of_its_ways(flow: type[Flow]) -> None:
    stories = [story for story in STORIES if story.flow == flow.name]
    went = coverage(flow, [play(flow, story) for story in stories])
    assert (went.missing_steps(), went.missing_edges()) == ([], [])
    assert [str(mutant) for mutant in surviving_mutants(flow, stories)] == []


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_story_goes_the_same_way_in_either_language(flow: type[Flow], language: str) -> None:
    for story in [story for story in STORIES if story.flow == flow.name]:
        call = play(flow, replace(story, language=language))
        first = next((c.language for c in call.done if isinstance(c, cmd.Play | cmd.Ask)), language)
        assert first == language


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_word_of_a_flow_has_a_text_in_both_languages(flow: type[Flow]) -> None:
    assert check_prompts(flow, shipped_texts().by_language) == []


class Raised(Exception):
    """What somebody's code may do."""


def raising(flow: type[Flow]) -> Iterator[tuple[str, type[Flow]]]:
    """The flow once for each of its steps, with that one raising as soon as it is entered."""

    def fails(*_: Any) -> Any:
        raise Raised("somebody's bug")

    for name, step in flow.steps.items():
        bad = led(step, str)
        object.__setattr__(bad, "enter", fails)

        class Bad(flow, abstract=True):  # type: ignore[misc, valid-type, call-arg]
            pass

        Bad.steps = {**flow.steps, name: bad}
        yield name, Bad


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_step_that_raises_sends_its_caller_to_the_rescue_step(flow: type[Flow]) -> None:
    stories = [story for story in STORIES if story.flow == flow.name]
    for name, bad in raising(flow):
        call = _until_it_raises(bad, next(s for s in stories if name in (s.steps or ())))
        assert bad.rescue in call.steps or name == bad.rescue
        assert call.over or call.doing is not None  # nobody hears nothing


def _until_it_raises(flow: type[Flow], story: Story) -> Rehearsal:
    for count in range(len(story.actions) + 1):
        call = play(flow, replace(story, actions=tuple(story.actions[:count]), steps=None, ended=None))
        if any("somebody's bug" in data["what"] for kind, data in call.story if kind == "trouble"):
            return call
    raise AssertionError(f"The flow of {story} never raised.")
