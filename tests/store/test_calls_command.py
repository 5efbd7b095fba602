"""``callcontrol calls`` and ``callcontrol db``: rows for people, objects for programs, sentences when something is wrong."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from callcontrol.cli import calls as calls_command
from callcontrol.cli import db as db_command
from callcontrol.store import migrate
from callcontrol.store.call_record import told
from callcontrol.store.store import open_store
from tests.store.stories import Teller, answered_call


def run(command: click.Command, data: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(command, ["--data", str(data), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def db(data: Path, verb: str, *arguments: str) -> Result:
    result = CliRunner().invoke(db_command.command, [verb, "--data", str(data), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with two calls in its database."""
    monkeypatch.delenv("CALLCONTROL_DATABASE_URL", raising=False)
    url = f"sqlite:///{tmp_path}/callcontrol.db"
    migrate.upgrade(url)
    store = open_store(url)
    lines = answered_call("call-1", 1_700_000_000.0).lines
    lines += Teller("call-2\x1b[31m", 1_700_000_100.0).begin(number="?").end(3, by="caller").lines
    kept = [told(f"1-{number}", line) for number, line in enumerate(lines)]
    store.scribe_sink.write(kept, after="0", upto="1-999")
    store.close()
    return tmp_path


def listed(data: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run(calls_command.command, data, "--json", *arguments)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.output)
    return rows


def test_calls_are_listed_as_objects_newest_first(data: Path) -> None:
    second, first = listed(data)
    assert (second["outcome"], second["ended_by"], second["recordings"]) == ("", "caller", [])
    assert datetime.fromisoformat(first["began_at"]).timestamp() == 1_700_000_000.0
    assert {key: first[key] for key in ("call", "number", "queue", "agent", "outcome", "wait_s", "talk_s")} == {
        "call": "call-1",
        "number": "138****5678",
        "queue": "support",
        "agent": "1001",
        "outcome": "answered",
        "wait_s": 10.0,
        "talk_s": 30.0,
    }
    (recording,) = first["recordings"]
    assert (recording["recording"], recording["path"], recording["state"]) == ("call-1-r1", "call-1.wav", "recording")
    assert first["survey"] == {"attitude": 5, "speed": None, "correctness": 4}


def test_calls_are_chosen_by_queue_outcome_time_and_number_of_rows(data: Path) -> None:
    assert [row["call"] for row in listed(data, "--queue", "support")] == ["call-1"]
    assert [row["call"] for row in listed(data, "--outcome", "answered")] == ["call-1"]
    assert listed(data, "--queue", "nowhere") == []
    assert listed(data, "--since", "2h") == []
    assert len(listed(data, "--since", "2023-11-14")) == 2
    assert len(listed(data, "--since", "2023-11-14", "--limit", "1")) == 1


def test_people_get_a_table_and_no_control_characters(data: Path) -> None:
    shown = run(calls_command.command, data).output
    assert "answered" in shown
    assert "138****5678" in shown
    assert "\x1b" not in shown


def test_a_story_is_told_in_order(data: Path) -> None:
    result = run(calls_command.command, data, "show", "call-1")
    assert result.exit_code == 0, result.output
    kinds = [
        "began",
        "step",
        "keys",
        "joined",
        "offered",
        "talk_began",
        "recording_began",
        "talk_ended",
        "survey",
        "ended",
    ]
    places = [result.output.index(f" s  {kind}") for kind in kinds]
    assert places == sorted(places)
    told_to_programs = json.loads(run(calls_command.command, data, "show", "call-1", "--json").output)
    assert [line["kind"] for line in told_to_programs["story"]][:2] == ["began", "step"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nothing"], "There is not exactly one call"),
        (["show", "call-"], "There is not exactly one call"),
        (["--outcome", "happy"], "There is no outcome 'happy'"),
        (["--since", "yesteryear"], "is no moment"),
        (["--limit", "0"], "not in the range"),
    ],
)
def test_what_can_not_be_is_a_sentence(data: Path, arguments: list[str], said: str) -> None:
    result = run(calls_command.command, data, *arguments)
    assert result.exit_code != 0
    assert said in result.output


def test_a_missing_database_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCONTROL_DATABASE_URL", raising=False)
    result = run(calls_command.command, tmp_path / "nothing")
    assert (result.exit_code, "callcontrol db upgrade" in result.output) == (1, True)
    assert not (tmp_path / "nothing").exists()


def test_a_database_is_made_checked_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCONTROL_DATABASE_URL", raising=False)
    place = tmp_path / "deep" / "data"
    before = db(place, "check")
    assert (before.exit_code, "no tables yet" in before.output) == (1, True)
    assert "up to 0001" in db(place, "upgrade").output
    assert "nothing to do" in db(place, "upgrade").output
    assert db(place, "check").exit_code == 0
    assert json.loads(db(place, "check", "--json").output) == {"sound": True, "faults": []}
    head = migrate.head()
    assert json.loads(db(place, "current", "--json").output) == {"revision": head, "needed": head}
    assert db(place, "downgrade", "base").exit_code != 0  # nobody said yes
    assert db(place, "check").exit_code == 0
    assert "revision none" in db(place, "downgrade", "base", "--yes").output
    assert json.loads(db(place, "check", "--json").output)["sound"] is False


@pytest.mark.parametrize("verb", ["upgrade", "downgrade", "current", "check"])
def test_every_command_shows_an_example(verb: str) -> None:
    result = CliRunner().invoke(db_command.command, [verb, "--help"])
    assert f"callcontrol db {verb}" in result.output
