"""Decoding an event: ours against the client library's own parser, on the same recorded frames in one run.

The library reads plain events, we subscribe JSON: each frame is given to each side in the form that it asks the switch for,
with the same fields. Its handling is called as its reader would call it, without the socket.
"""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import quote

from greenswitch.esl import ESLEvent, ESLProtocol

from callcontrol.switch.wire import Parser, decode_event, peek

TRANSCRIPT = Path(__file__).parent.parent / "transcripts" / "bridge-record-resume.jsonl"
ROUNDS = 15
REPEATS = 3


def recorded_events() -> list[dict[str, Any]]:
    found = []
    for line in TRANSCRIPT.read_text().splitlines():
        frame = json.loads(line)
        if frame["dir"] == "<" and any("text/event-json" in head for head in frame["head"]):
            body = frame["body"]
            found.append(json.loads(body) if isinstance(body, str) else body)
    return found


def as_json(event: dict[str, Any]) -> bytes:
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body)


def as_plain(event: dict[str, Any]) -> bytes:
    body = "".join(f"{name}: {quote(str(value), safe='/,;()')}\n" for name, value in event.items()).encode() + b"\n"
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%s" % (len(body), body)


def _theirs(data: bytes) -> int:
    """greenswitch: its loop over lines, its ``handle_event``, its queue."""
    protocol = ESLProtocol()
    protocol.sock_file = io.BytesIO(data)
    buffer = ""
    while line := protocol.sock_file.readline():
        text = line.decode("utf-8")
        if text == "\n":
            if buffer:
                protocol.handle_event(ESLEvent(buffer))
            buffer = ""
            continue
        buffer += text
    return int(protocol._esl_event_queue.qsize())


def _ours(data: bytes) -> int:
    return sum(1 for frame in Parser().feed(data) if decode_event(frame)["Event-Name"])


def _peeked(data: bytes) -> int:
    """What the room does with most events: name, leg and one value, without decoding the rest."""
    count = 0
    for frame in Parser().feed(data):
        count += bool(peek(frame.body, b"Event-Name"))
        peek(frame.body, b"Unique-ID")
        peek(frame.body, b"Application-UUID")
    return count


def _us(calls: list[tuple[Any, bytes]], expected: int) -> list[float]:
    """Microseconds of processor time for one event, of each: the best of several rounds, in turns, because whatever else the
    machine does is nobody's merit."""
    rounds: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for took, (call, data) in zip(rounds, calls, strict=True):
            began = process_time()
            for _ in range(REPEATS):
                assert call(data) == expected
            took.append((process_time() - began) / REPEATS / expected * 1e6)
    return [min(took) for took in rounds]


def measure() -> dict[str, Any]:
    events = recorded_events()
    plain, as_sent = b"".join(map(as_plain, events)), b"".join(map(as_json, events))
    logging.disable(logging.WARNING)
    try:
        theirs, ours, peeked = _us([(_theirs, plain), (_ours, as_sent), (_peeked, as_sent)], len(events))
    finally:
        logging.disable(logging.NOTSET)
    return {
        "what": "decoding one event of the switch",
        "rows": [
            ("events, recorded", len(events), "", ""),
            ("size of one, as JSON", len(as_sent) / len(events), "bytes", ""),
            ("the client library, plain", theirs, "us", ""),
            ("ours, the whole event", ours, "us", ""),
            ("ours, what most events need", peeked, "us", ""),
            ("whole event: times faster", theirs / ours, "x", ">= 5", "the client library, same frames"),
            ("most events: times faster", theirs / peeked, "x", ">= 5", "the client library, same frames"),
        ],
    }
