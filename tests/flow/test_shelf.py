"""New code beside the old, while calls are under way."""

import os
from pathlib import Path

import pytest

import ivr_flows
from callcontrol.flow.catalogue import FlowNotFound, Flows
from callcontrol.flow.folder import FlowFolder
from callcontrol.flow.shelf import KEPT_S, FlowShelf

GOOD = """
from callcontrol.flow import Flow, HangUp, words

class Good(Flow):
    title = words(zh="好", en="{title}")
    release = {release}
    start = rescue = "end"
    end = HangUp()
"""


class Now:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


class Engineer:
    """Writes into a folder of flows, and what a process makes of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.writings = 0
        self.writes("good.py")
        self.folder = FlowFolder(folder, installed=False)
        self.now = Now()
        self.shelf = FlowShelf(self.folder, clock=self.now)

    def writes(self, file: str, *, release: int = 1, title: str = "Good", name: str = "Good", text: str = "") -> None:
        path = self.path / file
        path.write_text(text or GOOD.format(release=release, title=title).replace("Good(", f"{name}("), "utf-8")
        # Two changes within the resolution of a file system's clock: the stamp differs all the same.
        self.writings += 1
        os.utime(path, ns=(0, self.writings * 10**9))

    def removes(self, file: str) -> None:
        (self.path / file).unlink()

    def look(self) -> list[str]:
        """Two looks: a file counts when it was the same in two."""
        return [*self.folder.look(), *self.folder.look()]


@pytest.fixture
def engineer(tmp_path: Path) -> Engineer:
    return Engineer(tmp_path)


def test_a_higher_release_beside_the_old_is_for_new_calls_and_the_old_stays_for_its_own(engineer: Engineer):
    old = engineer.shelf.get("good")
    engineer.writes("good2.py", release=2)
    assert engineer.look() == ["good2.py was loaded: good 2."]
    assert engineer.shelf.get("good").release == 2
    assert engineer.shelf.get("good", 1, old.code) is old
    assert engineer.shelf.releases("good") == [1, 2]


def test_a_file_that_is_still_being_written_is_not_loaded(engineer: Engineer):
    engineer.writes("good2.py", release=2)
    assert engineer.folder.look() == []
    engineer.writes("good2.py", release=2, title="Better")
    assert engineer.folder.look() == []
    assert engineer.shelf.releases("good") == [1]
    assert engineer.folder.look() != []
    assert engineer.shelf.get("good", 2).title["en"] == "Better"


def test_calls_find_the_release_they_began_with_after_its_file_was_removed(engineer: Engineer):
    old = engineer.shelf.get("good", 1)
    engineer.writes("good2.py", release=2)
    engineer.removes("good.py")
    engineer.look()
    assert engineer.shelf.releases("good") == [2]
    assert engineer.shelf.get("good") is not old
    assert engineer.shelf.get("good", 1, old.code) is old
    assert engineer.shelf.retired() == [old]


def test_a_removed_release_is_forgotten_a_day_after_its_last_use(engineer: Engineer):
    old = engineer.shelf.get("good", 1)
    engineer.writes("good2.py", release=2)
    engineer.removes("good.py")
    engineer.look()
    engineer.shelf.get("good", 2)
    engineer.now.s = KEPT_S * 0.9
    assert engineer.shelf.get("good", 1, old.code) is old
    engineer.now.s = KEPT_S * 1.8
    engineer.writes("other.py", name="Other")
    engineer.look()
    assert engineer.shelf.get("good", 1, old.code) is old, "it was used within a day"
    engineer.now.s = KEPT_S * 3
    engineer.writes("another.py", name="Another")
    engineer.look()
    assert engineer.shelf.get("good", 1, old.code).release == 2, "its calls, were there any, go on in the newest"


def test_a_file_changed_in_place_leaves_calls_under_way_their_code_and_is_warned_of(engineer: Engineer):
    old = engineer.shelf.get("good")
    engineer.writes("good.py", title="Better")
    engineer.look()
    new = engineer.shelf.get("good")
    assert (new.release, new.title["en"]) == (1, "Better")
    assert engineer.shelf.get("good", 1, old.code) is old
    assert engineer.shelf.get("good", 1, new.code) is new
    assert engineer.shelf.get("good", 1, "of another controller") is new
    (warning,) = engineer.shelf.warnings
    assert (warning.where, warning.fatal) == ("good.py", False)
    assert "still 1" in warning.what
    assert "release = 2" in warning.what
    engineer.writes("good.py", release=2)
    engineer.look()
    assert engineer.shelf.warnings == ()


def test_a_file_that_is_written_again_as_it_was_changes_nothing(engineer: Engineer):
    old = engineer.shelf.get("good")
    os.utime(engineer.path / "good.py", ns=(0, 1))
    assert engineer.look() == ["good.py was written again, and is the same."]
    assert engineer.shelf.get("good") is old
    assert engineer.shelf.warnings == ()


@pytest.mark.parametrize("text", ["def (:", "raise SystemExit(3)", GOOD.replace('"end"\n', '"gone"\n'), "x = 1"])
def test_a_broken_file_is_told_by_name_and_the_old_stays_in_use(engineer: Engineer, text: str):
    old = engineer.shelf.get("good")
    engineer.writes("good.py", text=text.replace("{release}", "1"))
    engineer.writes("other.py", name="Other")
    news = engineer.look()
    assert engineer.shelf.get("good") is old
    assert engineer.shelf.names() == ["good", "other"], "it stops no other file"
    assert any(problem.where.startswith("good.py") for problem in engineer.shelf.broken)
    assert any("stays in use: good 1" in sentence for sentence in news)
    engineer.writes("good.py", release=2)
    engineer.look()
    assert engineer.shelf.broken == ()
    assert engineer.shelf.get("good").release == 2


def test_who_had_a_release_first_keeps_it(engineer: Engineer):
    old = engineer.shelf.get("good")
    engineer.writes("a.py", title="Usurper")
    engineer.look()
    assert engineer.shelf.get("good") is old
    (problem,) = engineer.shelf.broken
    assert problem.where == "a.py"
    assert "is in good.py already" in problem.what


def test_a_flow_whose_last_file_went_still_greets_whoever_is_sent_to_it(engineer: Engineer):
    old = engineer.shelf.get("good")
    engineer.removes("good.py")
    engineer.look()
    assert engineer.shelf.names() == []
    assert engineer.shelf.get("good") is old
    with pytest.raises(FlowNotFound):
        engineer.shelf.get("gone")


def test_of_releases_that_all_went_the_newest_greets(engineer: Engineer):
    engineer.writes("good2.py", release=2)
    engineer.look()
    for file in ("good.py", "good2.py"):
        engineer.removes(file)
        engineer.look()
        assert engineer.shelf.get("good").release == 2


def test_a_folder_that_is_away_leaves_everything_in_use(engineer: Engineer, tmp_path: Path):
    old = engineer.shelf.get("good")
    away = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-away"))
    engineer.look()
    assert engineer.shelf.get("good") is old
    assert "does not exist" in engineer.shelf.broken[0].what
    assert engineer.shelf.releases("good") == [1]
    away.rename(tmp_path)
    engineer.look()
    assert engineer.shelf.broken == ()


def test_flows_of_another_source_come_and_go_beside_the_folder(engineer: Engineer, tmp_path: Path):
    (tmp_path / "more").mkdir()
    more = Engineer(tmp_path / "more")
    more.writes("good.py", release=3)
    more.look()
    composed = [Flows()]
    shelf = FlowShelf(engineer.folder, lambda: composed[0])
    assert shelf.get("good").release == 1
    composed[0] = more.folder()
    assert shelf.get("good").release == 3
    given, composed[0] = composed[0], Flows()
    assert shelf.get("good").release == 1
    assert [flow.release for flow in shelf.retired()] == [3]
    composed[0] = given
    assert shelf.retired() == [], "it is there again"
    composed[0] = Flows()
    assert shelf.get("good", 3).release == 3, "for the calls that began with it"


def test_the_newest_is_the_one_with_the_highest_number_in_whatever_order_they_come(engineer: Engineer):
    engineer.writes("a.py", release=10)
    engineer.writes("b.py", release=9)
    engineer.look()
    assert [flow.release for flow in engineer.shelf if flow.name == "good"] != [1, 9, 10]
    assert engineer.shelf.get("good").release == 10
    assert engineer.shelf.releases("good") == [1, 9, 10]


def test_two_sources_with_the_same_release_are_told(engineer: Engineer):
    shelf = FlowShelf(engineer.folder, FlowFolder(engineer.path, installed=False))
    assert shelf.get("good") is engineer.shelf.get("good")
    assert "is in good.py already" in shelf.broken[0].what


PART = """
from callcontrol.flow import Flow, Return, words

