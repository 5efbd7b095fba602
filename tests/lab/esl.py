"""A plain event-socket peer for tests of the lab: it sends what it is told and keeps every frame it gets."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import gevent
import gevent.event
import gevent.queue

DEADLINE_S = 20.0


@dataclass
class Frame:
    head: dict[str, str]
    text: str = ""
    event: dict[str, object] | None = None

    @property
    def kind(self) -> str:
        return self.head.get("Content-Type", "")

    @property
    def name(self) -> str:
        return str((self.event or {}).get("Event-Name", ""))

    def get(self, key: str) -> str:
        return str((self.event or {}).get(key, ""))

    @property
    def reply(self) -> str:
        return self.head.get("Reply-Text", self.text)


@dataclass
class Peer:
    """One connection. ``frames`` grows while the test waits."""

    sock: socket.socket
    frames: list[Frame] = field(default_factory=list)
    closed: bool = False
    channel: dict[str, str] = field(default_factory=dict)  # the reply to connect

    def __post_init__(self) -> None:
        self._buffer = b""
        self._changed = gevent.event.Event()
        self._reader = gevent.spawn(self._read)
        self._replies = 0

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.sock.recv(65536):
                self._buffer += data
                while self._parse():
                    pass
                self._changed.set()
        self.closed = True
        self._changed.set()

    def _parse(self) -> bool:
        at = self._buffer.find(b"\n\n")
        if at < 0:
            return False
        head = dict(line.split(": ", 1) for line in self._buffer[:at].decode().split("\n") if ": " in line)
        length = int(head.get("Content-Length", 0))
        if len(self._buffer) < at + 2 + length:
            return False
        body = self._buffer[at + 2 : at + 2 + length].decode()
        self._buffer = self._buffer[at + 2 + length :]
        event = json.loads(body) if head.get("Content-Type") == "text/event-json" else None
        if head.get("Content-Type") == "text/event-plain":
            lines = body.split("\n\n")[0].split("\n")
            event = {k: unquote(v) for k, v in (line.split(": ", 1) for line in lines if ": " in line)}
        self.frames.append(Frame(head, body, event))
        return True

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode() + b"\n\n")

    def wait(self, found: Callable[[], object], deadline_s: float = DEADLINE_S) -> object:
        until = time.monotonic() + deadline_s
        while True:
            value = found()
            if value:
                return value
            left = until - time.monotonic()
            if left <= 0:
                tail = [f.name or f.reply or f.kind for f in self.frames[-12:]]
                raise AssertionError(f"waited {deadline_s} s in vain; the last frames were {tail}")
            self._changed.clear()
            self._changed.wait(min(left, 0.05))

    def ask(self, text: str) -> Frame:
        """Send a command and wait for its reply."""
        before = len(self.answers)
        self.send(text)
        self.wait(lambda: len(self.answers) > before)
        return self.answers[before]

    @property
    def answers(self) -> list[Frame]:
        return [f for f in self.frames if f.kind in ("command/reply", "api/response")]

    def execute(self, application: str, data: str = "", *, uuid: str = "", lock: bool = False) -> None:
        lines = ["sendmsg", "call-command: execute", f"execute-app-name: {application}"]
        if data:
            lines.append(f"execute-app-arg: {data}")
        if lock:
            lines.append("event-lock: true")
        if uuid:
            lines.append(f"Event-UUID: {uuid}")
        assert self.ask("\n".join(lines)).reply == "+OK"

    def events(self, *names: str, leg: str = "") -> list[Frame]:
        return [
            f for f in self.frames if f.event and (not names or f.name in names) and leg in ("", f.get("Unique-ID"))
        ]

    def completed(self, uuid: str) -> Frame:
        """Wait for the completion of the execute with that Event-UUID."""

        def found() -> Frame | None:
            ends = [f for f in self.events("CHANNEL_EXECUTE_COMPLETE") if f.get("Application-UUID") == uuid]
            return ends[0] if ends else None

        frame = self.wait(found)
        assert isinstance(frame, Frame)
        return frame

    def event(self, name: str, *, leg: str = "", count: int = 1) -> Frame:
        """Wait for the ``count``-th event of that name."""
        self.wait(lambda: len(self.events(name, leg=leg)) >= count)
        return self.events(name, leg=leg)[count - 1]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self._reader.kill()


def inbound(port: int, password: str = "ClueCon", events: str = "") -> Peer:
    peer = Peer(socket.create_connection(("127.0.0.1", port)))
    peer.wait(lambda: peer.frames)
    assert peer.ask(f"auth {password}").reply == "+OK accepted"
    if events:
        assert peer.ask(f"event json {events}").reply.startswith("+OK")
    return peer


class Controller:
    """Listens as a controller does; ``accept`` gives the next leg that the switch hands over."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._waiting: gevent.queue.Queue[Peer] = gevent.queue.Queue()
        self.peers: list[Peer] = []
        self._acceptor = gevent.spawn(self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._waiting.put(Peer(sock))

    def take(self) -> Peer:
        """The next leg's connection, as it comes."""
        peer = self._waiting.get(timeout=DEADLINE_S)
        self.peers.append(peer)
        return peer

    def accept(self, *, linger: int = 3) -> Peer:
        """The next leg, connected, lingering and subscribed to its own events."""
        peer = self.take()
        data = peer.ask("connect")
        peer.channel = {k: unquote(v) for k, v in data.head.items()}
        peer.ask(f"linger {linger}")
        peer.ask("myevents json")
        return peer

    def close(self) -> None:
        self._listener.close()
        self._acceptor.kill()
        for peer in self.peers:
            peer.close()
