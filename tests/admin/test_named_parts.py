"""Outside parties, voice agents, services and known callers: what was to be written into a file has its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from callcontrol.admin.caller_pages import CALLERS
from callcontrol.admin.differences import differences
from callcontrol.admin.part_merging import leaves, marking, rebuilt
from callcontrol.admin.part_pages import PARTS
from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.values.configuration import Configuration, Service, Target, VoiceAgent, as_data
from callcontrol.values.configuration_checks import check
from callcontrol.values.listed_callers import ListedCaller

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
SECRET = "not for your eyes"  # of the rehearsed service
RECEPTION, BOT, ACCOUNTS = "/rules/targets/reception", "/rules/voice_agents/bot", "/rules/services/accounts"
NEW = {place: f"{place.rpartition('/')[0]}/new" for place in (RECEPTION, BOT, ACCOUNTS)}
WIDE = MultiDict[str, str]


@pytest.fixture
def manager(as_role: As) -> FlaskClient:
    return as_role("manager")


def shown(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200, address
    return answer.text


def sent(page: str, **changes: str | list[str]) -> WIDE:
    """What a browser sends of the form on the page, with these fields typed anew (``headers__value``: of a list)."""
    editor = page[page.index('class="card card-body editor"') :]
    editor = editor[: editor.index("</form>")]
    data = WIDE()
    for tag in re.findall(r"<input[^>]*>", editor):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            data.add(name[1], unescape(value[1]) if value else "")
    for name_, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', editor, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside) or re.search(r'value="([^"]*)"', inside)
        data.add(name_, chosen[1] if chosen else "")
    for name_, value_ in changes.items():
        data.setlist(name_.replace("__", "."), [value_] if isinstance(value_, str) else value_)
    return data


def send(client: FlaskClient, address: str, **changes: Any) -> TestResponse:
    return client.post(address, data=sent(shown(client, address), **changes), headers=ENGLISH)


def draft(rehearsal: Rehearsal) -> Configuration:
    return rehearsal.releases.draft().configuration


def somebody_else_saves(rehearsal: Rehearsal, section: str, **parts: Any) -> None:
    now = rehearsal.releases.draft()
    held = {**getattr(now.configuration, section), **parts}
    left = {name: part for name, part in held.items() if part is not None}
    rehearsal.releases.save_draft(replace(now.configuration, **{section: left}), version=now.version, who="leo")  # type: ignore[arg-type]


# --- all of them ---------------------------------------------------------------------------------------------------------
names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
titles = st.dictionaries(st.sampled_from(["zh", "en", "fr"]), words)
numbers = st.from_regex(r"\+?[0-9]{3,14}", fullmatch=True)
amounts = st.integers(4, 40).map(lambda n: n / 4)
tables = st.dictionaries(names, words, max_size=3)
targets = st.one_of(
    st.builds(Target, st.just("x"), titles, st.just("sofia/gateway/trunk/55")),
    st.builds(Target, st.just("x"), titles, st.just(""), numbers),
)
voice_agents = st.builds(
    VoiceAgent, st.just("x"), st.just("sofia/gateway/v/agent"), amounts, amounts.map(lambda s: s * 10),
    st.lists(names, unique=True, max_size=3).map(tuple), st.lists(names, unique=True, max_size=3).map(tuple),
)  # fmt: skip
services = st.builds(
    Service, st.just("x"), st.just("https://crm.example/{a}"), st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.dictionaries(st.sampled_from(["A", "X-B", "C"]), st.sampled_from(["env:A", "s3cret", "Bearer 12"])),
    st.dictionaries(st.sampled_from(["a.b", "c"]), st.sampled_from(["", "{a}", "plain"])), tables, amounts, st.integers(1, 5),
    st.integers(1, 90), amounts,
)  # fmt: skip
callers = st.builds(
    ListedCaller, st.just("0" * 16), st.just("1*"), words, st.integers(0, 100), st.booleans(), st.sampled_from(["", "zh", "en"])
)  # fmt: skip
any_part = st.one_of(
    st.tuples(st.just("targets"), targets), st.tuples(st.just("voice_agents"), voice_agents),
    st.tuples(st.just("services"), services), st.tuples(st.just("callers"), callers),
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])  # three requests each
@given(found=any_part)
def test_whatever_a_part_is_its_page_gives_it_back_and_shows_no_secret(
    manager: FlaskClient, rehearsal: Rehearsal, found: tuple[str, Any]
) -> None:
    section, part = found
    name = part.key if section == "callers" else "x"
    somebody_else_saves(rehearsal, section, **{name: part})
    page = shown(manager, f"/rules/{section}/{name}")
    for value in getattr(part, "headers", {}).values():
        assert value.startswith("env:") or value not in page
    answer = manager.post(f"/rules/{section}/{name}", data=sent(page), headers=ENGLISH)
    assert answer.status_code == 302, unescape(answer.text)
    assert getattr(draft(rehearsal), section)[name] == part


@given(services, services, st.binary(min_size=1))
def test_leaves_are_the_whole_part_and_a_mark_tells_secrets_apart(one: Service, other: Service, key: bytes) -> None:
    mark = marking(key)
    flat = leaves(one, mark)
    assert rebuilt(Service, flat, {}, mark, one) == one
    assert (flat == leaves(other, mark)) == (one == other)
    assert all(mark(value) == value for value in one.headers.values() if value.startswith("env:"))
    assert not any("s3cret" in str(leaf) or "Bearer" in str(leaf) for path, leaf in flat.items() if "headers" in path)


@pytest.mark.parametrize("section", [*PARTS, "callers"])
def test_what_the_page_refuses_is_what_the_checks_refuse(section: str) -> None:
    """The same sentence as for a file, and nothing besides."""
    part = CALLERS if section == "callers" else PARTS[section]
    wrong: Any = {
        "targets": Target("x", contact="x,y"),
        "voice_agents": VoiceAgent("x", "nowhere"),
        "services": Service("x", "ftp://x"),
        "callers": ListedCaller("0" * 16, "1*", vip=999),
    }[section]
    name = "0" * 16 if section == "callers" else "x"
    configuration: Any = {section: {name: wrong}}
    fatal = [problem for problem in check(Configuration(**configuration)) if problem.fatal]
    assert len(fatal) == 1
    assert [where for where, _ in part.problems(Configuration(), name, wrong)] == [fatal[0].where.split(".", 2)[2]]


@pytest.mark.parametrize(
    ("address", "typed", "sentence"),
    [
        (RECEPTION, {"contact": "user/1", "number": "12"}, "one of the two"),
        (RECEPTION, {"contact": "", "number": ""}, "one of the two"),
        (RECEPTION, {"contact": "user/1,user/2", "number": ""}, "'user/1,user/2' is no phone"),
        (RECEPTION, {"number": "12x"}, "A number is digits"),
        (RECEPTION, {"title_en": "x" * 61}, "At most 60 characters"),
        (BOT, {"contact": "bot@example"}, "'bot@example' is no address"),
        (BOT, {"ring_s": "0"}, "0 is out of range; from 1 to 60."),
        (BOT, {"facts": "Solved?"}, "'Solved?' is no name"),
        (ACCOUNTS, {"url": "crm.example/x"}, "'crm.example/x' is no address"),
        (ACCOUNTS, {"url": "https://{who}.example/"}, "a caller could choose whom we ask"),
        (ACCOUNTS, {"url": "https://me:pw@crm.example/"}, "The address holds a password"),
        (ACCOUNTS, {"method": "DANCE"}, "'DANCE' is no method"),
        (ACCOUNTS, {"tries": "2.5"}, "no whole number"),
        (ACCOUNTS, {"headers__name": ["a b", "c"]}, "A header's name is letters"),
        (ACCOUNTS, {"headers__name": ["X-Api-Key", "X-Api-Key"]}, "written twice"),
        (ACCOUNTS, {"answers__name": ["Über"]}, "A name is small letters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    manager: FlaskClient, rehearsal: Rehearsal, address: str, typed: dict[str, Any], sentence: str
) -> None:
    before = rehearsal.releases.draft()
    answer = send(manager, address, **typed)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert sentence in page
    assert "Nothing was saved: correct the fields that are marked." in page
    for value in typed.values():
        assert all(one in page for one in ([value] if isinstance(value, str) else value))
    assert rehearsal.releases.draft() == before


@pytest.mark.parametrize(
    ("address", "typed", "made"),
    [
        (NEW[RECEPTION], {"name": "night", "title_zh": "夜班", "number": "+8613800000000"},
         {"targets": Target("night", {"zh": "夜班"}, number="+8613800000000")}),
        (NEW[BOT], {"name": "night", "contact": "sofia/gateway/v/n", "context": "account，topic account"},
         {"voice_agents": VoiceAgent("night", "sofia/gateway/v/n", context=("account", "topic"))}),
        (NEW[ACCOUNTS], {"name": "night", "url": "https://n.example/{a}", "method": "POST"},
         {"services": Service("night", "https://n.example/{a}", "POST")}),
    ],
)  # fmt: skip
def test_a_new_one_goes_into_the_draft_is_published_and_taken_out(
    manager: FlaskClient, rehearsal: Rehearsal, address: str, typed: dict[str, str], made: dict[str, Any]
) -> None:
    ((section, part),) = made.items()
    assert send(manager, address, **typed).status_code == 302
    assert getattr(draft(rehearsal), section)["night"] == part
    assert send(manager, address, **typed).status_code == 422  # the name is taken
    version = str(rehearsal.releases.draft().version)
    manager.post("/rules/publish", data={"version": version, "comment": "night"}, headers=ENGLISH)
    assert getattr(rehearsal.published[-1].configuration, section)["night"] == part
    assert manager.post(f"/rules/{section}/night/remove").status_code == 302
    assert "night" not in getattr(draft(rehearsal), section)
    assert manager.post(f"/rules/{section}/night/remove").status_code == 404
    assert manager.get(f"/rules/{section}/night").status_code == 404


def test_everything_that_is_wrong_is_said_at_once(manager: FlaskClient) -> None:
    wrong = {"name": "Big", "url": "ftp://x", "tries": "99", "headers__name": ["a b"], "headers__value": ["env:X"]}
    page = unescape(send(manager, NEW[ACCOUNTS], **wrong).text)
    for sentence in (
        "A name is small letters",
        "'ftp://x' is no address",
        "99 is out of range",
        "A header's name is letters",
    ):
        assert page.count(sentence) == 1, sentence
    assert "can't be a header" not in page  # the same once more


def test_a_party_can_not_have_the_name_of_an_agent(manager: FlaskClient) -> None:
    answer = send(manager, NEW[RECEPTION], name="1001", number="12345")
    assert answer.status_code == 422
    assert "also the name of an agent" in answer.text[answer.text.index('id="name-error"') :][:200]


def test_two_who_edit_one_part_lose_nothing(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    open_form = sent(shown(manager, BOT), ring_s="20")
    somebody_else_saves(rehearsal, "voice_agents", bot=replace(rehearsal.rules.voice_agents["bot"], most_s=99.0))
    assert manager.post(BOT, data=open_form, headers=ENGLISH).status_code == 302
    bot = draft(rehearsal).voice_agents["bot"]
    assert (bot.ring_s, bot.most_s) == (20.0, 99.0)
    open_form = sent(shown(manager, BOT), ring_s="30")
    somebody_else_saves(rehearsal, "voice_agents", bot=replace(bot, ring_s=7.0))
    answer = manager.post(BOT, data=open_form, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Meanwhile changed to: <strong>7</strong>" in answer.text
    assert manager.post(BOT, data=sent(answer.text), headers=ENGLISH).status_code == 302
    assert draft(rehearsal).voice_agents["bot"].ring_s == 30.0


def test_what_somebody_took_out_meanwhile_comes_back_only_when_it_is_saved_again(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    unchanged = sent(shown(manager, RECEPTION))
    open_form = sent(shown(manager, RECEPTION), title_en="Desk")
    somebody_else_saves(rehearsal, "targets", reception=None)
    assert manager.post(RECEPTION, data=unchanged, headers=ENGLISH).status_code == 409
    answer = manager.post(RECEPTION, data=open_form, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Somebody took this out of the draft meanwhile" in answer.text
    assert "reception" not in draft(rehearsal).targets
    assert manager.post(RECEPTION, data=sent(answer.text), headers=ENGLISH).status_code == 302
    assert draft(rehearsal).targets["reception"].title == {"zh": "前台", "en": "Desk"}


# --- secrets -------------------------------------------------------------------------------------------------------------
def headers(rehearsal: Rehearsal) -> dict[str, str]:
    return dict(draft(rehearsal).services["accounts"].headers)


def test_a_secret_is_kept_by_an_empty_field_and_replaced_by_a_typed_one(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    page = shown(manager, ACCOUNTS)
    assert SECRET not in page
    assert "kept, not shown" in page
    assert "env:CRM_TOKEN" in page
    assert send(manager, ACCOUNTS, tries="1").status_code == 302
    assert headers(rehearsal) == {"Authorization": "env:CRM_TOKEN", "X-Api-Key": SECRET}
    assert send(manager, ACCOUNTS, headers__value=["env:CRM_TOKEN", "another"]).status_code == 302
    assert headers(rehearsal)["X-Api-Key"] == "another"
    assert "another" not in shown(manager, ACCOUNTS)


def test_a_secret_that_could_not_be_saved_has_to_be_typed_again(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    answer = send(manager, ACCOUNTS, headers__value=["env:CRM_TOKEN", "another"], tries="99")
    assert answer.status_code == 422
    assert "another" not in answer.text
    assert "Type this value again" in answer.text
    rows = send(manager, ACCOUNTS, headers__value=["env:CRM_TOKEN", "another"], rows="headers.add")
    assert rows.status_code == 200
    assert "another" not in rows.text
    assert "Type this value again" in rows.text
    assert headers(rehearsal)["X-Api-Key"] == SECRET


def test_a_header_without_a_value_is_asked_for_one(manager: FlaskClient) -> None:
    answer = send(manager, ACCOUNTS, headers__name=["Authorization", "X-Other"])
    assert answer.status_code == 422
    assert "Type the value, or env:NAME" in answer.text


def test_who_replaces_a_secret_that_another_replaced_is_asked_and_told_neither(
    manager: FlaskClient, rehearsal: Rehearsal
) -> None:
    accounts = rehearsal.rules.services["accounts"]
    open_form = sent(shown(manager, ACCOUNTS), headers__value=["env:CRM_TOKEN", "mine"])
    somebody_else_saves(
        rehearsal, "services", accounts=replace(accounts, headers={**accounts.headers, "X-Api-Key": "theirs!"})
    )
    answer = manager.post(ACCOUNTS, data=open_form, headers=ENGLISH)
    assert answer.status_code == 409
    assert not {"mine", "theirs!", SECRET} & set(re.findall(r"[\w!]+", answer.text))
    assert "X-Api-Key: ••••" in answer.text
    assert "Type this value again" in answer.text
    assert manager.post(ACCOUNTS, data=sent(answer.text, headers__value=["env:CRM_TOKEN", "mine"])).status_code == 302
    assert headers(rehearsal)["X-Api-Key"] == "mine"


def test_no_page_about_changes_tells_a_secret(manager: FlaskClient, rehearsal: Rehearsal) -> None:
    assert send(manager, ACCOUNTS, headers__value=["env:OTHER", "brand-new"]).status_code == 302
    version = str(rehearsal.releases.draft().version)
    rules = shown(manager, "/rules")
    manager.post("/rules/publish", data={"version": version, "comment": "keys"}, headers=ENGLISH)
    for page in (rules, shown(manager, "/rules/releases/2"), shown(manager, "/changes")):
        assert "brand-new" not in page
        assert SECRET not in page
        assert "••••" in page
        assert "env:OTHER" in page


@given(st.dictionaries(st.sampled_from(["A", "B-C"]), st.sampled_from(["env:X", "s3cret", "s3cret2"])))
def test_differences_hide_what_a_header_holds_however_deep(values: dict[str, str]) -> None:
    service = as_data(Service("x", "https://x.example/", headers=values))
    flat = {f"services.x.headers.{name}": value for name, value in values.items()}
    for before, after in (({}, {"services": {"x": service}}), ({"services.x": service}, {}), ({}, flat), (service, {})):
        assert not any("s3cret" in f"{d.before}{d.after}" for d in differences(before, after))


def test_every_field_has_its_place(manager: FlaskClient) -> None:
    """A field that a part has and its page does not would be one more reason to edit the file."""
    for address, cls in ((RECEPTION, Target), (BOT, VoiceAgent), (ACCOUNTS, Service)):
        inputs = {
            name.partition("_zh")[0].partition(".")[0]
            for name in re.findall(r'name="([^"]+)"', shown(manager, address))
        }
        inputs |= {name for name in cls.__dataclass_fields__ if f'id="{name}"' in shown(manager, address)}
        assert set(cls.__dataclass_fields__) - {"name"} <= inputs, cls
