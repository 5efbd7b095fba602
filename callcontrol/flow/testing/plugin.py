"""For pytest: every ``*.story.toml`` is a test, and the fixture ``rehearse`` plays stories of flows that are found like a
controller finds them. A story's flow is looked for beside it first: in its folder, and in the one above a folder ``stories``.
Loaded by itself where callcontrol is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from callcontrol.flow.catalogue import FlowNotFound, Flows, load_flows
from callcontrol.flow.flow import Flow
from callcontrol.flow.rehearsal import Rehearsal, RehearsalError
from callcontrol.flow.testing.story import Story, StoryError, play, read_story

ENDING = ".story.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("flows_dir", "Folder of the flows that stories are played with.", default="ivr_flows")


def _flows(config: pytest.Config) -> Flows:
    kept: list[Flows] = config.stash.setdefault(_FLOWS, [])
    if not kept:
        folder = config.rootpath / str(config.getini("flows_dir"))
        kept.append(load_flows(folder if folder.is_dir() else None))
    return kept[0]


_FLOWS: pytest.StashKey[list[Flows]] = pytest.StashKey()


@pytest.fixture
def rehearse(pytestconfig: pytest.Config) -> Callable[..., Rehearsal]:
    """``rehearse("hotline", "listen", "press 1", parameters={...})`` -> the call after that."""

    def played(flow: str, *actions: str, **more: Any) -> Rehearsal:
        return play(_flows(pytestconfig).get(flow), Story(actions, flow=flow, **more))

    return played


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(ENDING):
        made: pytest.Collector = StoryFile.from_parent(parent, path=file_path)
        return made
    return None


def flow_of(story: Story, path: Path, known: Callable[[], Flows]) -> type[Flow]:
    """The flow of a story that lies at ``path``. Raises ``FlowNotFound``."""
    beside = path.parent.parent if path.parent.name == "stories" else path.parent
    if any(beside.glob("*.py")):
        flows = load_flows(beside, installed=False)
        if story.flow in flows.names():
            return flows.get(story.flow)
    return known().get(story.flow)


class StoryFile(pytest.File):
    def collect(self) -> Iterable[pytest.Item]:
        made: pytest.Item = StoryItem.from_parent(self, name=self.path.name.removesuffix(ENDING))
        yield made


class StoryItem(pytest.Item):
    def runtest(self) -> None:
        story = read_story(self.path.read_text("utf-8"))
        play(flow_of(story, self.path, lambda: _flows(self.config)), story)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, AssertionError | RehearsalError | StoryError | FlowNotFound):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"story {self.name}"
