"""The event socket's wire format: bytes in, frames out. Pure: no socket, no clock, no knowledge of calls.

A frame is header lines, an empty line, and ``Content-Length`` bytes of body. Two hazards of the usual clients are closed
here: a value is decoded only after the lines were split (a caller's name can't forge a header), and bytes that are no UTF-8
become U+FFFD instead of an exception.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

MAX_HEAD = 1 << 20
"""Greatest header block in bytes. The reply to ``connect`` carries the whole channel (about 7 kB); one hostile 60 kB SIP header,
URL-encoded and repeated in a few variables, still fits."""

MAX_BODY = 16 << 20
"""Greatest body in bytes: ``show channels as json`` of some 10,000 channels."""

_END = b"\n\n"


class WireError(Exception):
    """The peer doesn't speak the event socket's protocol (any more). The message is a sentence; the connection is of no use."""


class BadEvent(Exception):
    """One frame whose body is no event. The stream itself is in order: skip the frame and go on."""


@dataclass(slots=True)
class Frame:
    """One frame as sent, never changed (frozen would make it three times as dear). ``head`` are the raw header lines
    without the empty line."""

    content_type: str
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header of the frame as it stands (not URL-decoded), or ""."""
        wanted = name.encode() + b":"
        for line in self.head.split(b"\n"):
            if line.startswith(wanted):
                return line[len(wanted) :].strip().decode("utf-8", "replace")
        return ""

    def headers(self) -> dict[str, str]:
        """All headers, URL-decoded one by one: the channel in the reply to ``connect``."""
        return decode_lines(self.head)

    def text(self) -> str:
        """The body of an ``api/response`` or of a notice."""
        return self.body.decode("utf-8", "replace")


