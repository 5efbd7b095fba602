"""What a controller says of its flows every second, and what others make of it."""

from __future__ import annotations

from typing import Any, cast

from callcontrol.admin.services import FlowOnController
from callcontrol.bootstrap.flow_releases import on_controllers, told_by_controller
from callcontrol.calls.directory import Directory
from callcontrol.flow.catalogue import Flows
from callcontrol.flow.flow import Flow
from callcontrol.flow.shelf import FlowShelf
from tests.calls.test_entrance import flow


class Line:
    def post(self, event: object) -> None: ...


def composed(release: int) -> type[Flow]:
    made = flow("night", release, "")
    made.file = "composed.night"
    return made


def conducted(*began: tuple[str, str, int, str]) -> Directory:
    directory = Directory(cast(Any, None))
    for call, *of in began:
        directory.add(call, Line())
        directory.led_by(call, *cast(tuple[str, int, str], tuple(of)))
    return directory


def test_releases_are_told_with_their_calls_and_what_is_kept_only_while_it_has_some() -> None:
    old, new = flow("line", 1, "a"), flow("line", 2, "b")
    first, second = composed(1), composed(2)
    has = [Flows((old, new, first, second))]
    shelf = FlowShelf(lambda: has[0])
    directory = conducted(("x", "line", 1, "a"), ("y", "line", 1, "a"), ("z", "line", 2, "b"), ("n", "night", 1, ""))
    assert told_by_controller(shelf, directory) == [
        ["line", 1, "a", False, 2],
        ["line", 2, "b", False, 1],
        ["night", 1, "", True, 1],
        ["night", 2, "", False, 0],
    ]
    has[0] = Flows((new, second))
    assert told_by_controller(shelf, directory)[2:] == [["line", 1, "a", True, 2], ["night", 1, "", True, 1]]
    assert told_by_controller(shelf, conducted()) == [["line", 2, "b", False, 0], ["night", 2, "", False, 0]]


def test_what_controllers_say_is_read_and_an_older_one_says_nothing() -> None:
    rows = [["line", 1, "a", True, 2], "what is this"]
    assert on_controllers([("one", {"flows": rows}), ("older", {"calls": 3})]) == [
        FlowOnController("one", "line", 1, "a", kept=True, calls=2)
    ]


def test_a_call_that_went_on_elsewhere_is_not_counted() -> None:
    directory = conducted(("x", "line", 1, "a"))
    line = directory._lines["x"]
    directory.remove("x", Line())
    assert directory.under_way().total() == 1, "it came back on another line"
    directory.remove("x", line)
    assert directory.under_way().total() == 0