class Part(Flow, abstract=True):
    title = words(zh="段", en="{title}")
    start = rescue = "back"
    back = Return("back")
"""
WHOLE = """
from callcontrol.flow import Flow, HangUp, Sub, words
from ivr_flows.{part} import Part

class Whole(Flow):
    title = words(zh="全", en="Whole")
    start = "part"
    rescue = "end"
    part = Sub(Part, returns={{"back": "end"}})
    end = HangUp()
"""


def test_a_part_that_changes_changes_the_flows_that_take_it_in(engineer: Engineer, monkeypatch: pytest.MonkeyPatch):
    name = f"part_{engineer.path.name}"
    monkeypatch.setattr(ivr_flows, "__path__", [*ivr_flows.__path__, str(engineer.path)])
    engineer.writes(f"{name}.py", text=PART)
    engineer.writes("whole.py", text=WHOLE.format(part=name))
    engineer.look()
    assert engineer.shelf.broken == ()
    old = engineer.shelf.get("whole")
    engineer.writes(f"{name}.py", text=PART.replace("back", "home").replace('Return("home")', 'Return("back")'))
    assert engineer.look() == [f"{name}.py was loaded: parts.", "whole.py was loaded: whole 1."]
    new = engineer.shelf.get("whole")
    assert (list(old.steps), list(new.steps)) == (["part", "end", "part.back"], ["part", "end", "part.home"])
    assert engineer.shelf.get("whole", 1, old.code) is old
    assert [warning.where for warning in engineer.shelf.warnings] == ["whole.py"]
