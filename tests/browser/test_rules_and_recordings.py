from __future__ import annotations

from playwright.sync_api import Request, expect

from tests.browser.conftest import Site

FIRST = "/calls/00000000-5a1c-4f00-8000-000000000000"


def test_a_manager_corrects_a_mistake_and_publishes(site: Site) -> None:
    page = site.page("manager")
    page.goto(site.address + "/rules/queues/support")
    page.get_by_label("Skills asked for").fill("support >= 3 und zh")
    page.get_by_label("Patience").fill("45")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator("mark")).to_have_text("u")
    expect(page.get_by_label("Patience")).to_have_value("45")
    expect(page.get_by_label("Skills asked for")).to_be_focused()
    page.get_by_label("Skills asked for").fill("support >= 3 and zh")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator(".draft")).to_contain_text("2 changes that are not published")
    page.get_by_label("Why").fill("longer evenings")
    page.get_by_role("button", name="Publish as release 2").click()
    expect(page.get_by_role("status").first).to_contain_text("Release 2 acts now")
    published = site.rehearsal.published[0].configuration.queues["support"]
    assert (published.patience_s, published.skills) == (45.0, "support >= 3 and zh")
    assert [message for message in site.complaints if "422" not in message] == []


def test_throwing_the_draft_away_asks_first(site: Site) -> None:
    page = site.page("manager")
    page.goto(site.address + "/rules/queues/support")
    page.get_by_label("Patience").fill("45")
    page.get_by_role("button", name="Save in the draft").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Throw away").click()
    expect(page.locator(".draft")).to_contain_text("1 change that is not published")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Throw away").click()
    expect(page.locator(".draft")).to_contain_text("The draft is as published")


def test_a_recording_plays_in_the_page_and_can_be_sought(site: Site) -> None:
    page = site.page("lead")
    ranges: list[str] = []

    def asked(request: Request) -> None:
        if "/recordings/" in request.url:
            ranges.append(request.all_headers().get("range", ""))

    page.on("request", asked)
    page.goto(site.address + FIRST)
    length = page.evaluate(
        """async () => { const a = document.querySelector("audio"); a.muted = true; await a.play();
        a.currentTime = 2; await new Promise(done => a.addEventListener("seeked", done, {once: true}));
        const seen = a.duration; a.pause(); return [seen, a.currentTime]; }"""
    )
    assert abs(length[0] - 3.0) < 0.1
    assert length[1] >= 1.9
    assert any(value.startswith("bytes=") for value in ranges)
    assert [line.who for line in site.rehearsal.audit.lines if line.action == "recording.heard"] == ["leo"]
    assert site.complaints == []


def test_a_new_user_signs_in_by_the_link_that_was_shown_once(site: Site) -> None:
    page = site.page("manager")
    page.goto(site.address + "/users")
    page.get_by_label("Name", exact=True).fill("nora")
    page.get_by_label("Role").select_option("lead")
    page.get_by_role("button", name="Add and make a sign-in link").click()
    link = page.locator(".link-shown").inner_text()
    other = site.page("")
    other.goto(link)
    expect(other.locator("#agent-1001")).to_be_visible()
    again = site.page("")
    again.goto(link)
    expect(again.get_by_role("alert")).to_contain_text("used already")


def test_steps_are_added_and_moved_without_leaving_the_page_and_nothing_typed_is_lost(site: Site) -> None:
    page = site.page("manager")
    page.goto(site.address + "/rules/queues/support")
    page.get_by_label("Patience").fill("45")
    page.get_by_role("button", name="Add a step").click()
    first = page.get_by_role("group", name="Row 1")
    first.get_by_label("Agents who may answer too").fill("billing >= 4")
    expect(first.locator(".who")).to_contain_text("3 of 10 agents")
    page.get_by_role("button", name="Add a step").click()
    second = page.get_by_role("group", name="Row 2")
    second.get_by_label("Agents who may answer too").fill("zh")
    second.get_by_label("Only while").fill("load >")
    page.get_by_role("button", name="Move row 2 up").click()
    expect(first.get_by_label("Agents who may answer too")).to_have_value("zh")
    expect(page.get_by_label("Patience")).to_have_value("45")
    page.get_by_label("Patience").press("Enter")  # saves, and moves no row
    expect(first.locator("mark")).to_have_text("␣")
    expect(first).to_contain_text("a number is expected")
    first.get_by_label("Only while").fill("load > 1.5")
    page.get_by_role("button", name="Save in the draft").last.click()
    expect(page.locator(".draft")).to_contain_text("changes that are not published")
    saved = site.rehearsal.releases.draft().configuration.queues["support"]
    assert saved.patience_s == 45.0
    assert [(step.skills, step.when) for step in saved.relaxation] == [("zh", "load > 1.5"), ("billing >= 4", "")]
    assert [message for message in site.complaints if "422" not in message] == []


def test_a_report_is_drawn_under_the_strict_policy_and_fetched_as_csv(site: Site) -> None:
    page = site.page("lead")
    page.goto(site.address + "/reports?queue=support")
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_label("By", exact=True).select_option("week")
    page.get_by_label("Formula of the service level").select_option("all_offered")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".chart-answered").first).to_be_visible()
    expect(page.get_by_text("everybody who came and is gone").first).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="CSV").click()
    assert fetched.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
    assert site.complaints == []
