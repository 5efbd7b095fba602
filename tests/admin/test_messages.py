"""The page of messages: listened to, fetched, done, the number on asking; each by the right of the role, each kept."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.ports.store import StoreUnavailable

As = Callable[[str], FlaskClient]
ENGLISH = {"Accept-Language": "en"}


def actions(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    return [(line.who, line.action) for line in rehearsal.audit.lines if line.action.startswith("message.")]


def test_the_page_shows_who_left_what_where(as_role: As) -> None:
    page = as_role("lead").get("/messages", headers=ENGLISH).text
    for word in ("139****1234", "Support", "after-hours", "0:21", "New", "Heard", "missing"):
        assert word in page
    assert "13900001234" not in page
    assert page.count("<audio") == 2  # nothing can be heard of the one that is missing
    assert "139****1234" not in as_role("lead").get("/messages?handled=done", headers=ENGLISH).text
    assert "159****7714" not in as_role("lead").get("/messages?box=support", headers=ENGLISH).text


def test_listening_marks_it_heard_and_is_kept_once(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    for _ in range(3):
        heard = lead.get("/messages/m1/sound", headers={"Range": "bytes=0-99"})
        assert (heard.status_code, heard.mimetype) == (206, "audio/wav")
    assert rehearsal.messages.rows[0].handled == "heard"
    assert rehearsal.messages.rows[0].handled_by == "leo"
    assert actions(rehearsal) == [("leo", "message.heard")]
    fetched = lead.get("/messages/m1/sound?fetch=1")
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert actions(rehearsal)[-1] == ("leo", "message.fetched")


def test_done_and_not_done(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    assert "Not done" in lead.post("/messages/m1/done", headers=ENGLISH).text
    lead.get("/messages/m1/sound")
    assert rehearsal.messages.rows[0].handled == "done"  # hearing it again does not undo it
    lead.post("/messages/m1/new")
    assert rehearsal.messages.rows[0].handled == "new"
    assert [what for _, what in actions(rehearsal)] == ["message.done", "message.heard", "message.new"]


def test_the_number_is_shown_on_asking_and_who_asked_is_kept(as_role: As, rehearsal: Rehearsal) -> None:
    lead = as_role("lead")
    assert "13900001234" in lead.post("/messages/m1/number", headers=ENGLISH).text
    assert actions(rehearsal) == [("leo", "message.number")]
    assert "13900001234" not in str(rehearsal.audit.lines)
    gone = lead.post("/messages/m3/number", headers=ENGLISH)
    assert (gone.status_code, "not kept any more" in gone.text) == (404, True)


def test_the_bar_counts_what_nobody_has_heard(as_role: As) -> None:
    lead = as_role("lead")
    assert '<span class="tab-count">1</span>' in lead.get("/callbacks", headers=ENGLISH).text
    lead.post("/messages/m1/done")
    assert "tab-count" not in lead.get("/callbacks", headers=ENGLISH).text


def test_the_floor_is_shown_though_messages_can_not_be_counted(as_role: As, rehearsal: Rehearsal) -> None:
    def away() -> int:
        raise StoreUnavailable("The database is away.")

    lead = as_role("lead")
    rehearsal.messages.count_new = away  # type: ignore[method-assign]
    assert lead.get("/callbacks", headers=ENGLISH).status_code == 200


def test_what_is_not_there_is_not_found(as_role: As) -> None:
    lead = as_role("lead")
    assert lead.get("/messages/m3/sound").status_code == 404
    assert lead.get("/messages/none/sound").status_code == 404
    assert lead.post("/messages/m1/burn").status_code == 404
    assert lead.get("/messages?before=nonsense").status_code == 200
    assert as_role("agent").get("/messages").status_code == 403
