"""How it stands in the line, said between the music."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.values.waits import BUCKETS, bucket_of, next_said, prompt_of
from tests.flow.test_queue_step import Waits, phase


@pytest.fixture
def call() -> Rehearsal:
    call = Rehearsal(Waits, queue="busy")
    call.begin()
    return call


def said(call: Rehearsal) -> list[str]:
    assert isinstance(call.doing, cmd.Play)
    return [prompt.key for prompt in call.doing.prompts]


def test_the_place_and_the_wait_are_said_and_the_music_goes_on(call: Rehearsal) -> None:
    call.news(ahead=3, minutes=3)
    assert said(call) == ["queue.position", "wait.2_to_5"]
    call.listen()
    assert isinstance(call.doing, cmd.Hold)
    assert phase(call) == "waiting"


@pytest.mark.parametrize(("ahead", "key"), [(0, "wait.next"), (1, "wait.one_ahead"), (2, "queue.position")])
def test_who_is_next_hears_no_number(call: Rehearsal, ahead: int, key: str) -> None:
    call.news(ahead=ahead, minutes=None)
    assert said(call) == [key]


def test_an_offer_cuts_it(call: Rehearsal) -> None:
    call.news()
    words = call.doing
    call.offered()
    assert isinstance(call.doing, cmd.Hold)
    assert phase(call) == "offered"
    assert isinstance(words, cmd.Play)
    before = call.record
    call.tell(ev.Played(words.wait))
    assert call.record == before


def test_nothing_is_said_while_a_phone_rings_or_the_announcement_plays(call: Rehearsal) -> None:
    call.offered()
    before = call.record
    call.news()
    assert call.record == before
    call.offer_failed()
    call.message_granted()
    before = call.record
    call.news()
    assert call.record == before


def test_the_announcement_cuts_it(call: Rehearsal) -> None:
    call.news()
    call.message_granted()
    assert said(call) == ["queue.q.offpeak"]
    call.listen()
    assert any(isinstance(command, cmd.MessageHeard) for command in call.done)


def test_a_key_works_in_it(call: Rehearsal) -> None:
    call.news()
    call.press("*")
    assert call.record.step == "left"


def test_another_controller_goes_on_with_the_music(call: Rehearsal) -> None:
    call.news()
    call.taken_over()
    assert isinstance(call.doing, cmd.Hold)
    assert phase(call) == "waiting"


def test_news_of_another_visit_change_nothing(call: Rehearsal) -> None:
    before = call.record
    call.tell(ev.WaitNews("another", 1, 1))
    assert call.record == before


def test_it_goes_up_by_one_step_and_down_at_once(call: Rehearsal) -> None:
    heard = []
    for minutes in (1, 12, 12, 12, 1):
        call.news(ahead=2, minutes=minutes)
        heard.append(said(call)[1])
        call.listen()
    assert heard == ["wait.under_1", "wait.1_to_2", "wait.2_to_5", "wait.5_to_10", "wait.under_1"]


@pytest.mark.parametrize("news", [{"ahead": 5, "serving": 2}, {"ahead": 2, "serving": 1}])
def test_with_a_reason_it_goes_up_at_once(call: Rehearsal, news: dict[str, int]) -> None:
    """Others went before, or an agent has left."""
    call.news(ahead=2, minutes=1, serving=2)
    call.listen()
    call.news(minutes=12, **news)
    assert said(call)[1] == "wait.over_10"


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_longer_wait_is_never_said_shorter(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert bucket_of(low) <= bucket_of(high) < len(BUCKETS)
    assert prompt_of(bucket_of(high)).startswith("wait.")


@given(st.integers(0, 4), st.integers(-1, 4))
def test_never_up_by_more_than_one(bucket: int, before: int) -> None:
    told = next_said(bucket, before, reason=False)
    assert told <= bucket
    if before >= 0:
        assert told <= before + 1
        assert told >= min(bucket, before)
    assert next_said(bucket, before, reason=True) == bucket


def with_quiet_times(times: str) -> Rehearsal:
    call = Rehearsal(Waits, queue="busy", quiet={"q": times})
    call.begin()
    call.message_granted()
    return call


def test_the_announcement_names_the_quiet_times_that_are_known() -> None:
    assert said(with_quiet_times("tue 09:30-10:30")) == ["offpeak.busy", "quiet_time", "offpeak.stay"]


def test_without_them_it_says_the_configured_or_shipped_text() -> None:
    assert said(with_quiet_times("")) == ["queue.q.offpeak"]
