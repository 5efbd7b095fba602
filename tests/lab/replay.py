"""Replays the commands of a recorded transcript against the simulated switch and compares what comes back.

Compared, per connection: every reply in order; every event that the product uses, of the legs that the product knows, in order
per leg; with the values that matter. Identities, ports and times are normalised. What happened outside of the recorded
connections (a caller pressing keys) is given by the test as ``stimuli``.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from callcontrol.lab.dialplan import Dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab import esl

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PORT = re.compile(r"127\.0\.0\.1:\d+")
SPEED = 8.0

# Values of an event that the product reads, or that tell one event from another.
HEADERS = (
    "Channel-State", "Channel-Call-State", "Answer-State", "Application", "Application-Data", "Application-UUID",
    "Application-Response", "Hangup-Cause", "DTMF-Digit", "DTMF-Source", "DTMF-Duration", "Other-Leg-Unique-ID",
    "Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Job-Command", "_body", "Channel-Name", "Call-Direction",
)  # fmt: skip
VARIABLES = (
    "read_result", "read_terminator_used", "cc_digits", "cc_none", "cc_state", "socket_resume", "transfer_after_bridge",
    "bridge_hangup_cause", "last_bridge_to", "bridge_uuid", "hangup_cause", "hangup_cause_q850", "endpoint_disposition",
    "current_application", "RECORD_STEREO", "bridge_channel",   "is_outbound", "direction", "total_loops", "app_uuid", "digits_dialed",
)  # fmt: skip


@dataclass
class Line:
    at: float
    connection: str
    to_switch: bool
    text: str = ""
    head: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def event(self) -> dict[str, Any] | None:
        return self.body if isinstance(self.body, dict) else None


def load(name: str) -> list[Line]:
    lines = []
    for raw in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines():
        data = json.loads(raw)
        head = dict(h.split(": ", 1) for h in data.get("head", []) if ": " in h)
        lines.append(Line(data["t"], data["conn"], data["dir"] == ">", data.get("text", ""), head, data.get("body")))
    return lines


Stimulus = Callable[["Replay"], None]


class Replay:
    """``stimuli`` are (recorded time, what happens outside then). ``agents`` names legs that were made before or beside the
    recording, by their recorded identity."""

    def __init__(
        self, name: str, tmp_path: Path, stimuli: list[tuple[float, Stimulus]], extra_legs: tuple[str, ...] = ()
    ) -> None:
        self.lines = load(name)
        self.stimuli = sorted(stimuli, key=lambda s: s[0])
        self.controller = esl.Controller()
        self.dead = _closed_port()
        hand = f"127.0.0.1:{self.controller.port} async full"
        again = f"127.0.0.1:{self.dead}|{hand}"
        plan = Dialplan()
        plan.add("hotline", [("set", "socket_resume=true"), ("socket", hand), ("socket", hand)], context="public")
        plan.add("resume", [("set", "socket_resume=true"), ("socket", again)], context="public")
        self.switch = SimulatedSwitch(dialplan=plan, speed=SPEED, recordings_dir=tmp_path, hostname="vm")
        self.tmp_path = tmp_path
        self._last_at, self._last_moment = 0.0, self.switch.clock.now()
        self.peers: dict[str, esl.Peer] = {}
        self.ids: dict[str, str] = {}  # recorded -> simulated, where they differ
        self.legs = set(extra_legs)  # recorded identities of the legs that are compared
        self.caller: Any = None
        self.cut: list[esl.Peer] = []
        for line in self.lines:
            found = re.search(r"origination_uuid=([0-9a-f-]+)", line.text)
            if found:
                self.legs.add(found.group(1))
            if line.connection.startswith("outbound") and "Unique-ID" in line.head:
                self.legs.add(line.head["Unique-ID"])

    def run(self) -> None:
        with self.switch:
            pending = list(self.stimuli)
            for line in [line for line in self.lines if line.to_switch]:
                while pending and pending[0][0] <= line.at:
                    self._happen(*pending.pop(0))
                self._until(line.at)
                self._send(line)
                self._done(line.at)
            for at, stimulus in pending:
                self._happen(at, stimulus)
            self._catch_up(self.lines)
            # And what should not come has a moment to come.
            self._until(max(line.at for line in self.lines) + 0.6)
            for peer in self.peers.values():
                peer.close()
        self.controller.close()

    def _happen(self, at: float, stimulus: Stimulus) -> None:
        self._catch_up([line for line in self.lines if line.at < at])
        self._until(at)
        stimulus(self)
        self._done(at)

    def _until(self, at: float) -> None:
        """Keep the distance to what was done last: whatever took longer here than there moves all that follows."""
        left = self._last_moment + at - self._last_at - self.switch.clock.now()
        if left > 0:
            gevent.sleep(left / SPEED)

    def _done(self, at: float) -> None:
        self._last_at, self._last_moment = at, self.switch.clock.now()

    def call(self) -> None:
        self.caller = self.switch.call("hotline", number="13800001111", name="Zhang San", context="public")

    def _send(self, line: Line) -> None:
        peer = self.peers.get(line.connection)
        if peer is None:
            peer = self._open(line.connection)
        self._catch_up(self.lines[: self.lines.index(line)])
        text = line.text
        for recorded, simulated in self.ids.items():
            text = text.replace(recorded, simulated)
        text = text.replace("/tmp/rec-", f"{self.tmp_path}/rec-")
        if line.text == "connect":
            reply = peer.ask("connect")
            recorded = next(one for one in self.lines if one.connection == line.connection and "Unique-ID" in one.head)
            self.ids[recorded.head["Unique-ID"]] = reply.head["Unique-ID"]
        else:
            peer.ask(text)

    def _catch_up(self, before: list[Line]) -> None:
        """The recorder had seen some events when it sent this command; so must we. If they do not come, the comparison
        says which."""
        for name, peer in self.peers.items():
            seen = [one for one in before if one.connection == name and one.event is not None and self._ours(one.event)]
            count = sum(one.event["Event-Name"] not in self.by_chance for one in seen if one.event is not None)
            with contextlib.suppress(AssertionError):
                peer.wait(
                    lambda name=name, count=count: (
                        sum(event["Event-Name"] not in self.by_chance for event in self.simulated_events(name)) >= count
                    ),
                    deadline_s=1.0,
                )

    by_chance = frozenset({"CHANNEL_PARK"})

    def _open(self, name: str) -> esl.Peer:
        if name.startswith("outbound"):
            if self.caller is None:
                self.call()
            peer = self.controller.take()
        else:
            import socket

            peer = esl.Peer(socket.create_connection(("127.0.0.1", self.switch.esl_port)))
            peer.wait(lambda: peer.frames)
        self.peers[name] = peer
        return peer

    # --- what was said --------------------------------------------------------------------------------------------------
    def names(self) -> list[str]:
        return list(dict.fromkeys(line.connection for line in self.lines))

    def recorded_replies(self, name: str) -> list[str]:
        return [
            _reply(line.head, line.body if isinstance(line.body, str) else "", self)
            for line in self.lines
            if line.connection == name and not line.to_switch and line.event is None and "Event-Name" not in line.head
        ]

    def simulated_replies(self, name: str) -> list[str]:
        return [
            _reply(f.head, f.text, self)
            for f in self.peers[name].frames
            if f.event is None and "Event-Name" not in f.head
        ]

    def recorded_events(self, name: str) -> list[dict[str, Any]]:
        return [
            line.event
            for line in self.lines
            if line.connection == name and line.event is not None and self._ours(line.event)
        ]

    def simulated_events(self, name: str) -> list[dict[str, Any]]:
        return [f.event for f in self.peers[name].frames if f.event is not None and self._ours(f.event)]

    def _ours(self, event: dict[str, Any]) -> bool:
        if event["Event-Name"] == "BACKGROUND_JOB":
            return any(leg in event.get("Job-Command-Arg", "") for leg in self.legs)
        leg = event.get("Unique-ID", "")
        return leg in self.legs or leg in self.ids.values()

    def leg_of(self, event: dict[str, Any]) -> str:
        """The recorded identity of the leg that an event is about; a job's is the leg that it made."""
        if event["Event-Name"] == "BACKGROUND_JOB":
            return next(leg for leg in self.legs if leg in event["Job-Command-Arg"])
        return self.recorded_id(event["Unique-ID"])

    def recorded_id(self, identity: str) -> str:
        return next((old for old, new in self.ids.items() if new == identity), identity)

    def telling(self, event: dict[str, Any]) -> dict[str, str]:
        """What matters of an event, normalised."""
        told = {"Event-Name": event["Event-Name"], "leg": self.leg_of(event)}
        for name in HEADERS:
            if name in event:
                told[name] = self._normal(event[name])
        for name in VARIABLES:
            if f"variable_{name}" in event:
                told[name] = self._normal(event[f"variable_{name}"])
        if "Record-File-Path" in event:
            told["file"] = self._normal(Path(event["Record-File-Path"]).name)
        if event["Event-Name"] == "CHANNEL_EXECUTE" or event["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE":
            identity = told.get("Application-UUID", "")
            told["Application-UUID"] = "(new)" if UUID.fullmatch(identity) else identity
        return told

    def _normal(self, value: Any) -> str:
        text = str(value)
        for recorded, simulated in self.ids.items():
            text = text.replace(simulated, recorded)
        return PORT.sub("127.0.0.1:PORT", text)


def _reply(head: dict[str, str], body: str, replay: Replay) -> str:
    parts = [head.get("Content-Type", ""), head.get("Reply-Text", "")]
    if "Content-Disposition" in head:
        parts.append(head["Content-Disposition"])
    text = " | ".join(parts) + (f" | {body}" if body else "")
    for recorded, simulated in replay.ids.items():
        text = text.replace(simulated, recorded)
    return UUID.sub(lambda m: m.group(0) if m.group(0) in replay.legs else "(new)", text)


def _closed_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
