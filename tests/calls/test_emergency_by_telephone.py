"""A lead dials, types number and PIN, and switches an emergency message; nobody else can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.calls import emergency_errand
from callcontrol.calls.emergency_errand import switch_emergency
from callcontrol.flow.commands import SwitchEmergency
from callcontrol.flow.events import EmergencySwitched
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import NotPublishable, StoreUnavailable
from callcontrol.values.configuration import Agent, Configuration
from callcontrol.values.emergencies import Emergency
from tests.calls.house import CONFIGURATION, House, hears

NOW = 1_772_000_000.0
RULES = Configuration(
    agents={"1001": Agent("1001", lead=True), "1002": Agent("1002")},
    emergencies={"fire": Emergency("fire", queues=("support",)), "flood": Emergency("flood", queues=("support",))},
)


@dataclass
class Line:
    """What the errand asks of the services and of the call."""

    rules: Configuration = RULES
    error: Exception | None = None
    without: bool = False
    held: threading.Event | None = None
    published: list[tuple[Configuration, str, str]] = field(default_factory=list)
    got: list[Any] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    def configuration(self) -> tuple[int, Configuration]:
        return 1, self.rules

    @property
    def amend(self) -> Callable[..., None] | None:
        return None if self.without else self._amend

    def _amend(self, change: Callable[[Configuration], Configuration], who: str, comment: str) -> None:
        if self.held is not None:
            self.held.wait(30)
        if self.error is not None:
            raise self.error
        self.published.append((change(self.rules), who, comment))

    def post(self, event: Any) -> None:
        self.got.append(event)
        self.arrived.set()


def switched(line: Line, agent: str = "1001", emergency: str = "fire", hours: float = 2.0) -> str:
    switch_emergency(line, line, SwitchEmergency(7, agent, emergency, hours))  # type: ignore[arg-type]
    assert line.arrived.wait(30)
    (event,) = line.got
    assert isinstance(event, EmergencySwitched)
    assert event.wait == 7
    return event.result


def test_on_is_until_so_many_hours_from_now_in_the_agent_s_name_and_nothing_else_changes() -> None:
    line = Line()
    assert switched(line) == "done"
    ((after, who, comment),) = line.published
    end = after.emergencies["fire"].end()
    assert end is not None
    assert abs(end.timestamp() - (NOW + 7200)) < 60
    assert (who, "fire" in comment) == ("1001", True)
    assert replace(after, emergencies=RULES.emergencies) == RULES
    assert after.emergencies["flood"] == RULES.emergencies["flood"]


def test_off_is_off() -> None:
    on = replace(RULES, emergencies={"fire": Emergency("fire", until="2030-01-01T00:00+00:00")})
    line = Line(on)
    assert switched(line, hours=0) == "done"
    assert line.published[0][0].emergencies["fire"].until == ""


@pytest.mark.parametrize(
    ("agent", "emergency", "result"),
    [("1002", "fire", "not_allowed"), ("", "fire", "not_allowed"), ("x", "x", "not_allowed"), ("1001", "x", "gone")],
)
def test_nobody_but_a_lead_and_nothing_that_is_not_prepared(agent: str, emergency: str, result: str) -> None:
    line = Line()
    assert switched(line, agent, emergency) == result
    assert line.published == []


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (NotPublishable([]), "refused"),
        (StoreUnavailable("away"), "unavailable"),
        (JournalUnavailable("away"), "unavailable"),
    ],
)
def test_what_fails_is_said(error: Exception, result: str) -> None:
    assert switched(Line(error=error)) == result


def test_where_nothing_can_be_published_it_is_unavailable() -> None:
    assert switched(Line(without=True)) == "unavailable"


def test_who_is_not_answered_in_time_is_told_once_that_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emergency_errand, "DEADLINE_S", 0.05)
    line = Line(held=threading.Event())
    assert switched(line) == "unavailable"
    assert line.held is not None
    line.held.set()
    for thread in threading.enumerate():
        if "emergency message" in thread.name:
            thread.join(30)
    assert len(line.published) == len(line.got) == 1


# --- the whole house ---------------------------------------------------------------------------------------------------------
PIN = "739154"
DESK = """
[entries.4990]
flow = "emergency_desk"
language = "en"
parameters = { key_timeout = 30 }

[emergencies.fire]
text = { zh = "火警。", en = "There is a fire alarm." }
queues = ["support"]
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    text = CONFIGURATION.replace("[agents.1001]", "[agents.1001]\nlead = true") + DESK
    assert "lead = true" in text
    house = House(configuration=text)
    port = house.controller.listener.port
    house.switch.dialplan = hotline_dialplan(f"127.0.0.1:{port}", entries={"4001": "en", "4990": "en"})
    store = open_the_store(house.settings)
    for name in ("1001", "1002"):
        store.pins.set(name, PIN)
    store.close()
    yield house
    house.stop()


def dial(house: House, *keys: tuple[str, str], number: str) -> Caller:
    caller = house.switch.call("4990", number=number)
    for prompt, pressed in keys:
        caller.wait_for(hears(prompt))
        caller.press(pressed)
    return caller


def until_of_fire(house: House) -> str:
    return house.controller.services.configuration()[1].emergencies["fire"].until


def test_a_lead_switches_it_on_and_off_from_any_phone(house: House) -> None:
    on = dial(
        house,
        ("agent.extension", "1001#"),
        ("agent.pin", f"{PIN}#"),
        ("emergency_desk.press", "1"),
        ("emergency_desk.switch_on", "1"),
        number="13800138000",
    )
    on.wait_for(hears("emergency_desk.done_on"))
    house.until(lambda: until_of_fire(house) != "")
    off = dial(
        house,
        ("agent.pin", f"{PIN}#"),
        ("emergency_desk.press", "1"),
        ("emergency_desk.switch_off", "1"),
        number="1001",
    )
    off.wait_for(hears("emergency_desk.done_off"))
    house.until(lambda: until_of_fire(house) == "")
    store = open_the_store(house.settings)
    release = store.releases.current()
    store.close()
    assert release is not None
    assert release.published_by == "1001"


def test_who_is_no_lead_hears_so_and_nothing_is_switched(house: House) -> None:
    before = house.floor()["release"]
    caller = dial(house, ("agent.pin", f"{PIN}#"), number="1002")
    caller.wait_for(hears("emergency_desk.not_allowed"))
    assert house.floor()["release"] == before
