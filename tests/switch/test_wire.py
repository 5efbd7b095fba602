"""The parser gives the same frames however the bytes arrive, and no value can pretend to be a header."""

from contextlib import suppress
from itertools import pairwise
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.switch.wire import BadEvent, Frame, Parser, WireError, decode_event, decode_lines, peek
from tests.switch.peer import TRANSCRIPTS, event, frames_of, on_the_wire

RECORDINGS = sorted(path.stem for path in TRANSCRIPTS.glob("*.jsonl"))

names = st.text("ABCDEFabcdef-_", min_size=1, max_size=20)
hostile = st.text(
    st.one_of(st.sampled_from("\n\r\0: %${}[]\"'\\,;|張é\u2028"), st.characters(exclude_categories=["Cs"])), max_size=60
)


def chopped(data: bytes, cuts: list[int]) -> list[Frame]:
    parser = Parser()
    found: list[Frame] = []
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(edges):
        found.extend(parser.feed(data[begin:end]))
    assert parser.pending() == 0
    return found


@given(
    bodies=st.lists(st.one_of(st.none(), st.binary(max_size=80)), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 2000), max_size=30),
)
def test_frames_are_the_same_however_the_bytes_are_chopped(bodies: list[bytes | None], cuts: list[int]) -> None:
    data, expected = b"", []
    for number, body in enumerate(bodies):
        head = b"Content-Type: t/%d" % number
        if body is not None:
            head += b"\nContent-Length: %d" % len(body)
        data += head + b"\n\n" + (body or b"")
        expected.append(Frame(f"t/{number}", head, body or b""))
    assert chopped(data, cuts) == expected


@given(recording=st.sampled_from(RECORDINGS), cuts=st.lists(st.integers(0, 1_000_000), max_size=40))
def test_a_recorded_connection_parses_the_same_in_pieces_and_whole(recording: str, cuts: list[int]) -> None:
    data = b"".join(frames_of(recording))
    whole = list(Parser().feed(data))
    assert len(whole) == len(frames_of(recording))
    assert chopped(data, cuts) == whole


def test_byte_by_byte_is_no_exception() -> None:
    data = b"".join(frames_of("inbound-commands"))
    assert chopped(data, list(range(len(data)))) == list(Parser().feed(data))


@given(values=st.dictionaries(names, hostile, min_size=1, max_size=8))
def test_a_plain_event_comes_back_as_it_was_sent_whatever_its_values(values: dict[str, str]) -> None:
    body = "".join(f"{name}: {quote(value)}\n" for name, value in values.items()).encode() + b"\n"
    parsed = decode_event(Frame("text/event-plain", b"", body))
    assert parsed == values


def test_a_value_with_an_encoded_line_end_forges_no_header() -> None:
    lines = b"Caller-Caller-ID-Name: Bob%0AUnique-ID%3A%20FORGED%0Avariable_vip%3A%20true\nUnique-ID: true-one\n"
    assert decode_lines(lines) == {
        "Caller-Caller-ID-Name": "Bob\nUnique-ID: FORGED\nvariable_vip: true",
        "Unique-ID": "true-one",
    }


def test_the_recorded_hostile_name_stays_one_value() -> None:
    for raw in frames_of("plain-events"):
        frame = next(Parser().feed(raw))
        if frame.content_type == "text/event-plain":
            parsed = decode_event(frame)
            assert parsed.get("Unique-ID") != " forged"
            if parsed.get("Event-Name") == "CHANNEL_CREATE" and "Caller-Orig-Caller-ID-Name" in parsed:
                assert "\n" in parsed["Caller-Orig-Caller-ID-Name"]
                return
    raise AssertionError("the recording holds the hostile name no more")


def test_the_body_of_a_plain_event_is_kept_apart() -> None:
    body = b"Event-Name: BACKGROUND_JOB\nContent-Length: 10\n\n-ERR: a: b"
    assert decode_event(Frame("text/event-plain", b"", body)) == {
        "Event-Name": "BACKGROUND_JOB",
        "Content-Length": "10",
        "_body": "-ERR: a: b",
    }


