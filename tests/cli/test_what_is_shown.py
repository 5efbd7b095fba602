"""What is shown in a terminal: nothing is cut that one has to type again, nothing steers the terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from callcontrol.cli import calls
from callcontrol.cli.main import command
from callcontrol.ports.store import CallRow
from callcontrol.settings import load_settings


def row(**more: object) -> CallRow:
    fields: dict[str, object] = {
        "call": "4d0d9c11-aaaa",
        "began_at": 1_795_300_000.0,
        "ended_at": 1_795_300_100.0,
        "number": "132****8265",
        "destination": "4001",
        "entry": "4001",
        "flow": "hotline",
        "flow_release": 1,
        "language": "zh",
        "queue": "support",
        "agent": "1001",
        "outcome": "abandoned_in_message",
        "wait_s": 123.4,
        "talk_s": 234.5,
        "cause": "",
        "ended_by": "",
        "survey": {},
        "node": "switch",
        "recordings": (),
    }
    return CallRow(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [80, 105, 200])
def test_the_list_of_calls_fits_and_is_not_cut(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(calls, "console", lambda: Console(file=said, width=width))
    calls._print_rows([row()])
    line = said.getvalue().splitlines()[1]
    assert line.startswith("4d0d9c11 ")
    assert "abandoned_in_message" in line
    assert "234.5" in line
    assert "…" not in line


def test_a_reason_is_one_line(tmp_path: Path) -> None:
    for reason in ("\x1b[31mred", "two\nlines", "x" * 101):
        done = CliRunner().invoke(command, ["agents", "break", "1001", "--reason", reason, "--data", str(tmp_path)])
        assert done.exit_code == 2
        assert "one line of at most 100 characters" in done.output


def test_a_data_directory_named_with_dots_is_told_to_the_switch_without(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    settings = load_settings(data_dir=tmp_path / "here" / ".." / "data")
    assert settings.sounds_dir == tmp_path / "data" / "sounds"
