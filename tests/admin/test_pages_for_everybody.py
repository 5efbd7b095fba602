"""What a screen reader, a keyboard and a strict browser need, on every page in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from tests.admin.composing import compose

As = Callable[[str], FlaskClient]
PAGES = [
    "/", "/calls", "/calls/00000000-5a1c-4f00-8000-000000000000", "/rules", "/rules/queues/support", "/rules/queues/new",
    "/rules/agents/1001", "/rules/agents/new", "/rules/releases", "/rules/releases/1", "/changes", "/flows", "/users",
    "/account", "/callbacks", "/messages", "/emergency", "/rules/prompts", "/rules/prompts/goodbye",
    "/composed", "/flows/hotline/rehearse", "/composed/night", "/composed/night/steps/waiting", "/composed/night/steps/offer",
    "/rules/entries/4001", "/rules/entries/new", "/rules/targets/reception", "/rules/targets/new", "/rules/voice_agents/bot",
    "/rules/voice_agents/new", "/rules/services/accounts", "/rules/services/new", "/rules/callers", "/rules/callers/new", "/rules/music",
]  # fmt: skip
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "use", "path"}


class Reader(HTMLParser):
    """Gathers what the rules below look at."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.described: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.complaints: list[str] = []
        self.open: list[str] = []
        self.captions = self.tables = self.headings = 0
        self.language = ""
        self.named: list[str] = []  # open links and buttons: what they are called so far

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if held.get("id"):
            self.ids.append(str(held["id"]))
        self.described += (held.get("aria-describedby") or "").split()
        for name in held:
            if name == "style" or name.startswith("on"):
                self.complaints.append(f"{tag} has the inline attribute {name}")
        match tag:
            case "html":
                self.language = held.get("lang") or ""
            case "label":
                self.labels.add(held.get("for") or "")
            case "input" | "select" | "textarea" if held.get("type") != "hidden":
                self.fields.append({**held, "wrapped": "yes" if "label" in self.open else None})
            case "table":
                self.tables += 1
            case "caption":
                self.captions += 1
            case "h1":
                self.headings += 1
            case "script" if "src" not in held:
                self.complaints.append("a script stands in the page")
            case "img":
                if "alt" not in held:
                    self.complaints.append("an image has no alt")
                self.named = [name + (held.get("alt") or "") for name in self.named]
            case "a" | "button" | "summary":
                self.named.append(held.get("aria-label") or "")
            case "th" if held.get("scope") not in ("col", "row"):
                self.complaints.append("a table head has no scope")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        if not self.open or self.open[-1] != tag:
            self.complaints.append(f"</{tag}> closes {self.open[-1:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag in ("a", "button", "summary") and not self.named.pop().strip():
            self.complaints.append(f"a {tag} has no name")

    def handle_data(self, data: str) -> None:
        self.named = [name + data for name in self.named]


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize("address", [*PAGES, "/sign-in", "/me", "/nothing-here"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_can_be_used_by_everybody(as_role: As, rehearsal: Rehearsal, address: str, language: str) -> None:
    rehearsal.audit.lines.clear()
    if "/night" in address:
        compose(rehearsal)
    role = {"/sign-in": "", "/me": "agent"}.get(address, "manager")
    page = as_role(role).get(address, headers={"Accept-Language": language})
    assert page.status_code == (404 if address == "/nothing-here" else 200)
    found = read(page.text)
    assert found.complaints == []
    assert found.open == []
    assert found.language == {"zh": "zh-Hans", "en": "en"}[language]
    assert found.headings == 1
    assert found.captions == found.tables
    assert [name for name, count in Counter(found.ids).items() if count > 1] == []
    assert set(found.described) <= set(found.ids)
    unnamed = [
        f.get("name") for f in found.fields
        if not (f.get("id") in found.labels or f.get("aria-label") or f.get("wrapped"))
    ]  # fmt: skip
    assert unnamed == []


def test_a_form_with_mistakes_is_read_out_too(as_role: As) -> None:
    page = as_role("manager").post("/rules/queues/support", data={"skills": "(", "patience_s": "x"})
    found = read(page.text)
    assert found.complaints == []
    assert set(found.described) <= set(found.ids)
    assert 'aria-invalid="true"' in page.text
