"""Which files a prompt is made of, and that building makes exactly those."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from callcontrol.flow.commands import Prompt
from callcontrol.prompts.builder import build, choose_voice, states
from callcontrol.prompts.catalogue import Texts, shipped_texts, texts_of
from callcontrol.prompts.music import SECONDS, hold_music
from callcontrol.prompts.sounds import WITHOUT_MUSIC, SoundFiles, sounds_for
from callcontrol.prompts.voice import Program, Silence, VoiceError
from callcontrol.prompts.wav import RATE
from callcontrol.values.configuration import Announcement, Configuration, Queue

SMALL = Texts(
    {
        "zh": {"offpeak": "现在很忙。", "ahead": "前面有{n}位。", "say.liang": "两", "system_fault": "系统故障。"},
        "en": {"offpeak": "We are busy.", "ahead": "{n} before you.", "say.2": "two", "system_fault": "Fault."},
    }
)


@dataclass
class Dictated:
    """A voice that writes down what it is told to say."""

    name: str = "dictated"
    said: list[str] = field(default_factory=list)

    def speak(self, text: str, language: str, out: Path) -> None:
        self.said.append(text)
        Silence().speak(text, language, out)


def names(files: list[str]) -> list[str]:
    return [Path(f).name.rsplit("-", 1)[0] for f in files]


def with_text(text: str) -> Texts:
    announcement = Announcement(text={"en": text})
    return texts_of(Configuration(queues={"support": Queue("support", announcement=announcement)}))


def test_what_is_built_is_what_is_played(tmp_path: Path):
    build(SMALL, tmp_path, Silence())
    for prompt in (Prompt("offpeak"), Prompt("ahead", {"n": 2}), Prompt("queue.support.offpeak")):
        for language in ("zh", "en"):
            files = sounds_for(prompt, language, tmp_path, SMALL)
            assert files
            assert all(Path(f).exists() for f in files)


def test_a_text_with_a_value_is_pieces_around_a_number(tmp_path: Path):
    files = sounds_for(Prompt("ahead", {"n": 2}), "zh", tmp_path, SMALL)
    assert names(files) == ["ahead.0", "say.liang", "ahead.1"]
    assert names(sounds_for(Prompt("ahead", {"n": 2}), "en", tmp_path, SMALL)) == ["say.2", "ahead.1"]


def test_the_number_prompt_says_a_number_or_digits(tmp_path: Path):
    texts = shipped_texts()
    assert names(sounds_for(Prompt("number", {"value": 21}), "en", tmp_path, texts)) == ["say.20", "say.1"]
    assert names(sounds_for(Prompt("number", {"value": "21*"}), "en", tmp_path, texts)) == [
        "say.2",
        "say.1",
        "say.star",
    ]


def test_a_prompt_without_a_text_has_no_file(tmp_path: Path):
    assert sounds_for(Prompt("nothing"), "zh", tmp_path, SMALL) == []


def test_nothing_is_built_twice(tmp_path: Path):
    voice = Dictated()
    first = build(SMALL, tmp_path, voice)
    again = build(SMALL, tmp_path, voice)
    assert (first.kept, again.built) == (0, 0)
    assert sorted(voice.said) == sorted(set(voice.said))


def test_another_voice_builds_anew_and_a_lost_file_comes_back(tmp_path: Path):
    build(SMALL, tmp_path, Silence())
    voice = Dictated()
    assert build(SMALL, tmp_path, voice).kept == 0
    assert build(SMALL, tmp_path, Silence(), only_missing=True).built == 0
    lost = Path(sounds_for(Prompt("offpeak"), "zh", tmp_path, SMALL)[0])
    lost.unlink()
    assert build(SMALL, tmp_path, voice).built == 1
    assert lost.exists()


def test_a_new_text_is_a_new_file_and_the_old_one_stays(tmp_path: Path):
    old, new = with_text("Call at night."), with_text("Call at noon.")
    prompt = Prompt("queue.support.offpeak")
    build(old, tmp_path, Silence())
    before = sounds_for(prompt, "en", tmp_path, old)
    build(new, tmp_path, Silence())
    after = sounds_for(prompt, "en", tmp_path, new)
    assert before != after
    assert all(Path(f).exists() for f in (*before, *after))


def test_until_a_queue_s_own_text_is_built_the_shipped_one_is_said(tmp_path: Path):
    build(shipped_texts(), tmp_path, Silence())
    files = sounds_for(Prompt("queue.support.offpeak"), "en", tmp_path, with_text("Call at night."))
    assert names(files) == ["offpeak"]


def test_a_recorded_file_comes_before_the_built_one(tmp_path: Path):
    recorded = tmp_path / "zh" / "recorded" / "offpeak.wav"
    recorded.parent.mkdir(parents=True)
    recorded.write_bytes(b"RIFF")
    assert sounds_for(Prompt("offpeak"), "zh", tmp_path, SMALL) == [str(recorded)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "队列", "a b", "x" * 300, "${system(reboot)}"])
def test_a_queue_s_name_can_t_leave_the_folder(tmp_path: Path, name: str):
    texts = texts_of(Configuration(queues={name: Queue(name, announcement=Announcement(text={"zh": "忙。"}))}))
    (file,) = sounds_for(Prompt(f"queue.{name}.offpeak"), "zh", tmp_path, texts)
    build(texts, tmp_path, Silence())
    assert Path(file).resolve().is_relative_to(tmp_path)
    assert Path(file).exists()
    assert not set(Path(file).name) & set("${} /")


def test_the_dialplan_finds_its_apology_under_a_plain_name(tmp_path: Path):
    build(SMALL, tmp_path, Silence())
    for language in ("zh", "en"):
        assert (tmp_path / language / "system_fault.wav").exists()


def test_states_tell_missing_silent_and_built(tmp_path: Path):
    assert {s.state for s in states(SMALL, tmp_path)} == {"missing"}
    build(SMALL, tmp_path, Silence())
    assert {s.state for s in states(SMALL, tmp_path)} == {"silent"}
    build(SMALL, tmp_path, Dictated())
    assert {s.state for s in states(SMALL, tmp_path)} == {"built"}


def test_a_spoilt_ledger_only_costs_a_new_build(tmp_path: Path):
    build(SMALL, tmp_path, Silence())
    (tmp_path / "built.json").write_text("{", "utf-8")
    assert build(SMALL, tmp_path, Silence()).kept == 0


def test_silence_lasts_about_as_long_as_the_words(tmp_path: Path):
    Silence().speak("技术支持，请按1。账单服务，请按2。", "zh", tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        assert 3 < file.getnframes() / RATE < 8


# --- a program that speaks ------------------------------------------------------------------------------------------------
def test_a_program_of_one_s_own_is_run_without_a_shell(tmp_path: Path):
    source = tmp_path / "given.wav"
    Silence().speak("twenty characters ok", "en", source)
    program = Program(f"cp {source} {{out}}")
    program.speak("$(touch pwned); `x`", "en", tmp_path / "made.wav")
    assert (tmp_path / "made.wav").exists()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("no-such-program {out}", "no-such-program is not installed"),
        ("false {out}", "ended with status 1"),
        ("true", "wrote no file"),
        ("cp /dev/null {out}", "can't be used"),
        ("true {volume}", "unknown field"),
        ("true 'open", "can't be read"),
    ],
)
def test_a_program_that_fails_is_told_in_a_sentence(tmp_path: Path, command: str, sentence: str):
    with pytest.raises(VoiceError, match=sentence):
        Program(command).speak("x", "en", tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


def test_what_can_t_be_spoken_is_a_problem_and_stops_nothing(tmp_path: Path):
    report = build(SMALL, tmp_path, Program("false"))
    assert report.problems
    assert report.built == 1, "the music"


def test_without_the_program_it_is_silence_and_said_loudly():
    voice, warning = choose_voice("no-such-program {out}")
    assert isinstance(voice, Silence)
    assert "SILENT" in warning
    with pytest.raises(VoiceError, match="not installed"):
        choose_voice("no-such-program {out}", "program")


# --- music ----------------------------------------------------------------------------------------------------------------
def test_the_music_loops_without_a_click_and_never_shouts():
    samples = hold_music()
    assert len(samples) == SECONDS * RATE
    steps = [abs(b - a) for a, b in pairwise(samples)]
    assert abs(samples[0] - samples[-1]) <= max(steps)
    assert 2_000 < max(map(abs, samples)) < 12_000


def test_until_the_music_is_built_there_is_a_sign_of_life(tmp_path: Path):
    assert SoundFiles(tmp_path).music("") == [WITHOUT_MUSIC]
    build(SMALL, tmp_path, Silence())
    sounds = SoundFiles(tmp_path)  # the one before remembers its answer for a moment
    assert sounds.music("") == [str(tmp_path / "music" / "default.wav")]
    assert sounds.music("../../x") == sounds.music("jazz") == sounds.music("")


def test_the_conductor_s_view_follows_the_configuration(tmp_path: Path):
    sounds = SoundFiles(tmp_path)
    plain = Configuration()
    own = Configuration(texts={"goodbye": {"en": "Bye!"}})
    first = sounds.files_for(Prompt("goodbye"), "en", plain)
    assert sounds.files_for(Prompt("goodbye"), "en", own) != first
    assert sounds.files_for(Prompt("goodbye"), "en", plain) == first
