"""The page of prompts: texts in the draft, recordings that are checked, kept, heard and removed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcontrol.admin.rehearsal import Rehearsal
from tests.prompts.test_recordings import tone

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
GOODBYE = "/rules/prompts/goodbye"


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def upload(client: FlaskClient, data: bytes, key: str = "goodbye", language: str = "en") -> TestResponse:
    sent = {"recording": (io.BytesIO(data), "a.wav")}
    address = f"/rules/prompts/{key}/{language}/recording"
    return client.post(address, data=sent, headers=ENGLISH, follow_redirects=True)


def write(client: FlaskClient, key: str = "goodbye", *, base: str = "{}", **texts: str) -> TestResponse:
    return client.post(f"/rules/prompts/{key}", data={"base": base, **texts}, headers=ENGLISH)


def test_the_list_shows_each_text_in_each_language_and_is_filtered(manager: FlaskClient) -> None:
    page = manager.get("/rules/prompts", headers=ENGLISH).text
    assert "感谢您的来电" in page
    assert "Thank you for calling" in page
    assert "say.1" not in page
    found = manager.get("/rules/prompts?text=thank+you+for+CALLING", headers=ENGLISH).text
    assert "感谢您的来电" in found
    assert "hotline.menu" not in found
    assert "hotline.menu" not in manager.get("/rules/prompts?state=recorded", headers=ENGLISH).text


def test_it_is_told_which_steps_say_it(manager: FlaskClient) -> None:
    assert "hotline.greeting" in manager.get("/rules/prompts/hotline.welcome", headers=ENGLISH).text
    assert "hotline.menu</span>" in manager.get("/rules/prompts/menu.silence", headers=ENGLISH).text


def test_a_text_is_edited_in_the_draft_and_taken_back(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert write(manager, en="Bye!").status_code == 302
    assert rehearsal.releases.draft().configuration.texts == {"goodbye": {"en": "Bye!"}}
    assert "Bye!" in manager.get(GOODBYE, headers=ENGLISH).text
    assert write(manager, base='{"en": "Bye!"}', en="").status_code == 302
    assert rehearsal.releases.draft().configuration.texts == {}


def test_two_edit_the_same_text_and_none_is_lost(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    write(manager, en="Bye!")
    assert write(manager, zh="再见").status_code == 302  # its base is the text before: other language, both stay
    kept = rehearsal.releases.draft().configuration.texts["goodbye"]
    assert kept == {"en": "Bye!", "zh": "再见"}
    answer = write(manager, en="See you.")
    assert answer.status_code == 409
    assert "Bye!" in answer.text
    assert rehearsal.releases.draft().configuration.texts["goodbye"] == kept


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("queue.position", "Some callers."),
        ("queue.position", "{others} callers."),
        ("goodbye", "Bye {name}."),
        ("goodbye", "Bye {."),
        ("goodbye", "x" * 1001),
    ],
)
def test_a_text_that_can_t_be_said_is_refused(manager: FlaskClient, rehearsal: Rehearsal, key: str, text: str) -> None:
    answer = write(manager, key, en=text)
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert rehearsal.releases.draft().configuration.texts == {}


def test_a_recording_is_kept_heard_and_removed_and_it_is_known_by_whom(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    page = upload(manager, tone(1.5, 16_000))
    assert "callers hear it at once" in page.text
    assert "1.5 s · mia" in page.text
    heard = manager.get(f"{GOODBYE}/en.wav")
    assert heard.mimetype == "audio/wav"
    assert "media-src 'self'" in heard.headers["Content-Security-Policy"]
    assert manager.get(f"{GOODBYE}/en.wav", headers={"Range": "bytes=0-3"}).data == b"RIFF"
    manager.post(f"{GOODBYE}/en/remove")
    assert manager.get(f"{GOODBYE}/en.wav").status_code == 404
    lines = [(c.who, c.action, c.object) for c in rehearsal.audit.lines if c.action.startswith("prompt.")]
    assert sorted(lines) == [
        ("mia", "prompt.recorded", "texts.goodbye.en"),
        ("mia", "prompt.removed", "texts.goodbye.en"),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "Choose a file"), (b"<html>", "This is no WAV"), (tone(1, loudness=0), "nothing to hear"), (tone(0.1), "only 0.10 s"),
     (tone(1, loudness=1), "% of it is cut off")],
)  # fmt: skip
def test_what_is_no_recording_is_refused_with_a_sentence(
    manager: FlaskClient, rehearsal: Rehearsal, data: bytes, sentence: str
) -> None:
    assert sentence in upload(manager, data).text
    assert not [c for c in rehearsal.audit.lines if c.action.startswith("prompt.")]


def test_a_large_recording_comes_through_and_a_larger_one_does_not(manager: FlaskClient) -> None:
    assert "callers hear it at once" in upload(manager, tone(30, 16_000)).text  # 960 kB
    assert upload(manager, bytes(21 * 1024 * 1024)).status_code == 413


def test_the_token_is_found_in_a_large_form_of_a_manager_and_nobody_else_may_send_one(
    app: Flask, manager: FlaskClient, as_role: As
) -> None:
    others = [as_role("lead"), as_role("")]
    app.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'name="csrf_token" value="([^"]+)"', manager.get(GOODBYE).text)
    assert token
    sent = {"recording": (io.BytesIO(tone(30, 16_000)), "a.wav"), "csrf_token": token[1]}
    assert manager.post(f"{GOODBYE}/en/recording", data=sent).status_code == 302
    assert upload(manager, tone(1)).status_code == 400  # without the token
    assert [upload(client, tone(30, 16_000)).status_code for client in others] == [413, 413]


def test_a_recording_of_a_text_that_is_not_published_is_refused(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    write(manager, en="Bye!")
    assert "publish it first" in upload(manager, tone(1)).text
    draft = rehearsal.releases.draft()
    rehearsal.releases.publish(version=draft.version, who="mia", comment="shorter")
    assert "callers hear it at once" in upload(manager, tone(1)).text
    draft = rehearsal.releases.draft()
    again = replace(draft.configuration, texts={})
    rehearsal.releases.save_draft(again, version=draft.version, who="mia")
    assert "recorded, older text" in manager.get(GOODBYE, headers=ENGLISH).text


def test_a_text_with_gaps_is_not_recorded_in_one_piece(manager: FlaskClient) -> None:
    assert "ahead" in upload(manager, tone(1), "queue.position").text
    assert manager.get("/rules/prompts/queue.position/en.wav").status_code == 404


@pytest.mark.parametrize("address", ["/rules/prompts/none", f"{GOODBYE}/xx.wav", "/rules/prompts/..%2Fx"])
def test_what_is_not_there(manager: FlaskClient, address: str) -> None:
    assert manager.get(address).status_code == 404


def test_the_announcement_of_a_queue_is_edited_with_the_queue(manager: FlaskClient) -> None:
    page = manager.get("/rules/prompts/queue.support.offpeak", headers=ENGLISH)
    assert 'href="/rules/queues/support"' in page.text
    assert write(manager, "queue.support.offpeak", zh="忙").status_code == 404
