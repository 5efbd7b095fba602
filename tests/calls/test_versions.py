"""A release of flow and parameters is published while calls are under way: it changes none of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcontrol.bootstrap.controller import Controller
from callcontrol.bootstrap.parts import open_the_store, rules_published
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.ports.clock import SystemClock
from callcontrol.values.configuration import Entry, Trial
from callcontrol.values.numbers import number_key
from tests.calls.house import House, hears

CALLS = 200
DEADLINE_S = 60.0
LINE = """
from callcontrol.flow import AGAIN, Flow, HangUp, Menu, Number, Play, words


class Line{release}(Flow):
    name = "line"
    release = {release}
    title = words(zh="线", en="Line")
    start = "menu"
    rescue = "rescued"
    tries = Number(default=1, minimum=1, maximum=9, help=words(zh="次数", en="Tries"))

    menu = Menu("hotline.menu", keys={{"1": "{step}"}}, silence="rescued", timeout_s=3600.0, tries=tries)
    {step} = Menu("survey.attitude", keys={{"2": "end"}}, silence="rescued", timeout_s=3600.0)
    rescued = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "line"
language = "en"
"""


class Releases:
    """A house whose flows an engineer and whose rules a supervisor change."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cc-flows-")
        self.flows_dir = Path(self._folder.name)
        self.write(1, "old")
        self.house = House(configuration=CONFIGURATION, flows_dir=self.flows_dir)
        self.others: list[Controller] = []

    def write(self, release: int, step: str) -> None:
        (self.flows_dir / f"line{release}.py").write_text(LINE.format(release=release, step=step), "utf-8")

    def publish(self, change: Callable[[Entry], Entry]) -> int:
        store = open_the_store(self.house.settings)
        try:
            draft = store.releases.draft()
            entries = {number: change(entry) for number, entry in draft.configuration.entries.items()}
            edited = replace(draft.configuration, entries=entries)
            draft = store.releases.save_draft(edited, version=draft.version, who="anna")
            release = store.releases.publish(version=draft.version, who="anna", comment="a new menu")
        finally:
            store.close()
        for controller in (self.house.controller, *self.others):
            number = release.number
            if controller is self.house.controller:
                controller._bus.journal.append(rules_published(release, SystemClock()).as_data())
            self.until(lambda c=controller, n=number: c.services.configuration()[0] == n)
        return release.number

    def another(self, name: str, **settings: Any) -> Controller:
        controller = Controller(self.house.settings.model_copy(update=settings), name=name)
        controller.start()
        self.others.append(controller)
        sockets = "|".join(f"127.0.0.1:{c.listener.port}" for c in (self.house.controller, controller))
        self.house.switch.dialplan = hotline_dialplan(sockets, entries={"4001": "en"})
        self.until(controller.switch.connected)
        return controller

    def first_dies(self) -> None:
        self.house.controller.stop()
        self.house.controller = self.others.pop()

    def until(self, condition: Callable[[], object]) -> None:
        self.house.until(condition, DEADLINE_S)

    def call(self, number: str = "13900000000") -> Caller:
        caller = self.house.switch.call("4001", number=number)
        caller.wait_for(hears("hotline.menu"), DEADLINE_S)
        return caller

    def goes_on(self, caller: Caller) -> None:
        caller.press("1")
        caller.wait_for(hears("survey.attitude"), DEADLINE_S)

    def ends(self, caller: Caller) -> None:
        caller.press("2")
        caller.wait_for(lambda c: c.is_over, DEADLINE_S)

    def stop(self) -> None:
        for controller in self.others:
            controller.stop()
        self.house.stop()
        self._folder.cleanup()


@pytest.fixture
def line() -> Iterator[Releases]:
    made = Releases()
    yield made
    made.stop()


