"""An agent's own page in a browser: live, with the buttons that make sense now."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from callcontrol.floor.requests import Action
from tests.browser.conftest import Site


def shot(page: Page, name: str) -> None:
    """With CALLCONTROL_SHOTS naming a folder, a picture of it is left there to be looked at."""
    if folder := os.environ.get("CALLCONTROL_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_state_changes_by_itself_and_a_wrap_up_counts_down(site: Site) -> None:
    page = site.page("agent", locale="zh-CN")
    expect(page.locator("#own-state")).to_contain_text("空闲")
    shot(page, "own-available-zh")
    now = site.rehearsal.clock.now()
    wrap_up = {"state": "wrap_up", "since": now, "call": "", "next_state": ""}
    site.rehearsal.live.agent("1005", **wrap_up, wrap_up_mode="up_to", wrap_up_until=now + 40)
    clock = page.locator("#own-state [data-until]")
    expect(clock).to_be_visible()
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    shot(page, "own-wrap-up-zh")
    assert site.complaints == []


def test_who_was_put_on_break_reads_why_and_comes_back_by_a_button(site: Site) -> None:
    page = site.page("agent")
    now = site.rehearsal.clock.now()
    on_break = {"state": "break", "reason": "no_answer", "since": now, "call": "", "next_state": ""}
    site.rehearsal.live.agent("1005", **on_break, missed_out=True)
    expect(page.locator("#own-state")).to_contain_text("You were put on break")
    shot(page, "own-missed-out-en")
    page.get_by_role("button", name="Back to work").click()
    expect(page.locator("#notices")).to_contain_text("1005: back to work – Done.")
    expect(page.locator("#own-state")).to_contain_text("Available")
    assert [asked.action for asked in site.rehearsal.asked] == [Action.BACK]
    page.get_by_role("button", name="Break: Lunch").click()
    expect(page.locator("#own-state")).to_contain_text("Lunch")
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#own-state")).to_contain_text("Logged out")
    shot(page, "own-logged-out-en")
    assert site.complaints == []
