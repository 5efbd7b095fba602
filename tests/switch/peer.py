"""A peer on the wire that says exactly what a test tells it: for all that a well-behaved switch never does."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
import gevent.socket
from gevent.event import Event
from gevent.queue import Queue

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
DEADLINE_S = 20.0


def frames_of(transcript: str, conn: str | None = None) -> list[bytes]:
    """Frames from the switch in a recording, as bytes on the wire."""
    found = []
    for line in (TRANSCRIPTS / f"{transcript}.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["dir"] == "<" and conn in (None, entry["conn"]):
            found.append(on_the_wire(entry["head"], entry.get("body")))
    return found


def on_the_wire(head: list[str], body: Any = None) -> bytes:
    """Recompute Content-Length: names in the recordings were neutralised afterwards."""
    raw = b""
    if body is not None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body, separators=(",", ":")).encode()
    lines = [line for line in head if not line.startswith("Content-Length:")]
    if raw or len(lines) < len(head):
        lines.append(f"Content-Length: {len(raw)}")
    return "\n".join(lines).encode() + b"\n\n" + raw


def event(name: str, **fields: str) -> bytes:
    """A JSON event; ``Unique_ID="x"`` becomes ``Unique-ID``."""
    data = {"Event-Name": name, "Core-UUID": "core-1", "Event-Sequence": "1"}
    data |= {
        key if key.startswith(("variable_", "_")) else key.replace("_", "-"): value for key, value in fields.items()
    }
    return on_the_wire(["Content-Type: text/event-json"], data)


def reply(text: str = "+OK") -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def answer(text: str = "+OK\n") -> bytes:
    return on_the_wire(["Content-Type: api/response"], text)


def usual(command: str) -> bytes:
    """What a healthy switch would say."""
    if command.startswith("api strepoch"):
        return answer("1700000000")
    if command.startswith("api uuid_exists"):
        return answer("true")
    return answer() if command.startswith("api ") else reply()


class Peer:
    """One end of a connection, driven by a test. ``said`` is a queue of the commands that arrived."""

    def __init__(self, sock: Any, answer_with: Callable[[str], bytes | None] | None = usual) -> None:
        self.sock = sock
        self.said: Queue[str] = Queue()
        self.all: list[str] = []
        self.closed = Event()
        self.answer_with = answer_with
        gevent.spawn(self._read)

    def _read(self) -> None:
        buffer = b""
        try:
            while data := self.sock.recv(65536):
                buffer += data
                while b"\n\n" in buffer:
                    command, _, buffer = buffer.partition(b"\n\n")
                    self._take(command.decode())
        except OSError:
            pass
        finally:
            self.closed.set()

    def _take(self, command: str) -> None:
        self.all.append(command)
        self.said.put(command)
        said = self.answer_with(command) if self.answer_with else None
        if said is not None:
            self.send(said)

    def send(self, *frames: bytes) -> None:
        self.sock.sendall(b"".join(frames))

    def expect(self, beginning: str) -> str:
        """The next command, other commands before it left aside."""
        with gevent.Timeout(DEADLINE_S, AssertionError(f"nobody said {beginning!r}; said was {self.all}")):
            while True:
                command = self.said.get()
                if command.startswith(beginning):
                    return str(command)

    def close(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(gevent.socket.SHUT_RDWR)
        self.sock.close()


def pair() -> tuple[Any, Any]:
    """Two ends of a TCP connection on loopback."""
    server = gevent.socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    client = gevent.socket.create_connection(server.getsockname())
    other, _ = server.accept()
    server.close()
    return client, other


class PeerServer:
    """A listening event socket: every connection is asked for a password and becomes a ``Peer``."""

    def __init__(self, answer_with: Callable[[str], bytes | None] = usual, port: int = 0) -> None:
        self.answer_with = answer_with
        self.peers: Queue[Peer] = Queue()
        self._server = gevent.socket.socket()
        self._server.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_REUSEADDR, 1)
        self._server.bind(("127.0.0.1", port))
        self._server.listen(16)
        self.port: int = self._server.getsockname()[1]
        self._greenlet = gevent.spawn(self._accept)

    def _accept(self) -> None:
        while True:
            sock, _ = self._server.accept()
            peer = Peer(sock, self._answer)
            peer.send(b"Content-Type: auth/request\n\n")
            self.peers.put(peer)

    def _answer(self, command: str) -> bytes | None:
        if command.startswith("auth "):
            return reply("+OK accepted" if command == "auth secret" else "-ERR invalid")
        return self.answer_with(command)

    def peer(self) -> Peer:
        with gevent.Timeout(DEADLINE_S, AssertionError("nobody connected")):
            found: Peer = self.peers.get()
            return found

    def stop(self) -> None:
        self._greenlet.kill()
        self._server.close()
