"""A wrong flow is not published, by whatever way; and what is wrong already keeps nobody from closing at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from callcontrol.bootstrap.parts import StartError, open_the_bus, open_the_store, seed
from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.cli.main import command
from callcontrol.ports.store import NotPublishable
from callcontrol.settings import Settings, load_settings
from callcontrol.values.configuration import Entry, Trial

FLOW = """
from callcontrol.flow import Flow, HangUp, words


class Line{n}(Flow):
    name = "line"
    release = {n}
    title = words(zh="线", en="Line")
    start = rescue = "{start}"
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "line"
{more}

[hours.office]
week = {{ mon = ["08:00-20:00"] }}

[queues.support]
hours = "office"
"""


class Installation:
    def __init__(self, folder: Path) -> None:
        self.flows = folder / "flows"
        self.flows.mkdir()
        self.file = folder / "configuration.toml"
        self.settings: Settings = load_settings(
            data_dir=folder, configuration=self.file, flows_dir=self.flows, tts_command="", switch_password="secret"
        )
        self.engine = EmbeddedValkey(folder, die_with_parent=True)

    def flow(self, n: int, start: str = "end") -> None:
        (self.flows / f"line{n}.py").write_text(FLOW.format(n=n, start=start), "utf-8")

    def start(self, more: str = "") -> None:
        self.file.write_text(CONFIGURATION.format(more=more), "utf-8")
        bus = open_the_bus(self.settings, self.engine)
        store = open_the_store(self.settings)
        try:
            seed(self.settings, store, bus)
        finally:
            store.close()
            bus.close()

    def publish(self, entry: Entry) -> None:
        store = open_the_store(self.settings)
        try:
            draft = store.releases.draft()
            edited = replace(draft.configuration, entries={entry.number: entry})
            draft = store.releases.save_draft(edited, version=draft.version, who="mia")
            store.releases.publish(version=draft.version, who="mia", comment="a try")
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path):
    made = Installation(tmp_path)
    yield made
    made.engine.stop()


def test_a_flow_that_is_wrong_is_not_in_the_first_release_and_its_file_and_line_are_told(house: Installation):
    house.flow(1, start="gone")
    with pytest.raises(StartError) as refused:
        house.start()
    assert "line1.py" in str(refused.value)
    assert "'gone'" in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (Entry("4001", "line", release=2), "entries.4001.release"),  # its file is wrong
        (Entry("4001", "line", trial=Trial(release=2, share=0.1)), "entries.4001.trial.release"),
        (Entry("4001", "line", release=3), "entries.4001.release"),  # there is no such file
        (Entry("4001", "other"), "entries.4001.flow"),
        (Entry("4001", "line", parameters={"tries": 1}), "entries.4001.parameters.tries"),
        (Entry("4001", "line", trial=Trial(parameters={"tries": 1}, share=0.1)), "entries.4001.trial.parameters.tries"),
        (Entry("4001", "line", trial=Trial(share=2)), "entries.4001.trial.share"),
    ],
)
def test_what_the_flows_do_not_bear_is_not_published(house: Installation, entry: Entry, where: str):
    house.flow(1)
    house.start()
    house.flow(2, start="gone")
    with pytest.raises(NotPublishable) as refused:
        house.publish(entry)
    assert [problem.where for problem in refused.value.problems] == [where]
    house.publish(Entry("4001", "line", release=1))  # the old stays in use


def test_a_file_that_broke_keeps_nobody_from_closing_by_the_command_line(house: Installation):
    house.flow(1)
    house.start()
    house.flow(1, start="gone")
    with pytest.raises(NotPublishable):
        house.publish(Entry("4001", "line"))
    words = ["hours", "close", "office", "--for", "2h", "--why", "fire drill"]
    environment = {
        "CALLCONTROL_FLOWS_DIR": str(house.flows),
        "CALLCONTROL_CONFIGURATION": str(house.file),
    }
    done = CliRunner().invoke(command, [*words, "--data", str(house.settings.data_dir)], env=environment)
    assert done.exit_code == 0, done.output


def test_test_callers_of_a_configuration_file_are_kept_as_keys(house: Installation):
    house.flow(1)
    house.start('trial = { parameters = {}, callers = ["13800138000"] }')
    store = open_the_store(house.settings)
    try:
        release = store.releases.current()
        assert release is not None
        assert list(release.configuration.entries["4001"].trial.callers.values()) == ["138****8000"]
    finally:
        store.close()
