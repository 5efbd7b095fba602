"""One FreeSWITCH process with a configuration rendered by the product, in a directory and on ports of its own."""

from __future__ import annotations

import contextlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from callcontrol.switch.rendering import MODULES, SwitchPlan, render
from tests.real_switch.esl import Connection, inbound

PROJECT = Path(__file__).resolve().parents[2]
STATE_DIRS = ("log", "db", "run", "cache", "storage", "temp", "recordings")
READY_S = 20.0
STOP_S = 15.0
# Where a test writes down which log is its own, and from which byte on.
LOG = pytest.StashKey[tuple[Path, int]]()
PHONES = tuple(str(number) for number in range(1001, 1011))


def free_ports(count: int) -> list[int]:
    """Ports free for UDP and TCP, below the ephemeral range so that nobody's connection takes one before we do."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            port = random.SystemRandom().randrange(20_000, 32_000)
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    sock = held.enter_context(socket.socket(socket.AF_INET, kind))
                    sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found


@dataclass(slots=True)
class SwitchProcess:
    directory: Path
    plan: SwitchPlan
    outside_port: int  # a second SIP profile, of the test only: legs that come from and go to "outside"
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        return self.directory / "log" / "freeswitch.log"

    @property
    def recordings(self) -> Path:
        return self.directory / "recordings"

    @property
    def sounds(self) -> Path:
        return Path(self.plan.sounds_dir)

    def connect(self, *events: str) -> Connection:
        return inbound(self.plan.esl_port, self.plan.esl_password, *events)

    def stop(self) -> None:
        with contextlib.suppress(Exception):
            self.connect("").send("api fsctl shutdown now")
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOP_S)


def start(
    directory: Path,
    control_port: int,
    *,
    spoil: Callable[[dict[str, str]], object] = lambda _: None,
    **plan_fields: Any,
) -> SwitchProcess:
    """Render, start, wait until SIP runs. ``spoil`` may change the files before they are written. Raises
    ``AssertionError`` with the log when it does not come up."""
    sip_port, esl_port, outside_port = free_ports(3)
    rtp_start = random.SystemRandom().randrange(10_000, 19_000, 2)
    plan = SwitchPlan(
        esl_password=secrets.token_urlsafe(18),
        sounds_dir=str(directory / "sounds"),
        entries={"4001": "zh", "4002": "en", "4990": "en", **dict.fromkeys(map(str, range(4011, 4019)), "en")},
        phones={user: secrets.token_urlsafe(9) for user in PHONES},
        controllers=(f"127.0.0.1:{control_port}",),
        sip_port=sip_port,
        esl_port=esl_port,
        rtp_start=rtp_start,
        rtp_end=rtp_start + 998,
        name="rig",
        log_level="debug",
    )
    for name in STATE_DIRS:
        (directory / name).mkdir(parents=True)
    for language in ("zh", "en"):
        (directory / "sounds" / language).mkdir(parents=True)
    files = render(plan, PROJECT)
    files["autoload_configs/sofia.conf.xml"] = files["autoload_configs/sofia.conf.xml"].replace(
        "</profiles>", _outside(outside_port) + "</profiles>"
    )
    files["dialplan/outside.xml"] = (
        (Path(__file__).parent / "outside.xml").read_text().replace("@CONTROL@", str(control_port))
    )
    spoil(files)
    plan = replace(plan, **plan_fields)  # what a spoiled file says instead
    for relative, text in files.items():
        path = directory / "conf" / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    words = ["freeswitch", "-nonat", "-np", "-nf", "-nc", "-conf", str(directory / "conf")]
    for name in STATE_DIRS:
        words += [f"-{name}", str(directory / name)]
    with open(directory / "stdout", "wb") as out:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    switch = SwitchProcess(directory, plan, outside_port, process)
    try:
        wait_ready(switch)
    except BaseException:
        switch.stop()
        raise
    return switch


def wait_ready(switch: SwitchProcess, profiles: int = 2) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and switch.process.poll() is None:
        with contextlib.suppress(OSError, AssertionError, Exception):
            conn = switch.connect("")
            status = conn.api("sofia status")
            conn.cut()
            if status.count("RUNNING") == profiles:
                return
        time.sleep(0.1)  # the switch says nothing before it listens: there is nothing to wait on
    log = switch.log.read_text(errors="replace")[-6000:] if switch.log.exists() else "(no log)"
    raise AssertionError(
        f"FreeSWITCH did not come up in {READY_S} s.\n{(switch.directory / 'stdout').read_text(errors='replace')}\n{log}"
    )


def _outside(port: int) -> str:
    parameters = {
        "sip-ip": "127.0.0.1",
        "sip-port": str(port),
        "rtp-ip": "127.0.0.1",
        "dialplan": "XML",
        "context": "outside",
        "auth-calls": "false",
        "rtp-timer-name": "soft",
        "dtmf-type": "rfc2833",
        "inbound-codec-prefs": "PCMA",
        "outbound-codec-prefs": "PCMA",
    }
    rows = "".join(f'<param name="{name}" value="{value}"/>' for name, value in parameters.items())
    return f'<profile name="outside"><settings>{rows}</settings></profile>'


def missing() -> str:
    """Why the whole tier can't run; empty if it can."""
    absent = [name for name in ("freeswitch", "sipp") if shutil.which(name) is None]
    if absent:
        return (
            f"{' and '.join(absent)} not found on PATH: nothing here was tried on a real switch. "
            "Install FreeSWITCH 1.10 and SIPp (Debian: sip-tester) and run `make test-switch`."
        )
    return ""


__all__ = ["MODULES", "PHONES", "SwitchPlan", "SwitchProcess", "free_ports", "missing", "start", "wait_ready"]
