"""callcontrol prompts, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.prompts import command


@pytest.fixture
def run(tmp_path: Path):
    def run(*words: str) -> Result:
        return CliRunner().invoke(command, [words[0], "--data", str(tmp_path), *words[1:]])

    return run


def test_check_build_check(run, tmp_path: Path):
    before = run("check")
    assert before.exit_code == 1
    assert "callcontrol prompts build" in before.output
    built = run("build", "--engine", "silence")
    assert built.exit_code == 0, built.output
    assert "WARNING: The prompts are built as silence" in built.output
    assert (tmp_path / "sounds" / "zh" / "system_fault.wav").exists()
    after = run("check")
    assert after.exit_code == 0
    assert "0 missing" in after.output


def test_build_tells_programs_what_it_did(run):
    assert json.loads(run("build", "--engine", "silence", "--json").stdout)["voice"] == "silence"
    again = json.loads(run("build", "--engine", "silence", "--json").stdout)
    assert again["built"] == 0
    assert again["kept"] > 90


def test_a_program_that_is_not_there_is_told(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CALLCONTROL_TTS_COMMAND", "no-such-program {out}")
    result = run("build", "--engine", "program")
    assert result.exit_code == 1
    assert "no-such-program is not installed" in result.output


def test_list_shows_every_text_with_its_state(run):
    rows = json.loads(run("list", "--json").stdout)
    assert {"zh", "en"} == {row["language"] for row in rows}
    assert {row["state"] for row in rows} == {"missing"}
    assert any(row["key"] == "offpeak" for row in rows)


@pytest.mark.parametrize("name", ["build", "list", "check", "lint"])
def test_every_command_shows_an_example(name: str):
    assert "Example: callcontrol prompts" in CliRunner().invoke(command, [name, "--help"]).output


def test_lint_finds_nothing_in_what_is_shipped(run):
    assert run("lint").exit_code == 0, run("lint").output
    assert json.loads(run("lint", "--json").stdout) == []