@given(junk=st.binary(max_size=40))
def test_bytes_that_are_no_utf8_are_replaced_and_the_event_is_read(junk: bytes) -> None:
    name = junk.replace(b'"', b"").replace(b"\\", b"")
    name = bytes(b for b in name if b >= 0x20)
    raw = b'{"Event-Name":"DTMF","Caller-Caller-ID-Name":"' + name + b'","DTMF-Digit":"5"}'
    parsed = decode_event(Frame("text/event-json", b"", raw))
    assert parsed["DTMF-Digit"] == "5"
    assert parsed["Caller-Caller-ID-Name"] == name.decode("utf-8", "replace")
    assert peek(raw, b"DTMF-Digit") == "5"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"a":}', b"\xff\xfe"])
def test_a_body_that_is_no_event_is_a_sentence_not_a_crash(body: bytes) -> None:
    with pytest.raises(BadEvent, match=r"\.$"):
        decode_event(Frame("text/event-json", b"", body))


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "99999999999999", "9999999999", "", "0x10", "١٢"])
def test_a_length_that_is_absurd_ends_the_connection_with_a_sentence(length: str) -> None:
    with pytest.raises(WireError, match=r"[.?]$"):
        list(Parser().feed(f"Content-Type: api/response\nContent-Length: {length}\n\n".encode()))


def test_headers_without_end_are_refused_before_they_fill_the_memory() -> None:
    parser = Parser(max_head=1000)
    assert not list(parser.feed(b"variable_x: " + b"a" * 900 + b"\n"))
    with pytest.raises(WireError, match="without an end"):
        list(parser.feed(b"variable_x: " + b"a" * 100 + b"\n"))


@given(data=st.binary(max_size=300))
def test_whatever_comes_is_frames_or_a_sentence(data: bytes) -> None:
    parser = Parser(max_head=100, max_body=100)
    with suppress(WireError):
        for frame in parser.feed(data):
            frame.headers()
            frame.header("Reply-Text")
            frame.text()
            with suppress(BadEvent):
                decode_event(frame)


@given(
    fields=st.dictionaries(names, st.one_of(hostile, st.lists(hostile, max_size=2)), max_size=8),
    spaced=st.booleans(),
)
def test_a_peeked_value_is_the_decoded_value(fields: dict[str, str | list[str]], spaced: bool) -> None:
    body = orjson.dumps(fields)
    if spaced:
        body = orjson.dumps(fields, option=orjson.OPT_INDENT_2)
    for name in {*fields, "Unique-ID"}:
        value = fields.get(name)
        assert peek(body, name.encode()) == (value if isinstance(value, str) else None)


def test_a_value_can_not_pass_for_a_key() -> None:
    body = orjson.dumps({"variable_a": '"Unique-ID":"forged"', "variable_b": "Unique-ID", "Unique-ID": "true"})
    assert peek(body, b"Unique-ID") == "true"


@pytest.mark.parametrize("recording", RECORDINGS)
def test_peeking_agrees_with_decoding_on_every_recorded_event(recording: str) -> None:
    for raw in frames_of(recording):
        frame = next(Parser().feed(raw))
        if frame.content_type == "text/event-json":
            decoded = decode_event(frame)
            for name in ("Event-Name", "Unique-ID", "Hangup-Cause", "Application-UUID", "DTMF-Digit", "_body", "nope"):
                assert peek(frame.body, name.encode()) == decoded.get(name)


def test_the_connect_reply_is_the_whole_channel() -> None:
    raw = next(raw for raw in frames_of("ivr-digits", "outbound") if raw.startswith(b"Event-Name: CHANNEL_DATA"))
    frame = next(Parser().feed(raw))
    channel = frame.headers()
    assert frame.content_type == "command/reply"
    assert channel["variable_socket_resume"] == "true"
    assert channel["Unique-ID"] == frame.header("Unique-ID")
    assert len(channel) > 150


def test_empty_lines_between_frames_are_harmless() -> None:
    assert [f.content_type for f in Parser().feed(b"\n\n\nContent-Type: a\n\n\n\nContent-Type: b\n\n")] == ["a", "b"]


def test_events_of_a_test_look_like_events_of_the_switch() -> None:
    frame = next(Parser().feed(event("DTMF", DTMF_Digit="1", variable_a="x")))
    assert decode_event(frame)["DTMF-Digit"] == "1"
    assert next(Parser().feed(on_the_wire(["Content-Type: a"], "body"))).body == b"body"
