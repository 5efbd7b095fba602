from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site

PAGES = [
    "/", "/calls", "/calls/00000000-5a1c-4f00-8000-000000000000", "/rules", "/rules/queues/support",
    "/rules/agents/1001", "/rules/entries/4001", "/rules/services/accounts", "/rules/callers", "/rules/music", "/rules/releases", "/changes", "/flows", "/users", "/account",
]  # fmt: skip

# Every text that can be seen: its colour against the nearest background behind it (WCAG 2 formula).
FAINT_TEXTS = """() => {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return [...pen.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const f = (v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 255) break; }
    let [r, g, b] = [255, 255, 255];
    for (const c of layers.reverse()) { const a = c[3] / 255; [r, g, b] = [r, g, b].map((v, i) => c[i] * a + v * (1 - a)); }
    return [r, g, b];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({checkVisibilityCSS: true}) || element.closest("[disabled], option, script, .visually-hidden, .skip")) continue;
    const a = light(rgb(getComputedStyle(element).color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(`${text.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_no_page_breaks_the_policy_or_has_faint_text(site: Site, locale: str) -> None:
    page = site.page("manager", locale=locale, color_scheme="dark")
    faint = {}
    for address in PAGES:
        page.goto(site.address + address)
        expect(page.locator("h1")).to_have_count(1)
        assert page.locator("html").get_attribute("data-bs-theme") == "dark"
        for scheme in ("dark", "light"):
            page.evaluate("scheme => document.documentElement.setAttribute('data-bs-theme', scheme)", scheme)
            page.evaluate("Promise.all(document.getAnimations().map(a => a.finished))")
            faint[scheme, address] = page.evaluate(FAINT_TEXTS)
    assert {where: texts for where, texts in faint.items() if texts} == {}
    assert site.complaints == []


def test_no_page_scrolls_sideways_on_a_small_screen(site: Site) -> None:
    page = site.page("manager")
    page.set_viewport_size({"width": 420, "height": 800})
    wide = []
    for address in PAGES:
        page.goto(site.address + address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(address)
    assert wide == []


def test_the_language_is_switched_on_the_spot_and_kept(site: Site) -> None:
    page = site.page("manager", locale="zh-CN")
    page.goto(f"{site.address}/calls?queue=support")
    expect(page.locator("h1")).to_have_text("呼叫")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Calls")
    assert page.url.endswith("/calls?queue=support")
    page.goto(site.address + "/rules")
    expect(page.locator("h1")).to_have_text("Queues and agents")


def test_light_and_dark_are_switched_and_kept(site: Site) -> None:
    page = site.page("manager")
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_person_signs_in_by_name_and_out_again(site: Site) -> None:
    page = site.page("")
    page.goto(site.address + "/calls")
    page.get_by_label("User name").fill("leo")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("User name")).to_have_value("leo")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("Calls")
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
