"""Several controllers as processes of their own on one Redis, each behind a cable that can be pulled; the simulated switch, its
phones and callers are in the test's own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from callcontrol.bootstrap.parts import prepare_data
from callcontrol.bus.redis_journal import open_bus
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import AgentBack, AgentBreak, AgentLoggedIn, Entry
from callcontrol.floor.floor import Floor
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.phones import Phone
from callcontrol.lab.simulated_switch import SimulatedSwitch
from callcontrol.ports.clock import SystemClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.settings import load_settings
from tests.bus.partition import Partition
from tests.bus.several import Engine, free_ports
from tests.calls.house import hears

PROJECT = Path(__file__).resolve().parents[2]
CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false, menu_timeout = 5, tries = 3 }

[queues.support]
skills = "support >= 2"
patience_s = 300
max_wait_s = 600
ring_s = 3
wrap_up_s = 0

[queues.billing]
skills = "support >= 5"
"""


def _hang_up_later(switch: SimulatedSwitch, phone: Phone, talk_s: float) -> None:
    leg = phone.leg
    switch.clock.call_later(talk_s, lambda: phone.hang_up() if phone.leg is leg else None)


class ControllerProcess:
    def __init__(self, name: str, environment: dict[str, str], data: Path, cable: Partition) -> None:
        self.cable = cable
        self.log = data / f"controller-{name}.log"
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "callcontrol", "run", "--data", str(data)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=PROJECT, env={**os.environ, **environment},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Town:
    """``agents``: names. Phones answer 0.2 simulated seconds after they ring; ``speed`` is the switch's alone."""

    def __init__(self, agents: Sequence[str], *, controllers: int = 2, speed: float = 4.0, talk_s: float = 2.0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cc-")
        self.data = Path(self._folder.name)
        file = self.data / "configuration.toml"
        rows = [f'[agents.{n}]\ncontact = "user/{n}"\nskills = {{ support = 4 }}\n' for n in agents]
        file.write_text(CONFIGURATION + "\n".join(rows))
        engine_port, self._listen_port = free_ports(2)
        self.engine = Engine(self.data, engine_port, "--appendonly", "yes")
        self.switch = SimulatedSwitch(password="secret", speed=speed, sounds_dir=self.data / "sounds")
        self.switch.start()
        self.switch.dialplan = hotline_dialplan(f"127.0.0.1:{self._listen_port}", entries={"4001": "en"}, rounds=200)
        self.settings = load_settings(
            data_dir=self.data,
            configuration=file,
            redis_url=f"redis://127.0.0.1:{engine_port}/0",
            tts_command="",
        )
        prepare_data(self.settings, say=lambda _sentence: None)
        self.bus = open_bus(self.settings.redis_url, self.settings.floor)
        self.follower = Follower(self.bus.journal, SystemClock())
        self.lines: list[tuple[Entry, bool]] = []
        self.follower.subscribe(lambda entry, valid: self.lines.append((entry, valid)))
        self.follower.start()
        self.double_rings: list[str] = []
        for name in agents:
            self._phone(name, talk_s)
        self.controllers = [self.start_controller() for _ in range(controllers)]
        self.until(lambda: len(self.living()) == controllers and self.desk() is not None, 30)
        for name in agents:
            self.bus.journal.append(AgentLoggedIn(at=time.time(), agent=name).as_data())
        self.until(lambda: all(a.state == "available" for a in self.floor.agents.values()), 10)
        self.outcomes: dict[str, int] = {}

    def begin_again(self) -> None:
        """Nobody on the floor, every controller alive, and a note of what was counted so far."""
        for dead in [c for c in self.controllers if c.process.poll() is not None]:
            dead.cable.close()
            self.controllers.remove(dead)
            self.controllers.append(self.start_controller())
        self.until(lambda: {c.pid for c in self.controllers} <= {i["pid"] for i in self.living()}, 40)
        self.until(lambda: self.desk() is not None)
        self.until(lambda: not self.floor.calls, 20)
        for agent in [a.name for a in self.floor.agents.values() if a.state == "break"]:
            self.bus.journal.append(AgentBack(at=time.time(), agent=agent).as_data())
        self.until(lambda: all(a.state == "available" for a in self.floor.agents.values()), 20)
        tally = self.floor.tallies.get("support")
        self.outcomes = {str(k): n for k, n in tally.total.outcomes.items()} if tally else {}
        self.lines.clear()
        self.double_rings.clear()

    def only(self, name: str) -> None:
        """The others are on a break."""
        for other in self.floor.agents:
            if other != name:
                self.bus.journal.append(AgentBreak(at=time.time(), agent=other, reason="lunch").as_data())
        self.until(lambda: sum(a.state == "available" for a in self.floor.agents.values()) == 1)

    def _phone(self, name: str, talk_s: float) -> None:
        phone = self.switch.phone(name).answers_after(0.2)

        def offered(phone: Phone, leg: Any) -> tuple[str, float]:
            others = [
                c for c in self.switch.channels.values()
                if not c.inbound and c.destination == leg.destination and c is not leg and c.hangup_cause is None
            ]  # fmt: skip
            if others:
                self.double_rings.append(f"{phone.name} at {time.time()}")
            return "answer", 0.2

        phone.decides = offered
        phone.on_talk = lambda phone: _hang_up_later(self.switch, phone, talk_s)

    def start_controller(self) -> ControllerProcess:
        cable = Partition(("127.0.0.1", self.engine.port))
        environment = {
            "CALLCONTROL_CONFIGURATION": str(self.settings.configuration),
            "CALLCONTROL_REDIS_URL": f"redis://127.0.0.1:{cable.port}/0",
            "CALLCONTROL_LISTEN_PORT": str(self._listen_port),
            "CALLCONTROL_SWITCH_PORT": str(self.switch.esl_port),
            "CALLCONTROL_SWITCH_PASSWORD": "secret",
        }
        return ControllerProcess(str(cable.port), environment, self.data, cable)

    def stop(self) -> None:
        for controller in self.controllers:
            controller.kill()
            controller.cable.close()
        self.follower.stop()
        self.bus.close()
        self.switch.stop()
        self.engine.kill()
        self._folder.cleanup()

    # --- what there is ----------------------------------------------------------------------------------------------
    @property
    def floor(self) -> Floor:
        return self.follower.floor  # type: ignore[return-value]

    def living(self) -> list[dict[str, Any]]:
        try:
            return [dict(info) for _, info in self.bus.notices.living("controller")]
        except JournalUnavailable:
            return []

    def holders(self) -> list[ControllerProcess]:
        """Living controllers that conduct calls."""
        conducting = {info["pid"] for info in self.living() if info["calls"]}
        return [c for c in self.controllers if c.pid in conducting and c.process.poll() is None]

    def desk(self) -> ControllerProcess | None:
        """The controller whose desk is elected."""
        try:
            holder = self.bus.journal.holder()
        except JournalUnavailable:
            return None
        found = [c for c in self.controllers if holder and f"-{c.pid} " in holder[0]]
        return found[0] if found else None

    def repairs(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for info in self.living():
            for kind, count in info.get("repairs_by_kind", {}).items():
                found[kind] = found.get(kind, 0) + count
        return found

    def until(self, condition: Callable[[], object], deadline_s: float = 30.0) -> None:
        deadline = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > deadline:
                calls = {c.call: (str(c.state), c.offer) for c in self.floor.calls.values()}
                agents = {a.name: str(a.state) for a in self.floor.agents.values()}
                last = "\n".join(f"{valid} {entry}" for entry, valid in self.lines[-12:])
                logs = last + "\n" + "\n".join(c.log.read_text()[-1500:] for c in self.controllers)
                raise TimeoutError(f"It did not come about within {deadline_s} s; floor: {calls} {agents}\n{logs}")
            self.follower.wait_until(lambda: False, 0.02)

    # --- callers ----------------------------------------------------------------------------------------------------
    def call(self) -> Caller:
        caller = self.switch.call("4001")
        caller.wait_for(hears("hotline.menu"), 10)
        caller.press("1")
        return caller

    def joins(self, caller: Caller) -> None:
        self.until(lambda: caller.uuid in self.floor.calls, 10)

    def cut(self, controller: ControllerProcess, seconds: float) -> None:
        controller.cable.cut()
        time.sleep(seconds)
        controller.cable.heal()

    def pause(self, pid: int, seconds: float) -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
