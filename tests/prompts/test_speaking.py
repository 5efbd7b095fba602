"""Texts of single calls: spoken aside, once, within a time; whatever is in them, they are only said."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.bootstrap.speaking import KEPT_S, PRIVATE_KEPT_S, SWEPT_EVERY_S, SpeechAside
from callcontrol.ports.speech import SpeechError
from callcontrol.prompts.plain import plain_text

VOICE = """
import sys, time, wave
text = open(sys.argv[1], encoding="utf-8").read()
with open(sys.argv[0] + ".said", "a", encoding="utf-8") as said:
    said.write(text)
if "slow" in text:
    time.sleep(60)
if "broken" in text:
    sys.exit("no voice for: " + text)
with wave.open(sys.argv[2], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(b"\\x10\\x10" * 800 * len(text))
"""


class Voice:
    """A speech program that writes down what it was given."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "voice.py"
        self.script.write_text(VOICE)
        self.command = f"{sys.executable} {self.script} {{text_file}} {{out}}"

    @property
    def said(self) -> list[str]:
        file = Path(f"{self.script}.said")
        return file.read_text("utf-8").splitlines() if file.exists() else []


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return Voice(tmp_path)


def speech(voice: Voice, tmp_path: Path, **more: object) -> SpeechAside:
    more = {"deadline_s": 20.0, **more}  # a busy machine is no failure here
    return SpeechAside(tmp_path / "sounds", b"secret", voice.command, **more)  # type: ignore[arg-type]


def test_a_text_is_spoken_once_and_found_again(voice: Voice, tmp_path: Path) -> None:
    made = speech(voice, tmp_path)
    first = made.spoken("Your parcel comes today.", "en", private=False)
    with wave.open(first) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
    assert made.spoken("Your parcel  comes\ntoday.", "en", private=False) == first
    assert speech(voice, tmp_path).spoken("Your parcel comes today.", "en", private=False) == first
    assert voice.said == ["Your parcel comes today."]
    assert made.spoken("Your parcel comes today.", "zh", private=False) != first
    assert "parcel" not in first


@pytest.mark.parametrize("text", ["", "  \n\t ", "<>", "\x00\x01"])
def test_nothing_to_say_is_said_so(text: str, voice: Voice, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="can be said"):
        speech(voice, tmp_path).spoken(text, "en", private=False)


def test_what_takes_too_long_is_ended_with_all_that_it_started(voice: Voice, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="longer than"):
        speech(voice, tmp_path, deadline_s=3.0).spoken("slow", "en", private=False)
    assert voice.said in ([], ["slow"])  # a machine that is busy may not even have begun
    deadline = time.monotonic() + 20
    while any(str(voice.script).encode() in _command_line(pid) for pid in _processes()):
        assert time.monotonic() < deadline, "the voice still runs"
        time.sleep(0.05)  # another process: nothing to wait on


def test_a_voice_that_fails_is_a_sentence_without_the_text(voice: Voice, tmp_path: Path) -> None:
    with pytest.raises(SpeechError) as failed:
        speech(voice, tmp_path).spoken("broken 4711 secret", "en", private=True)
    assert "could not speak" in str(failed.value)
    assert "4711" not in str(failed.value)
    nothing = SpeechAside(tmp_path / "sounds", b"secret", "/nowhere/voice {text_file} {out}")
    with pytest.raises(SpeechError, match="not installed"):
        nothing.spoken("Good day", "en", private=False)


def test_where_no_file_can_be_written_it_is_a_sentence(voice: Voice, tmp_path: Path) -> None:
    (tmp_path / "sounds").write_text("no folder")
    with pytest.raises(SpeechError, match="can't be written"):
        speech(voice, tmp_path).spoken("Good day", "en", private=False)


def test_several_callers_who_are_told_the_same_need_one_voice(voice: Voice, tmp_path: Path) -> None:
    made = speech(voice, tmp_path)
    files: list[str] = []
    threads = [
        threading.Thread(target=lambda: files.append(made.spoken("All trains are late.", "en", private=False)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(25)
    assert len(set(files)) == 1
    assert len(files) == 6
    assert len(voice.said) <= 2  # as many as may speak at once


def test_old_and_private_ones_are_forgotten_and_never_what_was_just_said(voice: Voice, tmp_path: Path) -> None:
    now = [time.time()]
    made = speech(voice, tmp_path, now=lambda: now[0])
    shown, private = made.spoken("one", "en", private=False), made.spoken("two", "en", private=True)
    now[0] += max(PRIVATE_KEPT_S, SWEPT_EVERY_S) + 1
    third = made.spoken("three", "en", private=False)
    assert [Path(each).exists() for each in (shown, private, third)] == [True, False, True]
    os.utime(shown, (now[0], now[0]))
    now[0] += KEPT_S - 1
    assert made.spoken("one", "en", private=False) == shown  # said again: kept longer
    assert [Path(each).exists() for each in (shown, third)] == [True, False]


def test_a_full_cache_forgets_the_oldest(voice: Voice, tmp_path: Path) -> None:
    now = [time.time()]
    made = speech(voice, tmp_path, now=lambda: now[0], most_bytes=40_000)
    files = []
    for number in range(5):
        files.append(made.spoken(f"text {number}", "en", private=False))  # some 11 kB each
        os.utime(files[-1], (now[0], now[0]))
        now[0] += SWEPT_EVERY_S + 1
    kept = [Path(file).exists() for file in files]
    assert kept[-1]
    assert not kept[0]
    assert sum(Path(file).stat().st_size for file in files if Path(file).exists()) <= 40_000


@given(st.text(max_size=300))
def test_a_plain_text_is_one_line_of_words(text: str) -> None:
    plain = plain_text(text)
    assert plain.isprintable()
    assert not set(plain) & set('<>&[]{}\\|`"')
    assert plain[:1] not in ("-", "+", "/")
    assert plain_text(plain).strip() == plain.strip()


@given(st.text(alphabet=st.characters(categories=("L", "Nd")), min_size=1, max_size=100))
def test_words_and_digits_are_said_as_they_are(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "--version",
        "-f /etc/passwd",
        "[[h@l'oU]]",
        "<speak><break time='9s'/>hi</speak>",
        "$(touch /tmp/x)",
        "x" * 10_000_000,
    ],
)
def test_hostile_texts_are_only_said(text: str, voice: Voice, tmp_path: Path) -> None:
    plain = plain_text(text)
    assert len(plain) <= 8_000
    assert not plain.startswith("-")
    made = speech(voice, tmp_path)
    assert Path(made.spoken(text[:200], "en", private=False)).exists()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    "text", ["--help", "-w /tmp/owned.wav", "[[x]] two", "您的订单已发货。", "Order 12 was shipped."]
)
def test_the_shipped_voice_says_them(text: str, tmp_path: Path) -> None:
    file = SpeechAside(tmp_path / "sounds", b"secret", deadline_s=20.0).spoken(
        text, "zh" if "您" in text else "en", private=False
    )
    with wave.open(file) as sound:
        assert sound.getnframes() > 1000
    assert not Path("/tmp/owned.wav").exists()


def _processes() -> list[str]:
    return [entry for entry in os.listdir("/proc") if entry.isdigit()]


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
