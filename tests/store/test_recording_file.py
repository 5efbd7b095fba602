"""A recording is what its file holds: by its frames, not by its header's promise."""

from __future__ import annotations

import hashlib
import io
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.store.recording_file import GRACE_S, TOLERANCE_S, FileFacts, examine, judge, wave_seconds
from callcontrol.store.scribe_sink import DueRecording


def wave_bytes(seconds: float, *, channels: int = 2, rate: int = 8000) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"\1\2" * channels * round(seconds * rate))
    return target.getvalue()


def test_a_whole_file_is_measured_and_digested(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(wave_bytes(2.5))
    content = path.read_bytes()
    assert examine(path) == FileFacts(len(content), 2.5, hashlib.sha256(content).hexdigest())


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    assert examine(tmp_path / "nothing.wav") is None
    assert examine(tmp_path) is None
    (tmp_path / "file").write_bytes(b"")
    assert examine(tmp_path / "file" / "below.wav") is None


@given(st.floats(0, 3), st.sampled_from([1, 2]), st.sampled_from([8000, 16000, 48000]))
def test_length_follows_frames_channels_and_rate(seconds: float, channels: int, rate: int) -> None:
    made = wave_seconds(io.BytesIO(wave_bytes(seconds, channels=channels, rate=rate)))
    assert made == pytest.approx(round(seconds * rate) / rate)


@pytest.mark.parametrize("promised", [0, 0xFFFFFFFF, 10_000_000])
def test_a_header_that_promises_nothing_or_too_much_is_not_believed(promised: int) -> None:
    content = bytearray(wave_bytes(2.0))
    content[40:44] = struct.pack("<I", promised)
    assert wave_seconds(io.BytesIO(bytes(content))) == pytest.approx(2.0)


def test_other_chunks_before_the_sound_are_passed_over() -> None:
    content = wave_bytes(1.0)
    extra = b"LIST" + struct.pack("<I", 5) + b"notes\0"
    assert wave_seconds(io.BytesIO(content[:36] + extra + content[36:])) == pytest.approx(1.0)


@given(st.binary(max_size=80), st.integers(0, 60))
def test_a_damaged_file_is_never_an_error(tail: bytes, keep: int) -> None:
    seconds = wave_seconds(io.BytesIO(wave_bytes(0.1)[:keep] + tail))
    assert seconds is None or seconds >= 0


def due(*, talk_s: float | None = 30.0, seconds: float | None = None) -> DueRecording:
    return DueRecording("r1", "c1", "r1.wav", 1000.0, seconds, talk_s)


def verdict(facts: FileFacts | None, after_s: float, **known: float | None) -> str | None:
    made = judge(due(**known), facts, 1000.0 + after_s)
    return made.state if made else None


def test_a_file_as_long_as_the_talk_is_complete_at_once() -> None:
    assert verdict(FileFacts(10, 30.0, "ab"), 0) == "complete"
    assert verdict(FileFacts(10, 30.0 - TOLERANCE_S, "ab"), 0) == "complete"
    assert verdict(FileFacts(10, 40.0, "ab"), 0) == "complete"


def test_a_short_or_missing_file_is_an_alarm_after_the_grace() -> None:
    short = FileFacts(10, 29.9 - TOLERANCE_S, "ab")
    assert (verdict(short, GRACE_S - 0.1), verdict(short, GRACE_S)) == (None, "short")
    assert (verdict(None, GRACE_S - 0.1), verdict(None, GRACE_S)) == (None, "missing")
    assert GRACE_S < 60


def test_without_a_talk_the_switch_s_own_length_is_asked_and_without_both_what_is_there() -> None:
    assert verdict(FileFacts(10, 5.0, "ab"), 20, talk_s=None, seconds=30.0) == "short"
    assert verdict(FileFacts(10, 5.0, "ab"), 20, talk_s=None) == "complete"
    assert verdict(FileFacts(44, 0.0, "ab"), 20, talk_s=None) == "short"


def test_what_is_no_wave_file_is_measured_by_the_switch() -> None:
    assert verdict(FileFacts(10, None, "ab"), 20, seconds=30.0) == "complete"
    assert verdict(FileFacts(10, None, "ab"), 20, seconds=3.0) == "short"
    assert verdict(FileFacts(10, None, "ab"), 20, talk_s=None) == "complete"
    assert verdict(FileFacts(10, None, "ab"), 20) == "short"
    assert verdict(FileFacts(0, None, "ab"), 20, talk_s=None) == "short"
