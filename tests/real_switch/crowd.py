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
LOOK_EVERY_S = 3.0
TAKEN_WITHIN_S = 60.0


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
    """One agent who talks, and everybody else in line. ``all_at_one``: every call is conducted by the first controller."""

    def __init__(self, rig: Rig, callers: int, *, all_at_one: bool = False) -> None:
        self.rig = rig
        flows = rig.directory / "flows"
        flows.mkdir(exist_ok=True)
        (flows / "direct.py").write_text(FLOW)
        file = rig.directory / "configuration.toml"
        file.write_text(CONFIGURATION.replace("CONTACT", rig.tone_phone(440)))
        self._settings = load_settings(data_dir=rig.data, configuration=file, flows_dir=flows)
        self.controllers = [self._start(file, flows) for _ in range(1 if all_at_one else 2)]
        rig.callcontrol("agents", "login", "1001")
        self.callers: list[Caller] = []
        for _ in range(callers + 1):
            self.callers.append(rig.caller("4001"))
            time.sleep(EVERY_S)
        self.wait_for(callers)
        if all_at_one:
            self.controllers.append(self._start(file, flows))

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
        taken = self._taken_up_after(killed_at, before, expected)
        assert len(taken) >= expected, f"Of {expected} calls {len(taken)} were taken up within {TAKEN_WITHIN_S:.0f} s."
        after = self.in_line()
        alive = sum(caller.alive for caller in self.callers)
        return TakenUp(
            len(self.callers), expected, min(taken) - killed_at, max(taken) - killed_at, alive, after == before
        )

    def _taken_up_after(self, at: float, calls: list[str], expected: int) -> list[float]:
        """When each was taken up, as its story says. Looked at seldom: whoever looks takes the processor from whom is
        looked at."""
        taken: list[float] = []
        left, deadline = set(calls), time.monotonic() + TAKEN_WITHIN_S
        store = open_the_store(self._settings)
        try:
            while len(taken) < expected and time.monotonic() < deadline:
                time.sleep(LOOK_EVERY_S)
                for call in sorted(left):
                    rows = [row.at for row in store.records.story(call) if row.kind == "taken_over" and row.at >= at]
                    if rows:
                        left.discard(call)
                        taken += rows[:1]
            return taken
        finally:
            store.close()
