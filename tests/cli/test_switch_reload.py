"""One command renders the switch's files and has the running switch read them; on the simulated switch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.main import command
from callcontrol.lab.simulated_switch import SimulatedSwitch
from callcontrol.store.migrate import upgrade
from callcontrol.store.store import open_store
from callcontrol.switch.reloading import need_a_start
from callcontrol.values.configuration import Agent, Configuration, Entry

PASSWORD = "a-random-password"


@pytest.fixture
def switch() -> Iterator[SimulatedSwitch]:
    made = SimulatedSwitch(password=PASSWORD).start()
    yield made
    made.stop()


def render(tmp_path: Path, port: int, *words: str) -> Result:
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var" / "switch-password").write_text(PASSWORD)
    out = ["--out", str(tmp_path / "switch"), "--data", str(tmp_path / "var"), "--esl-port", str(port)]
    return CliRunner().invoke(command, ["switch", "render", *out, *words])


def test_the_switch_reads_what_was_written(tmp_path: Path, switch: SimulatedSwitch) -> None:
    assert render(tmp_path, switch.esl_port).exit_code == 0
    assert switch.reloads == 0
    done = render(tmp_path, switch.esl_port, "--reload")
    assert done.exit_code == 0, done.output
    assert switch.reloads == 1
    assert "The switch has read them; it takes 4001" in done.output
    assert ", 0 of them changed." in done.output
    assert "started anew" not in done.output


def test_what_acts_only_after_a_start_is_named(tmp_path: Path, switch: SimulatedSwitch) -> None:
    render(tmp_path, switch.esl_port)
    done = render(
        tmp_path, switch.esl_port, "--reload", "--json", "--rtp-start", "20000", "--controller", "127.0.0.1:9"
    )
    told = json.loads(done.output)
    assert told["reloaded"]
    assert told["acts_after_a_start"] == ["autoload_configs/switch.conf.xml"]


def test_only_the_dialplan_and_the_directory_are_read_anew() -> None:
    files = ["freeswitch.xml", "dialplan/callcontrol.xml", "directory/callcontrol.xml", "autoload_configs/acl.conf.xml"]
    assert need_a_start(files) == ["autoload_configs/acl.conf.xml"]


def test_a_switch_that_is_away_or_takes_another_password_is_a_sentence_after_the_files(
    tmp_path: Path, switch: SimulatedSwitch
) -> None:
    switch.password = "another"
    refused = render(tmp_path, switch.esl_port, "--reload")
    assert refused.exit_code == 1
    assert "refused the password" in refused.output
    switch.stop()
    away = render(tmp_path, switch.esl_port, "--reload")
    assert away.exit_code == 1
    assert "The files are written, but the switch at" in away.output
    assert "No switch answers" in away.output
    assert (tmp_path / "switch" / "conf" / "freeswitch.xml").exists()


def test_the_numbers_and_phones_are_those_of_the_release_that_acts(tmp_path: Path) -> None:
    """A number that was added in the admin stands in no file."""
    data = tmp_path / "var"
    data.mkdir()
    url = f"sqlite:///{data}/callcontrol.db"
    upgrade(url)
    store = open_store(url)
    try:
        published = Configuration(
            entries={"4777": Entry("4777", "hotline", "en")}, agents={"2001": Agent("2001", "New", "user/2001")}
        )
        draft = store.releases.save_draft(published, version=store.releases.draft().version, who="mia")
        store.releases.publish(version=draft.version, who="mia", comment="a number")
        more = replace(published, entries={**published.entries, "4888": Entry("4888", "hotline")})
        store.releases.save_draft(more, version=store.releases.draft().version, who="mia")
    finally:
        store.close()
    assert render(tmp_path, 8021).exit_code == 0
    dialplan = (tmp_path / "switch" / "conf" / "dialplan" / "callcontrol.xml").read_text()
    assert "4777" in dialplan
    assert "4888" not in dialplan  # only in the draft
    assert "4001" not in dialplan
    assert "2001" in (tmp_path / "switch" / "conf" / "directory" / "callcontrol.xml").read_text()
