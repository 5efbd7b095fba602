"""A whole house in one process for tests: simulated switch, embedded engine, SQLite, one controller."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callcontrol.bootstrap.controller import Controller
from callcontrol.bootstrap.parts import open_the_store, prepare_data
from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.floor import entries
from callcontrol.floor.view import view
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from callcontrol.settings import Settings, load_settings

CONFIGURATION = """
[entries.4001]
flow = "hotline"
language = "en"
parameters = { ask_language = false, menu_timeout = 1, tries = 1 }

[queues.support]
skills = "support >= 2"
patience_s = 1
max_wait_s = 60
ring_s = 3
wrap_up_s = 0

[queues.billing]
skills = "billing >= 3"
patience_s = 1
ring_s = 3
wrap_up_s = 0

[agents.1001]
contact = "user/1001"
skills = { support = 4 }

[agents.1002]
contact = "user/1002"
skills = { support = 2 }

[agents.1003]
contact = "user/1003"
skills = { billing = 4 }
"""


class House:
    """``speed`` is that of the simulated switch alone: sounds and rings pass faster; the desk's clock is real."""

    def __init__(self, *, speed: float = 20.0, configuration: str = CONFIGURATION, **settings: Any) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cc-")
        data = Path(self._folder.name)
        file = data / "configuration.toml"
        file.write_text(configuration)
        self.switch = SimulatedSwitch(password="secret", speed=speed, sounds_dir=data / "sounds")
        self.switch.start()
        self.settings: Settings = load_settings(
            data_dir=data,
            configuration=file,
            listen_port=0,
            switch_port=self.switch.esl_port,
            switch_password="secret",
            tts_command="",
            **settings,
        )
        self._engine = EmbeddedValkey(data, die_with_parent=True)
        prepare_data(self.settings, say=lambda _sentence: None, engine=self._engine)
        self.controller = Controller(self.settings, name="first")
        self.controller.start()
        port = self.controller.listener.port
        self.switch.dialplan = hotline_dialplan(f"127.0.0.1:{port}", entries={"4001": "en"})
        self.until(self.controller.switch.connected)
        self.until(lambda: self.controller.desk.in_charge)

    def stop(self) -> None:
        self.controller.stop()
        self.switch.stop()
        self._engine.stop()
        self._folder.cleanup()

    # --- the floor -----------------------------------------------------------------------------------------------
    def floor(self) -> dict[str, Any]:
        with self.controller.follower.lock:
            return view(self.controller.follower.floor, time.time())

    def agent(self, name: str) -> dict[str, Any]:
        return next(row for row in self.floor()["agents"] if row["agent"] == name)

    def tell(self, entry: entries.Entry) -> None:
        self.controller.services.tell(entry)

    def log_in(self, *names: str) -> None:
        for name in names:
            self.switch.phone(name)
            self.tell(entries.AgentLoggedIn(at=time.time(), agent=name))
        self.until(lambda: all(self.agent(name)["state"] == "available" for name in names))

    def log_out_everybody(self) -> None:
        for row in self.floor()["agents"]:
            self.tell(entries.AgentLoggedOut(at=time.time(), agent=row["agent"]))
        self.until(lambda: all(row["state"] == "logged_out" for row in self.floor()["agents"]))

    def until(self, condition: Callable[[], object], deadline_s: float = 25.0) -> None:
        """Wait until something holds; looked at after every change of the floor and at least every 50 ms."""
        follower = self.controller.follower
        deadline = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"It did not come about within {deadline_s} s; the floor: {self.floor()}")
            version = follower.version
            follower.wait_until(lambda version=version: follower.version != version, 0.05)

    # --- callers -------------------------------------------------------------------------------------------------
    def call(self, keys: str = "", **more: Any) -> Caller:
        """Somebody calls the hotline; with ``keys`` they press the menu's key once the menu is said."""
        caller = self.switch.call("4001", **more)
        if keys:
            caller.wait_for(hears("hotline.menu"))
            caller.press(keys)
        return caller

    def in_talk(self, caller: Caller, agent: str) -> None:
        """Wait until caller and agent talk, and the floor knows it."""
        caller.wait_for(lambda c: c.in_talk_with == agent)
        self.until(lambda: self.agent(agent)["state"] == "talking")

    def record(self, caller: Caller, deadline_s: float = 8.0) -> Any:
        """The call record, once the call is over and written."""
        store = open_the_store(self.settings)
        try:
            found: list[Any] = []

            def written() -> bool:
                row = store.records.call(caller.uuid)
                found[:] = [row] if row is not None and row.ended_at is not None else []
                return bool(found)

            self.until(written, deadline_s)
            return found[0]
        finally:
            store.close()

    def story(self, caller: Caller) -> list[tuple[str, Any]]:
        store = open_the_store(self.settings)
        try:
            return [(row.kind, row.data) for row in store.records.story(caller.uuid)]
        finally:
            store.close()


def hears(key: str) -> Callable[[Caller], bool]:
    """Whether the caller hears, or heard, the prompt of that key."""
    return lambda caller: any(f"/{key}-" in sound or f"/{key}." in sound for sound in caller.sounds)
