from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import STORY_KINDS
from callcontrol.ports.store import StoreUnavailable, StoryRow
from callcontrol.values.outcomes import Outcome

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}
FIRST = "/calls/00000000-5a1c-4f00-8000-000000000000"  # of agent 1001
SECOND = "/calls/00000001-5a1c-4f00-8000-000000000001"  # of agent 1002


def listed(page: str) -> list[str]:
    return re.findall(r'<td><a href="/calls/([^"#]+)">', page)


def test_the_list_is_paged_without_losing_or_repeating_a_call(as_role: As, rehearsal: Rehearsal) -> None:
    client, seen, address = as_role("lead"), [], "/calls"
    while address:
        page = client.get(address, headers=ENGLISH).text
        seen += listed(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(older[1]) if older else ""
    assert seen == [row.call for row in rehearsal.records.rows]


def test_filters_narrow_the_list_and_stay_while_paging(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("lead")
    page = client.get("/calls?queue=support&outcome=answered", headers=ENGLISH).text
    wanted = [r.call for r in rehearsal.records.rows if r.queue == "support" and r.outcome == "answered"]
    assert listed(page) == wanted[:50]
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is None or "queue=support" in older[1]
    assert listed(client.get("/calls?agent=1003", headers=ENGLISH).text) == [
        r.call for r in rehearsal.records.rows if r.agent == "1003"
    ]


def test_dates_are_days_of_the_centre(as_role: As, rehearsal: Rehearsal) -> None:
    # the rehearsed clock stands at 2026-11-22 07:06 in Shanghai
    client = as_role("lead")
    today = [r.call for r in rehearsal.records.rows if r.began_at >= 1_795_276_800]
    assert listed(client.get("/calls?since=2026-11-22", headers=ENGLISH).text) == today[:50]
    assert "No call fits" in client.get("/calls?until=2020-01-01", headers=ENGLISH).text


@pytest.mark.parametrize(
    "query", ["since=yesterday", "before=x", "before=1e999~a", "before=~", "until=9999-12-31", "since=0001-01-01"]
)
def test_a_wrong_filter_is_no_error(as_role: As, query: str) -> None:
    assert as_role("lead").get(f"/calls?{query}").status_code == 200


def test_an_agent_sees_the_own_calls_only(as_role: As, rehearsal: Rehearsal) -> None:
    client = as_role("agent")
    own = [r.call for r in rehearsal.records.rows if r.agent == "1001"]
    assert listed(client.get("/calls?agent=1002", headers=ENGLISH).text) == own[:50]
    assert client.get(FIRST).status_code == 200
    assert client.get(SECOND).status_code == 404


def test_an_agent_without_an_agents_number_sees_nothing(as_role: As, rehearsal: Rehearsal) -> None:
    rehearsal.users.create("odd", "agent", password="a long enough password")
    client = as_role("")
    client.post("/sign-in", data={"name": "odd", "password": "a long enough password"})
    assert listed(client.get("/calls").text) == []
    assert client.get("/calls/00000003-5a1c-4f00-8000-000000000003").status_code == 404  # a call of no agent


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_call_tells_its_story(as_role: As, language: str) -> None:
    page = unescape(as_role("manager").get(FIRST, headers={"Accept-Language": language}).text)
    wanted = {
        "zh": ["进入队列 技术支持 等待", "听到了错峰提示", "坐席 1002 未接", "态度 5", "准确 跳过", "由来电者挂断"],
        "en": [
            "Waits in the queue Support.",
            "Heard the off-peak",
            "1002 did not take it",
            "correctness skipped",
            "+0:09",
        ],
    }[language]
    for said in wanted:
        assert said in page


def test_every_kind_of_story_line_is_told_and_an_unknown_one_is_shown(as_role: As, rehearsal: Rehearsal) -> None:
    call = rehearsal.records.rows[0].call
    kinds = [*STORY_KINDS, "levitated"]
    rehearsal.records.stories[call] = [StoryRow(1.0 * i, kind, {}) for i, kind in enumerate(kinds)]
    page = as_role("manager").get(FIRST, headers=ENGLISH).text
    assert "levitated" in page
    for kind in STORY_KINDS:
        assert f'class="story-said">{kind}' not in page


def test_every_outcome_has_a_word_in_both_languages(as_role: As) -> None:
    for language in ("zh", "en"):
        page = as_role("lead").get("/calls", headers={"Accept-Language": language}).text
        for outcome in Outcome:
            assert f">{outcome.value}<" not in page


# --- recordings -------------------------------------------------------------------------------------------------------
def test_a_recording_is_played_in_parts(as_role: As) -> None:
    client = as_role("lead")
    whole = client.get("/recordings/rec-1")
    assert (whole.status_code, whole.mimetype) == (200, "audio/wav")
    part = client.get("/recordings/rec-1", headers={"Range": "bytes=44-1043"})
    assert part.status_code == 206
    assert part.data == whole.data[44:1044]
    assert part.headers["Content-Range"] == f"bytes 44-1043/{len(whole.data)}"
    assert client.get("/recordings/rec-1", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_who_listened_is_kept_once_for_one_hearing(as_role: As, rehearsal: Rehearsal, clock: ManualClock) -> None:
    client = as_role("lead")
    for start in (0, 1000, 5000):
        client.get("/recordings/rec-1", headers={"Range": f"bytes={start}-"})
    heard = [line for line in rehearsal.audit.lines if line.action == "recording.heard"]
    assert [(line.who, line.after) for line in heard] == [("leo", {"recording": "rec-1"})]
    clock.advance(301)
    client.get("/recordings/rec-1")
    assert len([line for line in rehearsal.audit.lines if line.action == "recording.heard"]) == 2


def test_if_it_can_not_be_kept_who_listens_nobody_listens(
    as_role: As, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_role("lead")

    def away(_change: object) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(rehearsal.audit, "note", away)
    assert client.get("/recordings/rec-1").status_code == 503


def test_a_recording_of_others_or_a_missing_file_is_not_there(as_role: As, rehearsal: Rehearsal) -> None:
    assert as_role("agent").get("/recordings/rec-1").status_code == 200
    rehearsal.users.create("bob", "agent", password="a long enough password", agent="1002")
    bob = as_role("")
    bob.post("/sign-in", data={"name": "bob", "password": "a long enough password"})
    assert bob.get("/recordings/rec-1").status_code == 404
    assert rehearsal.recordings is not None
    (rehearsal.recordings / "rec-1.wav").unlink()
    assert as_role("lead").get("/recordings/rec-1").status_code == 404
