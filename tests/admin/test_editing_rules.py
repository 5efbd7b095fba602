from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcontrol.admin.edits import with_agent, with_queue
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import EditConflict
from callcontrol.values.configuration import Agent, Queue

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
SUPPORT = "/rules/queues/support"


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def typed(client: FlaskClient, address: str) -> dict[str, str]:
    """What the open form would send, as a browser does."""
    page = client.get(address, headers=ENGLISH).text
    editor = page[page.index('class="card card-body editor"') :]
    editor = editor[: editor.index("</form>")]
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", editor):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("skill", "level") and ('type="checkbox"' not in tag or " checked" in tag):
            values[name[1]] = unescape(value[1]) if value else ""
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', editor, re.DOTALL):
        values[name] = unescape(inside)
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', editor, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        values[name] = unescape(chosen[1]) if chosen else ""
    return values


def send(client: FlaskClient, address: str, form: dict[str, str], **changes: str) -> TestResponse:
    return client.post(address, data={**form, **changes}, headers=ENGLISH)


def queue(rehearsal: Rehearsal) -> Queue:
    return rehearsal.releases.draft().configuration.queues["support"]


def somebody_else_saves(rehearsal: Rehearsal, **changes: object) -> None:
    draft = rehearsal.releases.draft()
    edited = replace(draft.configuration.queues["support"], **changes)  # type: ignore[arg-type]
    rehearsal.releases.save_draft(with_queue(draft.configuration, edited), version=draft.version, who="leo")


def test_a_form_sent_as_it_was_opened_changes_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    before = queue(rehearsal)
    assert send(manager, SUPPORT, typed(manager, SUPPORT)).status_code == 302
    assert queue(rehearsal) == before