class Parser:
    """Give it whatever arrived; it gives whole frames in order. After ``WireError`` it must not be fed again."""

    def __init__(self, *, max_head: int = MAX_HEAD, max_body: int = MAX_BODY) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no end of head before this index
        self._head: bytes | None = None  # head of a frame whose body is still coming
        self._content_type = ""
        self._length = 0
        self._max_head = max_head
        self._max_body = max_body

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames that are complete now. Raises ``WireError``. Run it to its end before the next ``feed``."""
        if not self._buffer and self._head is None:
            data = yield from self._whole_frames(data)
            if not data:
                return
        self._buffer += data
        while True:
            if self._head is None and not self._take_head():
                return
            if len(self._buffer) < self._length:
                return
            assert self._head is not None
            frame = Frame(self._content_type, self._head, bytes(self._buffer[: self._length]))
            del self._buffer[: self._length]
            self._head = None
            self._length = 0
            yield frame

    def _whole_frames(self, data: bytes) -> Generator[Frame, None, bytes]:
        """Nearly always whole frames arrive: they need no buffer. Returns what is left."""
        at = 0
        while True:
            while data.startswith(b"\n", at):
                at += 1
            end = data.find(_END, at)
            if end < 0 or end - at > self._max_head:
                return data[at:]
            head = data[at:end]
            content_type, length = self._frame_headers(head)
            stop = end + 2 + length
            if stop > len(data):
                return data[at:]
            yield Frame(content_type, head, data[end + 2 : stop])
            at = stop

    def pending(self) -> int:
        """Bytes received that are no whole frame yet."""
        return len(self._buffer) + (len(self._head) if self._head is not None else 0)

    def _take_head(self) -> bool:
        buffer = self._buffer
        if self._searched == 0 and buffer[:1] == b"\n":  # empty lines between frames are harmless
            skip = len(buffer) - len(buffer.lstrip(b"\n"))
            del buffer[:skip]
        end = buffer.find(_END, self._searched)
        if end < 0:
            self._searched = max(0, len(buffer) - 1)
            if len(buffer) > self._max_head:
                raise WireError(
                    f"The switch sent {len(buffer)} bytes of headers without an end (limit {self._max_head});"
                    " is this really an event socket?"
                )
            return False
        if end > self._max_head:
            raise WireError(f"The switch sent {end} bytes of headers in one frame; the limit is {self._max_head}.")
        self._head = bytes(buffer[:end])
        del buffer[: end + 2]
        self._searched = 0
        self._content_type, self._length = self._frame_headers(self._head)
        return True

    def _frame_headers(self, head: bytes) -> tuple[str, int]:
        content_type, length = "", 0
        for line in head.split(b"\n"):
            # The reply to connect has some 170 lines; its Content-Type is among them, spelt like all others.
            if not line.startswith(b"Content-"):
                continue
            name, _, value = line.partition(b":")
            if name == b"Content-Type":
                content_type = value.strip().decode("utf-8", "replace")
            elif name == b"Content-Length":
                length = self._body_length(value.strip())
        return content_type, length

    def _body_length(self, value: bytes) -> int:
        if not value.isdigit() or len(value) > 12:
            raise WireError(f"The switch sent a frame with Content-Length {value[:40]!r}, which is no number.")
        length = int(value)
        if length > self._max_body:
            raise WireError(f"The switch announced a body of {length} bytes; the limit is {self._max_body}.")
        return length


def decode_lines(block: bytes) -> dict[str, str]:
    """``Name: value`` lines with URL-encoded values. Lines are split first and values decoded after, so that no value can make
    a line; a line without a colon is dropped; of two lines with one name the first counts."""
    found: dict[str, str] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            text = value.strip().decode("utf-8", "replace")
            found.setdefault(name.decode("utf-8", "replace"), unquote(text, errors="replace") if "%" in text else text)
    return found


def decode_event(frame: Frame) -> dict[str, Any]:
    """The event in a ``text/event-json`` or ``text/event-plain`` frame. Values are text; an array variable of the switch is a
    list of texts; the body of the event is ``_body``. Raises ``BadEvent``."""
    if frame.content_type == "text/event-json":
        return _decode_json(frame.body)
    if frame.content_type == "text/event-plain":
        block, _, rest = frame.body.partition(_END)
        event: dict[str, Any] = decode_lines(block)
        if rest:
            event["_body"] = rest.decode("utf-8", "replace")
        return event
    raise BadEvent(f"A frame of the type {frame.content_type!r} holds no event.")


def _decode_json(body: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            # A caller's name in Latin-1 ends up here: JSON with bytes that are no UTF-8.
            event = orjson.loads(body.decode("utf-8", "replace"))
        except orjson.JSONDecodeError as error:
            raise BadEvent(f"The switch sent an event of {len(body)} bytes that is no JSON ({error}).") from error
    if not isinstance(event, dict):
        raise BadEvent("The switch sent JSON that is no event (no object).")
    return event


def peek(body: bytes, name: bytes) -> str | None:
    """One value of a JSON event without decoding the rest, several times faster. None if it isn't there as text.

    Safe against values that look like headers: inside a JSON text every quote is escaped, so ``"name"`` followed by a colon is
    a key of the event. The first one counts."""
    key = b'"' + name + b'"'
    at = body.find(key)
    if at >= 0 and body.startswith(b':"', at + len(key)):  # as the switch writes it; nearly always without an escape
        start = at + len(key) + 2
        raw = body[start : body.find(b'"', start)]
        if b"\\" not in raw and start + len(raw) < len(body) - 1:
            return raw.decode("utf-8", "replace")
    while at >= 0:
        start = at + len(key)
        while body[start : start + 1] == b" ":
            start += 1
        if body[start : start + 1] == b":":
            break
        at = body.find(key, start)
    else:
        return None
    start += 1
    while body[start : start + 1] == b" ":
        start += 1
    if body[start : start + 1] != b'"':
        return None
    end = body.find(b'"', start + 1)
    while end > 0 and _escaped(body, end):
        end = body.find(b'"', end + 1)
    if end < 0:
        return None
    raw = body[start + 1 : end]
    if b"\\" not in raw:
        return raw.decode("utf-8", "replace")
    try:
        value = orjson.loads(b'"' + raw.decode("utf-8", "replace").encode() + b'"')
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, str) else None


def _escaped(body: bytes, quote: int) -> bool:
    backslashes = 0
    while quote - backslashes > 0 and body[quote - backslashes - 1] == 0x5C:
        backslashes += 1
    return backslashes % 2 == 1
