import pytest

from callcontrol.bus.bus import JOURNAL, STORY
from callcontrol.bus.lines import dump, dump_story
from callcontrol.ports.journal import StoryLine
from tests.bus.engines import Opener, eventually


def line(n: int) -> StoryLine:
    return StoryLine(f"call-{n}", 1000.5 + n, "step", {"step": "menu", "n": n})


def test_stories_are_read_in_order_and_trimmed_up_to_what_is_safe(opened: Opener) -> None:
    stories = opened().stories
    stories.tell([line(n) for n in range(10)])
    stories.tell([])
    found = opened().stories.read("0", limit=4)
    assert [told for _, told in found] == [line(n) for n in range(4)]
    stories.trim(found[-1][0])
    assert [told for _, told in stories.read("0")] == [line(n) for n in range(4, 10)]


def test_the_living_are_those_who_said_so_lately(opened: Opener) -> None:
    notices = opened().notices
    notices.alive("controller", "b", {"calls": 3}, 30.0)
    notices.alive("controller", "a", {"calls": 1}, 30.0)
    notices.alive("controller", "a", {"calls": 2}, 30.0)
    notices.alive("controller", "gone", {}, 0.02)
    notices.alive("desk", "c", {}, 30.0)
    assert eventually(lambda: "gone" not in dict(notices.living("controller")))
    assert list(opened().notices.living("controller")) == [("a", {"calls": 2}), ("b", {"calls": 3})]
    assert list(notices.living("nothing")) == []


@pytest.mark.parametrize("again", [1, 3])
def test_numbered_lines_are_taken_once_however_often_they_are_sent(opened: Opener, again: int) -> None:
    bus = opened()
    lines = [(JOURNAL, dump({"n": 1})), (STORY, dump_story(line(1))), (JOURNAL, dump({"n": 2}))]
    for _ in range(again):
        assert bus.intake.take("w", 1, lines) == 3
    assert bus.intake.take("w", 2, [*lines[1:], (JOURNAL, dump({"n": 3}))]) == 4
    assert [found.data["n"] for found in bus.journal.read("0")] == [1, 2, 3]
    assert [told for _, told in bus.stories.read("0")] == [line(1)]


def test_a_hole_in_the_numbers_is_told_and_nothing_is_written(opened: Opener) -> None:
    bus = opened()
    assert bus.intake.take("w", 1, [(JOURNAL, dump({"n": 1}))]) == 1
    assert bus.intake.take("w", 4, [(JOURNAL, dump({"n": 4}))]) == 1
    assert len(bus.journal.read("0")) == 1
    assert bus.intake.take("w", 4, [(JOURNAL, dump({"n": 4}))], rebase=True) == 4
    assert bus.intake.take("w", 5, []) == 4
    assert bus.intake.take("other", 1, [(JOURNAL, dump({"n": 5}))]) == 1
    assert [found.data["n"] for found in bus.journal.read("0")] == [1, 4, 5]


def test_the_bus_answers(opened: Opener) -> None:
    assert opened().ping() < 1.0
