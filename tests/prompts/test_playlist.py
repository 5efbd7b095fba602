"""Hold music: one piece or a list, in order or shuffled, for each language; what is not there is said, and a tone is heard."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcontrol.cli.main import command
from callcontrol.prompts.lint import music_problems
from callcontrol.prompts.music_shelf import add, remove
from callcontrol.prompts.playlist import names, pieces, playlist
from callcontrol.prompts.recordings import NotASound, seconds_of
from callcontrol.prompts.sounds import WITHOUT_MUSIC, SoundFiles
from callcontrol.prompts.wav import write_wav
from callcontrol.values.configuration import Configuration, Queue
from callcontrol.values.configuration_checks import check


def write(folder: Path, *files: str) -> None:
    for file in files:
        write_wav(folder / "music" / file, array("h", [4000, -4000] * 8000))


def stems(found: list[str]) -> list[str]:
    return [Path(each).stem for each in found]


def test_a_folder_is_a_list_in_the_order_of_its_names(tmp_path: Path) -> None:
    write(tmp_path, "jazz/2.wav", "jazz/10.wav", "jazz/1.wav", "jazz/en/b.wav", "single.wav")
    (tmp_path / "music" / "jazz" / "notes.txt").write_text("no music")
    (tmp_path / "music" / "jazz" / "with space.wav").write_text("the switch would not take it")
    assert stems(pieces("jazz", "zh", tmp_path)) == ["1", "10", "2"]
    assert stems(pieces("jazz", "en", tmp_path)) == ["b"]
    assert stems(pieces("single", "en", tmp_path)) == ["single"]
    assert names(tmp_path) == ["jazz", "single"]


@pytest.mark.parametrize("name", ["", "..", "../secret", "a/b", "jazz.wav", "a" * 61, "x;y"])
def test_a_name_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    write(tmp_path, "jazz/1.wav")
    assert pieces(name, "en", tmp_path) == []
    assert pieces("jazz", "../..", tmp_path) == pieces("jazz", "", tmp_path)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shuffled_is_the_same_pieces_and_the_same_for_the_same_call(tmp_path: Path, one: str, other: str) -> None:
    if not pieces("jazz", "", tmp_path):
        write(tmp_path, *(f"jazz/{number}.wav" for number in range(6)))
    listed = pieces("jazz", "", tmp_path)
    assert playlist("jazz", "", tmp_path, one) == playlist("jazz", "", tmp_path, one)
    assert sorted(playlist("jazz", "", tmp_path, one)) == listed
    assert sorted(playlist("jazz", "", tmp_path, other)) == listed


def test_calls_do_not_all_begin_with_the_same_piece(tmp_path: Path) -> None:
    write(tmp_path, *(f"jazz/{number}.wav" for number in range(6)))
    assert len({playlist("jazz", "", tmp_path, f"call-{number}")[0] for number in range(60)}) == 6


def test_music_that_is_not_there_is_the_default_and_without_it_a_tone(tmp_path: Path) -> None:
    assert list(SoundFiles(tmp_path).music("jazz", "en")) == [WITHOUT_MUSIC]
    write(tmp_path, "default.wav")
    assert stems(list(SoundFiles(tmp_path).music("jazz", "en"))) == ["default"]
    assert "tone_stream" in SoundFiles(tmp_path).music("ringback")[0]


def test_a_queue_that_names_music_that_is_not_there_is_advised(tmp_path: Path) -> None:
    asked = Configuration(queues={"support": Queue("support", music="jazz")})
    (problem,) = music_problems(asked, tmp_path)
    assert problem.where == "queues.support.music"
    assert not problem.fatal
    write(tmp_path, "jazz/1.wav")
    assert music_problems(asked, tmp_path) == []


def test_a_name_of_music_is_a_plain_word() -> None:
    wrong = Configuration(queues={"support": Queue("support", music="../jazz")})
    assert [p.where for p in check(wrong) if "music" in p.where] == ["queues.support.music"]


def test_files_are_taken_by_command(tmp_path: Path) -> None:
    given = tmp_path / "My Song (live).wav"
    write_wav(given, array("h", [4000, -4000] * 20_000))
    run = CliRunner()
    data = str(tmp_path / "data")
    done = run.invoke(
        command, ["prompts", "music", "add", "jazz", str(given), "--language", "en"], env={"CALLCONTROL_DATA_DIR": data}
    )
    assert done.exit_code == 0, done.output
    assert "music/jazz/en/My-Song-live.wav" in done.output
    listed = run.invoke(command, ["prompts", "music", "list"], env={"CALLCONTROL_DATA_DIR": data})
    assert "My-Song-live.wav  5 s" in listed.output
    bad = run.invoke(command, ["prompts", "music", "add", "../x", str(given)], env={"CALLCONTROL_DATA_DIR": data})
    assert bad.exit_code != 0
    assert "no name of music" in bad.output


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name"):
        add("a b", "x.wav", b"", tmp_path)
    with pytest.raises(NotASound):
        add("jazz", "x.wav", b"not a sound", tmp_path)
    assert names(tmp_path) == []


def test_a_song_is_longer_than_what_is_said_and_still_has_an_end(tmp_path: Path) -> None:
    four_minutes = tmp_path / "song.wav"
    write_wav(four_minutes, array("h", [9000, -9000] * (8000 * 120)))
    added = add("jazz", "song.wav", four_minutes.read_bytes(), tmp_path)
    assert seconds_of(added) == pytest.approx(240, abs=0.1)
    write_wav(four_minutes, array("h", [9000, -9000] * (8000 * 301)))
    with pytest.raises(NotASound, match="longer than 10 minutes"):
        add("jazz", "song.wav", four_minutes.read_bytes(), tmp_path)


def test_only_pieces_of_a_list_are_taken_away(tmp_path: Path) -> None:
    write(tmp_path, "default.wav", "jazz/one.wav")
    for name, language, file in (
        ("default", "", ""),
        ("default", "", "default.wav"),
        ("jazz", "en", "one.wav"),
        ("jazz", "", ""),
    ):
        assert not remove(name, language, file, tmp_path)
    assert names(tmp_path) == ["default", "jazz"]
    assert remove("jazz", "", "one.wav", tmp_path)
    assert names(tmp_path) == ["default"]
