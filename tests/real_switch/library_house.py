"""A house with every flow that ships, its queues and agents, and the services that its flows ask, on real sockets."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.settings import load_settings
from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Caller, Rig

CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "zh"
parameters = { menu_timeout = 3 }

[entries.4011]
flow = "vip"
language = "en"
parameters = { look_up = true }

[entries.4012]
flow = "surge"
language = "zh"
parameters = { queue = "crowd", menu_timeout = 1 }

[entries.4013]
flow = "after_hours"
language = "en"
parameters = { hours = "never" }

[entries.4014]
flow = "self_service"
language = "en"
parameters = { queue = "support" }

[entries.4015]
flow = "system_fault"
language = "zh"

[entries.4016]
flow = "hotline"
language = "en"
parameters = { default_queue = "crowd", ask_language = false, menu_timeout = 1, tries = 1 }

[entries.4017]
flow = "callback_line"
language = "zh"
parameters = { queue = "third" }

[entries.4018]
flow = "emergency_desk"
language = "zh"

[entries.4002]
flow = "hotline"
language = "en"
parameters = { default_queue = "first", ask_language = false, menu_timeout = 1, tries = 1 }

[entries.4990]
flow = "agent_desk"
language = "en"

[hours.never]
week = {}

[queues.support]
skills = "support >= 2"
wrap_up_s = 0
sticky_s = 5

[queues.billing]
skills = "billing >= 2"
wrap_up_s = 0

[queues.crowd]
skills = "crowd >= 2"
patience_s = 120
max_wait_s = 240

[queues.first]
skills = "first >= 2"
patience_s = 60

[[queues.first.overflow]]
to = "second"
after_s = 1
when = "free == 0"

[queues.second]
skills = "second >= 2"

[queues.third]
skills = "third >= 2"
patience_s = 60

[queues.third.callback]
enabled = true
confirm_s = 10

[services.accounts]
url = "SERVICE/accounts/{account}?born={born}"
answers = { balance = "balance" }
deadline_s = 2
circuit_failures = 1000

[services.customers]
url = "SERVICE/customers/{number}"
answers = { vip_points = "points", agent = "manager" }

[emergencies.fire]
text = { zh = "火警。", en = "There is a fire alarm." }
queues = ["crowd"]
hang_up = true
"""


class Service:
    """The services of the configuration on a real socket; ``hostile`` is how the next answers are."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.hostile = ""
        self.release = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.got.append(self.path)
                if service.hostile == "redirect" and "elsewhere" not in self.path:
                    self.send_response(302)
                    self.send_header("Location", f"http://localhost:{service.port}/elsewhere")
                    self.end_headers()
                    return
                known = {"/customers": {"points": 30, "manager": "1001"}}
                body = json.dumps(known.get(self.path.rpartition("/")[0], {"balance": "12.50"})).encode()
                if service.hostile == "slow":
                    service.release.wait(15)
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()


class House(Hotline):
    """One controller with all flows; ``walk`` is a call from the first ring to its end or to an agent."""

    def __init__(self, rig: Rig, text: str, agents: dict[str, tuple[str, str]]) -> None:
        self.rig = rig
        self._asks = {}
        rows = [
            f'[agents.{name}]\ncontact = "{contact}"\nskills = {{ {skill} = 3 }}\nlead = {"true" if skill == "crowd" else "false"}\n'
            for name, (contact, skill) in agents.items()
        ]
        self.file = rig.directory / "configuration.toml"
        self.file.write_text(text + "\n" + "\n".join(rows))
        self.controllers = [self.start_controller()]
        self.command("agents", "login", *agents)

    def dial(self, number: str, *keys: str, from_number: str = "13800001111") -> tuple[Caller, str]:
        """Each of ``keys`` once the caller is asked for it."""
        caller = self.rig.caller(number, from_number=from_number).answered()
        call = self.far_end(caller)
        self.keys(caller, call, *keys)
        return caller, call

    def keys(self, caller: Caller, call: str, *keys: str) -> None:
        for pressed in keys:
            self.is_asked(call)
            caller.press(pressed)

    def heard(self, call: str, key: str, within_s: float = 25.0) -> None:
        """Wait until a file of that prompt is played to the call."""

        def plays() -> bool:
            events = self.rig.conn.seen("CHANNEL_EXECUTE", **{"Unique-ID": call})
            return any(
                f"/{key}-" in e.get("Application-Data", "") or f"/{key}." in e.get("Application-Data", "")
                for e in events
            )

        self.until(plays, f"the caller hears {key}", within_s)

    def steps(self, call: str) -> list[str]:
        store = open_the_store(load_settings(data_dir=self.rig.data))
        try:
            return [row.data["step"] for row in store.records.story(call) if row.kind == "step"]
        finally:
            store.close()

    def talks(self, call: str) -> None:
        self.rig.wait("CHANNEL_BRIDGE", 25, **{"Unique-ID": call})

    def waiting(self, queue: str) -> list[str]:
        return [row["call"] for row in self.floor()["calls"] if row["queue"] == queue]
