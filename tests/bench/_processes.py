"""The product's own processes under measurement: a simulated switch, a controller, and what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callcontrol.bootstrap.parts import open_the_store, prepare_data
from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.cli.agents import log_in
from callcontrol.ports.store import CallRow
from callcontrol.settings import Settings, load_settings

CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false }

[queues.support]
skills = "support >= 1"
patience_s = PATIENCE
max_wait_s = 7200
max_length = 10000
ring_s = 20
wrap_up_s = 0

[queues.billing]
skills = "support >= 1"
patience_s = PATIENCE
max_wait_s = 7200
max_length = 10000
ring_s = 20
wrap_up_s = 0
"""


class Bench:
    """One controller process against one simulated switch; ``stop`` ends everything."""

    def __init__(self, *, agents: int, patience_s: float = 30.0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cc-")
        self.data = Path(self._folder.name)
        file = self.data / "configuration.toml"
        names = [str(1001 + n) for n in range(agents)]
        rows = [f'[agents.{n}]\ncontact = "user/{n}"\nskills = {{ support = 3 }}\n' for n in names]
        file.write_text(CONFIGURATION.replace("PATIENCE", str(patience_s)) + "\n".join(rows))
        self.listen_port, self.switch_port = _free_port(), _free_port()
        self.settings: Settings = load_settings(
            data_dir=self.data,
            configuration=file,
            listen_port=self.listen_port,
            switch_port=self.switch_port,
            switch_password="bench",
            log_level="error",
        )
        self._engine = EmbeddedValkey(self.data, die_with_parent=True)
        prepare_data(self.settings, say=lambda _sentence: None, engine=self._engine)
        self._store = open_the_store(self.settings)
        self._children: list[subprocess.Popen[bytes]] = []
        self.agents = names

    def start_controller(self) -> subprocess.Popen[bytes]:
        controller = self._spawn("run", "--data", str(self.data))
        self.until(lambda: any(c["switch"] for c in self.status()["controllers"]), 30)
        log_in(self.settings, self.agents, by="bench")
        return controller

    def start_switch(self, *options: str) -> subprocess.Popen[bytes]:
        return self._spawn(
            "lab", "switch", "--esl-port", str(self.switch_port), "--password", "bench",
            "--listen", f"127.0.0.1:{self.listen_port}", "--silent-recordings", "--sounds", str(self.data / "sounds"),
            *options,
        )  # fmt: skip

    def _spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            "CALLCONTROL_CONFIGURATION": str(self.settings.configuration),
            "CALLCONTROL_LISTEN_PORT": str(self.listen_port),
            "CALLCONTROL_SWITCH_PORT": str(self.switch_port),
            "CALLCONTROL_SWITCH_PASSWORD": "bench",
            "CALLCONTROL_LOG_LEVEL": "error",
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "callcontrol", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        self._children.append(child)
        return child

    def status(self) -> dict[str, Any]:
        from callcontrol.cli.status import look

        return look(self.settings)

    def ended_calls(self) -> list[CallRow]:
        return [row for row in self._store.records.calls(limit=1000) if row.ended_at is not None]

    def until(self, true: Callable[[], object], within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while not true():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.25)
        return True

    def stop(self) -> None:
        for child in reversed(self._children):
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._store.close()
        self._engine.stop()
        self._folder.cleanup()


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_share(measured_s: float = 8.0) -> float:
    """Processor seconds in one second of a controller that has a switch, a desk, agents, and no calls."""
    bench = Bench(agents=10)
    try:
        bench.start_switch("--calls-per-hour", "0")
        controller = bench.start_controller()
        time.sleep(2.0)  # what comes once, at the start, is not to count
        before = cpu_s(controller.pid)
        time.sleep(measured_s)
        return (cpu_s(controller.pid) - before) / measured_s
    finally:
        bench.stop()


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
