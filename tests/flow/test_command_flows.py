"""callcontrol flows, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcontrol.cli.flows import command
from callcontrol.flow.catalogue import load_flows


@pytest.fixture
def run(tmp_path: Path):
    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(command, [words[0], "--data", str(tmp_path), *words[1:]], input=typed)

    return run


def test_list_shows_the_hotline_and_its_parameters(run):
    flows = {flow["name"]: flow for flow in json.loads(run("list", "--json").stdout)["flows"]}
    assert flows.keys() == {*load_flows().names()}
    flow = flows["hotline"]
    assert (flow["name"], flow["release"]) == ("hotline", 1)
    assert {"hours", "tries", "survey_on"} <= {p["name"] for p in flow["parameters"]}


def test_check_warns_of_sounds_that_are_not_built_and_still_ends_well(run):
    result = run("check", "hotline")
    assert result.exit_code == 0, result.output
    assert "callcontrol prompts build" in result.output
    assert "0 errors, 2 warnings" in result.output


def test_check_of_a_broken_file_ends_with_1_and_names_the_line(run, tmp_path: Path):
    (tmp_path / "bad.py").write_text("x = (", "utf-8")
    result = run("check", "--file", str(tmp_path / "bad.py"), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"][0]["where"] == "bad.py:1"


@pytest.mark.parametrize(("form", "first"), [("mermaid", "flowchart TD"), ("dot", 'digraph "hotline" {')])
def test_graph_is_nothing_but_the_picture(run, form: str, first: str):
    assert run("graph", "hotline", "--format", form).output.startswith(first + "\n")


def test_rehearse_with_keys_prints_what_the_caller_hears(run):
    result = run("rehearse", "hotline", "--keys", "2,2,1,5,4,3", "--queue", "busy", "--at", "2026-03-04T10:00")
    assert result.exit_code == 0, result.output
    assert "10:00:00    hears  您好，欢迎致电服务热线。" in result.output
    assert "all our agents are talking" in result.output
    assert "attitude 5, speed 4, correctness 3" in result.output


def test_rehearse_for_programs(run):
    data = json.loads(run("rehearse", "hotline", "--keys", "1,1,5,4,5", "--json").stdout)
    assert data["survey"] == {"attitude": 5, "speed": 4, "correctness": 5}
    assert data["steps"][-1] == "end"


def test_rehearse_asks_for_keys_and_h_hangs_up(run):
    result = run("rehearse", "hotline", "--language", "en", typed="2\n\nh\n")
    assert result.exit_code == 0, result.output
    assert "For technical support, press 1." in result.output
    assert "the caller hangs up" in result.output


def test_rehearse_outside_the_opening_hours(run):
    sunday = run(
        "rehearse", "hotline", "--set", "hours=office", "--at", "2026-03-01T10:00", "--keys", "", "--language", "en"
    )
    assert "We are closed now" in sunday.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("rehearse", "gone"), "There is no flow 'gone'; the flows are: after_hours, agent_desk, "),
        (("rehearse", "hotline", "--json"), "--json needs --keys"),
        (("rehearse", "hotline", "--at", "noon", "--keys", "1"), "'noon' is no date and time"),
        (("rehearse", "hotline", "--at", "9999-12-31T23:59", "--keys", "1"), "lies beyond the years"),
        (("rehearse", "hotline", "--keys", "1,x"), "'x' is no key; a phone has 0 to 9, * and #"),
        (("graph", "hotline", "--release", "9"), "There is no release 9 of the flow 'hotline'; there is 1."),
        (("rehearse", "hotline", "--set", "tries=99", "--keys", "1"), "tries is 99; it must lie between 1 and 9"),
        (("rehearse", "hotline", "--set", "tries", "--keys", "1"), "must be written NAME=VALUE"),
        (("rehearse", "hotline", "--set", "colour=red", "--keys", "1"), "has no such parameter"),
    ],
)
def test_a_wrong_word_is_told_in_a_sentence(run, words: tuple[str, ...], sentence: str):
    result = run(*words)
    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["list", "check", "graph", "rehearse"])
def test_every_command_shows_an_example(name: str):
    assert "Example: callcontrol flows" in CliRunner().invoke(command, [name, "--help"]).output


def test_releases_are_told_with_file_digest_and_the_numbers_that_use_them(run, tmp_path: Path, monkeypatch):
    flows = tmp_path / "flows"
    flows.mkdir()
    text = (
        "from callcontrol.flow import Flow, HangUp, words\n\n\nclass Line{n}(Flow):\n    name = 'line'\n    release = {n}\n"
        "    title = words(zh='线', en='Line')\n    start = rescue = 'end'\n    end = HangUp()\n"
    )
    for n in (1, 2):
        (flows / f"line{n}.py").write_text(text.format(n=n), "utf-8")
    (flows / "broken.py").write_text("x = (", "utf-8")
    configuration = tmp_path / "configuration.toml"
    entry = '[entries.{}]\nflow = "line"\n{}\n'
    trial = "release = 1\n[entries.4001.trial]\nrelease = 2\nshare = 0.1\n"
    configuration.write_text(entry.format(4001, trial) + entry.format(4002, ""), "utf-8")
    monkeypatch.setenv("CALLCONTROL_FLOWS_DIR", str(flows))
    monkeypatch.setenv("CALLCONTROL_CONFIGURATION", str(configuration))
    told = json.loads(run("releases", "line", "--json").stdout)
    assert [(row["release"], row["file"], len(row["code"])) for row in told["releases"]] == [
        (1, "line1.py", 12),
        (2, "line2.py", 12),
    ]
    numbers = [[(e["number"], e["trial"]) for e in row["entries"]] for row in told["releases"]]
    assert numbers == [[("4001", False)], [("4001", True), ("4002", False)]]
    assert [problem["where"] for problem in told["broken"]] == ["broken.py:1"]
    assert told["reached"] is False
    assert "4001 (trial)" in run("releases").output
    assert "There is no flow 'gone'" in run("releases", "gone").output


def test_a_flow_that_supervisors_composed_is_rehearsed_and_drawn_too(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lines = [
        'title = { zh = "夜", en = "Night" }',
        'start = "hello"',
        'rescue = "end"',
        'steps.hello = { kind = "play", say = { text = { zh = "晚上好", en = "Good evening" } }, then = "end" }',
        'steps.end = { kind = "hang_up" }',
    ]
    file = tmp_path / "configuration.toml"
    file.write_text("\n".join(["[composed.night]", *lines]), "utf-8")
    monkeypatch.setenv("CALLCONTROL_CONFIGURATION", str(file))
    result = run("rehearse", "night", "--keys", "", "--language", "en")
    assert result.exit_code == 0, result.output
    assert "hears  Good evening" in result.output
    assert "s_hello --> s_end" in run("graph", "night").output
