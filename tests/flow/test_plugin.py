"""The pytest plugin finds the flow of a story where an engineer put it: beside it, without a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcontrol.flow.catalogue import FlowNotFound, Flows, load_flows
from callcontrol.flow.testing import Story
from callcontrol.flow.testing.plugin import flow_of

MINE = """
from callcontrol.flow import Flow, HangUp, words

class Mine(Flow):
    title = words(zh="我", en="Mine")
    start = rescue = "end"
    end = HangUp()
"""


@pytest.mark.parametrize("place", ["x.story.toml", "stories/x.story.toml"])
def test_beside_the_story_or_above_its_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "mine.py").write_text(MINE, "utf-8")
    assert flow_of(Story((), flow="mine"), tmp_path / place, Flows).name == "mine"


def test_else_where_a_controller_finds_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE, "utf-8")
    shipped = load_flows(installed=False)
    assert flow_of(Story((), flow="hotline"), tmp_path / "x.story.toml", lambda: shipped).name == "hotline"


def test_one_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(FlowNotFound, match="gone"):
        flow_of(Story((), flow="gone"), tmp_path / "stories" / "x.story.toml", Flows)
