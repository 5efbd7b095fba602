"""The room's promises on the simulated switch (``tests/real_switch/test_switch_room.py`` plays the same on a real one)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.queue import Queue

from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from callcontrol.ports.clock import SystemClock
from callcontrol.ports.switch import CallSession
from callcontrol.switch.control import SwitchConnection
from callcontrol.switch.listener import CallListener
from tests.switch.room_contract import SCENARIOS, WITHIN_S, World


class SimulatedWorld:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._taken: Queue[CallSession] = Queue()
        self._over = Event()
        self.listener = CallListener("127.0.0.1", 0, self._conduct, node="lab")
        self.listener.start()
        self.switch = SimulatedSwitch(
            password="secret",
            dialplan=hotline_dialplan(f"127.0.0.1:{self.listener.port}"),
            recordings_dir=directory,
            speed=3,
        ).start()
        self.control = SwitchConnection("lab", "127.0.0.1", self.switch.esl_port, "secret", clock=SystemClock())
        self.control.start()
        assert self.control.wait_connected(WITHIN_S)

    def _conduct(self, session: CallSession) -> None:
        self._taken.put(session)
        self._over.wait()

    def call(self, name: str = "Zhang San", number: str = "13800001111") -> Caller:
        return self.switch.call("4001", number=number, name=name)

    def taken(self) -> CallSession:
        with gevent.Timeout(WITHIN_S, AssertionError("no call came")):
            return self._taken.get()

    def phone(self, behaviour: str) -> str:
        phone = self.switch.phone(behaviour)
        match behaviour:
            case "answers":
                phone.answers_after(0.5)
            case "busy":
                phone.busy()
            case "rejects":
                phone.rejects()
            case "silent":
                phone.never_answers()
            case "away":
                phone.unregistered()
        return f"user/{behaviour}"

    def recording(self) -> str:
        return str(self.directory / "talk.wav")

    def stop(self) -> None:
        self._over.set()
        self.control.stop()
        self.listener.stop()
        self.switch.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatedWorld]:
    world = SimulatedWorld(tmp_path)
    yield world
    world.stop()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_on_the_simulated_switch(scenario: Callable[[World], None], world: SimulatedWorld) -> None:
    scenario(world)
