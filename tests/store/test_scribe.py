"""What is told of calls reaches the database once: however it is read, whoever dies, whatever is away meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, select, text

from callcontrol.bus.memory import MemoryFloor
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import JournalUnavailable, Stories, StoryLine
from callcontrol.ports.store import StoreUnavailable
from callcontrol.store import database as database_module
from callcontrol.store import migrate
from callcontrol.store.call_record import told
from callcontrol.store.recording_file import GRACE_S
from callcontrol.store.schema import call_story, calls, recordings, visits
from callcontrol.store.scribe import Scribe
from callcontrol.store.scribe_sink import UNSETTLED_S, Verdict, write_lines
from callcontrol.store.store import Store, open_store
from tests.store.stories import Read, Teller, answered_call, story_and_another_way_to_read_it
from tests.store.test_recording_file import wave_bytes

DEADLINE_S = 30.0
TABLES = (calls, visits, recordings, call_story)


@pytest.fixture
def floor() -> MemoryFloor:
    return MemoryFloor()


@pytest.fixture
def stories(floor: MemoryFloor) -> Stories:
    return floor.open().stories


@pytest.fixture
def scribe(stories: Stories, store: Store, clock: ManualClock, tmp_path: Path) -> Iterator[Scribe]:
    made = Scribe(stories, store.scribe_sink, clock, tmp_path, batch=4)
    yield made
    made.stop()


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    def unit(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        found = {}
        for table in TABLES:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
        return found

    return store.database.read(unit)


def empty(store: Store) -> None:
    def unit(connection: Connection) -> None:
        for table in reversed(TABLES):
            connection.execute(table.delete())
        connection.execute(calls.delete())

    store.database.run(unit)


def keep(store: Store, batch: Read) -> None:
    lines = [told(position, line) for position, line in batch]
    store.database.run(lambda connection: write_lines(connection, lines))


def drain(scribe: Scribe) -> int:
    number = 0
    while step := scribe.step():
        number += step
    return number


def wait_until(condition: Callable[[], Any]) -> None:
    with gevent.Timeout(DEADLINE_S):
        while not condition():
            gevent.sleep(0.005)


# --- exactly once ---------------------------------------------------------------------------------------------------
def test_what_was_told_is_kept_and_then_forgotten_by_the_journal(
    stories: Stories, store: Store, scribe: Scribe
) -> None:
    teller = answered_call()
    stories.tell(teller.lines)
    assert drain(scribe) == len(teller.lines)
    (row,) = store.records.calls()
    assert (row.call, row.queue, row.agent, row.outcome, row.talk_s) == ("call-1", "support", "1001", "answered", 30.0)
    assert row.recordings == ("call-1-r1",)
    assert [(line.at, line.kind, line.data) for line in store.records.story("call-1")] == [
        (line.at, line.kind, dict(line.data)) for line in sorted(teller.lines, key=lambda line: line.at)
    ]
    assert stories.read("0") == []
    assert store.scribe_sink.position() == scribe.position != "0"
    before = contents(store)
    assert scribe.step() == 0
    assert contents(store) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(story_and_another_way_to_read_it())
def test_any_order_and_repetition_of_batches_gives_what_one_pass_gives(
    store: Store, ways: tuple[Read, list[Read]]
) -> None:
    in_order, batches = ways
    empty(store)
    keep(store, in_order)
    expected = contents(store)
    empty(store)
    for batch in batches:
        keep(store, batch)
    assert contents(store) == expected
    counted = store.records.count_by_outcome(-1e9, 1e9)
    by_queue: dict[str, int] = {}
    for visit in expected["visits"]:
        by_queue[visit[2]] = by_queue.get(visit[2], 0) + 1
    assert {queue: sum(outcomes.values()) for queue, outcomes in counted.items()} == by_queue


def test_a_late_line_can_show_that_a_talk_was_of_another_visit(store: Store) -> None:
    later = StoryLine("a", 5.0, "talk_began", {"offer": "o1", "agent": "1001", "queue": "support", "visit": "v2"})
    earlier = StoryLine("a", 4.0, "talk_began", {"offer": "o1", "agent": "1001", "queue": "support", "visit": "v1"})
    keep(store, [("1-1", later)])
    keep(store, [("1-2", earlier)])
    assert store.records.count_by_outcome(0, 9) == {"support": {"answered": 1}}


def test_a_batch_from_a_position_that_another_scribe_has_passed_is_not_written(store: Store) -> None:
    lines = [told(position, line) for position, line in answered_call().read()]
    sink = store.scribe_sink
    assert sink.write(lines[:3], after="0", upto="1700000000000-3") is True
    before = contents(store)
    assert sink.write(lines[:5], after="0", upto="1700000000000-5") is False
    assert contents(store) == before
    assert sink.position() == "1700000000000-3"


class TrimsNothing:
    """Stories whose reader dies just before it says what may be forgotten."""

    def __init__(self, stories: Stories) -> None:
        self.read = stories.read
        self.tell = stories.tell

    def trim(self, upto: str) -> None:
        raise JournalUnavailable("The reader died here.")


def test_a_scribe_that_dies_before_the_journal_forgets_is_followed_without_a_trace(
    stories: Stories, store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    stories.tell(answered_call().lines)
    first = Scribe(TrimsNothing(stories), store.scribe_sink, clock, tmp_path)
    with pytest.raises(JournalUnavailable):
        first.step()
    before = contents(store)
    second = Scribe(stories, store.scribe_sink, clock, tmp_path)
    assert second.step() == 0
    assert contents(store) == before
    stories.tell([StoryLine("call-1", 1057.0, "trouble", {"what": "a late word"})])
    assert second.step() == 1
    assert stories.read("0") == []
    assert len(store.records.story("call-1")) == len(answered_call().lines) + 1


def test_many_scribes_at_once_write_every_call_once(
    stories: Stories, store: Store, url: str, clock: ManualClock, tmp_path: Path
) -> None:
    others = [open_store(url) for _ in range(2)]
    scribes = [Scribe(stories, one.scribe_sink, clock, tmp_path, batch=5) for one in (store, *others)]
    for scribe in scribes:
        scribe.start()
    for number in range(20):
        stories.tell(answered_call(f"call-{number}", 1000.0 + number, ["support", "billing"][number % 2]).lines)
        gevent.sleep(0)
    wait_until(lambda: not stories.read("0"))
    for scribe in scribes:
        scribe.stop()
    assert len(store.records.calls()) == 20
    assert store.records.count_by_outcome(0, 1e9) == {"billing": {"answered": 10}, "support": {"answered": 10}}
    assert all(len(store.records.story(row.call)) == len(answered_call().lines) for row in store.records.calls())
    for one in others:
        one.close()


# --- when something is away ------------------------------------------------------------------------------------------
def test_nothing_is_lost_while_the_journal_is_away(
    floor: MemoryFloor, stories: Stories, store: Store, scribe: Scribe
) -> None:
    stories.tell(answered_call().lines[:6])
    scribe.start()
    wait_until(lambda: store.records.call("call-1"))
    with floor.outage():
        wait_until(lambda: scribe.trouble)
        assert "unreachable" in scribe.trouble
    stories.tell(answered_call().lines[6:])
    wait_until(lambda: (row := store.records.call("call-1")) and row.ended_at)
    wait_until(lambda: not scribe.trouble)
    assert len(store.records.story("call-1")) == len(answered_call().lines)


def test_nothing_is_lost_while_the_database_is_locked(
    stories: Stories, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_S", 0.05)
    path = tmp_path / "own.db"
    migrate.upgrade(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    scribe = Scribe(stories, store.scribe_sink, clock, tmp_path)
    scribe.start()
    stories.tell(answered_call().lines)
    wait_until(lambda: "locked" in scribe.trouble)
    assert len(stories.read("0")) == len(answered_call().lines)
    other.rollback()
    other.close()
    wait_until(lambda: store.records.call("call-1"))
    wait_until(lambda: not scribe.trouble)
    scribe.stop()
    assert stories.read("0") == []
    store.close()


def test_a_scribe_may_be_started_before_its_database_has_tables(
    fresh_url: Callable[[], str], stories: Stories, clock: ManualClock, tmp_path: Path
) -> None:
    url = fresh_url()
    store = open_store(url)
    scribe = Scribe(stories, store.scribe_sink, clock, tmp_path)
    scribe.start()
    stories.tell(answered_call().lines)
    wait_until(lambda: "callcontrol db upgrade" in scribe.trouble)
    migrate.upgrade(url)
    wait_until(lambda: not stories.read("0"))
    assert store.records.call("call-1") is not None
    scribe.stop()
    store.close()


def test_a_failed_transaction_leaves_lines_and_position_as_they_were(
    stories: Stories, store: Store, scribe: Scribe
) -> None:
    stories.tell(answered_call().lines)
    store.database.run(lambda c: c.execute(text("ALTER TABLE visits RENAME TO hidden")))
    with pytest.raises(StoreUnavailable, match="older shape"):
        scribe.step()
    store.database.run(lambda c: c.execute(text("ALTER TABLE hidden RENAME TO visits")))
    assert store.scribe_sink.position() == "0"
    assert {name: rows for name, rows in contents(store).items() if rows} == {}
    assert drain(scribe) == len(answered_call().lines)
    assert len(contents(store)["visits"]) == 1


def test_a_stop_writes_what_is_already_told(stories: Stories, store: Store, scribe: Scribe) -> None:
    scribe.start()
    for number in range(10):
        stories.tell(answered_call(f"call-{number}").lines)
    scribe.stop()
    assert len(store.records.calls()) == 10
    assert stories.read("0") == []


def test_a_line_that_can_not_be_kept_is_left_out_alone_and_said(
    stories: Stories, store: Store, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    lines = answered_call().lines
    broken = StoryLine("call-9", 1.0, "step", [1, 2])  # type: ignore[arg-type]
    stories.tell([*lines[:3], broken, *lines[3:]])
    drain(scribe)
    assert len(store.records.story("call-1")) == len(lines)
    assert store.records.call("call-9") is None
    assert scribe.set_aside == 1
    assert "Call call-9: its story line 'step'" in caplog.text
    assert stories.read("0") == []


# --- recordings --------------------------------------------------------------------------------------------------------
def recorded(store: Store) -> tuple[str, float | None, int | None, bool]:
    row = store.records.recording("call-1-r1")
    assert row is not None
    assert store.records.recordings_of("call-1") == [row]
    return row.state, row.seconds, row.size, len(row.sha256) == 64


def test_a_recording_of_the_talk_s_length_is_complete(
    stories: Stories, store: Store, scribe: Scribe, tmp_path: Path
) -> None:
    content = wave_bytes(29.5)
    (tmp_path / "call-1.wav").write_bytes(content)
    stories.tell(answered_call().lines)
    drain(scribe)
    assert recorded(store)[0] == "recording"
    assert scribe.examine_recordings() == 1
    assert recorded(store) == ("complete", 29.5, len(content), True)
    assert scribe.examine_recordings() == 0


def test_a_short_and_a_missing_recording_are_alarms_within_a_minute(
    stories: Stories, store: Store, scribe: Scribe, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    began_at = clock.now()
    (tmp_path / "call-1.wav").write_bytes(wave_bytes(12.0))
    stories.tell(answered_call("call-1", began_at).lines)
    stories.tell(answered_call("call-2", began_at).lines)
    drain(scribe)
    clock.advance(45.1)
    assert scribe.examine_recordings() == 0
    clock.advance(GRACE_S)
    assert scribe.examine_recordings() == 2
    assert recorded(store)[:2] == ("short", 12.0)
    missing = store.records.recording("call-2-r1")
    assert missing is not None
    assert (missing.state, missing.size, missing.sha256) == ("missing", None, "")
    assert "Call call-1: recording call-1-r1 is short: it holds 12.0 s of 30.0 s" in caplog.text
    assert "Call call-2: recording call-2-r1 is missing" in caplog.text


def test_a_recording_that_nobody_saw_end_is_looked_up_when_its_call_ended(
    stories: Stories, store: Store, scribe: Scribe, tmp_path: Path
) -> None:
    (tmp_path / "call-1.wav").write_bytes(wave_bytes(7.0))
    teller = Teller().begin()
    teller.tell(10, "recording_began", recording="call-1-r1", path="call-1.wav", agent="1001")
    stories.tell(teller.end(20).lines)
    drain(scribe)
    scribe.examine_recordings()
    assert recorded(store)[:2] == ("complete", 7.0)


def test_a_recording_whose_talk_nobody_ends_is_examined_after_a_while(
    stories: Stories, store: Store, scribe: Scribe, clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "call-1.wav").write_bytes(wave_bytes(7.0))
    teller = Teller(began_at=clock.now()).begin()
    teller.tell(1, "talk_began", offer="o1", agent="1001", queue="support", visit="v1")
    teller.tell(1, "recording_began", recording="call-1-r1", path="call-1.wav", agent="1001")
    teller.tell(8, "recording_ended", recording="call-1-r1", path="call-1.wav", seconds=7.0)
    stories.tell(teller.lines)
    drain(scribe)
    clock.advance(8)
    assert scribe.examine_recordings() == 0
    clock.advance(UNSETTLED_S)
    assert scribe.examine_recordings() == 1
    assert recorded(store)[:2] == ("complete", 7.0)
    stories.tell([StoryLine("call-1", clock.now(), "talk_ended", {"offer": "o1", "agent": "1001", "talk_s": 37.0})])
    drain(scribe)
    assert recorded(store)[0] == "recording"  # with what is known now it is examined again
    clock.advance(GRACE_S)
    scribe.examine_recordings()
    assert recorded(store)[0] == "short"


def test_reading_a_story_again_does_not_examine_again(
    stories: Stories, store: Store, scribe: Scribe, tmp_path: Path
) -> None:
    (tmp_path / "call-1.wav").write_bytes(wave_bytes(30.0))
    stories.tell(answered_call().lines)
    drain(scribe)
    scribe.examine_recordings()
    before = contents(store)
    keep(store, answered_call().read())
    after = contents(store)
    assert after["recordings"] == before["recordings"]
    assert after["calls"] == before["calls"]


def test_a_verdict_on_facts_that_changed_meanwhile_is_dropped(
    stories: Stories, store: Store, scribe: Scribe, clock: ManualClock
) -> None:
    stories.tell(answered_call().lines[:-2])
    drain(scribe)
    (due,) = store.scribe_sink.due_recordings(clock.now())
    stories.tell([StoryLine("call-1", 1044.0, "talk_ended", {"offer": "call-1-o1", "agent": "1001", "talk_s": 3.0})])
    drain(scribe)
    store.scribe_sink.settle([Verdict(due, "missing", None, None, "")])
    assert recorded(store)[0] == "recording"
