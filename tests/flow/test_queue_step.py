"""The queue, phase by phase."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import Flow, HangUp, Play, Queue, flow_of_steps, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.record import CallRecord
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.steps.queue import BRANCHES


class Waits(Flow):
    title = words(zh="等", en="Waits")
    start = "queue"
    rescue = "end"
    queue = Queue(
        "q",
        message="offpeak",
        stay_key="1",
        exit_keys={"*": "left", "0": "left"},
        after_talk="talked",
        still_busy="advised",
        away="left",
        nobody="left",
        timeout="left",
        full="left",
        closed="left",
        needs="zh >= 3",
        vip=2,
        music="jazz",
    )
    talked = Play("talked", then="end")
    advised = Play("advised", then="end")
    left = Play("left", then="end")
    end = HangUp()


@pytest.fixture
def call() -> Rehearsal:
    call = Rehearsal(Waits, queue="busy")
    call.begin()
    return call


def commands_of(call: Rehearsal, since: int) -> list[type]:
    return [type(c) for c in call.done[since:]]


def phase(call: Rehearsal) -> str:
    assert call.record.visit is not None
    return call.record.visit.phase


def test_coming_in_joins_and_plays_music(call: Rehearsal):
    assert call.done == [
        cmd.Answer(),
        cmd.JoinQueue(1, "q", "rehearsal:1", call.now.timestamp(), needs="zh >= 3", vip=2),
        cmd.Hold(1, "jazz"),
    ]


def test_music_that_ends_by_itself_changes_nothing(call: Rehearsal):
    record = call.record
    call.tell(ev.Played(record.wait))
    assert call.record == record


def test_an_offer_rings_under_the_music(call: Rehearsal):
    before = len(call.done)
    call.offered("1001")
    assert (phase(call), commands_of(call, before)) == ("offered", [])
    call.offer_failed()
    assert (phase(call), commands_of(call, before)) == ("waiting", [])
    assert call.record.visit is not None
    assert (call.record.visit.offer, call.record.visit.agent) == ("", "")


def test_the_failure_of_an_offer_that_is_none_of_it_changes_nothing(call: Rehearsal):
    call.offered("1001")
    record = call.record
    call.tell(ev.OfferFailed(call.visit, "of long ago", "NO_ANSWER"))
    assert call.record == record


phones = st.lists(st.tuples(st.sampled_from(["ring", "fail", "talk"]), st.sampled_from("abcd")), max_size=12)


@given(scene=phones, told=st.booleans())
def test_the_record_names_every_phone_that_rings_and_one_that_talks(scene: list[tuple[str, str]], told: bool):
    call = Rehearsal(Waits, queue="busy")
    call.begin()
    if told:
        call.message_granted()
    before = len(call.done)
    rings: dict[str, str] = {}
    for what, name in scene:
        visit = call.record.visit
        assert visit is not None
        if what == "ring" and name not in rings:
            rings[name] = f"agent {name}"
            call.tell(ev.Offered(visit.visit, name, rings[name]))
        elif what == "fail":
            rings.pop(name, None)
            call.tell(ev.OfferFailed(visit.visit, name, "NO_ANSWER"))
        elif what == "talk" and name in rings:
            call.tell(ev.TalkBegan(visit.visit, name, rings[name]))
            rings = {name: rings[name]}
        visit = CallRecord.from_data(json.loads(json.dumps(call.record.as_data()))).visit
        assert visit is not None
        assert visit == call.record.visit
        assert visit.legs() == tuple(rings)
        assert {visit.offer: visit.agent, **visit.others} == (rings or {"": ""})
        if visit.phase == "talking":
            assert (visit.offer, visit.others) == (name, {})
            break
        assert visit.phase == ("offered" if rings else "message" if told and not call.done[before:] else "waiting")
    # The announcement is cut by the first phone, and by no other.
    assert commands_of(call, before) == [cmd.Hold] * (told and any(what == "ring" for what, _ in scene))


def test_a_record_with_one_phone_is_one_that_the_release_before_can_read(call: Rehearsal):
    call.offered("1001")
    data = call.record.as_data()
    assert "others" not in data["visit"]
    assert CallRecord.from_data(data) == call.record


def test_the_announcement_is_heard_once_and_music_goes_on(call: Rehearsal):
    before = len(call.done)
    call.message_granted()
    call.listen()
    assert commands_of(call, before) == [cmd.Play, cmd.MessageHeard, cmd.Hold]
    assert call.record.visit is not None
    assert call.record.visit.message_heard


def test_an_announcement_without_a_sound_counts_as_heard(call: Rehearsal):
    call.message_granted()
    call.listen("queue.q.offpeak")
    assert call.done[-2] == cmd.MessageHeard("rehearsal:1")


def test_a_grant_told_twice_does_not_begin_again(call: Rehearsal):
    call.message_granted()
    record = call.record
    call.message_granted()
    assert call.record == record


def test_a_grant_after_it_was_heard_is_answered_at_once(call: Rehearsal):
    call.message_granted()
    call.listen()
    before = len(call.done)
    call.message_granted()
    assert call.done[before:] == [cmd.MessageHeard("rehearsal:1")]


@pytest.mark.parametrize("key", ["*", "0"])
def test_an_exit_key_leaves_from_the_music_the_announcement_and_the_ringing(key: str):
    for bring_there in (lambda _: None, Rehearsal.message_granted, Rehearsal.offered):
        call = Rehearsal(Waits)
        call.begin()
        bring_there(call)
        before = len(call.done)
        call.press(key)
        assert call.done[before] == cmd.LeaveQueue("rehearsal:1", "exit_key")
        assert call.record.step == "left"


def test_the_stay_key_means_nothing_before_the_announcement(call: Rehearsal):
    record = call.record
    call.press("1")
    assert call.record == record


def test_the_stay_key_counts_in_the_announcement(call: Rehearsal):
    call.message_granted()
    call.press("1")
    assert commands_of(call, -2) == [cmd.StayInQueue, cmd.Hold]
    assert phase(call) == "waiting"


def test_the_stay_key_counts_after_the_announcement_and_only_once(call: Rehearsal):
    call.message_granted()
    call.listen()
    before = len(call.done)
    call.press("11")
    assert commands_of(call, before) == [cmd.StayInQueue]


def test_the_stay_key_while_a_phone_rings_keeps_the_offer(call: Rehearsal):
    call.message_granted()
    call.listen()
    call.offered()
    call.press("1")
    assert phase(call) == "offered"


@pytest.mark.parametrize("branch", BRANCHES)
def test_given_back_the_call_is_in_no_queue_any_more(call: Rehearsal, branch: str):
    call.released(branch)
    assert call.record.visit is None
    assert call.record.step == ("advised" if branch == "still_busy" else "left")


def test_who_was_answered_and_comes_again_waits_anew():
    ends = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "closed"), "end")

    class Again(Flow):
        title = words(zh="再", en="Again")
        start = "queue"
        rescue = "end"
        queue = Queue("q", after_talk="queue", **ends)
        end = HangUp()

    call = Rehearsal(Again)
    call.begin()
    call.offered()
    call.answered()
    call.talk_ended()
    first, second = (c for c in call.done if isinstance(c, cmd.JoinQueue))
    assert second.first_joined_at > first.first_joined_at


@pytest.mark.parametrize("queue", ["", "gone"])
def test_a_queue_that_is_not_there_is_trouble(queue: str):
    ends = dict.fromkeys(("after_talk", "still_busy", "away", "nobody", "timeout", "full", "closed"), "end")
    steps = {"queue": Queue(queue, **ends), "sorry": Play("sorry", then="end"), "end": HangUp()}
    flow = flow_of_steps("x", steps, start="queue", rescue="sorry", title=words(zh="x", en="x"))
    call = Rehearsal(flow, queue_hours={"q": ""} if queue else {})
    call.begin()
    assert call.record.step == "sorry"


def test_in_a_talk_keys_and_the_desk_change_nothing(call: Rehearsal):
    call.offered()
    call.answered()
    record = call.record
    call.press("*10")
    call.message_granted()
    call.offered()
    call.released("timeout")
    assert call.record == record


def test_after_the_talk_the_flow_goes_on_and_knows_who_it_was(call: Rehearsal):
    call.offered("1003")
    call.answered("1003")
    call.talk_ended(42.0)
    assert call.record.step == "talked"
    assert call.record.context["talk"] == {"queue": "q", "agent": "1003", "offer": "offer-1", "talk_s": 42.0}


def test_the_end_of_a_talk_counts_even_if_its_beginning_was_never_told(call: Rehearsal):
    call.offered()
    call.talk_ended()
    assert call.record.step == "talked"


def test_each_phase_but_the_talk_is_taken_up_in_the_same_visit():
    for bring_there in (lambda _: None, Rehearsal.message_granted, Rehearsal.offered):
        call = Rehearsal(Waits)
        call.begin()
        bring_there(call)
        before = len(call.done)
        call.taken_over()
        join = call.done[before]
        assert isinstance(join, cmd.JoinQueue)
        assert join.visit == "rehearsal:1"
        assert commands_of(call, before) == [cmd.JoinQueue, cmd.Hold]
        assert phase(call) == "waiting"


def test_an_announcement_cut_by_a_takeover_is_said_again_when_granted_again(call: Rehearsal):
    call.message_granted()
    call.taken_over()
    call.message_granted()
    assert call.heard() == ["queue.q.offpeak"] * 2


def test_who_stayed_stays_also_after_a_takeover(call: Rehearsal):
    call.message_granted()
    call.press("1")
    call.taken_over()
    call.message_granted()
    assert call.done[-1] == cmd.StayInQueue("rehearsal:1")
    assert call.heard() == ["queue.q.offpeak"]


# --- overflow ---------------------------------------------------------------------------------------------------------
def test_a_call_that_overflows_waits_on_in_the_other_queue_with_its_waiting_time(call: Rehearsal):
    before = call.record.visit
    assert before is not None
    since = len(call.done)
    call.overflows("another")
    visit = call.record.visit
    assert visit is not None
    assert (visit.queue, visit.came_from, visit.first_joined_at) == ("another", "q", before.first_joined_at)
    assert visit.visit != before.visit
    assert call.record.step == "queue"
    joined = call.done[since]
    assert joined == cmd.JoinQueue(
        2, "another", visit.visit, before.first_joined_at, needs="zh >= 3", vip=2, came_from="q"
    )
    assert commands_of(call, since) == [cmd.JoinQueue, cmd.Hold]


def test_a_takeover_after_an_overflow_joins_the_other_queue_again_as_the_same_visit(call: Rehearsal):
    call.overflows("another")
    visit, since = call.record.visit, len(call.done)
    call.taken_over()
    joined = next(c for c in call.done[since:] if isinstance(c, cmd.JoinQueue))
    assert visit is not None
    assert (joined.queue, joined.visit, joined.came_from) == ("another", visit.visit, "q")


def test_who_chose_to_stay_stays_in_the_other_queue_too(call: Rehearsal):
    call.message_granted()
    call.press("1")
    since = len(call.done)
    call.overflows("another")
    assert commands_of(call, since) == [cmd.JoinQueue, cmd.StayInQueue, cmd.Hold]


def test_the_exits_of_the_step_count_in_the_other_queue_and_a_talk_there_ends_both_places(call: Rehearsal):
    call.overflows("another")
    call.offered()
    call.answered()
    call.talk_ended()
    assert call.record.step == "talked"
    assert call.record.context["talk"]["queue"] == "another"
    assert not call.record.context["_joined"]


def test_a_rehearsal_knows_a_queue_that_overflows():
    call = Rehearsal(Waits, queue="overflow").run()
    assert [line.text for line in call.transcript if "another" in line.text] == [
        "sends the call on to another; the waiting time is kept",
        "joins another; music",
    ]
    assert call.heard() == ["talked"]
