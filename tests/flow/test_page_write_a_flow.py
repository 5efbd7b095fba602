"""What docs/write-a-flow.md shows is true: its examples are loaded, checked, rehearsed, and fail as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callcontrol.flow.catalogue import load_file
from callcontrol.flow.checks import check_prompts
from callcontrol.flow.drawing import mermaid
from callcontrol.flow.flow import Flow, FlowError
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.prompts.catalogue import shipped_texts

PAGE = (Path(__file__).parents[2] / "docs" / "write-a-flow.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FLOWS = {what.partition("=")[2]: text for kind, what, text in BLOCKS if kind == "python" and what.startswith("file=")}


def load(name: str, text: str, folder: Path) -> type[Flow]:
    (folder / name).write_text(text, "utf-8")
    flows, problems = load_file(folder / name)
    assert problems == []
    return flows[-1]


def test_every_block_of_code_is_one_that_is_tried():
    assert set(FLOWS) == {"hello.py", "doctor.py", "office.py", "bank.py", "rules.py"}
    assert all(what.split("=")[0] in ("file", "test", "wrong") for kind, what, _ in BLOCKS if kind == "python")


@pytest.mark.parametrize("name", FLOWS)
def test_each_flow_can_be_used_drawn_and_rehearsed(name: str, tmp_path: Path):
    flow = load(name, FLOWS[name], tmp_path)
    assert check_prompts(flow, shipped_texts().by_language) == []
    assert mermaid(flow)
    for queue in ("free", "busy", "away"):
        assert Rehearsal(flow, queue=queue).run("1 12345 1").over


def test_the_tests_that_it_shows_pass(tmp_path: Path):
    office = load("office.py", FLOWS["office.py"], tmp_path)
    tests = [text for _, what, text in BLOCKS if what == "test"]
    assert len(tests) == 2
    for test in tests:
        exec(compile(test, "docs/write-a-flow.md", "exec"), {"Office": office})


def test_the_broken_flow_is_told_in_the_words_of_the_page(tmp_path: Path):
    ((name, text),) = ((what.partition("=")[2], text) for _, what, text in BLOCKS if what.startswith("wrong="))
    (said,) = (text for _, what, text in BLOCKS if what == "message")
    (tmp_path / name).write_text(text, "utf-8")
    _, problems = load_file(tmp_path / name)
    assert str(FlowError("broken", problems)) == said.strip()


def test_the_table_of_steps_names_all_of_them_and_their_ways():
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*?) ?\|$", PAGE, re.MULTILINE))
    from callcontrol.flow import steps

    kinds = {n: k for n in steps.__all__ if isinstance(k := getattr(steps, n), type) and n not in ("Step", "Choice")}
    assert set(rows) == set(kinds) - {"Say", "Value"}
    for name, leads in rows.items():
        assert set(re.findall(r"`(\w+)`", leads)) <= set(kinds[name].__dataclass_fields__)
