"""On two real FreeSWITCHes: what a whole call (hotline, queue, agent, recording, survey) costs the controller, and the switch that
carries it, for short talks and for long ones.

Callers and phones are legs of a second switch, so that all that the first one spends is spent on the product's two legs of each call.
Nobody else listens to its events, and it logs what the product has it log.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench._figures import Figure
from tests.bench._processes import cpu_s

# Seconds of talk, of each run: TALK_S=30,180 python -m tests.bench call_cost
TALK_S = [float(seconds) for seconds in os.environ.get("TALK_S", "1,60").split(",")]
CALLS = 50
# Between two calls: as many come in one second however long they talk.
EVERY_S = 1.0
IDLE_S = 6.0
# When the caller presses keys, in seconds after the answer: in the menu, and after the talk until the call ends.
MENU_AT_S = 4.0
SURVEY_EVERY_S = 2.0
SURVEY_KEYS = 12
MORE_S = 60.0


def measure() -> dict[str, Any]:
    what = "a whole call on a real FreeSWITCH: hotline, queue, agent, recording in two channels, survey"
    if not shutil.which("freeswitch"):
        return {"what": what, "rows": [], "left_out": "there is no freeswitch on this machine"}
    with tempfile.TemporaryDirectory(prefix="cc-", ignore_cleanup_errors=True) as folder, ExitStack() as ends:
        house = _House(Path(folder), ends)
        runs = [house.run(talk_s, CALLS, EVERY_S) for talk_s in TALK_S]
    rows: list[Figure] = []
    for run in runs:
        label = f"{run.talk_s:g} s of talk"
        rows += [
            Figure(f"{label}: calls answered, recorded, with marks", run.whole, "", f">= {run.calls}", f"of {run.calls}; {run.at_once} at once at most"),
            Figure(f"{label}: controller, for one call", run.controller_ms, "ms", "", "processor time beyond that of an idle one"),
            Figure(f"{label}: the switch, for one call", run.switch_ms, "ms", "", "the same"),
            Figure(
                f"{label}: controller / switch", run.controller_ms / run.switch_ms * 100, "%",
                "<= 10", f"same run, {run.switch_ms:,.0f} ms of the switch",
            ),
        ]  # fmt: skip
    rows.append(Figure("controller without calls", runs[0].idle_ms, "ms/s"))
    return {"what": what, "rows": rows}


@dataclass(frozen=True, slots=True)
class _Run:
    talk_s: float
    calls: int
    whole: int
    at_once: int
    controller_ms: float
    switch_ms: float
    idle_ms: float


class _House:
    """The product with its switch, and a world outside of callers and phones."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        from tests.real_switch import switch_process
        from tests.real_switch.rig import Rig

        port, unused = switch_process.free_ports(2)
        self._switch = switch_process.start(folder / "switch", port, spoil=_as_installed)
        ends.callback(self._switch.stop)
        self._world = switch_process.start(folder / "world", unused, spoil=_as_installed)
        ends.callback(self._world.stop)
        self._rig = Rig(self._switch, port, folder, self._switch.connect(""))
        ends.callback(self._rig.clean_up)
        self._outside = self._world.connect("")
        self._folder = folder
        self._controller: Any = None
        self._count = itertools.count()

    def run(self, talk_s: float, calls: int, every_s: float) -> _Run:
        from callcontrol.bootstrap.parts import open_the_store
        from callcontrol.settings import load_settings
        from tests.real_switch.hotline import Hotline

        if self._controller is not None:
            self._controller.stop()
        agents = int(min(calls, talk_s / every_s + 20))
        contact = f"sofia/internal/talk_200_{int(talk_s * 1000)}@127.0.0.1:{self._world.outside_port}"
        self._rig.directory = self._folder / f"run{next(self._count)}"
        self._rig.directory.mkdir()
        hotline = Hotline(self._rig, {str(1001 + n): contact for n in range(agents)})
        self._controller = controller = hotline.controllers[0]
        pids = (controller.pid, self._switch.process.pid)
        time.sleep(2.0)  # what comes once, at the start, is not to count
        idle = self._spent(pids, IDLE_S)
        before, began, at_once = [cpu_s(pid) for pid in pids], time.monotonic(), 0
        for _ in range(calls):
            self._call(talk_s)
            time.sleep(every_s)
        store = open_the_store(load_settings(data_dir=self._rig.data))
        try:
            at_once = int(self._rig.api("show calls count").split()[0])
            deadline = time.monotonic() + talk_s + MORE_S
            while (rows := _ended(store)) is not None and len(rows) < calls and time.monotonic() < deadline:
                time.sleep(0.5)
        finally:
            store.close()
        took_s = time.monotonic() - began
        used = [
            (cpu_s(pid) - at - share * took_s) / calls * 1000 for pid, at, share in zip(pids, before, idle, strict=True)
        ]
        whole = sum(1 for r in rows if r.outcome == "answered" and r.recordings and any(r.survey.values()))
        return _Run(talk_s, calls, whole, at_once, used[0], used[1], idle[0] * 1000)

    @staticmethod
    def _spent(pids: tuple[int, ...], seconds: float) -> list[float]:
        """Processor seconds in one second."""
        before = [cpu_s(pid) for pid in pids]
        time.sleep(seconds)
        return [(cpu_s(pid) - at) / seconds for pid, at in zip(pids, before, strict=True)]

    def _call(self, talk_s: float) -> None:
        """A caller who chooses the first queue and marks with fives whatever is asked after the talk."""
        after_s = talk_s + 3.0
        way = [f"sleep:{int(MENU_AT_S * 1000)}", "send_dtmf:1", f"sleep:{int(after_s * 1000)}"]
        way += ["send_dtmf:5", f"sleep:{int(SURVEY_EVERY_S * 1000)}"] * SURVEY_KEYS
        number = f"1380000{next(self._count):04}"
        variables = f"origination_caller_id_number={number},ignore_early_media=true,originate_timeout=60"
        to = f"sofia/outside/4001@127.0.0.1:{self._switch.plan.sip_port}"
        self._outside.bgapi(f"originate {{{variables}}}{to} '{','.join(way)}' inline")


def _ended(store: Any) -> list[Any]:
    return [row for row in store.records.calls(limit=1000) if row.ended_at is not None]


def _as_installed(files: dict[str, str]) -> None:
    """The tests have the switch log everything, which costs it more than the calls."""
    for name, text in files.items():
        files[name] = text.replace('"debug"', '"info"').replace("console,debug,", "console,")
