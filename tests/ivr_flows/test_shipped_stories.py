"""The stories that ship with the flows hold, go every way, and notice when one way leads elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import ivr_flows
from callcontrol.flow.catalogue import load_flows
from callcontrol.flow.flow import Flow
from callcontrol.flow.testing import coverage, play, read_story, surviving_mutants

FOLDER = Path(next(iter(ivr_flows.__path__))) / "stories"
STORIES = [read_story(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.story.toml"))]
FLOWS = list(load_flows())


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_stories_of_a_flow_hold_and_prove_each_of_its_ways(flow: type[Flow]) -> None:
    stories = [story for story in STORIES if story.flow == flow.name]
    went = coverage(flow, [play(flow, story) for story in stories])
    assert (went.missing_steps(), went.missing_edges()) == ([], [])
    assert [str(mutant) for mutant in surviving_mutants(flow, stories)] == []
