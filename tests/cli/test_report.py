"""``callcontrol report``: what was counted, in a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from callcontrol.cli import report as cli_report
from callcontrol.cli.main import command
from callcontrol.settings import load_settings
from callcontrol.store import migrate
from callcontrol.store.store import open_store
from callcontrol.values.configuration import Configuration, Queue
from callcontrol.values.half_hours import HalfHour
from tests.values.test_report import ROWS, T0

DAY = ("--from", "2026-11-20", "--to", "2026-11-24")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    url = load_settings(data_dir=tmp_path).effective_database_url
    migrate.upgrade(url)
    store = open_store(url)
    draft = store.releases.draft()
    configuration = Configuration(queues={"support": Queue("support", goal=0.9), "billing": Queue("billing")})
    store.releases.save_draft(configuration, version=draft.version, who="test")
    store.half_hours.put(ROWS, since=T0, upto=T0 + 9000, position="1-1")
    store.half_hours.put([HalfHour("=evil", T0, ROWS[0].counts)], since=T0, upto=T0 + 9000, position="1-1")
    store.close()
    return tmp_path


def run(data: Path, *args: str) -> Result:
    return CliRunner().invoke(command, ["report", "--data", str(data), *args])


def test_the_table_names_the_formula_and_every_queue(data: Path) -> None:
    said = run(data, *DAY, "--by", "day")
    assert said.exit_code == 0, said.output
    assert "66.7%" not in said.output
    assert "50.0%" in said.output
    assert "answered within T ÷ (answered + abandoned without short ones)" in said.output
    assert [line.split()[1] for line in said.output.splitlines()[1:4]] == ["=evil", "billing", "support"]


@pytest.mark.parametrize("width", [80, 130, 200])
def test_the_table_fits_the_terminal(data: Path, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(cli_report, "console", lambda: Console(file=said, width=width))
    assert run(data, *DAY).exit_code == 0
    lines = said.getvalue().splitlines()
    assert "…" not in said.getvalue()
    assert all(len(line) <= width for line in lines[:5])


def test_json_is_for_programs_and_a_formula_can_be_chosen(data: Path) -> None:
    said = run(data, *DAY, "--by", "all", "--queue", "all", "--preset", "answered_only", "--json")
    [line] = json.loads(said.output)
    assert (line["queue"], line["from"], line["arrivals"], line["service_level_of"]) == ("all", None, 12, 6)
    [support] = json.loads(run(data, *DAY, "--by", "month", "--queue", "support", "--json").output)
    assert (support["arrivals"], support["thresholds_s"], support["longest_wait_s"]) == (6, "15 20", 50.0)


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(data: Path) -> None:
    said = run(data, *DAY, "--csv")
    text = said.stdout_bytes.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["queue"] for row in rows} == {"'=evil", "support", "billing"}
    assert sum(int(row["answered"]) for row in rows) == 6
    assert said.stdout_bytes.startswith(b"\xef\xbb\xbf")


def test_wrong_uses_are_sentences(data: Path) -> None:
    for args, sentence in (
        (("--queue", "nowhere", *DAY), "There is no queue 'nowhere'"),
        (("--from", "2026-11-24", "--to", "2026-11-20"), "turn them round"),
        (("--json", "--csv"), "Choose --json or --csv"),
        (("--from", "never"), "is no moment"),
    ):
        said = run(data, *args)
        assert said.exit_code != 0
        assert sentence in said.output
    assert "Nobody came" in run(data, "--from", "2020-01-01", "--to", "2020-01-02").output


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    said = run(tmp_path)
    assert said.exit_code == 1
    assert "callcontrol db upgrade" in said.output


def test_the_formulas_are_listed_in_both_languages() -> None:
    said = CliRunner().invoke(command, ["report", "--presets"])
    assert said.exit_code == 0
    assert "T 秒内接听 ÷ 接听" in said.output
    assert "all_offered" in said.output
