from __future__ import annotations

import threading
from collections.abc import Callable

from playwright.sync_api import expect

from callcontrol.admin.rehearsal import floor_view
from callcontrol.floor.entries import AgentBreak, AgentLoggedIn
from tests.browser.conftest import Site

Settled = Callable[[Callable[[], bool]], None]


def test_a_change_of_the_floor_appears_by_itself_and_clocks_tick(site: Site) -> None:
    page = site.page("lead")
    row = page.locator("#agent-1009")
    expect(row).to_contain_text("Logged out")
    site.rehearsal.live.agent("1009", state="available", since=site.rehearsal.clock.now() - 61)
    expect(row).to_contain_text("Available")
    expect(row).to_contain_text("1:0")
    clock = page.locator("#agent-1005 .ticking")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    assert site.complaints == []


def test_callers_move_up_in_place(site: Site) -> None:
    page = site.page("lead")
    expect(page.locator("#call-c3 .place")).to_have_text("2")
    view = floor_view(site.rehearsal.clock.now())
    calls = [{**c, "position": c["position"] and c["position"] - 1} for c in view["calls"] if c["call"] != "c2"]
    site.rehearsal.live.show({**view, "calls": calls})
    expect(page.locator("#call-c3 .place")).to_have_text("1")
    expect(page.locator("#call-c2")).to_have_count(0)


def test_an_open_menu_survives_the_update_and_closes_by_escape(site: Site) -> None:
    page = site.page("lead")
    page.locator("#acts-1001 > summary").click()
    expect(page.locator("#acts-1001")).to_have_attribute("open", "")
    site.rehearsal.live.agent("1002", state="wrap_up", call="")
    expect(page.locator("#agent-1002")).to_contain_text("Wrap-up")
    expect(page.locator("#acts-1001")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("#acts-1001")).not_to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.parentElement.id") == "acts-1001"


def test_a_leader_logs_in_an_agent_with_the_keyboard_and_puts_one_on_break(site: Site, settled: Settled) -> None:
    page = site.page("lead")
    page.locator("#in-1009").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("1009: log in – Done.")
    expect(page.locator("#agent-1009")).to_contain_text("Available")
    page.locator("#acts-1005 > summary").click()
    page.locator("#acts-1005").get_by_text("Break: Lunch").click()
    settled(lambda: len(site.rehearsal.told) == 2)
    expect(page.locator("#agent-1005")).to_contain_text("Break")
    first, second = site.rehearsal.told
    assert isinstance(first, AgentLoggedIn)
    assert isinstance(second, AgentBreak)
    assert (second.agent, second.reason, second.by) == ("1005", "lunch", "leo")
    assert site.complaints == []


def test_old_data_is_visibly_old_and_recovers(site: Site) -> None:
    page = site.page("lead")
    expect(page.locator("#age")).to_contain_text("s old")
    expect(page.locator("#stale")).to_be_hidden()
    site.rehearsal.live.age_s = 12.0
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#age")).to_contain_text("Old data: 1")
    assert page.locator("#board").evaluate("e => getComputedStyle(e).opacity") == "0.45"
    site.rehearsal.live.age_s = 0.1
    expect(page.locator("#stale")).to_be_hidden()


def test_a_stream_that_hangs_makes_the_page_stale_too(site: Site) -> None:
    hanging = threading.Event()
    site.rehearsal.services.sleep = lambda _seconds: hanging.wait(20) and None
    page = site.page("")
    page.clock.install()
    token = site.rehearsal.users.sign_in_link("leo", valid_s=60)
    page.goto(f"{site.address}/sign-in/link/{token}")
    expect(page.locator("#agent-1001")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()
    page.clock.fast_forward(6_500)
    expect(page.locator("#stale")).to_be_visible()
    hanging.set()


def test_a_desk_that_is_gone_is_said(site: Site) -> None:
    page = site.page("lead")
    expect(page.locator("#desk")).to_be_hidden()
    site.rehearsal.live.desk_alive = False
    expect(page.locator("#desk")).to_be_visible()


def test_an_agent_sees_the_own_state_and_goes_on_break(site: Site, settled: Settled) -> None:
    page = site.page("agent")
    expect(page.locator("#own-state")).to_contain_text("Available")
    page.get_by_role("button", name="Break: Meeting").click()
    expect(page.locator("#own-state .sign")).to_contain_text("Meeting")
    settled(lambda: len(site.rehearsal.told) == 1)
    assert [getattr(entry, "agent", "") for entry in site.rehearsal.told] == ["1005"]
    assert site.complaints == []
