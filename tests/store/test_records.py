"""What was written is found again: by time, queue, agent, outcome, page and identity."""

from __future__ import annotations

from typing import Any

from callcontrol.ports.journal import StoryLine
from callcontrol.store.call_record import told
from callcontrol.store.scribe_sink import write_lines
from callcontrol.store.store import Store
from tests.store.stories import Teller, answered_call, numbered


def keep(store: Store, lines: list[StoryLine]) -> None:
    kept = [told(position, line) for position, line in numbered(lines)]
    store.database.run(lambda connection: write_lines(connection, kept))


def test_calls_are_found_by_time_queue_agent_and_outcome_newest_first(store: Store) -> None:
    for number in range(6):
        keep(store, answered_call(f"call-{number}", 1000.0 + number, ["support", "billing"][number % 2]).lines)
    keep(store, Teller("short-1", 1010.0).begin().end(2).lines)

    def found(**wanted: Any) -> list[str]:
        return [row.call for row in store.records.calls(**wanted)]

    assert {row.number_key for row in store.records.calls()} == {"a1b2"}
    assert found() == ["short-1", "call-5", "call-4", "call-3", "call-2", "call-1", "call-0"]
    assert found(queue="billing") == ["call-5", "call-3", "call-1"]
    assert found(since=1002.0, until=1004.0) == ["call-3", "call-2"]
    assert found(agent="1001", limit=2) == ["call-5", "call-4"]
    assert found(outcome="answered", since=1005.0) == ["call-5"]
    assert found(agent="1' OR '1'='1") == found(queue="\0") == []
    assert store.records.count_by_outcome(0, 1e9) == {"billing": {"answered": 3}, "support": {"answered": 3}}
    assert store.records.count_by_outcome(1006.0, 1e9)["billing"] == {"answered": 3}
    assert "billing" in store.records.count_by_outcome(0, 1006.5)


def test_pages_hold_every_call_once_even_where_several_began_together(store: Store) -> None:
    for number in range(7):
        keep(store, Teller(f"call-{number}", 1000.0 + number // 3).begin().lines)
    seen: list[str] = []
    before = None
    while page := store.records.calls(limit=2, before=before):
        seen += [row.call for row in page]
        before = (page[-1].began_at, page[-1].call)
    assert seen == [f"call-{number}" for number in range(6, -1, -1)]


def test_a_call_is_found_by_a_unique_beginning_of_its_identity(store: Store) -> None:
    for call in ("abc-1", "abc-2", "abc-22", "xyz"):
        keep(store, Teller(call).begin().lines)

    def found(beginning: str) -> str | None:
        row = store.records.call(beginning)
        return row.call if row else None

    assert (found("xy"), found("abc-22"), found("abc-2"), found("abc-1")) == ("xyz", "abc-22", "abc-2", "abc-1")
    assert (found("abc"), found("%"), found("_yz"), found(""), found("\0"), found("q")) == (None,) * 6


def test_ways_of_a_flow_are_counted_call_by_call_within_the_time(store: Store) -> None:
    for number, (began_at, flow) in enumerate(
        [(1000.0, "hotline"), (2000.0, "hotline"), (9000.0, "hotline"), (1000.0, "x")]
    ):
        teller = Teller(f"call-{number}", began_at).begin(flow=flow)
        for after, step in enumerate(["welcome", "menu", "waiting"][: 3 - number % 2]):
            teller.tell(after + 1.0, "step", step=step)
        keep(store, teller.end(10.0).lines)
    assert store.records.ways("hotline", 0.0, 5000.0) == {("welcome", "menu"): 2, ("menu", "waiting"): 1}
    assert store.records.ways("nothing", 0.0, 5000.0) == {}


def test_calls_are_counted_by_entry_releases_trial_and_outcome(store: Store) -> None:
    def call(name: str, at: float, **began: Any) -> None:
        teller = answered_call(name, at)
        first = teller.lines[0]
        teller.lines[0] = StoryLine(first.call, first.at, first.kind, {**first.data, "release": 7, **began})
        keep(store, teller.lines)

    call("a", 1000.0)
    call("b", 1001.0)
    call("c", 1002.0, flow_release=2, trial="share")
    call("d", 1003.0, flow_release=2, trial="caller")
    call("e", 1004.0, flow="other")
    call("f", 2000.0)
    keep(store, Teller("g", 1005.0).begin(release="x").lines)  # not over yet
    keep(store, Teller("h", 1006.0).begin(release=True, trial=5).end(3).lines)
    found = [
        (
            row.entry,
            row.flow_release,
            row.release,
            row.trial,
            row.outcome,
            row.calls,
            row.wait_s,
            row.waited,
            row.first_at,
        )
        for row in store.records.by_release("hotline", 1000.0, 2000.0)
    ]
    assert found == [
        ("4001", 1, 0, "5", "", 1, None, 0, 1006.0),
        ("4001", 1, 7, "", "answered", 2, 20.0, 2, 1000.0),
        ("4001", 2, 7, "caller", "answered", 1, 10.0, 1, 1003.0),
        ("4001", 2, 7, "share", "answered", 1, 10.0, 1, 1002.0),
    ]
    row = store.records.call("c")
    assert row is not None
    assert (row.flow_release, row.release, row.trial) == (2, 7, "share")
