"""Counts of half-hours: the same on SQLite, PostgreSQL and in memory, written as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callcontrol.admin.rehearsal_half_hours import MemoryHalfHours
from callcontrol.ports.store import HalfHours, OpenVisit
from callcontrol.store.store import Store, open_store
from callcontrol.values.counts import Counts
from callcontrol.values.half_hours import HalfHour
from callcontrol.values.report import REPEAT_DAYS, Answer, Solved
from tests.store.stories import Teller, answered_call
from tests.store.test_records import keep


@pytest.fixture(params=["memory", "sql"])
def half_hours(request: pytest.FixtureRequest, url: str) -> Iterator[HalfHours]:
    if request.param == "memory":
        yield MemoryHalfHours()
        return
    store = open_store(url)
    yield store.half_hours
    store.close()


def counts(joined: int, *, late: int = 0) -> Counts:
    return Counts(
        joined=joined,
        granted=1,
        outcomes={"answered": joined} if joined else {},
        levels={15.0: [joined - late, late, 0, 0]} if joined else {},
        answer_wait_ms=2**40,
        longest_wait_ms=7,
    )


def put(half_hours: HalfHours, one: HalfHour, position: str, *, since: float = 100.0, upto: float = 5000.0) -> None:
    half_hours.put([one], since=since, upto=upto, position=position)


def test_the_newest_counts_of_a_half_hour_stand_however_often_they_are_written(half_hours: HalfHours) -> None:
    put(half_hours, HalfHour("support", 1800.0, counts(1)), "1700000000000-9")
    newest = HalfHour("support", 1800.0, counts(3, late=1))
    put(half_hours, newest, "1700000000000-10")  # later than -9, though not as text
    put(half_hours, HalfHour("support", 1800.0, counts(2)), "999-10")
    assert half_hours.between(0, 9000) == [newest]
    put(half_hours, newest, "1700000000000-10")
    assert half_hours.between(0, 9000) == [newest]


def test_half_hours_are_found_by_time_and_queue_in_order(half_hours: HalfHours) -> None:
    rows = [HalfHour(queue, at, counts(n)) for n, (queue, at) in enumerate(
        [("b", 1800.0), ("a", 3600.0), ("a", 1800.0), ("队列", 5400.0)], start=1)]  # fmt: skip
    half_hours.put(rows, since=100.0, upto=9000.0, position="1-1")
    assert [(one.began_at, one.queue) for one in half_hours.between(1800.0, 5400.0)] == [
        (1800.0, "a"),
        (1800.0, "b"),
        (3600.0, "a"),
    ]
    assert half_hours.between(0, 9000, queue="队列") == [rows[3]]
    assert half_hours.between(0, 9000, queue="x' OR '1'='1") == []


def test_more_rows_than_one_transaction_holds(half_hours: HalfHours) -> None:
    rows = [HalfHour("support", n * 1800.0, counts(n % 7)) for n in range(600)]
    half_hours.put(rows, since=100.0, upto=9000.0, position="1-1")
    assert half_hours.between(0, 1e9) == rows


def test_of_two_journals_that_overlap_the_fuller_one_stands_and_others_add_up(half_hours: HalfHours) -> None:
    put(half_hours, HalfHour("support", 1800.0, counts(5)), "1-1", since=100.0, upto=2000.0)
    put(half_hours, HalfHour("support", 1800.0, counts(4)), "2-1", since=1900.0, upto=3000.0)
    put(half_hours, HalfHour("support", 1800.0, counts(2)), "3-1", since=3001.0, upto=3400.0)
    [one] = half_hours.between(0, 9000)
    assert one.counts.joined == 7
    assert one.counts.cells == (7, 0, 0, 0)


def test_a_threshold_that_was_taken_back_leaves_nothing(half_hours: HalfHours) -> None:
    put(
        half_hours, HalfHour("support", 1800.0, Counts(1, levels={15.0: [1, 0, 0, 0]}, outcomes={"answered": 1})), "1-1"
    )
    last = HalfHour("support", 1800.0, Counts(1, levels={20.0: [1, 0, 0, 0]}, outcomes={"answered": 1}))
    put(half_hours, last, "1-2")
    assert half_hours.between(0, 9000) == [last]


# --- what the call records say ------------------------------------------------------------------------------------------
def test_visits_are_counted_from_the_records_by_half_hour(store: Store) -> None:
    for number, began_at in enumerate((1790.0, 1800.0, 1810.0)):  # each joins 5 s after it began
        keep(store, answered_call(f"call-{number}", began_at).lines)
    keep(store, Teller("open", 1900.0).begin().tell(5, "joined", queue="support", visit="v9").lines)
    assert store.half_hours.visits(0, 9000) == {
        ("support", 0.0): {"answered": 1},
        ("support", 1800.0): {"answered": 2, "waiting": 1},
    }
    assert store.half_hours.visits(3600, 9000) == {}


def test_visits_and_calls_without_an_end_are_found(store: Store) -> None:
    keep(store, answered_call("done", 1000.0).lines)
    keep(store, Teller("open", 1900.0).begin().tell(5, "joined", queue="support", visit="v9").lines)
    assert store.half_hours.open_visits(0, 2000) == [OpenVisit("open", "v9", "support", 1905.0)]
    assert store.half_hours.open_visits(0, 1905) == []
    assert store.half_hours.open_calls(0, 2000) == 1
    assert store.half_hours.open_calls(0, 1900) == 0


def test_every_answer_of_the_survey_is_given(store: Store) -> None:
    told = answered_call("done", 1000.0).tell(60, "survey", answers={"attitude": 5, "speed": None, "correctness": 2})
    keep(store, told.lines)
    assert sorted(store.half_hours.answers(0, 2000), key=lambda s: s.question) == [
        Answer("support", 1000.0, "attitude", 5),
        Answer("support", 1000.0, "correctness", 2),
    ]
    assert store.half_hours.answers(0, 2000, queue="billing") == []


DAY_S = 86_400.0
WINDOW_S = REPEAT_DAYS * DAY_S


def called(call: str, at: float, number: str, queue: str, *, answered: bool) -> Teller:
    teller = Teller(call, at).begin(number_key=number)
    teller.tell(5, "joined", queue=queue, visit="v1", first_joined_at=at + 5)
    if answered:
        return teller.talk(15, 30, queue=queue).end(46)
    teller.tell(25, "left_queue", visit="v1", queue=queue, outcome="abandoned_waiting", waited_s=20.0)
    return teller.end(26)


def test_whoever_calls_the_same_queue_again_within_days_was_not_helped(store: Store) -> None:
    calls = [
        called("helped", 0, "a", "support", answered=True),
        called("again", 1800, "b", "support", answered=True),
        called("again2", 1800 + DAY_S, "b", "support", answered=False),  # the second one was no talk
        called("other", 3600, "c", "support", answered=True),
        called("other2", 3600 + DAY_S, "c", "billing", answered=True),  # another matter
        called("late", 5400, "d", "support", answered=True),
        called("late2", 5400 + WINDOW_S, "d", "support", answered=True),  # too late to be about the same
        called("unknown", 7200, "", "support", answered=True),
        called("lost", 7200, "e", "support", answered=False),
        called("young", 9000 + DAY_S, "f", "support", answered=True),
    ]
    for teller in calls:
        keep(store, teller.lines)
    now = 7500 + WINDOW_S + DAY_S
    found = sorted(store.half_hours.solved(0, now, now=now), key=lambda one: (one.queue, one.at))
    assert found == [
        Solved("billing", 3600 + DAY_S - 3600 % 1800, 1, 1),
        *[Solved("support", float(at), met, 1) for at, met in ((0, 1), (1800, 0), (3600, 1), (5400, 1))],
    ]
    assert store.half_hours.solved(0, now, now=now, queue="billing") == found[:1]
    assert store.half_hours.solved(1800, 5400, now=now, queue="support") == found[2:4]
    assert store.half_hours.solved(0, now, now=WINDOW_S - 1) == []  # nothing is known yet


def test_a_call_that_joins_twice_is_one_call(store: Store) -> None:
    teller = Teller("twice", 0).begin(number_key="a")
    teller.tell(5, "joined", queue="support", visit="v1", first_joined_at=5.0)
    teller.tell(25, "left_queue", visit="v1", queue="support", outcome="requeued", waited_s=20.0)
    teller.tell(26, "joined", queue="support", visit="v2", first_joined_at=5.0)
    keep(store, teller.talk(40, 30, queue="support", visit="v2").end(71).lines)
    assert store.half_hours.solved(0, 9000, now=2 * WINDOW_S) == [Solved("support", 0.0, 1, 1)]
