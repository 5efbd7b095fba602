"""The rule of the example, composed by a supervisor in a real browser: made, rehearsed with the path lit, published."""

from __future__ import annotations

import shutil
from dataclasses import replace

from playwright.sync_api import expect

from callcontrol.values.configuration import Callback
from tests.browser.conftest import Site


def calls_back(site: Site) -> None:
    """The queue of support calls back, and it says so in what acts."""
    releases = site.rehearsal.releases
    draft = releases.draft()
    support = replace(draft.configuration.queues["support"], callback=Callback(enabled=True))
    queues = {**draft.configuration.queues, "support": support}
    releases.save_draft(replace(draft.configuration, queues=queues), version=draft.version, who="leo")


def test_the_rule_of_the_example_is_composed_rehearsed_and_published(site: Site) -> None:
    calls_back(site)
    page = site.page()
    page.goto(f"{site.address}/flows")
    page.get_by_role("link", name="Compose a flow").click()
    page.get_by_label("Name", exact=True).fill("peak")
    page.get_by_label("Title, Chinese").fill("高峰")
    page.get_by_label("Title, English").fill("Peak line")
    page.get_by_label("Queue", exact=True).select_option("support")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Peak line")).to_be_visible()

    # the rule: everybody skilled is busy, waited 60 s, before 16:00
    page.get_by_role("link", name="waiting", exact=True).click()
    for number, (kind, value) in enumerate((("busy", ""), ("waited", "60")), start=1):
        row = page.get_by_role("group", name=f"Condition {number}", exact=True)
        row.get_by_role("combobox", name="Condition", exact=True).select_option(kind)
        row.get_by_role("textbox", name="Value").fill(value)
    page.get_by_role("button", name="Save and stay").click()
    row = page.get_by_role("group", name="Condition 3", exact=True)
    row.get_by_role("combobox", name="Condition", exact=True).select_option("before")
    row.get_by_role("textbox", name="Value").fill("16:00")
    page.get_by_role("button", name="Save in the draft").click()

    # then a callback
    page.get_by_label("Name of the new step").fill("call_back")
    page.get_by_label("Kind", exact=True).select_option("callback")
    page.get_by_role("button", name="Add a step").click()
    page.get_by_label("Queue", exact=True).select_option("support")
    for label in ("Booked", "None can be had", "No key"):
        page.get_by_label(label, exact=True).select_option("goodbye")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_text("can't be reached")).to_be_visible()
    page.get_by_role("link", name="waiting", exact=True).click()
    page.get_by_label("After the announcement, still busy").select_option("call_back")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_text("Every way of the flow was rehearsed; nothing is wrong with it.")).to_be_visible()

    # rehearsed in the page, without leaving it
    rehearsal = page.get_by_role("region", name="Rehearsal")
    rehearsal.get_by_role("combobox", name="Language").select_option("en")
    rehearsal.get_by_label("Called at").fill("2026-03-04T10:00")
    rehearsal.get_by_role("button", name="Call anew").click()
    steps = ("Listen to the end", "Press 1", "The desk grants the announcement", "Listen to the end")
    for done, name in enumerate((*steps, "The queue gives the call back: still busy"), start=1):
        rehearsal.get_by_role("button", name=name, exact=True).click()
        expect(rehearsal.locator(".heard-did")).to_have_count(done)
    expect(rehearsal.get_by_text("At the step call_back")).to_be_visible()
    assert page.url.endswith("/composed/peak")
    if shutil.which("dot"):
        drawing = rehearsal.get_by_role("img", name="with the way of the call")
        expect(drawing).to_be_visible()
        svg = page.request.get(f"{site.address}{drawing.get_attribute('src')}").text()
        assert "#0b6fcf" in svg

    # after four the desk may not say it
    rehearsal.get_by_label("Called at").fill("2026-03-04T16:00")
    rehearsal.get_by_role("button", name="Call anew").click()
    expect(rehearsal.locator(".heard-did")).to_have_count(0)
    for done, name in enumerate(("Listen to the end", "Press 1"), start=1):
        rehearsal.get_by_role("button", name=name, exact=True).click()
        expect(rehearsal.locator(".heard-did")).to_have_count(done)
    expect(rehearsal.get_by_text("In the queue Support")).to_be_visible()
    expect(rehearsal.get_by_role("button", name="The desk grants the announcement")).to_have_count(0)

    # published like all the rest
    page.get_by_role("link", name="Look through the draft and publish").click()
    page.get_by_placeholder("Why? For example").fill("peak before four")
    page.get_by_role("button", name="Publish as release").click()
    expect(page.get_by_text("acts now, on calls that wait too")).to_be_visible()
    acting = site.rehearsal.releases.current()
    assert acting is not None
    waiting = acting.configuration.composed["peak"]["steps"]["waiting"]
    assert waiting["message_when"] == ["busy", "waited 60", "before 16:00"]
    assert acting.configuration.composed_kept["peak"]["release"] == 1
    assert site.complaints == []


def test_without_scripts_a_call_is_rehearsed_too(site: Site) -> None:
    page = site.page(java_script_enabled=False)
    page.goto(f"{site.address}/flows/hotline/rehearse?language=en")
    page.get_by_role("button", name="Press nothing").or_(
        page.get_by_role("button", name="Listen to the end")
    ).first.click()
    expect(page.locator(".heard-did")).to_have_count(1)
    page.get_by_role("button", name="One step back").click()
    expect(page.locator(".heard-did")).to_have_count(0)
