"""Commands that look at a system make none where there is none: a misspelt directory stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from callcontrol.cli.main import command


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("agents",),
        ("agents", "--json"),
        ("agents", "login", "1001"),
        ("agents", "break", "1001"),
        ("callbacks", "list"),
        ("callbacks", "cancel", "3f2a"),
        ("calls",),
        ("calls", "show", "3f2a"),
        ("why", "3f2a"),
        ("replay", "--from", "1h"),
        ("whatif", "--queue", "support"),
        ("admin", "users"),
        ("db", "current"),
        ("db", "check"),
        ("prompts", "list"),
        ("flows", "check"),
        ("flows", "releases"),
        ("doctor", "--no-switch"),
    ],
)
def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(command, [*words, "--data", str(tmp_path / "vra")])
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit), done.exception
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_runs_the_sentence_says_what_to_start(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["agents", "login", "1001", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert f"Nothing runs on {tmp_path}: start callcontrol run or callcontrol demo" in done.output


def test_what_is_piped_is_neither_coloured_nor_cut(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["prompts", "list", "--data", str(tmp_path)])
    assert done.exit_code == 0
    assert "\x1b[" not in done.output
    assert "…" not in done.output
    assert max(len(line.rstrip()) for line in done.output.splitlines()) > 80
