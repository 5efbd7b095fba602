"""Of every leg that is rung exactly one answer or failure is told, in whatever order the switch tells its story."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcontrol.ports.switch import (
    Announcement,
    LegAnswered,
    LegEvent,
    LegFailed,
    LegHungUp,
    LegRinging,
    LegsBridged,
    RecordingStopped,
)
from callcontrol.switch.legs import LOST, MAX_ENDED, Legs

happenings = st.lists(
    st.sampled_from(
        ["ringing", "answered", "gone", "job ok", "job error", "lost", "bridged", "stopped", "watch again"]
    ),
    max_size=12,
)


def told_of(story: list[str]) -> list[LegEvent]:
    legs, told = Legs(), []
    legs.watch("a", told.append)
    legs.rung("a")
    for happening in story:
        match happening:
            case "ringing":
                legs.ringing("a")
            case "answered":
                legs.answered("a")
            case "gone":
                legs.gone("a", "NO_ANSWER")
            case "job ok":
                legs.job_done("a", "+OK a")
            case "job error":
                legs.job_done("a", "-ERR USER_BUSY")
            case "lost":
                legs.lost("a", LOST)
            case "bridged":
                legs.bridged("b", "a")
            case "stopped":
                legs.recording_stopped("a", "/x.wav", 1.0)
            case "watch again":
                legs.watch("a", told.append)
    return told


@example(["answered", "answered", "job ok", "gone", "gone"])
@example(["job ok", "answered", "gone", "job error"])
@example(["gone", "job error", "gone", "answered"])
@example(["job error", "gone", "lost", "ringing"])
@given(happenings)
def test_a_leg_is_answered_or_failed_once_and_ends_once(story: list[str]) -> None:
    told = told_of(story)
    kinds = [type(event) for event in told if not isinstance(event, LegsBridged | RecordingStopped)]
    assert kinds.count(LegRinging) <= 1
    assert kinds.count(LegAnswered) + kinds.count(LegFailed) <= 1
    if LegFailed in kinds:
        assert kinds[-1] is LegFailed
        assert LegHungUp not in kinds
    if LegHungUp in kinds:
        assert kinds.count(LegHungUp) == 1
        assert kinds[-1] is LegHungUp
        assert LegAnswered in kinds
    if LegRinging in kinds:
        assert kinds[0] is LegRinging


@given(happenings, st.sampled_from(["gone", "job error"]))
def test_a_leg_that_ends_is_always_told_of(story: list[str], end: str) -> None:
    told = told_of([*story, end, "gone"])
    assert [event for event in told if isinstance(event, LegFailed | LegHungUp)]


def test_a_leg_rung_a_moment_ago_may_not_exist_yet() -> None:
    assert told_of(["lost"]) == []
    assert told_of(["lost", "lost"]) == [LegFailed("a", LOST)]
    assert told_of(["answered", "lost"]) == [LegAnswered("a"), LegHungUp("a", LOST)]


def test_a_contact_without_a_channel_fails_by_its_job_alone() -> None:
    assert told_of(["job error"]) == [LegFailed("a", "USER_BUSY")]


def test_both_sides_of_a_bridge_are_told() -> None:
    legs, first, second = Legs(), [], []
    legs.watch("a", first.append)
    legs.watch("b", second.append)
    legs.bridged("a", "b")
    assert (first, second) == ([LegsBridged("a", "b")], [LegsBridged("b", "a")])


def test_who_watches_all_hears_of_every_end_and_one_that_fails_harms_nobody() -> None:
    legs, told = Legs(), []

    def fails(_: LegEvent) -> None:
        raise RuntimeError("sink")

    legs.watch_all(fails)
    legs.watch_all(told.append)
    legs.watch("a", fails)
    legs.gone("a", "NORMAL_CLEARING")
    legs.gone("z", "USER_BUSY")
    assert told == [LegHungUp("a", "NORMAL_CLEARING"), LegHungUp("z", "USER_BUSY")]


def test_after_unwatch_nothing_is_told() -> None:
    legs, told = Legs(), []
    legs.watch("a", told.append)
    legs.rung("a")
    legs.unwatch("a")
    legs.answered("a")
    legs.gone("a", "X")
    assert told == []


def test_legs_that_nobody_unwatches_are_forgotten_in_the_end() -> None:
    legs = Legs()
    for number in range(MAX_ENDED + 50):
        legs.watch(str(number), lambda _: None)
        legs.gone(str(number), "NORMAL_CLEARING")
    assert not legs.watches("0")
    assert legs.watches(str(MAX_ENDED + 49))


def test_a_ring_that_was_refused_leaves_nothing_behind() -> None:
    legs = Legs()
    legs.rung("a")
    legs.not_rung("a")
    assert not legs.watches("a")


@pytest.mark.parametrize(
    ("wants", "key", "told"),
    [("1", "1", LegAnswered("a")), ("1", "2", LegFailed("a", "CALL_REJECTED")), ("1", "", LegFailed("a", "NO_USER_RESPONSE")), ("", "", LegAnswered("a"))],
)  # fmt: skip
def test_a_leg_that_was_announced_a_call_is_there_when_it_has_heard_and_taken_it(
    wants: str, key: str, told: object
) -> None:
    legs = Legs()
    heard: list[LegEvent] = []
    legs.watch("a", heard.append)
    legs.rung("a", Announcement(["x.wav"], wants))
    legs.answered("a")
    legs.job_done("a", "+OK a")
    assert not heard
    legs.parked("a", key)
    legs.parked("a", "1")
    assert heard == [told]


def test_a_leg_is_there_when_it_parks_and_that_is_told_once() -> None:
    legs = Legs()
    heard: list[LegEvent] = []
    legs.watch("a", heard.append)
    legs.rung("a")
    legs.parked("a", "1")
    legs.job_done("a", "+OK a")
    legs.parked("a", "1")
    assert heard == [LegAnswered("a")]
