"""The page of hold music: pieces are uploaded, heard, removed, and chosen by a queue."""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.prompts.playlist import playlist
from callcontrol.prompts.wav import write_wav
from tests.admin.test_editing_rules import SUPPORT, send, typed
from tests.prompts.test_recordings import tone

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
MUSIC = "/rules/music"


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    return tmp_path / "sounds"  # of the rehearsal


def upload(client: FlaskClient, *pieces: tuple[str, bytes], name: str = "jazz", language: str = "") -> TestResponse:
    sent = {"name": name, "language": language, "pieces": [(io.BytesIO(data), file) for file, data in pieces]}
    return client.post(MUSIC, data=sent, headers=ENGLISH, follow_redirects=True)


def files(sounds: Path, language: str = "") -> list[str]:
    return [Path(each).name for each in playlist("jazz", language, sounds)]


def test_pieces_are_kept_for_everybody_or_for_a_language_and_callers_hear_them_at_once(
    manager: FlaskClient, rehearsal: Rehearsal, sounds: Path
) -> None:
    answer = upload(manager, ("one.wav", tone(2)), ("Blue Train.wav", tone(3)))
    assert "Kept: one.wav, Blue-Train.wav." in answer.text
    assert files(sounds) == ["Blue-Train.wav", "one.wav"]
    upload(manager, ("english.wav", tone(2)), language="en")
    assert (files(sounds, "en"), files(sounds, "zh")) == (["english.wav"], ["Blue-Train.wav", "one.wav"])
    page = manager.get(MUSIC, headers=ENGLISH).text
    for said in ("Blue-Train.wav", "english.wav", "played by no queue of the draft"):
        assert said in page
    heard = manager.get(f"{MUSIC}/jazz/english.wav?language=en")
    assert (heard.status_code, heard.mimetype, heard.data[:4]) == (200, "audio/wav", b"RIFF")
    assert [(line.action, line.object, line.after) for line in rehearsal.audit.lines if line.who == "mia"][-1] == (
        "music.added", "music.jazz", {"pieces": "english.wav", "language": "en"},
    )  # fmt: skip
    assert "uploaded hold music" in manager.get("/changes", headers=ENGLISH).text


def test_what_is_no_sound_is_refused_by_name_and_keeps_nothing_else_out(manager: FlaskClient, sounds: Path) -> None:
    page = unescape(
        upload(manager, ("bad.wav", b"no sound"), ("good.wav", tone(2)), ("mute.wav", tone(2, loudness=0.0))).text
    )
    assert "bad.wav: This is no WAV, FLAC or Ogg file" in page
    assert "mute.wav: There is nothing to hear" in page
    assert files(sounds) == ["good.wav"]


def test_titles_that_the_switch_can_not_take_are_numbered_and_none_is_lost(manager: FlaskClient, sounds: Path) -> None:
    upload(manager, ("茉莉花.wav", tone(2)), ("月光.wav", tone(3)))
    assert files(sounds) == ["piece-1.wav", "piece-2.wav"]


@pytest.mark.parametrize("name", ["", "../x", "a b", "音乐", "x" * 61])
def test_a_name_that_can_be_none_is_said(manager: FlaskClient, name: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    answer = upload(manager, ("one.wav", tone(2)), name=name)
    assert answer.status_code == 422
    assert "Give the music a name" in answer.text
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_file_nothing_happens(manager: FlaskClient) -> None:
    assert upload(manager).status_code == 422


def test_a_piece_is_removed_and_an_empty_list_is_gone(manager: FlaskClient, sounds: Path) -> None:
    upload(manager, ("one.wav", tone(2)))
    upload(manager, ("two.wav", tone(2)), language="en")
    gone = {"data": {"language": "en"}, "headers": ENGLISH, "follow_redirects": True}
    assert "two.wav is removed" in manager.post(f"{MUSIC}/jazz/two.wav/remove", **gone).text  # type: ignore[arg-type]
    assert files(sounds, "en") == ["one.wav"]
    manager.post(f"{MUSIC}/jazz/one.wav/remove")
    assert not (sounds / "music" / "jazz").exists()
    assert "No such" not in manager.post(f"{MUSIC}/jazz/one.wav/remove", follow_redirects=True).text


def test_what_ships_is_heard_and_stays(manager: FlaskClient, sounds: Path) -> None:
    shipped = sounds / "music" / "default.wav"
    write_wav(shipped, array("h", [900] * 8000))
    page = manager.get(MUSIC, headers=ENGLISH).text
    assert "default.wav" in page
    assert "default.wav/remove" not in page
    assert manager.get(f"{MUSIC}/default/default.wav").status_code == 200
    manager.post(f"{MUSIC}/default/default.wav/remove")
    assert shipped.exists()


@pytest.mark.parametrize(
    "address", ["jazz/..%2f..%2frec-1.wav", "../rec-1.wav", "jazz/one.wav?language=..", "nothing/x.wav"]
)
def test_no_address_leads_out_of_the_music(manager: FlaskClient, sounds: Path, address: str) -> None:
    upload(manager, ("one.wav", tone(2)))
    (sounds / "rec-1.wav").write_bytes(b"RIFF")
    assert manager.get(f"{MUSIC}/{address}").status_code == 404
    manager.post(f"{MUSIC}/jazz/..%2f..%2frec-1.wav/remove")
    assert (sounds / "rec-1.wav").exists()


def test_a_queue_chooses_of_what_there_is_and_keeps_what_is_gone(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    upload(manager, ("one.wav", tone(2)))
    assert '<option value="jazz">jazz</option>' in manager.get(SUPPORT, headers=ENGLISH).text
    assert send(manager, SUPPORT, typed(manager, SUPPORT), music="jazz").status_code == 302
    assert rehearsal.releases.draft().configuration.queues["support"].music == "jazz"
    assert f'href="{SUPPORT}#s-waiting"' in manager.get(MUSIC, headers=ENGLISH).text
    manager.post(f"{MUSIC}/jazz/one.wav/remove")
    assert '<option value="jazz" selected>jazz</option>' in manager.get(SUPPORT, headers=ENGLISH).text


def test_only_this_form_takes_more_than_a_text(as_role: As) -> None:
    big = ("one.wav", bytes(300 * 1024))
    assert upload(as_role("manager"), big).status_code == 200  # refused by what it holds, not by its size
    assert upload(as_role("lead"), big).status_code in (403, 413)
