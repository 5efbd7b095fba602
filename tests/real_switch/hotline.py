"""The product on the real switch, as its users run it: controllers, agents, callers who press keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import wave
from typing import Any

from tests.real_switch.rig import Caller, ControllerProcess, Rig, _socket_inodes
from tests.real_switch.switch_process import PROJECT

ENTRY = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false, menu_timeout = 3, tries = 3 }

[entries.4990]
flow = "agent_desk"
language = "en"
parameters = { key_timeout = 15 }

[queues.support]
skills = "support >= 2"
patience_s = PATIENCE
max_wait_s = 120
ring_s = 8
wrap_up_s = 0
SUPPORT

[queues.billing]
skills = "billing >= 2"
"""


class Hotline:
    """``agents``: name -> contact. Everybody has the skill ``support``. ``support``: further lines for that queue (TOML)."""

    def __init__(
        self, rig: Rig, agents: dict[str, str], *, controllers: int = 1, patience_s: int = 60, support: str = ""
    ) -> None:
        self.rig = rig
        self._asks: dict[str, int] = {}  # by call: how often it was asked for a key, as far as was waited for
        file = rig.directory / "configuration.toml"
        rows = [
            f'[agents.{name}]\ncontact = "{contact}"\nskills = {{ support = 3 }}\n' for name, contact in agents.items()
        ]
        # Somebody has the skill of the other queue, and never logs in.
        rows.append('[agents.9999]\ncontact = "user/9999"\nskills = { billing = 3 }\n')
        file.write_text(ENTRY.replace("PATIENCE", str(patience_s)).replace("SUPPORT", support) + "\n".join(rows))
        self.file = file
        self.controllers = [self.start_controller() for _ in range(controllers)]
        self.command("agents", "login", *agents)

    def start_controller(self) -> ControllerProcess:
        return self.rig.run_controller(self.file)

    def command(self, *arguments: str) -> str:
        """``callcontrol ARGUMENTS`` on the data of this hotline; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "callcontrol", *arguments, "--data", str(self.rig.data)],
            capture_output=True, text=True, cwd=PROJECT, timeout=60, check=False,
            env={**os.environ, "CALLCONTROL_CONFIGURATION": str(self.file)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # --- callers ----------------------------------------------------------------------------------------------------
    def caller_in_menu(self, **how: str) -> tuple[Caller, str]:
        """A caller who hears the menu, and the identity of the call at the switch's side."""
        caller = self.rig.caller("4001", **how).answered()  # type: ignore[arg-type]
        call = self.far_end(caller)
        self.is_asked(call)
        return caller, call

    def caller_in_queue(self, **how: str) -> tuple[Caller, str]:
        """A caller who chose support and hears the music, or is on the way to an agent."""
        caller, call = self.caller_in_menu(**how)
        caller.press("1")
        self.until(lambda: any(row["call"] == call for row in self.floor()["calls"]), "the call is on the floor")
        return caller, call

    def is_asked(self, call: str, within_s: float = 20.0) -> None:
        """Wait until the caller is asked for a key once more than the last time this was waited for."""

        def asks() -> int:
            return len(self.rig.conn.seen("CHANNEL_EXECUTE", Application="play_and_get_digits", **{"Unique-ID": call}))

        self.until(lambda: asks() > self._asks.get(call, 0), "the caller is asked for a key", within_s)
        self._asks[call] = asks()

    def far_end(self, caller: Caller) -> str:
        """The inbound leg that belongs to the caller's own telephone."""
        found: list[str] = []

        def look() -> bool:
            for row in self.rig.legs():
                if row["direction"] == "inbound" and self.rig.variable(row["uuid"], "sip_h_X-Rig") == caller.uuid:
                    found.append(row["uuid"])
            return bool(found)

        self.rig.eventually(look, "the switch has the caller's inbound leg")
        return found[0]

    # --- what happened ------------------------------------------------------------------------------------------------
    def floor(self) -> dict[str, Any]:
        return dict(self.status()["floor"])

    def status(self) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "callcontrol", "status", "--json", "--data", str(self.rig.data)],
            capture_output=True, text=True, cwd=PROJECT, timeout=60, check=False,
        )  # fmt: skip
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def until(self, true: Any, what: str, within_s: float = 20.0) -> None:
        self.rig.eventually(true, what, within_s)

    def record(self, call: str, within_s: float = 20.0) -> dict[str, Any]:
        """The call record, once it is complete. The end of the call may be written a batch before the end of its visit, which
        the floor says: until then the visit is nobody's, ``system_lost``. So may the recording of a talk."""
        deadline = time.monotonic() + within_s
        while True:
            rows = json.loads(self.command("calls", "--json"))
            for row in rows:
                if row["call"] != call or not row["ended_at"]:
                    continue
                owed = row["outcome"] == "system_lost" or (row["outcome"] == "answered" and not row["recordings"])
                if not owed or time.monotonic() >= deadline:
                    return dict(row)
            assert time.monotonic() < deadline, f"No complete record of {call}: {rows}"
            time.sleep(0.2)

    def recording_of(self, record: dict[str, Any]) -> tuple[int, float]:
        """(channels, seconds) of the only recording of a call."""
        (identity,) = record["recordings"]
        with wave.open(identity["path"]) as file:
            return file.getnchannels(), file.getnframes() / file.getframerate()

    def holder_of_a_call(self) -> ControllerProcess:
        """The controller that holds an established call socket."""
        found: list[ControllerProcess] = []

        def look() -> bool:
            found.extend(controller for controller in self.alive() if self.holds_calls(controller))
            return bool(found)

        self.until(look, "a controller holds the call")
        return found[0]

    def alive(self) -> list[ControllerProcess]:
        return [controller for controller in self.controllers if controller.process.poll() is None]

    def holds_calls(self, controller: ControllerProcess) -> bool:
        return bool(_socket_inodes(controller.pid, self.rig.control_port, "01"))
