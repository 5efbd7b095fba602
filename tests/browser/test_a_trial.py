"""A manager puts a release on trial, hears what its callers hear, and makes it everybody's."""

from __future__ import annotations

from playwright.sync_api import expect

from callcontrol.values.configuration import Entry
from tests.browser.conftest import Site


def test_a_release_is_tried_heard_made_everybodys_and_published(site: Site) -> None:
    page = site.page("manager")
    page.goto(site.address + "/rules")
    page.get_by_role("link", name="4001").first.click()
    page.get_by_label("Release of the flow").select_option("1")
    page.get_by_label("Release on trial").select_option("2")
    page.get_by_role("button", name="Show the parameters of this choice").click()
    page.get_by_label("Share of the other calls").fill("20")
    page.get_by_label("More test callers").fill("13800138000")
    page.get_by_text("Other parameters for the trial").click()
    page.get_by_label("Ask for the language").select_option("no")
    page.get_by_role("button", name="Save in the draft").last.click()
    expect(page.locator("h1")).to_contain_text("on trial")
    expect(page.locator("form.editor")).to_contain_text("138****8000")
    page.locator("#preview-who").select_option("trial")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("hotline 2")
    page.get_by_role("button", name="Make it everybody's").click()
    expect(page.locator(".draft")).to_contain_text("release of the flow")
    page.get_by_label("Why").fill("the new menu is good")
    page.get_by_role("button", name="Publish as release 2").click()
    expect(page.get_by_role("status").first).to_contain_text("Release 2 acts now")
    before = site.rehearsal.rules.entries["4001"]
    published = site.rehearsal.published[0].configuration.entries["4001"]
    assert published == Entry("4001", "hotline", before.language, {**before.parameters, "ask_language": False}, 2)
    assert site.complaints == []
