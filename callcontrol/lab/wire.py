"""Frames of the event socket as FreeSWITCH writes and reads them; nothing here knows what a call is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

import orjson

# What the switch leaves as it is in a URL-encoded value (seen in the recorded plain events).
_UNENCODED = "!$'()*,/-._~"

Value = str | Sequence[str]


# Most values are the same on every channel.
@lru_cache(maxsize=4096)
def url_encode(text: str) -> str:
    return quote(text, safe=_UNENCODED)


def flat(value: Value) -> str:
    """An array as one text, in the spelling of the switch: ``ARRAY::a|:b``."""
    return value if isinstance(value, str) else "ARRAY::" + "|:".join(value)


def encode_json_event(event: Mapping[str, Value]) -> bytes:
    body = orjson.dumps(event)
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body)


def encode_plain_event(event: Mapping[str, Value]) -> bytes:
    lines = [f"{name}: {url_encode(flat(value))}\n" for name, value in event.items() if name != "_body"]
    lines.append("\n")
    inner = event.get("_body")
    if inner is not None:
        lines.append(flat(inner))
    body = "".join(lines).encode()
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(body), body)


def encode_headers(headers: Mapping[str, Value], *, last: Sequence[tuple[str, str]] = ()) -> bytes:
    """The reply to ``connect``: the whole channel as URL-encoded headers."""
    lines = [f"{name}: {url_encode(v if type(v) is str else flat(v))}\n" for name, v in headers.items()]
    lines.extend(f"{name}: {value}\n" for name, value in last)
    lines.append("\n")
    return "".join(lines).encode()


def command_reply(text: str, *more: tuple[str, str]) -> bytes:
    extra = "".join(f"{name}: {value}\n" for name, value in more)
    return f"Content-Type: command/reply\nReply-Text: {text}\n{extra}\n".encode()


def api_response(text: str) -> bytes:
    body = text.encode()
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)


GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"


def disconnect_notice(session: str | None = None) -> bytes:
    owner = f"Controlled-Session-UUID: {session}\nContent-Disposition: disconnect\n" if session else ""
    return f"Content-Type: text/disconnect-notice\n{owner}Content-Length: {len(GOODBYE)}\n\n{GOODBYE}".encode()


def linger_notice(session: str, channel_name: str, linger_s: int) -> bytes:
    return (
        f"Content-Type: text/disconnect-notice\nControlled-Session-UUID: {session}\nContent-Disposition: linger\n"
        f"Channel-Name: {channel_name}\nLinger-Time: {linger_s}\nContent-Length: 0\n\n"
    ).encode()


@dataclass(slots=True)
class Command:
    """One command as it came: its first line, the header lines under it (names in lower case), and its body."""

    line: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class CommandReader:
    """Bytes in, commands out. Give it what came; it keeps what is not yet a whole command."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Command]:
        self._buffer += data
        commands: list[Command] = []
        while True:
            # The switch takes a blank line after a command, with or without carriage returns.
            self._buffer = self._buffer.lstrip(b"\r\n")
            end, skip = self._end_of_head()
            if end < 0:
                return commands
            command = _command_of(self._buffer[:end].decode(errors="replace"))
            length = command.headers.get("content-length", "")
            body_length = int(length) if length.isdigit() else 0
            if len(self._buffer) < end + skip + body_length:
                return commands
            command.body = self._buffer[end + skip : end + skip + body_length].decode(errors="replace")
            self._buffer = self._buffer[end + skip + body_length :]
            commands.append(command)

    def _end_of_head(self) -> tuple[int, int]:
        found = [(at, len(mark)) for mark in (b"\n\n", b"\r\n\r\n") if (at := self._buffer.find(mark)) >= 0]
        return min(found, default=(-1, 0))


def _command_of(head: str) -> Command:
    first, *rest = head.replace("\r\n", "\n").split("\n")
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Command(first.strip(), headers)
