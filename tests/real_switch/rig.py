"""What a test of the real switch holds in its hands: callers, phones, stand-ins for controllers, real controllers."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from callcontrol.bus.embedded import EmbeddedValkey
from tests.real_switch import sipp
from tests.real_switch.esl import WITHIN_S, Connection, Controlled, Event, Listener
from tests.real_switch.switch_process import PROJECT, SwitchProcess

_numbers = itertools.count(1)


@dataclass(slots=True)
class Caller:
    """A caller's own telephone: a leg that the switch places to itself over SIP, with real audio and RFC 2833 keys."""

    switch: Connection
    uuid: str
    job: str

    def outcome(self, within_s: float = WITHIN_S) -> str:
        """``+OK UUID`` once somebody answered, or ``-ERR CAUSE``."""
        return self.switch.result(self.job, within_s)

    def answered(self, within_s: float = WITHIN_S) -> Caller:
        assert self.outcome(within_s).startswith("+OK"), self.outcome()
        return self

    def press(self, keys: str) -> None:
        reply = self.switch.api(f"uuid_send_dtmf {self.uuid} {keys}")
        assert reply.startswith("+OK"), reply

    def speak(self, hertz: int) -> None:
        """A tone from the caller's mouth until the call ends."""
        reply = self.switch.api(f"uuid_broadcast {self.uuid} tone_stream://%(600000,0,{hertz}) aleg")
        assert reply.startswith("+OK"), reply

    def listen(self, path: Path) -> Path:
        """Record what the caller hears from now on."""
        self.switch.api(f"uuid_setvar {self.uuid} RECORD_READ_ONLY true")
        reply = self.switch.api(f"uuid_record {self.uuid} start {path}")
        assert reply.startswith("+OK"), reply
        return path

    def hang_up(self) -> None:
        self.switch.api(f"uuid_kill {self.uuid}")

    def gone(self, within_s: float = WITHIN_S) -> str:
        """Wait for the end of the call; the cause."""
        return str(self.switch.wait("CHANNEL_HANGUP_COMPLETE", within_s, **{"Unique-ID": self.uuid})["Hangup-Cause"])

    @property
    def alive(self) -> bool:
        return self.switch.api(f"uuid_exists {self.uuid}") == "true"


