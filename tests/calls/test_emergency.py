"""An emergency message, from a supervisor's click to the caller's ear and into the counts, through every room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from callcontrol.bootstrap.parts import open_the_store, rules_published
from callcontrol.calls.emergency_news import TOLD_EVERY_S, EmergencyTeller
from callcontrol.cli.emergency import command
from callcontrol.flow.events import EmergencyNews
from callcontrol.ports.clock import SystemClock
from callcontrol.values.configuration import Configuration
from callcontrol.values.emergencies import Emergency
from tests.calls.house import CONFIGURATION, House, hears
from tests.floor.scenes import Scene

pytestmark = pytest.mark.timeout(240)  # a house takes long to speak its prompts where the machine has much to do
FAR = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="minutes")


class Line:
    """Directory, services and clock of one controller, as far as the teller needs them."""

    def __init__(self, scene: Scene, *emergencies: Emergency) -> None:
        self.scene = scene
        self.emergencies = {e.name: e for e in emergencies}
        self.said: list[tuple[str, Any]] = []

    def waiting(self) -> list[tuple[str, str]]:
        return [(c.visit, c.call) for c in self.scene.floor.calls.values()]

    def post(self, call: str, event: object) -> None:
        self.said.append((call, event))

    def configuration(self) -> tuple[int, Configuration]:
        return 1, Configuration(emergencies=self.emergencies)

    @property
    def clock(self) -> Line:
        return self

    def now(self) -> float:
        return self.scene.now

    def floor(self) -> Any:
        return self.scene.floor


def instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def scene(**emergency: Any) -> tuple[Scene, Line, EmergencyTeller]:
    found = Scene({"queues": {"q": {}, "r": {}}, "agents": {"1": {}}}, "1")
    found.join("talks", "q")
    found.settle()
    found.talk("talks")
    found.join("a", "q")
    found.join("b", "r")
    until = instant(found.now + 60)
    line = Line(found, Emergency(**{"name": "fire", "queues": ("q",), "until": until, **emergency}))
    return found, line, EmergencyTeller(line, line)  # type: ignore[arg-type]


def test_those_who_wait_in_the_chosen_queue_are_told_at_once_and_then_now_and_then() -> None:
    found, line, teller = scene()
    for _ in range(6):
        teller.look()
        found.after(TOLD_EVERY_S / 2)
    assert line.said == [("a", EmergencyNews("v-a"))] * 3


def test_whoever_comes_meanwhile_is_told_too() -> None:
    found, line, teller = scene()
    teller.look()
    found.after(1).join("c", "q")
    teller.look()
    assert [call for call, _ in line.said] == ["a", "c"]


@pytest.mark.parametrize("how", [{"until": ""}, {"queues": ()}, {"waiting": False}, {"until": "soon"}])
def test_without_its_being_for_them_nobody_who_waits_is_told(how: Mapping[str, Any]) -> None:
    _, line, teller = scene(**how)
    teller.look()
    assert line.said == []


def test_after_its_end_nobody_is_told() -> None:
    found, line, teller = scene()
    found.after(60)
    teller.look()
    assert line.said == []


# --- the whole house ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House(configuration=CONFIGURATION.replace("patience_s = 1", "patience_s = 30"))
    yield house
    house.stop()


def switch_on(house: House, **how: Any) -> None:
    emergency = Emergency("fire", **{"until": FAR, **how})

    def change(configuration: Configuration) -> Configuration:
        return replace(configuration, emergencies={"fire": emergency})

    store = open_the_store(house.settings)
    try:
        release = store.releases.amend(change, who="test", comment="fire")
    finally:
        store.close()
    house.controller.services.outbox.tell(rules_published(release, SystemClock()).as_data())
    house.until(lambda: house.floor()["release"] == release.number)


def outcomes(house: House, queue: str) -> Mapping[str, int]:
    return next(row for row in house.floor()["queues"] if row["name"] == queue)["outcomes"]  # type: ignore[no-any-return]


def test_who_waits_and_who_calls_hears_it_and_both_go_on(house: House) -> None:
    house.log_in("1001")
    first = house.call("1")
    house.in_talk(first, "1001")
    waits = house.call("1")
    house.until(lambda: any(row["state"] == "waiting" for row in house.floor()["calls"]))
    switch_on(house, entries=("4001",), queues=("support",), until="")
    said = CliRunner().invoke(command, ["on", "--data", str(house.settings.data_dir), "fire", "--for", "2h"])
    assert "fire is said until" in said.output, said.output
    waits.wait_for(hears("emergency"), 20.0)
    comes = house.call()
    comes.wait_for(hears("emergency"), 20.0)
    comes.wait_for(hears("hotline.welcome"), 20.0)
    first.hang_up()
    house.in_talk(waits, "1001")  # the place was kept
    switch_on(house, until="")
    comes.hang_up()
    waits.hang_up()
    house.until(lambda: not house.floor()["calls"])
    assert "emergency" not in outcomes(house, "support")


def test_where_it_closes_the_line_the_sums_agree_and_the_reports_know_it(house: House) -> None:
    before = outcomes(house, "support")
    talks = house.call("1")
    house.in_talk(talks, "1001")
    waits = house.call("1")
    house.until(lambda: any(row["state"] == "waiting" for row in house.floor()["calls"]))
    switch_on(house, queues=("support",), hang_up=True)
    waits.wait_for(hears("emergency"), 20.0)
    waits.wait_for(lambda c: c.is_over, 20.0)
    joins = house.call("1")
    joins.wait_for(lambda c: c.is_over, 20.0)
    after = {**before, "answered": before.get("answered", 0) + 1, "emergency": 2}
    house.until(lambda: outcomes(house, "support") == after)
    assert [talks.in_talk_with, hears("emergency")(talks)] == ["1001", False]
    assert house.record(waits, 20.0).outcome == "emergency"
    house.until(
        lambda: ("visit_ended", "emergency") in [(kind, data.get("outcome")) for kind, data in house.story(joins)]
    )
