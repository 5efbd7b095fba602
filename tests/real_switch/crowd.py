"""Many callers who wait in line on the real switch, and a controller that is killed under them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.cli.status import look
from callcontrol.settings import load_settings
from tests.real_switch.rig import Caller, ControllerProcess, Rig

FLOW = '''
from callcontrol.flow import Flow, HangUp, Queue


class Direct(Flow):
    """Straight into the queue."""

    title = {"en": "Direct", "zh": "直接"}
    start = "waiting"
    rescue = "end"
    waiting = Queue(
        "support", message="offpeak", after_talk="end", still_busy="end", away="end", nobody="end",
        timeout="end", full="end", closed="end",
    )
    end = HangUp()
'''
CONFIGURATION = """
[entries.4001]
flow = "direct"
language = "en"

[queues.support]
skills = "support >= 1"
patience_s = 3000
max_wait_s = 3000
max_length = 1000
wrap_up_s = 0

[agents.1001]
contact = "CONTACT"
skills = { support = 3 }
"""
EVERY_S = 0.05


@dataclass(slots=True)
class TakenUp:
    """Seconds from the kill until the first and the last call were taken up by another controller; ``killed_with`` calls."""

    callers: int
    killed_with: int
    first_s: float
    last_s: float
    alive: int
    order_kept: bool


class Crowd:
    """One agent who talks, and everybody else in line."""

    def __init__(self, rig: Rig, callers: int) -> None:
        self.rig = rig
        flows = rig.directory / "flows"
        flows.mkdir(exist_ok=True)
        (flows / "direct.py").write_text(FLOW)
        file = rig.directory / "configuration.toml"
        file.write_text(CONFIGURATION.replace("CONTACT", rig.tone_phone(440)))
        self._settings = load_settings(data_dir=rig.data, configuration=file, flows_dir=flows)
        self.controllers = [self._start(file, flows) for _ in range(2)]
        rig.callcontrol("agents", "login", "1001")
        self.callers: list[Caller] = []
        for _ in range(callers + 1):
            self.callers.append(rig.caller("4001"))
            time.sleep(EVERY_S)
        self.wait_for(callers)

    def _start(self, file: Path, flows: Path) -> ControllerProcess:
        more = {"CALLCONTROL_FLOWS_DIR": str(flows), "CALLCONTROL_LOG_LEVEL": "warning"}
        return self.rig.run_controller(file, **more)

    def in_line(self) -> list[str]:
        rows = [row for row in look(self._settings)["floor"]["calls"] if row["position"]]
        return [row["call"] for row in sorted(rows, key=lambda row: row["first_joined_at"])]

    def wait_for(self, callers: int) -> None:
        self.rig.eventually(lambda: len(self.in_line()) >= callers, f"{callers} callers wait in line", 90)

    def kill_one(self) -> TakenUp:
        """Kill the controller that conducts more of the calls."""
        before = self.in_line()
        calls = {info["pid"]: info["calls"] for info in look(self._settings)["controllers"]}
        victim = max(self.controllers, key=lambda c: calls.get(c.pid, 0))
        killed_at = time.time()
        victim.kill()
        expected = calls[victim.pid]
        taken: list[float] = []

        def all_taken_up() -> bool:
            taken[:] = self._taken_up_after(killed_at, before)
            return len(taken) >= expected

        self.rig.eventually(all_taken_up, f"{expected} calls are taken up", 60)
        after = self.in_line()
        alive = sum(caller.alive for caller in self.callers)
        return TakenUp(
            len(self.callers), expected, min(taken) - killed_at, max(taken) - killed_at, alive, after == before
        )

    def _taken_up_after(self, at: float, calls: list[str]) -> list[float]:
        store = open_the_store(self._settings)
        try:
            times = []
            for call in calls:
                rows = [row.at for row in store.records.story(call) if row.kind == "taken_over" and row.at >= at]
                times += rows[:1]
            return times
        finally:
            store.close()