def test_a_queue_is_edited_in_the_draft_and_acts_when_published(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form = typed(manager, SUPPORT)
    form.pop("announcement")
    answer = send(
        manager, SUPPORT, form, patience_s="45", max_share="20", text_en=" Quiet after six. ", skills="zh or en"
    )
    assert answer.status_code == 302
    now = queue(rehearsal)
    assert (now.patience_s, now.skills, now.announcement.max_share) == (45.0, "zh or en", 0.2)
    assert now.announcement.text == {"zh": "请避开高峰时段来电。", "en": "Quiet after six."}
    assert not now.announcement.enabled
    assert rehearsal.published == []
    page = manager.get("/rules", headers=ENGLISH).text
    assert "Queue support: patience" in page
    version = str(rehearsal.releases.draft().version)
    assert (
        manager.post("/rules/publish", data={"version": version, "comment": "evening"}, headers=ENGLISH).status_code
        == 302
    )
    assert [release.number for release in rehearsal.published] == [2]
    assert rehearsal.published[0].configuration.queues["support"].patience_s == 45.0
    assert "Release 2 acts now" in manager.get("/rules", headers=ENGLISH).text


def test_what_the_form_does_not_show_stays(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    somebody_else_saves(rehearsal, title={"zh": "甲", "fr": "Aide"})
    assert send(manager, SUPPORT, typed(manager, SUPPORT), title_zh="乙").status_code == 302
    assert queue(rehearsal).title == {"zh": "乙", "fr": "Aide"}


def test_bad_input_keeps_what_was_typed_and_says_a_sentence_at_each_field(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    form = typed(manager, SUPPORT)
    bad = {"patience_s": "thirty", "ring_s": "1000", "max_length": "3.5", "max_share": "nan", "title_en": "x" * 61}
    answer = send(manager, SUPPORT, form, **bad, text_zh="晚上八点以后")
    assert answer.status_code == 422
    for value in (*bad.values(), "晚上八点以后"):
        assert value in answer.text
    page = unescape(answer.text)
    for sentence in (
        "“thirty” is no number; write one such as 30.",
        "1000 is out of range; from 3 to 120.",
        "3.5 is no whole number",
        "“nan” is no number",
        "At most 60 characters; these are 61.",
    ):
        assert sentence in page
    assert rehearsal.releases.draft().version == 1


@pytest.mark.parametrize(
    ("expression", "wrong", "sentence"),
    [
        ("support >= 3 und zh", "u", "Before 'und' an “and” or an “or” is missing."),
        ("support = 3", "=", "has no meaning here"),
        ("(support >= 3", "(", "never closed"),
        ("support >=", "␣", "a level is expected"),
    ],
)
def test_a_wrong_skill_expression_is_pointed_at(
    manager: FlaskClient, expression: str, wrong: str, sentence: str
) -> None:
    answer = send(manager, SUPPORT, typed(manager, SUPPORT), skills=expression)
    assert answer.status_code == 422
    assert f"<mark>{wrong}</mark>" in answer.text
    assert sentence in unescape(answer.text)


def test_a_wrong_expression_is_told_in_chinese_too(manager: FlaskClient) -> None:
    form = typed(manager, SUPPORT)
    answer = manager.post(SUPPORT, data={**form, "skills": "(a"}, headers={"Accept-Language": "zh-CN"})
    assert "没有闭合" in answer.text


def test_who_edits_other_fields_meanwhile_loses_nothing_and_nor_do_i(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    form = typed(manager, SUPPORT)
    somebody_else_saves(rehearsal, patience_s=99.0)
    assert send(manager, SUPPORT, form, wrap_up_s="33").status_code == 302
    assert (queue(rehearsal).patience_s, queue(rehearsal).wrap_up_s) == (99.0, 33.0)


def test_a_conflict_shows_theirs_and_yours_and_loses_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form = typed(manager, SUPPORT)
    somebody_else_saves(rehearsal, patience_s=99.0, ring_s=7.0)
    answer = send(manager, SUPPORT, form, patience_s="44", wrap_up_s="33")
    assert answer.status_code == 409
    assert 'value="44"' in answer.text
    assert "Meanwhile changed to: <strong>99</strong>" in answer.text
    assert 'name="ring_s" value="7"' in answer.text  # only theirs: taken over
    assert queue(rehearsal).patience_s == 99.0
    again = {**form, "patience_s": "44", "wrap_up_s": "33", "ring_s": "7"}
    base = re.search(r'name="base" value="([^"]*)"', answer.text)
    version = re.search(r'name="version" value="([^"]*)"', answer.text)
    assert base is not None
    assert version is not None
    answer = send(manager, SUPPORT, again, base=unescape(base[1]), version=version[1])
    assert answer.status_code == 302
    assert (queue(rehearsal).patience_s, queue(rehearsal).wrap_up_s, queue(rehearsal).ring_s) == (44.0, 33.0, 7.0)


def test_a_queue_that_somebody_took_out_meanwhile_is_a_conflict(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form = typed(manager, SUPPORT)
    manager.post(SUPPORT + "/remove")
    answer = send(manager, SUPPORT, form, patience_s="44")
    assert answer.status_code == 409
    assert "support" not in rehearsal.releases.draft().configuration.queues


def test_a_save_in_the_same_instant_is_tried_again(
    manager: FlaskClient, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = typed(manager, SUPPORT)
    save, raced = rehearsal.releases.save_draft, []

    def race(*args: object, **kwargs: object) -> object:
        if not raced:
            raced.append(True)
            somebody_else_saves_agent(rehearsal, save)
            raise EditConflict("leo was faster")
        return save(*args, **kwargs)  # type: ignore[arg-type]

    def somebody_else_saves_agent(rehearsal: Rehearsal, save: Callable[..., object]) -> None:
        draft = rehearsal.releases.draft()
        other = with_agent(draft.configuration, Agent("2001", "New", "user/2001"))
        save(other, version=draft.version, who="leo")

    monkeypatch.setattr(rehearsal.releases, "save_draft", race)
    assert send(manager, SUPPORT, form, wrap_up_s="21").status_code == 302
    assert queue(rehearsal).wrap_up_s == 21.0
    assert "2001" in rehearsal.releases.draft().configuration.agents


def test_a_new_queue_needs_a_name_that_can_be_one(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form = typed(manager, "/rules/queues/new")
    for name in ("", "Sales Team", "support", "new", "x" * 41, "a.b"):
        assert send(manager, "/rules/queues/new", form, name=name).status_code == 422, name
    assert send(manager, "/rules/queues/new", form, name="sales", title_en="Sales").status_code == 302
    assert rehearsal.releases.draft().configuration.queues["sales"].title == {"en": "Sales"}


def test_an_agents_skills_and_phone_are_edited(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form: dict[str, object] = {**typed(manager, "/rules/agents/1001"), "contact": "sofia/internal/1001@127.0.0.1:6000"}
    form |= {"skill": ["zh", "", "legal"], "level": ["5", "", "2"]}
    assert manager.post("/rules/agents/1001", data=form).status_code == 302
    agent = rehearsal.releases.draft().configuration.agents["1001"]
    assert (agent.contact, agent.skills) == ("sofia/internal/1001@127.0.0.1:6000", {"zh": 5, "legal": 2})


def test_wrong_skills_and_phones_are_kept_with_a_sentence(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    form: dict[str, object] = {**typed(manager, "/rules/agents/1001"), "contact": "user/1001,user/1002"}
    form |= {"skill": ["Zh!", "en", "zh", "zh"], "level": ["5", "eleven", "3", "4"]}
    answer = manager.post("/rules/agents/1001", data=form, headers=ENGLISH)
    assert answer.status_code == 422
    page = unescape(answer.text)
    for said in (
        "user/1001,user/1002",
        "Zh!",
        "eleven",
        "This is no phone",
        "small letters, digits and _",
        "written twice",
    ):
        assert said in page
    assert rehearsal.releases.draft().version == 1


def test_hostile_text_is_shown_as_text(manager: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>${system(id)}'
    answer = send(manager, SUPPORT, typed(manager, SUPPORT), title_en=evil, patience_s=evil)
    assert "<script>alert" not in answer.text
    assert evil in unescape(answer.text)


def test_what_is_wrong_is_listed_and_forbids_publishing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    somebody_else_saves(rehearsal, ring_s=900.0)
    page = unescape(manager.get("/rules", headers=ENGLISH).text)
    assert "Queue support: ring an agent" in page
    assert "900 is out of range; from 3 to 120." in page
    version = str(rehearsal.releases.draft().version)
    answer = manager.post("/rules/publish", data={"version": version, "comment": "why"}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Nothing was published" in answer.text
    assert rehearsal.published == []


def test_publishing_asks_why_and_refuses_a_draft_that_changed_meanwhile(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    somebody_else_saves(rehearsal, patience_s=50.0)
    version = str(rehearsal.releases.draft().version)
    assert manager.post("/rules/publish", data={"version": version, "comment": " "}).status_code == 422
    somebody_else_saves(rehearsal, patience_s=60.0)
    answer = manager.post("/rules/publish", data={"version": version, "comment": "my reason"})
    assert answer.status_code == 409
    assert "my reason" in answer.text
    assert manager.post("/rules/publish", data={"version": "one", "comment": "x"}).status_code == 400
    assert rehearsal.published == []


def test_when_the_floor_can_not_be_told_the_page_says_what_to_do(
    manager: FlaskClient, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_release: object) -> None:
        raise JournalUnavailable("away")

    monkeypatch.setattr(rehearsal.services, "release_published", away)
    somebody_else_saves(rehearsal, patience_s=50.0)
    version = str(rehearsal.releases.draft().version)
    manager.post("/rules/publish", data={"version": version, "comment": "why"}, headers=ENGLISH)
    assert "the floor could not be told" in manager.get("/rules", headers=ENGLISH).text


def test_an_old_release_is_compared_and_published_again(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    somebody_else_saves(rehearsal, patience_s=50.0)
    version = str(rehearsal.releases.draft().version)
    manager.post("/rules/publish", data={"version": version, "comment": "why"})
    page = manager.get("/rules/releases/1", headers=ENGLISH).text
    assert "<del>50</del>" in page
    assert "<ins>30</ins>" in page
    assert manager.post("/rules/releases/1/again", data={"comment": ""}).status_code == 302
    current = rehearsal.releases.current()
    assert current is not None
    assert (current.number, current.configuration.queues["support"].patience_s) == (3, 30.0)
    assert [release.number for release in rehearsal.published] == [2, 3]
    assert manager.get("/rules/releases/77").status_code == 404
    assert manager.post("/rules/releases/77/again").status_code == 404


def test_the_draft_can_be_thrown_away(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    somebody_else_saves(rehearsal, patience_s=50.0)
    manager.post("/rules/discard")
    assert queue(rehearsal).patience_s == 30.0


def test_changes_say_who_changed_what_from_what_to_what_and_why(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    send(manager, SUPPORT, typed(manager, SUPPORT), patience_s="45")
    version = str(rehearsal.releases.draft().version)
    manager.post("/rules/publish", data={"version": version, "comment": "longer evenings"})
    page = manager.get("/changes", headers=ENGLISH).text
    for said in ("mia", "saved the draft", "patience", "<del>30</del>", "<ins>45</ins>", "longer evenings"):
        assert said in page
    assert "longer evenings" not in manager.get("/changes?about=user", headers=ENGLISH).text
