"""Flows are found; a broken file is told by name and stops no other."""

from pathlib import Path

import pytest

from callcontrol.flow.catalogue import FlowNotFound, load_flows

GOOD = """
from callcontrol.flow import Flow, HangUp, words

class Good(Flow):
    title = words(zh="好", en="Good")
    release = {release}
    start = rescue = "end"
    end = HangUp()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(GOOD.format(release=1), "utf-8")
    return tmp_path


def test_the_flows_that_ship_are_found():
    flows = load_flows(installed=False)
    assert {"agent_desk", "hotline", "self_service", "vip"} <= {*flows.names()}
    assert flows.broken == ()
    assert flows.get("hotline").title["en"] == "Service hotline"


def test_a_file_that_holds_nothing_but_a_part_is_no_broken_file(folder: Path):
    (folder / "part.py").write_text(GOOD.format(release=1).replace("Good(Flow)", "Part(Flow, abstract=True)"), "utf-8")
    flows = load_flows(folder, installed=False)
    assert (flows.names(), flows.broken) == (["good"], ())


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("def (:", "bad.py:1", "no Python"),
        ("x = 1\nraise RuntimeError('no luck')", "bad.py:2", "RuntimeError: no luck"),
        ("import does_not_exist", "bad.py:1", "does_not_exist"),
        ("x = 1", "bad.py", "holds no flow"),
        ("raise SystemExit(3)", "bad.py:1", "SystemExit"),
        (GOOD.format(release=1).replace('"end"\n', '"gone"\n').replace("Good(", "Bad("), "bad.py", "'gone'"),
        (
            GOOD.format(release=1).replace("end = HangUp()", 'end = HangUp("a", "b", "c")'),
            "bad.py:8",
            "TypeError",
        ),
    ],
)
def test_a_broken_file_is_told_by_name_and_line(folder: Path, text: str, where: str, what: str):
    (folder / "bad.py").write_text(text, "utf-8")
    flows = load_flows(folder, installed=False)
    assert flows.names() == ["good"]
    assert len([p for p in flows.broken if p.where == where]) >= 1
    assert any(what in p.what for p in flows.broken)


def test_two_releases_stand_side_by_side(folder: Path):
    (folder / "good2.py").write_text(GOOD.format(release=2), "utf-8")
    flows = load_flows(folder, installed=False)
    assert flows.get("good").release == 2
    assert flows.get("good", 1).release == 1
    assert flows.get("good", 7).release == 2, "a release that is gone goes on in the newest"


def test_the_same_release_twice_is_told(folder: Path):
    (folder / "twin.py").write_text(GOOD.format(release=1), "utf-8")
    (problem,) = load_flows(folder, installed=False).broken
    assert "is in good.py already" in problem.what


def test_an_unknown_flow_is_told_with_the_known_ones(folder: Path):
    with pytest.raises(FlowNotFound, match="There is no flow 'gone'; the flows are: good"):
        load_flows(folder, installed=False).get("gone")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    (problem,) = load_flows(tmp_path / "none", installed=False).broken
    assert "does not exist" in problem.what


def test_flows_of_installed_packages_are_found_by_their_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "their_flows.py").write_text(GOOD.format(release=1).replace("Good(", "Theirs("), "utf-8")
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n", "utf-8")
    points = "theirs = their_flows:Theirs\ngone = their_flows:Gone\nnumber = their_flows:__name__\n"
    (info / "entry_points.txt").write_text(f"[callcontrol.flows]\n{points}", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    flows = load_flows()
    assert flows.names() == sorted([*load_flows(installed=False).names(), "theirs"])
    assert {p.where: p.what.split()[0] for p in flows.broken} == {"gone": "The", "number": "their_flows:__name__"}
