"""What flows are told of the house, and what callers hear when Redis is gone: the apology, and a message that is kept all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callcontrol.calls.house_watch import GIVEN_BACK_EVERY_S, HouseWatch
from callcontrol.calls.queue_facts import estimate_of, load_of
from callcontrol.calls.services import HouseNow
from callcontrol.floor import entries as e
from callcontrol.flow.events import Released
from callcontrol.values.configuration import Agent, Configuration
from tests.bus.several import Engine, free_ports
from tests.calls.house import CONFIGURATION, House, hears
from tests.floor.scenes import Scene

pytestmark = pytest.mark.timeout(240)  # a house takes long to speak its prompts where the machine has much to do
AFTER_S = 10.0


class Line:
    """Directory, services and clock of one controller, as far as the watch needs them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.said: list[tuple[str, Any]] = []
        self.agents = {"1": Agent("1")}

    def waiting(self) -> list[tuple[str, str]]:
        return [(c.visit, c.call) for c in self.scene.floor.calls.values()]

    def post(self, call: str, event: object) -> None:
        self.said.append((call, event))

    def configuration(self) -> tuple[int, Configuration]:
        return 1, Configuration(agents=self.agents)

    @property
    def clock(self) -> Line:
        return self

    def now(self) -> float:
        return self.scene.now

    def floor(self) -> Any:
        return self.scene.floor


class Ward:
    """A scene with a watch over it; ``ill`` are the troubles that there are now."""

    def __init__(self, **queue: Any) -> None:
        agents = {str(n): {} for n in range(1, 6)}
        self.scene = Scene({"queues": {"q": queue}, "agents": agents}, *agents)
        self.line = Line(self.scene)
        self.ill: set[str] = set()
        names = ("journal", "desk", "switch")
        is_so = {name: (lambda name=name: name in self.ill) for name in names}
        self.watch = HouseWatch(self.line, self.line, is_so, fault_after_s=AFTER_S)  # type: ignore[arg-type]

    def seconds(self, count: float) -> Ward:
        for _ in range(int(count)):
            self.watch.look()
            self.scene.after(1)
        return self

    def load(self, callers: int) -> bool:
        """So many callers in the queue of five agents; whether that is a surge."""
        calls = self.scene.floor.calls
        for number in range(len(calls), callers):
            self.scene.join(f"c{number}", "q")
        for name in list(calls)[callers:]:
            self.scene.write(e.CallLeft, call=name, visit=calls[name].visit, reason="hangup")
        self.watch.look()
        return self.watch.surging("q")


# --- troubles ----------------------------------------------------------------------------------------------------------------
def test_a_house_that_nobody_watches_is_well() -> None:
    assert (HouseNow().troubles(), HouseNow().surging("q"), HouseNow().surges()) == ((), False, ())


@pytest.mark.parametrize("trouble", ["journal", "desk", "switch"])
def test_a_trouble_counts_once_it_has_lasted(trouble: str) -> None:
    ward = Ward()
    ward.ill = {trouble}
    assert ward.seconds(AFTER_S).watch.troubles() == ()
    assert ward.seconds(1).watch.troubles() == (trouble,)
    ward.ill = set()
    assert ward.seconds(1).watch.troubles() == ()


def test_one_that_comes_and_goes_never_counts() -> None:
    ward = Ward()
    for _ in range(4):
        ward.ill = {"desk"}
        ward.seconds(AFTER_S - 1)
        ward.ill = set()
        assert ward.seconds(1).watch.troubles() == ()


def test_a_question_that_fails_is_a_trouble_and_no_agent_is_one() -> None:
    ward = Ward()
    ward.line.agents = {}

    def fails() -> bool:
        raise ConnectionError("the journal is away")

    watch = HouseWatch(ward.line, ward.line, {"journal": fails}, fault_after_s=0)  # type: ignore[arg-type]
    watch.look()
    assert watch.troubles() == ("agents", "journal")


def test_those_who_wait_while_nobody_decides_are_given_back_now_and_then() -> None:
    ward = Ward()
    ward.scene.join("a", "q")
    ward.ill = {"desk"}
    assert ward.seconds(AFTER_S).line.said == []
    ward.seconds(GIVEN_BACK_EVERY_S + 1)
    assert ward.line.said == [("a", Released("v-a", "fault"))] * 2


def test_without_a_switch_they_wait_on() -> None:
    ward = Ward()
    ward.scene.join("a", "q")
    ward.ill = {"switch"}
    assert ward.seconds(AFTER_S + 5).line.said == []


# --- a surge -----------------------------------------------------------------------------------------------------------------
def test_a_surge_begins_above_120_per_cent_and_ends_below_100() -> None:
    ward = Ward()
    told = [(callers, ward.load(callers)) for callers in (5, 6, 7, 6, 5, 4, 5, 6, 7)]
    assert told == [
        (5, False), (6, False), (7, True), (6, True), (5, True), (4, False), (5, False), (6, False), (7, True),
    ]  # fmt: skip


def test_the_two_loads_are_those_of_the_reserve() -> None:
    ward = Ward(reserve={"load_on": 2.0, "load_off": 0.5})
    assert [ward.load(n) for n in (10, 11, 3, 2)] == [False, True, True, False]


def test_load_and_estimate_of_a_queue() -> None:
    scene = Scene({"queues": {"q": {}}, "agents": {"1": {}}}, "1")
    assert (load_of(scene.floor, "q"), load_of(scene.floor, "nowhere")) == (0.0, 0.0)
    for name in ("talks", "a", "b"):
        scene.join(name, "q")
    assert load_of(scene.floor, "q") == 3.0
    assert (estimate_of(scene.floor, "q"), estimate_of(scene.floor, "nowhere")) == ("", "")
    scene.write(e.WaitEstimated, queue="q", joiner=(100, 200))
    assert estimate_of(scene.floor, "q") == "2_to_5"
    assert estimate_of(scene.floor, "nowhere") == ""


# --- the whole house ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Engine]:
    (port,) = free_ports(1)
    engine = Engine(tmp_path, port, "--appendonly", "yes")
    yield engine
    engine.kill()


@pytest.fixture
def house(redis: Engine) -> Iterator[House]:
    long = CONFIGURATION.replace("patience_s = 1\nmax_wait_s = 60", "patience_s = 60\nmax_wait_s = 300")
    house = House(configuration=long, fault_after_s=2.0, redis_url=f"redis://127.0.0.1:{redis.port}/0")
    yield house
    house.stop()


def test_without_redis_whoever_waits_and_whoever_calls_is_told_and_the_sums_agree_afterwards(
    house: House, redis: Engine
) -> None:
    house.log_in("1001")
    talks = house.call("1")
    house.in_talk(talks, "1001")
    waits = house.call("1")
    house.until(lambda: any(row["state"] == "waiting" for row in house.floor()["calls"]))
    redis.kill()
    waits.wait_for(hears("fault.sorry"), 40.0)
    comes = house.call("1")
    comes.wait_for(hears("fault.message"), 40.0)
    assert talks.in_talk_with == "1001"
    assert not hears("rescue.sorry")(waits)
    waits.hang_up()
    comes.hang_up()
    redis.start()
    house.until(lambda: [row["state"] for row in house.floor()["calls"]] == ["talking"], 40.0)
    support = next(row for row in house.floor()["queues"] if row["name"] == "support")
    assert support["outcomes"] == {"answered": 1, "requeued": 1}
    house.until(lambda: not house.controller.services.house.troubles(), 40.0)
    house.in_talk(talks, "1001")
