"""What a person uploads becomes a sound that the switch plays, or a sentence."""

from __future__ import annotations

import io
import math
import shutil
import subprocess
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow.commands import Prompt
from callcontrol.prompts import recordings
from callcontrol.prompts.builder import BUILT, build
from callcontrol.prompts.catalogue import Found, Texts, texts_of
from callcontrol.prompts.recordings import NotASound, converted, keep, recording_of, remove
from callcontrol.prompts.shelf import Shelf
from callcontrol.prompts.sounds import sounds_for
from callcontrol.prompts.voice import Silence
from callcontrol.prompts.wav import read_wav
from callcontrol.values.configuration import Configuration

GOODBYE = Found("goodbye", "en", "Goodbye.")


def tone(seconds: float, rate: int = 8000, channels: int = 1, loudness: float = 0.2, hertz: int = 300) -> bytes:
    """A WAV file as a person could have recorded it."""
    peak = 32_767 * loudness
    samples = array("h", (round(peak * math.sin(2 * math.pi * hertz * n / rate)) for n in range(round(seconds * rate))))
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", (s for s in samples for _ in range(channels))).tobytes())
    return held.getvalue()


def rms_db(samples: array[int]) -> float:
    return 20 * math.log10(math.sqrt(sum(s * s for s in samples) / len(samples)) / 32_768)


@pytest.fixture(params=["sox", "without sox"])
def _by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "sox" and not shutil.which("sox"):
        pytest.skip("sox is not installed")
    if request.param == "without sox":
        monkeypatch.setattr(recordings.shutil, "which", lambda _name: None)


@pytest.mark.usefixtures("_by")
@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100])
@pytest.mark.parametrize(("seconds", "channels"), [(0.25, 1), (1.3, 2)])
def test_it_stays_as_long_and_gets_both_rates(rate: int, seconds: float, channels: int):
    made = converted(tone(seconds, rate, channels))
    assert set(made) == {8000, 16_000}
    for each, samples in made.items():
        assert len(samples) / each == pytest.approx(seconds, abs=0.01)


@pytest.mark.usefixtures("_by")
@pytest.mark.parametrize("loudness", [0.02, 0.2, 0.9])
def test_all_become_as_loud(loudness: float):
    for samples in converted(tone(0.5, 16_000, loudness=loudness)).values():
        assert rms_db(samples) == pytest.approx(-20, abs=0.5)
        assert max(map(abs, samples)) < 29_300


@pytest.mark.usefixtures("_by")
def test_what_has_high_peaks_stays_less_loud_instead_of_being_cut_off():
    soft = bytearray(tone(1, 16_000, loudness=0.02))
    for at in range(1000, 31_000, 2000):
        soft[44 + at : 48 + at] = (28_000).to_bytes(2, "little", signed=True) * 2
    for samples in converted(bytes(soft)).values():
        assert rms_db(samples) < -20.5
        assert max(map(abs, samples)) <= 29_204


@pytest.mark.usefixtures("_by")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "unknown"),
        (b"MZ" * 100, "unknown"),
        (b"RIFF\x00\x00\x00\x00WAVE", "unreadable"),
        (tone(1)[:40], "unreadable"),
        (tone(0.19), "short"),
        (tone(120.2), "long"),
        (tone(1, loudness=0), "silent"),
        (tone(1, loudness=0.001), "silent"),
        (tone(1, loudness=1.0), "clipped"),
        (tone(1, 4000), "rate"),
        (b"RIFF0000WAVE" + bytes(recordings.LARGEST), "large"),
    ],
)
def test_what_is_no_good_is_refused_with_a_sentence(data: bytes, why: str):
    with pytest.raises(NotASound) as refused:
        converted(data)
    assert refused.value.why == why
    assert str(refused.value).endswith(".")


MAGIC = st.sampled_from([b"", b"RIFF\0\0\0\0WAVEfmt ", b"fLaC", b"OggS\0\2"])


@given(
    st.one_of(
        st.builds(bytes.__add__, MAGIC, st.binary(max_size=200)), st.tuples(st.integers(0, 60), st.binary(max_size=8))
    )
)
def test_whatever_comes_is_a_sound_or_a_sentence(given_bytes: bytes | tuple[int, bytes]):
    if isinstance(given_bytes, tuple):  # a good file with something else in its header
        at, other = given_bytes
        good = tone(0.3)
        given_bytes = good[:at] + other + good[at + len(other) :]
    try:
        made = converted(given_bytes)
    except NotASound:
        return  # with a sentence: the test above
    assert 0.2 <= len(made[8000]) / 8000 <= 120


@pytest.mark.skipif(not shutil.which("sox"), reason="sox makes the files")
@pytest.mark.parametrize("kind", ["flac", "ogg"])
def test_other_formats(tmp_path: Path, kind: str):
    (tmp_path / "a.wav").write_bytes(tone(1, 16_000))
    subprocess.run(["sox", tmp_path / "a.wav", tmp_path / f"a.{kind}"], check=True, timeout=20)
    made = converted((tmp_path / f"a.{kind}").read_bytes())
    assert len(made[8000]) / 8000 == pytest.approx(1, abs=0.01)


