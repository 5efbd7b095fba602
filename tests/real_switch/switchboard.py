"""The product on the real switch with the tests' own flows: what callers key in is dialled (``tests/legs_flows``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Caller, ControllerProcess, Rig
from tests.real_switch.switch_process import PROJECT

HEAD = """
[entries.4001]
flow = "FLOW"
language = "en"
parameters = { WITH }

[queues.support]
skills = "support >= 2"

[agents.1001]
contact = "user/1001"
skills = { support = 3 }
"""


class Switchboard(Hotline):
    """``targets``: what is dialled -> contact. ``way``: how it is connected.
    ``meeting``: callers come into a conference instead, with these parameters. ``more``: further tables of the configuration (TOML)."""

    def __init__(
        self,
        rig: Rig,
        targets: Mapping[str, str],
        *,
        way: str = "dial",
        meeting: str | None = None,
        flow: str = "switchboard",
        controllers: int = 1,
        more: str = "",
        **environment: str,
    ) -> None:
        self.rig = rig
        self._asks: dict[str, int] = {}
        self._environment = {"CALLCONTROL_FLOWS_DIR": str(PROJECT / "tests" / "legs_flows"), **environment}
        self.file = rig.directory / "configuration.toml"
        rows = [f'[targets.{name}]\ncontact = "{contact}"\n' for name, contact in targets.items()]
        parameters = f'way = "{way}"' if flow == "switchboard" else ""
        if meeting is not None:
            flow, parameters = "meeting", meeting
        head = HEAD.replace("FLOW", flow).replace("WITH", parameters)
        self.file.write_text(head + "\n".join(rows) + more)
        os.environ.update(self._environment)  # for the commands; the fixture ``switchboards`` takes it back
        self.controllers = [self.start_controller() for _ in range(controllers)]

    def start_controller(self) -> ControllerProcess:
        return self.rig.run_controller(self.file, **self._environment)

    def dials(self, who: str, **how: Any) -> tuple[Caller, str]:
        """A caller who keyed in ``who``, and the identity of the call."""
        caller = self.rig.caller("4001", **how).answered()
        call = self.far_end(caller)
        self.is_asked(call)
        # The switch throws away what was pressed before it begins to ask; from the first sound on it counts.
        self.rig.wait("PLAYBACK_START", 20, **{"Unique-ID": call})
        caller.press(who + "#")
        return caller, call

    def talks(self, call: str) -> str:
        """Wait until the call is bridged; the other leg."""
        return str(self.rig.wait("CHANNEL_BRIDGE", 20, **{"Unique-ID": call})["Other-Leg-Unique-ID"])

    def story(self, call: str) -> list[dict[str, Any]]:
        """What ``callcontrol trace`` tells, once the call is over."""
        import json

        self.record(call)
        rows: list[dict[str, Any]] = json.loads(self.command("trace", call, "--json"))
        return rows