@pytest.mark.timeout(300)
def test_a_release_that_is_published_while_200_calls_are_in_the_flow_changes_none_of_them(line: Releases) -> None:
    house = line.house
    second = line.another("second")
    before = [house.switch.call("4001", number=f"139{n:08d}") for n in range(CALLS)]
    for caller in before:
        caller.wait_for(hears("hotline.menu"), DEADLINE_S)
    first = house.controller.services.configuration()[0]

    line.write(2, "new")  # the engineer
    line.until(lambda: all(c.flows.releases("line") == [1, 2] for c in (house.controller, second)))
    (line.flows_dir / "line1.py").unlink()
    line.until(lambda: all(c.flows.releases("line") == [2] for c in (house.controller, second)))
    now = line.publish(lambda entry: replace(entry, parameters={"tries": 5}))  # the supervisor

    after = line.call()
    for caller in (*before[: CALLS // 2], after):
        line.goes_on(caller)
    questions = {caller: asked(caller) for caller in (*before, after)}
    line.first_dies()  # with half of its calls in the middle of the flow
    for caller, was in questions.items():  # each is asked again what it was asked last
        caller.wait_for(lambda c, was=was: len(asked(c)) > len(was), DEADLINE_S)
        assert asked(caller)[-1] == was[-1]
    for caller in before[CALLS // 2 :]:
        line.goes_on(caller)
    for caller in (*before, after):
        line.ends(caller)

    records = [house.record(caller, DEADLINE_S) for caller in before]
    assert {(r.flow_release, r.release, r.trial) for r in records} == {(1, first, "")}
    assert {step(house, caller) for caller in before} == {"old"}
    assert not any("trouble" in dict(house.story(caller)) for caller in before)
    record = house.record(after, DEADLINE_S)
    assert (record.flow_release, record.release) == (2, now)
    assert step(house, after) == "new"


@pytest.mark.timeout(300)
def test_a_trial_reaches_whom_it_is_for_and_the_call_says_so(line: Releases) -> None:
    house = line.house
    line.write(2, "new")
    line.until(lambda: house.controller.flows.releases("line") == [1, 2])
    tester = "13800138000"
    key = number_key(tester, house.settings.secret("numbers"))
    trial = Trial(release=2, callers={key: "138****8000"})
    line.publish(lambda entry: replace(entry, release=1, trial=trial))
    listed, other = line.call(tester), line.call("13900139000")
    now = line.publish(lambda entry: replace(entry, release=1, trial=Trial(release=2, share=1.0)))
    by_lot = line.call("13900139000")
    for caller in (listed, other, by_lot):
        line.goes_on(caller)
        line.ends(caller)
    told = {}
    for caller in (listed, other, by_lot):
        record = house.record(caller, DEADLINE_S)
        told[caller] = step(house, caller), record.flow_release, record.trial
    assert told == {listed: ("new", 2, "caller"), other: ("old", 1, ""), by_lot: ("new", 2, "share")}
    began = dict(house.story(by_lot))["began"]
    assert (began["release"], began["share"]) == (now, 1.0)
    assert began["lot"] < 1
    assert tester not in str([house.story(caller) for caller in told])


@pytest.mark.timeout(300)
def test_after_a_restart_without_the_old_file_its_calls_go_on_in_the_newest_and_say_so(
    line: Releases, tmp_path: Path
) -> None:
    house = line.house
    (tmp_path / "line2.py").write_text(LINE.format(release=2, step="new"), "utf-8")
    line.another("second", flows_dir=tmp_path)  # it never saw the old file
    at_the_start, in_the_middle = line.call(), line.call()
    line.goes_on(in_the_middle)
    line.first_dies()
    line.until(lambda: len(asked(at_the_start)) > 1)
    in_the_middle.wait_for(hears("goodbye"), DEADLINE_S)
    line.goes_on(at_the_start)
    line.ends(at_the_start)
    in_the_middle.wait_for(lambda c: c.is_over, DEADLINE_S)
    record = house.record(at_the_start, DEADLINE_S)
    assert record.flow_release == 1, "with which it began"
    troubles = [data["what"] for kind, data in house.story(at_the_start) if kind == "trouble"]
    assert troubles == [
        "Release 1 of the flow 'line', with which the call began, is gone; it goes on in release 2 of 'line'."
    ]
    assert step(house, at_the_start) == "new"
    house.record(in_the_middle, DEADLINE_S)
    assert [data["step"] for kind, data in house.story(in_the_middle) if kind == "step"][-2:] == ["rescued", "end"]


def asked(caller: Caller) -> list[str]:
    return [sound for sound in caller.sounds if "hotline.menu" in sound or "survey.attitude" in sound]


def step(house: House, caller: Caller) -> str:
    """The step that the key led to, as the story has it."""
    steps = [data["step"] for kind, data in house.story(caller) if kind == "step"]
    return str(steps[1])
