"""``callcontrol why``, ``replay`` and ``whatif`` on a day that is in the database, for people and for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.bootstrap.tries import TriesAside
from callcontrol.cli.main import command
from callcontrol.lab.synthetic_day import synthetic_day
from callcontrol.ports.journal import Line
from callcontrol.settings import load_settings
from callcontrol.store import migrate
from callcontrol.store.store import open_store
from callcontrol.values.configuration import as_data, from_data
from tests.bus.engines import eventually


def midnight(days: int) -> float:
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=days)).timestamp()


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return synthetic_day(midnight(1), calls=500, agents=4, seed=5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, lines: list[Line]) -> Path:
    folder = tmp_path_factory.mktemp("data")
    url = f"sqlite:///{folder}/callcontrol.db"
    migrate.upgrade(url)
    store = open_store(url)
    store.archive.write(lines, after="0")
    store.close()
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCONTROL_LANGUAGE", "en")


def run(data: Path, *words: str) -> Result:
    done = CliRunner().invoke(command, [*words, "--data", str(data)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def an_offer(lines: list[Line]) -> Line:
    return [line for line in lines if line.data["kind"] == "offered"][40]


def test_why_tells_the_decision_and_every_agent(data: Path, lines: list[Line]) -> None:
    offer = an_offer(lines)
    told = run(data, "why", offer.data["call"])
    assert told.exit_code == 0, told.output
    for word in ("Decided then", "offered to", "Rank:", "÷", "gets this call", "1001", "What happened to it"):
        assert word in told.output, word
    assert "False" not in told.output  # what does not hold is not said
    plain = json.loads(run(data, "why", offer.data["call"], "--json").stdout)
    assert plain["call"] == offer.data["call"]
    assert len(plain["account"]["explanation"]["agents"]) == 4


def test_why_speaks_chinese(data: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCONTROL_LANGUAGE", "zh")
    told = run(data, "why", an_offer(lines).data["call"]).output
    assert "当时的决定：分配给" in told
    assert "接听此来电" in told


def test_why_of_any_time(data: Path, lines: list[Line]) -> None:
    offer = an_offer(lines)
    at = datetime.fromtimestamp(offer.data["at"] - 0.5)
    for text in (at.isoformat(), at.strftime("%H:%M:%S.%f")):
        told = run(data, "why", offer.data["call"], "--at", text, "--json")
        assert abs(json.loads(told.stdout)["at"] - at.timestamp()) < 0.001
    wrong = run(data, "why", offer.data["call"], "--at", "noon")
    assert wrong.exit_code == 2
    assert "is no time" in wrong.output
    unknown = run(data, "why", "no-such-call")
    assert unknown.exit_code == 1
    assert "knows no call" in unknown.output


def test_replay_is_identical_and_a_changed_line_is_shown(data: Path, lines: list[Line], tmp_path: Path) -> None:
    done = run(data, "replay", "--from", "3d")
    assert (done.exit_code, "identical" in done.output) == (0, True), done.output
    plain = json.loads(run(data, "replay", "--json").stdout)
    assert plain["identical"]
    assert plain["decisions"] > 900
    offer = an_offer(lines)
    changed = [Line(line.position, {**line.data, "agent": "1099"}) if line is offer else line for line in lines]
    url = f"sqlite:///{tmp_path}/callcontrol.db"
    migrate.upgrade(url)
    store = open_store(url)
    store.archive.write(changed, after="0")
    store.close()
    found = run(tmp_path, "replay")
    assert found.exit_code == 1
    assert offer.position in found.output
    assert f"agent: 1099 -> {offer.data['agent']}" in found.output


def test_whatif_shows_before_and_after(data: Path) -> None:
    done = run(data, "whatif", "--queue", "support", "--set", "wrap_up_s=0", "--agents", "+1")
    assert done.exit_code == 0, done.output
    for word in ("before (simulated)", "service level", "longest wait", "announcements", "Erlang A", "+"):
        assert word in done.output, word
    asked = ("whatif", "--queue", "support", "--set", "wrap_up_s=0", "--json", "--progress", "--runs", "3")
    told = run(data, *asked)
    plain = json.loads(told.stdout)
    assert plain["callers_of_the_day"] == 500
    level = next(row for row in plain["rows"] if row["name"] == "service_level")
    assert level["after"]["mean"] > level["before"]["mean"]
    assert [json.loads(line)["done"] for line in told.stderr.splitlines()][-1] == 1.0
    assert json.loads(run(data, *asked).stdout)["rows"] == plain["rows"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--queue", "sales"), "no queue 'sales'"),
        (("--queue", "support", "--day", "2001-01-01"), "no calls of 2001-01-01"),
        (("--queue", "support", "--day", "someday"), "is no day"),
        (("--queue", "support", "--set", "strategy=fastest"), "strategy"),
    ],
)
def test_what_can_not_be_tried_is_a_sentence(data: Path, words: tuple[str, ...], sentence: str) -> None:
    done = run(data, "whatif", *words)
    assert done.exit_code == 1
    assert sentence in done.output


@pytest.fixture
def tries(data: Path) -> Iterator[TriesAside]:
    made = TriesAside(load_settings(data_dir=data))
    yield made
    made.close()


def test_the_pages_try_in_a_process_of_its_own(tries: TriesAside, lines: list[Line]) -> None:
    rules = as_data(from_data(lines[0].data["configuration"]))
    rules["queues"]["support"]["wrap_up_s"] = 1.0
    number = tries.begin("support", rules, "yesterday")

    def over() -> bool:
        state = tries.state(number)
        assert state is not None
        return bool(state.result or state.problem)

    assert eventually(over, 50.0)
    state = tries.state(number)
    assert state is not None
    assert state.result is not None, state.problem
    assert state.result["queue"] == "support"
    wrong = tries.begin("support", rules, "today")
    deadline = time.monotonic() + 50.0
    while (state := tries.state(wrong)) is not None and not state.problem and time.monotonic() < deadline:
        time.sleep(0.05)
    assert state is not None
    assert "no calls of" in state.problem
    assert tries.state("unknown") is None
