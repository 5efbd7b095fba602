"""A tiny event-socket client of its own, on threads and plain sockets, so that these tests judge the switch and not our code."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import uuid as uuids
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

WITHIN_S = 20.0

Event = dict[str, Any]


@dataclass(slots=True)
class Frame:
    head: dict[str, str]
    body: str = ""

    @property
    def kind(self) -> str:
        return self.head.get("Content-Type", "")


class Gone(Exception):
    """The switch closed the connection."""


class Connection:
    """Frames of one socket: replies are matched in order, events (JSON) are kept in order of arrival."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._replies: list[Frame] = []
        self._asking = threading.Lock()
        self._change = threading.Condition()
        self.events: list[Event] = []
        self.notices: list[Frame] = []
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()

    # --- what it says ---------------------------------------------------------------------------------------------
    def ask(self, command: str, within_s: float = WITHIN_S) -> Frame:
        """Send a command (headers on further lines) and give the reply to it."""
        with self._asking:
            before = len(self._replies)
            self._sock.sendall(command.encode() + b"\n\n")
            self._until(lambda: len(self._replies) > before, within_s, f"a reply to {command.splitlines()[0]!r}")
            return self._replies[before]

    def send(self, command: str) -> None:
        self._sock.sendall(command.encode() + b"\n\n")

    def api(self, command: str, within_s: float = WITHIN_S) -> str:
        return self.ask(f"api {command}", within_s).body

    def bgapi(self, command: str) -> str:
        """The job's identity; the result is the body of its BACKGROUND_JOB."""
        return self.ask(f"bgapi {command}").head["Job-UUID"]

    def result(self, job: str, within_s: float = WITHIN_S) -> str:
        return str(self.wait("BACKGROUND_JOB", within_s=within_s, **{"Job-UUID": job})["_body"]).strip()

    def execute(self, application: str, argument: str = "", *, lock: bool = False, uuid: str = "") -> str:
        """``sendmsg`` without waiting for the completion; gives the identity that comes back as Application-UUID."""
        identity = str(uuids.uuid4())
        lines = [f"sendmsg {uuid}".strip(), "call-command: execute", f"execute-app-name: {application}"]
        if argument:
            lines.append(f"execute-app-arg: {argument}")
        if lock:
            lines.append("event-lock: true")
        lines.append(f"Event-UUID: {identity}")
        reply = self.ask("\n".join(lines)).head["Reply-Text"]
        assert reply.startswith("+OK"), reply
        return identity

    def run(self, application: str, argument: str = "", within_s: float = WITHIN_S) -> Event:
        """Execute and wait for the completion."""
        return self.completion(self.execute(application, argument), within_s)

    def run_blind(self, application: str, argument: str = "") -> None:
        """Execute on a connection that hears no events."""
        self.execute(application, argument)

    def completion(self, identity: str, within_s: float = WITHIN_S) -> Event:
        return self.wait("CHANNEL_EXECUTE_COMPLETE", within_s=within_s, **{"Application-UUID": identity})

    # --- what it hears --------------------------------------------------------------------------------------------
    def seen(self, name: str, **headers: str) -> list[Event]:
        """Events so far of that name with those headers."""
        with self._change:
            return [e for e in self.events if _matches(e, name, headers)]

    def wait(self, name: str, within_s: float = WITHIN_S, **headers: str) -> Event:
        found: list[Event] = []

        def arrived() -> bool:
            found[:] = [e for e in self.events if _matches(e, name, headers)]
            return bool(found)

        self._until(arrived, within_s, f"{name} {headers}")
        return found[0]

    def wait_closed(self, within_s: float = WITHIN_S) -> None:
        self._until(lambda: self.closed, within_s, "the end of the connection", even_if_closed=True)

    def wait_notice(self, disposition: str, within_s: float = WITHIN_S) -> Frame:
        def there() -> list[Frame]:
            return [n for n in self.notices if n.head.get("Content-Disposition", "") == disposition]

        self._until(lambda: bool(there()), within_s, f"a disconnect notice {disposition!r}", even_if_closed=True)
        return there()[0]

    def cut(self) -> None:
        """Close as the kernel does for a killed process."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _until(self, happened: Callable[[], bool], within_s: float, what: str, even_if_closed: bool = False) -> None:
        deadline = time.monotonic() + within_s
        with self._change:
            while not happened():
                if self.closed and not even_if_closed:
                    raise Gone(f"The switch closed the connection; it still owed {what}.\n{self._heard()}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"No {what} within {within_s} s.\n{self._heard()}")
                self._change.wait(left)

    def _heard(self) -> str:
        rows = [
            f"  {e.get('Event-Name')} {e.get('Application', '')} {e.get('Unique-ID', '')[:8]}"
            for e in self.events[-30:]
        ]
        return "Heard, oldest first:\n" + "\n".join(rows)

    # --- the wire -------------------------------------------------------------------------------------------------
    def _read(self) -> None:
        stream = self._sock.makefile("rb")
        try:
            for frame in _frames(stream):
                with self._change:
                    self._sort(frame)
                    self._change.notify_all()
        except (OSError, ValueError):
            pass
        with self._change:
            self.closed = True
            self._change.notify_all()

    def _sort(self, frame: Frame) -> None:
        match frame.kind:
            case "text/event-json":
                self.events.append(json.loads(frame.body))
            case "text/event-plain":
                self.events.append(_plain(frame.body))
            case "text/disconnect-notice":
                self.notices.append(frame)
            case "log/data" | "auth/request":
                pass
            case _:
                self._replies.append(frame)


@dataclass(slots=True)
class Controlled:
    """A call that the switch handed over by the outbound socket."""

    conn: Connection
    data: dict[str, str] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        return self.data["Unique-ID"]

    def variable(self, name: str) -> str | None:
        return self.data.get(f"variable_{name}")


class Listener:
    """A stand-in for a controller: takes calls on ``port`` and does nothing by itself."""

    def __init__(self, port: int) -> None:
        self._sock = socket.socket()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._sock.bind(("127.0.0.1", port))
        self._sock.listen(64)
        self.port = port
        self.taken: list[Connection] = []
        self.alive = True

    def take(self, within_s: float = WITHIN_S, *, events: bool = True) -> Controlled:
        """The next call, greeted: connect, linger, myevents."""
        call = self.take_raw(within_s)
        conn = call.conn
        call.data = {key: unquote(value) for key, value in conn.ask("connect").head.items()}
        if events:
            conn.ask("linger 5")
            conn.ask("myevents json")
        return call

    def take_raw(self, within_s: float = WITHIN_S) -> Controlled:
        self._sock.settimeout(within_s)
        try:
            sock, _ = self._sock.accept()
        except TimeoutError:
            raise AssertionError(f"The switch did not hand over a call within {within_s} s.") from None
        sock.settimeout(None)
        conn = Connection(sock)
        self.taken.append(conn)
        return Controlled(conn)

    def nobody_comes(self, for_s: float) -> bool:
        self._sock.settimeout(for_s)
        try:
            self._sock.accept()[0].close()
        except TimeoutError:
            return True
        return False

    def die(self) -> None:
        """Like SIGKILL: no longer listening, every connection cut."""
        self.alive = False
        self._sock.close()
        for conn in self.taken:
            conn.cut()


def inbound(port: int, password: str, *events: str, host: str = "127.0.0.1") -> Connection:
    """An authenticated connection to the switch that hears ``events`` (all, if none is named)."""
    sock = socket.create_connection((host, port), timeout=3)
    sock.settimeout(None)  # before a thread reads it
    conn = Connection(sock)
    reply = conn.ask(f"auth {password}").head["Reply-Text"]
    assert reply == "+OK accepted", reply
    if events != ("",):
        conn.ask(f"event json {' '.join(events) or 'all'}")
    return conn


def _frames(stream: Any) -> Iterator[Frame]:
    while True:
        head: dict[str, str] = {}
        while (line := stream.readline()) not in (b"\n", b""):
            key, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
            head[key] = value
        if not line:
            return
        if not head:
            continue
        length = int(head.get("Content-Length", 0))
        yield Frame(head, stream.read(length).decode("utf-8", "replace") if length else "")


def _plain(body: str) -> Event:
    lines = (line.partition(": ") for line in body.split("\n\n")[0].splitlines())
    return {key: unquote(value) for key, _, value in lines}


def _matches(event: Event, name: str, headers: dict[str, str]) -> bool:
    return event.get("Event-Name") == name and all(event.get(k) == v for k, v in headers.items())
