"""The record of a call is a function of its story, and of nothing else."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.ports.journal import StoryLine
from callcontrol.store.call_record import CallRecord, record_of, told
from callcontrol.values.outcomes import Outcome
from tests.store.stories import Read, Teller, answered_call, any_lines, numbered


def record(read: Read) -> CallRecord:
    return record_of([told(position, line) for position, line in read])


def test_an_answered_call_says_who_waited_how_long_and_talked_to_whom() -> None:
    made = record(answered_call().read())
    call = made.call
    assert (call.began_at, call.ended_at, call.number, call.destination) == (1000.0, 1056.0, "138****5678", "4001")
    assert (call.queue, call.agent, call.outcome, call.wait_s, call.talk_s) == (
        "support",
        "1001",
        "answered",
        10.0,
        30.0,
    )
    assert (call.cause, call.ended_by) == ("NORMAL_CLEARING", "caller")
    assert call.survey == {"attitude": 5, "speed": None, "correctness": 4}
    (visit,) = made.visits
    assert (visit.joined_at, visit.first_joined_at, visit.ended_at) == (1005.0, 1005.0, 1015.0)
    assert (visit.agent, visit.outcome, visit.wait_s, visit.talk_s) == ("1001", "answered", 10.0, 30.0)
    (recording,) = made.recordings
    assert (recording.seconds, recording.talk_s, recording.ended_at, recording.settled) == (29.9, 30.0, 1045.1, True)


def test_a_call_that_never_joined_has_no_outcome() -> None:
    made = record(Teller().begin().end(3, by="flow").read())
    assert (made.call.queue, made.call.outcome, made.visits, made.call.ended_by) == ("", "", (), "flow")


def test_a_waiting_call_waits_until_it_is_told_otherwise() -> None:
    teller = Teller().begin().tell(5, "joined", queue="support", visit="v1", first_joined_at=1005.0)
    assert record(teller.read()).call.outcome == "waiting"
    teller.tell(9, "talk_began", offer="o1", agent="1001", queue="support", visit="v1")
    made = record(teller.read())
    assert (made.call.outcome, made.call.wait_s, made.call.agent) == ("answered", 4.0, "1001")


def test_a_call_that_joins_twice_has_two_visits_and_the_outcome_of_the_last() -> None:
    teller = Teller().begin()
    teller.tell(1, "joined", queue="support", visit="v1", first_joined_at=1001.0)
    teller.tell(9, "visit_ended", queue="support", visit="v1", outcome="requeued", wait_s=8.0)
    teller.tell(9, "joined", queue="billing", visit="v2", first_joined_at=1001.0)
    teller.tell(20, "visit_ended", queue="billing", visit="v2", outcome="advised_offpeak", wait_s=11.0)
    made = record(teller.end(21).read())
    assert [(v.queue, v.outcome, v.joined_at, v.first_joined_at) for v in made.visits] == [
        ("support", "requeued", 1001.0, 1001.0),
        ("billing", "advised_offpeak", 1009.0, 1001.0),
    ]
    assert (made.call.queue, made.call.outcome, made.call.wait_s) == ("billing", "advised_offpeak", 11.0)


def test_a_controller_that_takes_over_joins_the_same_visit_again() -> None:
    teller = Teller().begin()
    teller.tell(1, "joined", queue="support", visit="v1", first_joined_at=1001.0)
    teller.tell(6, "taken_over", controller="second", step="queue")
    teller.tell(6, "joined", queue="support", visit="v1", first_joined_at=1001.0)
    made = record(teller.read())
    assert [(v.joined_at, v.outcome) for v in made.visits] == [(1001.0, "waiting")]


def test_of_two_ends_the_first_counts() -> None:
    teller = Teller().begin().tell(1, "joined", queue="support", visit="v1", first_joined_at=1001.0)
    teller.tell(5, "visit_ended", queue="support", visit="v1", outcome="abandoned_waiting", wait_s=4.0)
    teller.tell(6, "visit_ended", queue="support", visit="v1", outcome="system_lost", wait_s=5.0)
    teller.end(5, by="caller").end(7, by="system")
    made = record(teller.read())
    assert (made.call.outcome, made.call.wait_s, made.call.ended_at, made.call.ended_by) == (
        "abandoned_waiting",
        4.0,
        1005.0,
        "caller",
    )


def test_a_booked_callback_is_followed_by_how_it_went() -> None:
    teller = Teller().begin().tell(1, "joined", queue="support", visit="v1")
    teller.tell(5, "visit_ended", queue="support", visit="v1", outcome="callback_booked")
    teller.end(6).tell(900, "visit_ended", queue="support", visit="v1", outcome="callback_done")
    assert record(teller.read()).call.outcome == "callback_done"


def test_several_talks_add_up_and_the_last_agent_is_named() -> None:
    teller = Teller().begin().tell(1, "joined", queue="support", visit="v1")
    teller.talk(2, 10).talk(20, 5, offer="o2", agent="1002", visit="v2", queue="billing")
    made = record(teller.end(30).read())
    assert (made.call.talk_s, made.call.agent, made.call.queue) == (15.0, "1002", "billing")
    assert [(v.visit, v.talk_s, v.agent) for v in made.visits] == [("v1", 10.0, "1001"), ("v2", 5.0, "1002")]


def test_two_talks_of_one_visit_add_up() -> None:
    teller = Teller().begin().tell(1, "joined", queue="support", visit="v1").talk(2, 10).talk(20, 5, offer="o2")
    assert [visit.talk_s for visit in record(teller.read()).visits] == [15.0]


def test_the_talk_that_a_recording_is_of_is_the_nearest_one_of_its_agent() -> None:
    teller = Teller().begin()
    teller.talk(10, 20).talk(40, 7, offer="o2", visit="v2")
    for number, at in (("r1", 9.9), ("r2", 40.2)):
        teller.tell(at, "recording_began", recording=number, path=f"{number}.wav", agent="1001")
    teller.tell(40.3, "recording_began", recording="r3", path="r3.wav", agent="nobody")
    made = record(teller.end(60).read())
    assert [(one.recording, one.talk_s) for one in made.recordings] == [("r1", 20.0), ("r2", 7.0), ("r3", None)]


def test_a_recording_is_settled_when_nothing_more_can_come() -> None:
    teller = Teller().begin().tell(10, "talk_began", offer="o1", agent="1001", queue="support", visit="v1")
    teller.tell(10.1, "recording_began", recording="r1", path="r1.wav", agent="1001")
    assert (record(teller.read()).recordings[0].ended_at, record(teller.read()).recordings[0].settled) == (None, False)
    teller.tell(20, "recording_ended", recording="r1", path="r1.wav", seconds=9.9)
    assert record(teller.read()).recordings[0].settled is False
    teller.tell(20.1, "talk_ended", offer="o1", agent="1001", talk_s=10.1)
    assert record(teller.read()).recordings[0].settled is True


def test_a_recording_that_nobody_saw_end_ended_with_its_call() -> None:
    teller = Teller().begin().tell(10, "recording_began", recording="r1", path="r1.wav", agent="1001")
    (recording,) = record(teller.end(30).read()).recordings
    assert (recording.ended_at, recording.settled, recording.seconds) == (1030.0, True, None)


def test_a_number_that_comes_unmasked_is_masked_before_it_is_kept() -> None:
    for number in ("13812345678", "+8613812345678", "138 1234 5678"):
        line = told("1-0", StoryLine("c", 1.0, "began", {"number": number})).line
        assert sum(character.isdigit() for character in line.data["number"]) <= 7
        assert number not in str(line)


def test_positions_sort_as_numbers() -> None:
    line = StoryLine("c", 1.0, "step", {})
    positions = ["5-9", "5-10", "40-0", "1700000000000-2", "1700000000000-11"]
    kept = [told(position, line).position for position in positions]
    assert kept == sorted(kept)


@pytest.mark.parametrize("at", [math.nan, math.inf, None, "soon"])
def test_a_time_that_is_none_does_not_stop_the_record(at: object) -> None:
    assert record([("1-0", StoryLine("c", at, "ended", {"cause": math.nan}))]).call.ended_at == 0.0  # type: ignore[arg-type]


@given(any_lines, st.randoms(use_true_random=False))
def test_order_and_repetition_of_reading_change_nothing(lines: list[StoryLine], chance) -> None:
    read = numbered(lines)
    again = [*read, *chance.choices(read, k=5)]
    chance.shuffle(again)
    for call in {line.call for line in lines}:
        assert record([one for one in read if one[1].call == call]) == record(
            [one for one in again if one[1].call == call]
        )


@given(any_lines, st.integers(0, 30))
def test_a_line_told_a_second_time_later_changes_nothing(lines: list[StoryLine], number: int) -> None:
    mine = [line for line in lines if line.call == lines[0].call]
    assert record(numbered(mine)) == record(numbered([*mine, *mine[:number]]))


def test_of_lines_of_one_moment_the_first_told_counts_even_if_it_is_told_again() -> None:
    first, second = (StoryLine("a", 1.0, "ended", {"cause": cause, "by": "caller"}) for cause in ("FIRST", "SECOND"))
    assert record(numbered([first, second, first])).call.cause == "FIRST"


@given(any_lines)
def test_every_visit_has_exactly_one_valid_outcome_and_none_outlives_its_call(lines: list[StoryLine]) -> None:
    mine = [line for line in lines if line.call == lines[0].call]
    made = record(numbered(mine))
    named = {line.data["visit"] or line.data["queue"] for line in mine if line.kind in ("joined", "visit_ended")}
    assert len({visit.visit for visit in made.visits}) == len(made.visits) >= len(named)
    for visit in made.visits:
        assert visit.outcome in set(Outcome)
        assert (visit.ended_at is None) or visit.outcome != Outcome.WAITING
        if made.call.ended_at is not None:
            assert visit.ended_at is not None
        for seconds in (visit.wait_s, visit.talk_s):
            assert seconds is None or seconds >= 0
    assert made.call.outcome == (made.visits[-1].outcome if made.visits else "")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
fields = [
    "queue",
    "visit",
    "offer",
    "talk_s",
    "wait_s",
    "answers",
    "recording",
    "number",
    "flow_release",
    "first_joined_at",
]


@given(
    st.sampled_from(
        ["began", "joined", "talk_began", "talk_ended", "visit_ended", "recording_ended", "survey", "ended"]
    ),
    st.dictionaries(st.sampled_from(fields), junk),
)
def test_no_value_whatever_breaks_the_record(kind: str, data: dict) -> None:
    made = record([("1-0", StoryLine("c", 1.0, kind, data))])
    assert made.call.call == "c"


@pytest.mark.parametrize("at", [1e300, -1.0, 253_402_300_800.0, float("nan"), float("inf"), "x", None])
def test_a_time_that_no_calendar_has_is_not_kept(at: Any) -> None:
    kept = told("1-0", StoryLine("c", at, "began", {})).line.at
    datetime.fromtimestamp(kept, UTC)


def test_a_talk_with_somebody_dialled_is_no_agents_talk_and_its_recording_is_judged_by_it() -> None:
    teller = Teller().begin()
    teller.tell(1, "party_began", leg="l", to="reception")
    teller.tell(1.1, "recording_began", recording="l", path="/r/l.wav", agent="", queue="")
    teller.tell(21, "recording_ended", recording="l", path="/r/l.wav", seconds=19.9)
    teller.tell(21.1, "party_ended", leg="l", to="reception", talk_s=20.0, by="party")
    teller.tell(22, "party_ended", leg="l", to="reception", talk_s=3.0, by="system")
    made = record(teller.end(30).read())
    assert (made.call.agent, made.call.talk_s, made.call.outcome, made.visits) == ("", None, "", ())
    (recording,) = made.recordings
    assert (recording.talk_s, recording.seconds, recording.settled) == (20.0, 19.9, True)
