"""A file that changed is tried aside before a process with calls loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcontrol.bootstrap.flow_watch import tried_aside
from callcontrol.flow.folder import FlowFolder
from callcontrol.flow.shelf import FlowShelf
from tests.flow.test_shelf import GOOD


def written(folder: Path, text: str) -> Path:
    path = folder / "good.py"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_may_be_loaded_and_so_may_one_that_is_only_wrong(tmp_path: Path) -> None:
    assert tried_aside(written(tmp_path, GOOD.format(release=1, title="Good"))) == ""
    assert tried_aside(written(tmp_path, "raise SystemExit(3)")) == ""
    assert tried_aside(written(tmp_path, "def (:")) == ""


@pytest.mark.parametrize("text", ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 11)"])
def test_one_that_ends_its_process_is_refused(tmp_path: Path, text: str) -> None:
    assert "ended the process" in tried_aside(written(tmp_path, text))


def test_one_that_never_comes_back_is_refused_after_the_deadline(tmp_path: Path) -> None:
    assert "did not load within 1 s" in tried_aside(written(tmp_path, "while True:\n    pass"), deadline_s=1.0)


def test_what_is_refused_is_told_by_name_tried_once_and_the_old_stays_in_use(tmp_path: Path) -> None:
    written(tmp_path, GOOD.format(release=1, title="Good"))
    tried: list[str] = []

    def refuse(path: Path) -> str:
        tried.append(path.name)
        return "It must not be loaded."

    folder = FlowFolder(tmp_path, installed=False, first=refuse)
    shelf = FlowShelf(folder)
    old = shelf.get("good")
    written(tmp_path, GOOD.format(release=2, title="Another"))
    for _look in range(4):
        folder.look()
    assert tried == ["good.py"]
    assert shelf.get("good") is old
    assert [str(problem) for problem in shelf.broken] == ["good.py: It must not be loaded."]