@dataclass(slots=True)
class ControllerProcess:
    """A controller as users run it: ``python -m callcontrol run``."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL: no good-bye to anybody."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass(slots=True, repr=False)
class Rig:
    switch: SwitchProcess
    control_port: int  # where the switch hands calls over
    directory: Path  # of this test
    conn: Connection  # hears every event of the switch
    controllers: list[Listener] = field(default_factory=list)
    _undo: list[Callable[[], object]] = field(default_factory=list)

    # --- who calls and who is called ------------------------------------------------------------------------------
    def caller(
        self,
        number: str = "4001",
        *,
        name: str = "",
        from_number: str = "13800001111",
        profile: str = "internal",
        through: str = "",
    ) -> Caller:
        """Somebody dials ``number``. ``profile="outside"``: a dialplan of the tests (outside.xml) instead of the product's.
        ``through``: the profile on which the caller's own leg leaves; the other one unless it is given."""
        identity = f"caller-{next(_numbers)}-{uuid.uuid4()}"
        port = self.switch.plan.sip_port if profile == "internal" else self.switch.outside_port
        through = through or ("outside" if profile == "internal" else "internal")
        variables = f"origination_uuid={identity},origination_caller_id_number={from_number}"
        variables += ",ignore_early_media=true,originate_timeout=60,sip_h_X-Rig=" + identity
        if name:
            variables += f",origination_caller_id_name='{name}'"
        job = self.conn.bgapi(f"originate {{{variables}}}sofia/{through}/{number}@127.0.0.1:{port} &park()")
        return Caller(self.conn, identity, job)

    def phone(self, name: str = "1001", *, answers_after_s: float = 0.0, scenario: str = "") -> sipp.Phone:
        """An agent's SIPp phone that answers, or does what ``scenario`` (of ``sipp``) says; ``.contact`` dials it."""
        phone = sipp.Phone(name, scenario or sipp.answers(answers_after_s), self.directory / "phones")
        self._undo.append(phone.stop)
        return phone.start()

    def busy_phone(self, name: str = "1001") -> sipp.Phone:
        return self.phone(name, scenario=sipp.refuses("486 Busy Here"))

    def rejecting_phone(self, name: str = "1001") -> sipp.Phone:
        return self.phone(name, scenario=sipp.refuses("603 Decline"))

    def silent_phone(self, name: str = "1001") -> sipp.Phone:
        """Rings and is never answered."""
        return self.phone(name, scenario=sipp.never_answers())

    def tone_phone(self, hertz: int, answers_after_ms: int = 0) -> str:
        """Dial string of a phone that answers and sends a tone."""
        return f"sofia/internal/tone_{answers_after_ms}_{hertz}@127.0.0.1:{self.switch.outside_port}"

    def talking_phone(self, talk_ms: int, answers_after_ms: int = 0) -> str:
        """Dial string of a phone that answers and hangs up by itself."""
        return f"sofia/internal/talk_{answers_after_ms}_{talk_ms}@127.0.0.1:{self.switch.outside_port}"

    # --- who controls ---------------------------------------------------------------------------------------------
    def controller(self) -> Listener:
        """A stand-in on the port to which the switch hands calls; several share it."""
        listener = Listener(self.control_port)
        self.controllers.append(listener)
        return listener

    def taken_by_next(self) -> Controlled:
        """The call, taken by the latest stand-in."""
        return self.controllers[-1].take()

    def taken_call(self, number: str = "4001", **how: str) -> tuple[Caller, Controlled]:
        """A call that a stand-in has taken and answered."""
        living = [listener for listener in self.controllers if listener.alive]
        listener = living[-1] if living else self.controller()
        caller = self.caller(number, **how)  # type: ignore[arg-type]
        call = listener.take()
        call.conn.run("answer")
        caller.answered()
        return caller, call

    def ring(
        self, contact: str, leg: str = "", *, variables: str = "", ring_s: int = 10, park: str = "30:NORMAL_CLEARING"
    ) -> tuple[str, str]:
        """Ask for an agent's leg as the product does; gives (leg, job)."""
        leg = leg or str(uuid.uuid4())
        given = f"origination_uuid={leg},originate_timeout={ring_s},park_timeout={park}" + (
            f",{variables}" if variables else ""
        )
        return leg, self.conn.bgapi(f"originate {{{given}}}{contact} &park()")

    def answered_leg(self, contact: str, **how: str) -> str:
        leg, job = self.ring(contact, **how)  # type: ignore[arg-type]
        result = self.conn.result(job)
        assert result == f"+OK {leg}", result
        return leg

    @property
    def data(self) -> Path:
        """Data directory that the controllers of one test share."""
        return self.directory / "data"

    def run_controller(self, configuration: Path | None = None, **environment: str) -> ControllerProcess:
        """``python -m callcontrol run``; waits until it takes calls. ``environment``: further settings, CALLCONTROL_...
        It finds silence for every prompt: to speak them all would take it longer than most tests."""
        link_silence(self.data / "sounds")
        log = self.directory / f"controller-{next(_numbers)}.log"
        if configuration:
            environment["CALLCONTROL_CONFIGURATION"] = str(configuration)
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "callcontrol", "run", "--data", str(self.data)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=PROJECT, env={**self.environment, **environment},
            )  # fmt: skip
        controller = ControllerProcess(process, log)
        self._undo.append(controller.stop)
        self._wait_until_it_listens(controller)
        return controller

    @property
    def environment(self) -> dict[str, str]:
        """Settings under which this project's commands find the switch and the controllers of this rig."""
        self.data.mkdir(parents=True, exist_ok=True)
        plan = self.switch.plan
        return {
            **os.environ,
            "CALLCONTROL_LISTEN_PORT": str(self.control_port),
            "CALLCONTROL_SWITCH_HOST": plan.esl_ip,
            "CALLCONTROL_SWITCH_PORT": str(plan.esl_port),
            "CALLCONTROL_SWITCH_PASSWORD": plan.esl_password,
        }

    def callcontrol(self, *words: str) -> str:
        """A command of the product on the data of this rig, e.g. ``rig.callcontrol("agents", "login", "1001")``: its output."""
        done = subprocess.run(
            [sys.executable, "-m", "callcontrol", *words, "--data", str(self.data)]
            if words[:1] != ("agents",)
            else [sys.executable, "-m", "callcontrol", "agents", "--data", str(self.data), *words[1:]],
            capture_output=True, text=True, timeout=30, cwd=PROJECT, env=self.environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def calls(self) -> list[dict[str, Any]]:
        """The call records so far."""
        found: list[dict[str, Any]] = json.loads(self.callcontrol("calls", "--json"))
        return found

    def configuration(self, contacts: Mapping[str, str], **changes: str) -> Path:
        """The example configuration with these agents' contacts, the menu first and quick. ``changes``: ``name="value"`` for every
        ``name = ...`` of it (TOML)."""
        text = (PROJECT / "config" / "example.toml").read_text("utf-8")
        for agent, contact in contacts.items():
            text = text.replace(f'"user/{agent}"', f'"{contact}"')
        for name, value in changes.items():
            text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        text = text.replace(
            'flow = "hotline"', 'flow = "hotline"\nparameters = { ask_language = false, menu_timeout = 2 }'
        )
        path = self.directory / "configuration.toml"
        path.write_text(text, "utf-8")
        return path

    def _wait_until_it_listens(self, controller: ControllerProcess, within_s: float = 20.0) -> None:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and controller.process.poll() is None:
            if _listens(controller.pid, self.control_port):
                return
            time.sleep(0.05)  # another process: nothing to wait on
        raise AssertionError(f"The controller takes no calls:\n{controller.log.read_text(errors='replace')[-4000:]}")

    # --- what the switch says -------------------------------------------------------------------------------------
    def api(self, command: str) -> str:
        return self.conn.api(command).strip()

    def wait(self, name: str, within_s: float = WITHIN_S, **headers: str) -> Event:
        return self.conn.wait(name, within_s, **headers)

    def variable(self, leg: str, name: str) -> str:
        return self.api(f"uuid_getvar {leg} {name}")

    def exists(self, leg: str) -> bool:
        return self.api(f"uuid_exists {leg}") == "true"

    def stop_recording(self, leg: str, path: Path) -> Event:
        """Stop it and wait until the switch has written the file."""
        reply = self.api(f"uuid_record {leg} stop {path}")
        assert reply.startswith("+OK"), reply
        return self.wait("RECORD_STOP", **{"Record-File-Path": str(path)})

    def legs(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = json.loads(self.api("show channels as json")).get("rows", [])
        return rows

    def eventually(self, true: Callable[[], object], what: str, within_s: float = WITHIN_S) -> None:
        """For states of the switch that no event tells."""
        deadline = time.monotonic() + within_s
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"Not within {within_s} s: {what}.")
            time.sleep(0.05)

    def clean_up(self) -> None:
        self.api("hupall")
        for listener in self.controllers:
            listener.die()
        for undo in reversed(self._undo):
            undo()
        if self.data.exists():
            EmbeddedValkey(self.data).stop()  # controllers that were killed leave their engine behind
        self.eventually(lambda: not self.legs(), "every channel is gone")
        self.conn.cut()


def _listens(pid: int, port: int) -> bool:
    """Whether that process itself has a listening socket on the port (others may share it)."""
    return bool(_socket_inodes(pid, port, "0A"))


def _socket_inodes(pid: int, port: int, state: str) -> set[str]:
    """Sockets of that process on that local port; ``state`` as in /proc/net/tcp: 0A listens, 01 is connected."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if columns[3] == state and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    try:
        return inodes & {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()


def port_is_free(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


@cache
def _silence() -> Path:
    """Every prompt that ships, as silence, built once."""
    folder = Path(tempfile.mkdtemp(prefix="cc-silence-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = ("prompts", "build", "--engine", "silence", "--data", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "callcontrol", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "sounds"


def link_silence(sounds: Path) -> None:
    for file in _silence().rglob("*"):
        there = sounds / file.relative_to(_silence())
        if file.is_file() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, there)
