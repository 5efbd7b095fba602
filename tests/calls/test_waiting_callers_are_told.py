"""Position and estimate, from the floor to the caller's ear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callcontrol.calls.wait_news import WaitNewsTeller
from callcontrol.floor import entries as e
from callcontrol.flow.events import WaitNews
from tests.calls.house import CONFIGURATION, House, hears
from tests.floor.scenes import Scene

SPOKEN = CONFIGURATION.replace(
    "[queues.support]\n",
    "[queues.support]\nspoken = { position = true, estimate = true, every_s = 5 }\n",
).replace("patience_s = 1\nmax_wait_s = 60", "patience_s = 60\nmax_wait_s = 60")


class Line:
    """Directory, services and clock of one controller, as far as the teller needs them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.said: list[tuple[str, Any]] = []
        self.gone: set[str] = set()

    def waiting(self) -> list[tuple[str, str]]:
        calls = self.scene.floor.calls.values()
        return [(c.visit, c.call) for c in calls if c.state != "talking" and c.call not in self.gone]

    def post(self, call: str, event: object) -> None:
        self.said.append((call, event))

    @property
    def clock(self) -> Line:
        return self

    def now(self) -> float:
        return self.scene.now

    def floor(self) -> Any:
        return self.scene.floor


def scene(**spoken: Any) -> tuple[Scene, Line, WaitNewsTeller]:
    queue = {
        "spoken": {"position": True, "estimate": True, "every_s": 20, **spoken},
        "announcement": {"enabled": False},
    }
    found = Scene({"queues": {"q": queue}, "agents": {"1": {}}}, "1")
    found.join("t", "q")
    found.settle()
    found.talk("t")
    line = Line(found)
    return found, line, WaitNewsTeller(line, line)  # type: ignore[arg-type]


def test_every_so_often_and_not_before() -> None:
    found, line, teller = scene()
    found.join("a", "q")
    found.after(1).join("b", "q")
    for _ in range(44):
        found.after(1)
        teller.look()
    assert [(call, news.ahead) for call, news in line.said] == [("a", 0), ("b", 1), ("a", 0), ("b", 1)]
    assert line.said[0][1] == WaitNews("v-a", ahead=0, bucket=None, serving=1)


def test_the_recorded_estimate_is_said_in_its_bucket() -> None:
    found, line, teller = scene(position=False)
    found.join("a", "q")
    teller.look()
    found.write(e.WaitEstimated, queue="q", calls={"a": (100, 200)})
    found.after(20)
    teller.look()
    assert line.said == [("a", WaitNews("v-a", ahead=None, bucket=2, serving=1))]


def test_without_an_estimate_nothing_is_said_of_it() -> None:
    found, line, teller = scene(position=False)
    found.join("a", "q")
    for _ in range(3):
        teller.look()
        found.after(20)
    assert line.said == []


def test_a_queue_that_says_nothing_is_silent() -> None:
    found, line, teller = scene(position=False, estimate=False)
    found.join("a", "q")
    for _ in range(3):
        teller.look()
        found.after(20)
    assert line.said == []


def test_who_takes_a_call_over_goes_on_in_the_same_beat() -> None:
    found, line, _ = scene()
    found.join("a", "q")
    found.after(30)
    other = WaitNewsTeller(line, line)  # type: ignore[arg-type]
    other.look()
    assert line.said == []
    found.after(10)
    other.look()
    assert [call for call, _ in line.said] == ["a"]


@pytest.fixture
def house() -> Iterator[House]:
    house = House(configuration=SPOKEN)
    yield house
    house.stop()


def test_through_the_whole_house_a_waiting_caller_hears_it_and_an_offer_ends_it(house: House) -> None:
    house.log_in("1001")
    first = house.call("1")
    house.in_talk(first, "1001")
    caller = house.call("1")
    house.until(lambda: any(row["state"] == "waiting" for row in house.floor()["calls"]))
    caller.wait_for(hears("wait.next"), 12.0)
    caller.wait_for(lambda c: "music" in str(c.hears_now), 5.0)
    first.hang_up()
    house.in_talk(caller, "1001")