def test_it_is_played_until_it_is_removed(tmp_path: Path):
    texts = Texts({"en": {"goodbye": "Goodbye.", "say.1": "one"}})
    kept = keep(GOODBYE, tone(0.5, 16_000), tmp_path, who="mia", at=5.0)
    (file,) = sounds_for(Prompt("goodbye"), "en", tmp_path, texts)
    assert read_wav(Path(file))[0] == 8000
    assert read_wav(Path(file).parent / "16000" / "goodbye.wav")[0] == 16_000
    assert recording_of(GOODBYE, tmp_path) == kept
    assert kept.seconds == pytest.approx(0.5, abs=0.01)
    assert remove(GOODBYE, tmp_path)
    assert "recorded" not in sounds_for(Prompt("goodbye"), "en", tmp_path, texts)[0]
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert not remove(GOODBYE, tmp_path)


def test_a_piece_of_a_number_may_be_recorded_and_a_text_with_gaps_may_not(tmp_path: Path):
    texts = Texts({"en": {"say.1": "one", "left": "{n} left."}})
    keep(Found("say.1", "en", "one"), tone(0.3), tmp_path, who="mia", at=5.0)
    with pytest.raises(NotASound, match="gaps"):
        keep(Found("left", "en", "{n} left."), tone(0.3), tmp_path, who="mia", at=5.0)
    (tmp_path / "en" / "recorded" / "left.wav").write_bytes(tone(0.3))
    files = [Path(f) for f in sounds_for(Prompt("left", {"n": 1}), "en", tmp_path, texts)]
    assert files[0] == tmp_path / "en" / "recorded" / "say.1.wav"
    assert files[1].name.startswith("left.1-")


def test_a_recording_is_stale_once_its_text_is_another(tmp_path: Path):
    kept = keep(GOODBYE, tone(0.5), tmp_path, who="mia", at=5.0)
    assert not kept.stale("Goodbye. ")
    assert kept.stale("Bye.")
    (tmp_path / "en" / "recorded" / "goodbye.json").unlink()  # put there by hand: nobody knows
    by_hand = recording_of(GOODBYE, tmp_path)
    assert by_hand is not None
    assert not by_hand.stale("Bye.")
    assert by_hand.seconds == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("key", ["../../etc/passwd", "x" * 300, "a/b", "问候"])
def test_a_key_can_t_leave_the_folder(tmp_path: Path, key: str):
    found = Found(key, "en", "Hello.")
    keep(found, tone(0.3), tmp_path, who="mia", at=5.0)
    assert {p.parent.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {
        "en/recorded",
        "en/recorded/8000",
        "en/recorded/16000",
    }
    assert recording_of(found, tmp_path)


def test_the_prompt_that_the_dialplan_plays_is_the_recorded_one_while_there_is_one(tmp_path: Path):
    shelf, rules = Shelf(tmp_path), Configuration()
    build(texts_of(rules), tmp_path, Silence())
    plain = tmp_path / "en" / "system_fault.wav"
    built = plain.read_bytes()
    shelf.record(rules, "system_fault", "en", tone(0.7), who="mia", at=5.0)
    assert plain.read_bytes() == (tmp_path / "en" / "recorded" / "system_fault.wav").read_bytes()
    build(texts_of(rules), tmp_path, Silence())
    assert plain.read_bytes() != built
    shelf.remove(rules, "system_fault", "en")
    assert plain.read_bytes() == built


def test_the_shelf_knows_the_state_of_every_sound(tmp_path: Path):
    shelf, rules = Shelf(tmp_path), Configuration(texts={"own": {"en": "Mine, {n}."}})
    assert {s.state for s in shelf.rows(rules)} == {"missing"}
    build(texts_of(rules), tmp_path, Silence())
    assert {s.state for s in shelf.rows(rules) if s.text} == {"silent"}
    (tmp_path / BUILT).unlink()
    shelf.record(rules, "goodbye", "en", tone(0.5), who="mia", at=5.0)
    states = {(s.key, s.language): s.state for s in shelf.rows(rules)}
    assert states["goodbye", "en"] == "recorded"
    assert states["goodbye", "zh"] == "synthetic"
    assert states["own", "zh"] == "missing"
    other = Configuration(texts={"goodbye": {"en": "Bye."}})
    (now,) = [s for s in shelf.rows(other) if (s.key, s.language) == ("goodbye", "en")]
    assert (now.state, [f.kind for f in now.findings]) == ("stale", ["stale"])
    heard = shelf.wav(rules, "own", "en")
    assert heard is not None
    with wave.open(io.BytesIO(heard)) as file:
        assert file.getnframes() > 0.4 * 8000
    next((tmp_path / "en").glob("queue.position.0-*")).unlink()
    (half,) = [s for s in shelf.rows(rules) if (s.key, s.language) == ("queue.position", "en")]
    assert half.state == "missing"
