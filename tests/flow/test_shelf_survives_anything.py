"""Whatever an engineer does to the folder, a call finds the code it began with, and a new one the newest that can be used."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from callcontrol.flow.catalogue import FlowNotFound
from callcontrol.flow.flow import Flow
from tests.flow.test_shelf import Engineer

FILES = st.sampled_from(["a.py", "b.py", "good.py"])
RELEASES = st.integers(1, 4)
TITLES = st.sampled_from(["Good", "Better", "Best"])
BROKEN = "def (:"


class Folder(RuleBasedStateMachine):
    """``good`` is the flow in every file; calls begin, and go on, at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="cc-flows-")
        self.engineer = Engineer(Path(self._folder.name))
        self.calls: list[type[Flow]] = [self.engineer.shelf.get("good")]

    @rule(file=FILES, release=RELEASES, title=TITLES)
    def writes(self, file: str, release: int, title: str) -> None:
        self.engineer.writes(file, release=release, title=title)

    @rule(file=FILES)
    def breaks(self, file: str) -> None:
        self.engineer.writes(file, text=BROKEN)

    @rule(file=FILES)
    def removes(self, file: str) -> None:
        (self.engineer.path / file).unlink(missing_ok=True)

    @rule()
    def looks(self) -> None:
        self.engineer.folder.look()

    @rule()
    def a_call_comes(self) -> None:
        self.calls.append(self.engineer.shelf.get("good"))

    @rule(hours=st.integers(1, 20))
    def time_passes(self, hours: int) -> None:
        for began in self.calls:
            self.engineer.shelf.get("good", began.release, began.code)  # every call is heard of within a day
        self.engineer.now.s += hours * 3600

    @invariant()
    def every_call_goes_on_in_the_code_it_began_with(self) -> None:
        for began in self.calls:
            found = self.engineer.shelf.get("good", began.release, began.code)
            assert (found.release, found.code) == (began.release, began.code)

    @invariant()
    def a_new_call_gets_the_newest_that_can_be_used(self) -> None:
        shelf = self.engineer.shelf
        releases = shelf.releases("good")
        if releases:
            assert shelf.get("good").release == max(releases)
        assert len({(flow.name, flow.release) for flow in shelf}) == len(list(shelf))
        with pytest.raises(FlowNotFound):
            shelf.get("other")

    @invariant()
    def what_is_in_use_is_not_retired(self) -> None:
        assert not set(self.engineer.shelf) & set(self.engineer.shelf.retired())

    def teardown(self) -> None:
        self._folder.cleanup()


TestFolder = Folder.TestCase
TestFolder.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
