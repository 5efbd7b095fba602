"""Every decision of a day is made again and is the same; whoever changed a line is found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from callcontrol.bus.memory import MemoryFloor
from callcontrol.desk.desk import Desk
from callcontrol.desk.follower import Follower
from callcontrol.desk.history import END, History, HistoryMissing, moment_of, position_at
from callcontrol.desk.replay import Replayed, replay
from callcontrol.floor import entries as e
from callcontrol.floor.decide import decide
from callcontrol.floor.floor import Floor
from callcontrol.ports.archive import Base
from callcontrol.ports.clock import CountedIdentities, ManualClock
from callcontrol.ports.journal import Line, position_key

CAUSES = ["NO_ANSWER", "USER_BUSY", "CONTROLLER_LOST", "USER_NOT_REGISTERED"]
RULES: dict[str, Any] = {
    "queues": {
        "support": {
            "skills": "support >= 3",
            "patience_s": 20.0,
            "max_wait_s": 90.0,
            "announcement": {"max_share": 0.6},
            "relaxation": [{"skills": "support", "after_s": 15.0}],
            "sticky_s": 10.0,
        },
        "billing": {
            "skills": "billing >= 2",
            "strategy": "best_skill_first",
            "target_s": 30.0,
            "wrap_up_s": 5.0,
            "overflow": [{"to": "support", "after_s": 40.0, "when": "waiting > 2"}],
            "reserve": {"skills": "support >= 4", "load_on": 1.5, "load_off": 0.5},
        },
        "night": {"skills": "support", "strategy": "random", "max_length": 4},
        "all": {"skills": "billing", "strategy": "ring_all", "target_s": 5.0},
    },
    "agents": {
        f"{1000 + n}": {"skills": {"support": 1 + n % 4, "billing": n % 3 * 2}, "contact": f"user/{1000 + n}"}
        for n in range(8)
    },
}


def a_day(seed: int, steps: int = 300, **options: Any) -> Any:
    """The journal of a random day that a real desk decided, in its own thread and in its own time."""
    bus, clock, chance = MemoryFloor().open(), ManualClock(), random.Random(seed)
    journal = bus.journal
    follower = Follower(journal, clock)
    desk = Desk(journal, follower, clock, CountedIdentities(), "a", **options)
    follower.start()
    desk.start()
    try:
        journal.append(e.RulesPublished(at=clock.now(), release=1, configuration=RULES).as_data())
        for n in range(steps):
            journal.append([fact.as_data() for fact in _facts(follower, chance, n, clock.now())])
            if chance.random() < 0.4:
                clock.advance(chance.random() * 8)
                follower.poke()
            if chance.random() < 0.6:  # else the desk has to decide while more comes
                applied = len(journal.read("0", limit=10**6))
                assert follower.wait_until(lambda applied=applied: follower.applied >= applied, 20.0)
    finally:
        desk.stop()
        follower.stop(5.0)
    return journal


def _facts(follower: Follower, chance: random.Random, n: int, now: float) -> Iterator[e.Entry]:
    with follower.lock:
        floor: Any = follower.floor
        offers, calls = list(floor.offers.values()), [c for c in floor.calls.values() if c.in_line()]
    for _ in range(chance.choice((1, 1, 2, 6))):
        agent = str(1000 + chance.randrange(8))
        what = chance.random()
        if what < 0.4 or (not offers and what < 0.6):
            name = f"c{n}-{chance.random():.6f}"
            queue = chance.choice(["support", "support", "billing", "night", "all"])
            yield e.CallJoined(
                at=now, call=name, visit="v", queue=queue, first_joined_at=now - chance.choice((0, 0, 30)),
                caller=str(chance.randrange(50)), vip=int(chance.random() < 0.1),
            )  # fmt: skip
        elif what < 0.75 and offers:
            offer = chance.choice(offers)
            if offer.state == "talking":
                yield e.TalkEnded(at=now, offer=offer.offer, by="caller")
            elif chance.random() < 0.8:
                yield e.OfferRinging(at=now, offer=offer.offer)
                yield e.TalkBegan(at=now, offer=offer.offer)
            else:
                yield e.OfferFailed(at=now, offer=offer.offer, cause=chance.choice(CAUSES))
        elif what < 0.85 and calls:
            yield e.CallLeft(at=now, call=chance.choice(calls).call, visit="v", reason="hangup")
        elif what < 0.95:
            yield e.AgentLoggedIn(at=now, agent=agent)
        else:
            yield chance.choice([e.AgentBreak, e.AgentBack, e.AgentLoggedOut])(at=now, agent=agent)


class Kept:
    """An archive in the hand of the tester."""

    def __init__(self, lines: list[Line], bases: list[Base] | None = None) -> None:
        self.all, self.its_bases = lines, bases or []

    def position(self) -> str:
        return self.all[-1].position if self.all else "0"

    def bases(self, upto: str, limit: int = 5) -> list[Base]:
        before = [b for b in self.its_bases if position_key(b.position) <= position_key(upto)]
        return before[::-1][:limit]

    def breaks(self, after: str, upto: str) -> list[Base]:
        low, high = position_key(after), position_key(upto)
        return [b for b in self.its_bases if b.begins and low < position_key(b.position) <= high]

    def lines(self, after: str, upto: str, *, kinds: tuple[str, ...] = ()) -> Iterator[Line]:
        low, high = position_key(after), position_key(upto)
        yield from (
            line
            for line in self.all
            if low < position_key(line.position) <= high and (not kinds or line.data["kind"] in kinds)
        )

    def of_call(self, call: str, limit: int = 1000) -> list[Line]:
        return [line for line in self.all if line.data.get("call") == call][-limit:]

    def span(self) -> tuple[str, str] | None:
        return (self.all[0].position, self.all[-1].position) if self.all else None


def lines_of(journal: Any) -> list[Line]:
    return journal.read("0", limit=10**6)  # type: ignore[no-any-return]


def kinds_of(report: Replayed) -> list[str]:
    return [data["kind"] for difference in report.differences for data in difference.written]


@pytest.mark.parametrize("seed", range(2))
def test_a_random_day_is_decided_again_word_for_word(seed: int) -> None:
    journal = a_day(seed, snapshot_every=40)
    report = replay(History(Kept(lines_of(journal)), None), "0", END)
    assert report.identical, report.differences[:2]
    decisions = [line for line in lines_of(journal) if "seen" in line.data]
    assert report.decisions == len(decisions) > 50
    assert report.batches > 20
    assert report.assumed == 0
    # Some were decided while facts came: without what they name they could not be made again.
    before = {line.position: lines_of(journal)[n - 1].position for n, line in enumerate(lines_of(journal))}
    assert any(before[line.position] != line.data["seen"] for line in decisions)


def test_the_decisions_of_desks_that_take_turns_are_made_again_too() -> None:
    bus, clock, chance = MemoryFloor().open(), ManualClock(), random.Random(41)
    journal, identities = bus.journal, CountedIdentities()
    journal.append(e.RulesPublished(at=clock.now(), release=1, configuration=RULES).as_data())
    for turn in range(4):
        follower = Follower(journal, clock)
        desk = Desk(journal, follower, clock, identities, f"desk-{turn}", snapshot_every=25)
        follower.start()
        desk.start()
        assert follower.wait_until(lambda desk=desk: desk.in_charge, 20.0)
        for n in range(40):
            journal.append([fact.as_data() for fact in _facts(follower, chance, 100 * turn + n, clock.now())])
            clock.advance(chance.random() * 3)
            follower.poke()
            if n % 2:
                written = position_key(lines_of(journal)[-1].position)
                assert follower.wait_until(lambda f=follower, w=written: position_key(f.position) >= w, 20.0)
        desk.stop()
        follower.stop(5.0)
    report = replay(History(Kept(lines_of(journal)), None), "0", END)
    assert report.identical, report.differences[:1]
    assert report.decisions > 100


def test_of_many_who_are_given_back_at_once_the_same_go_first_on_every_floor() -> None:
    floor = Floor()
    rules = {"queues": {"q": {"skills": "x", "max_length": 900}}, "agents": {"1": {"skills": {"x": 1}}}}
    floor.apply(e.RulesPublished(at=1.0, release=1, configuration=rules))
    floor.apply(e.AgentLoggedIn(at=1.0, agent="1"))
    floor.apply(e.AgentBreak(at=1.5, agent="1"))
    chance = random.Random(3)
    for n in chance.sample(range(350), 350):
        floor.apply(e.CallJoined(at=2.0 + n % 7, call=f"c{n}", visit="v", queue="q", first_joined_at=2.0))
    floor.apply(e.AgentLoggedOut(at=20.0, agent="1"))
    other = Floor.from_data(floor.as_data())
    while batch := decide(floor, 30.0, CountedIdentities()):
        assert [entry.as_data() for entry in decide(other, 30.0, CountedIdentities())] == [b.as_data() for b in batch]
        for entry in batch:
            assert floor.apply(entry)
            assert other.apply(entry)
        other = Floor.from_data(other.as_data())
    assert not floor.calls


def test_it_can_begin_anywhere_and_end_anywhere() -> None:
    lines = lines_of(a_day(11))
    floor, bases = Floor(), []
    for n, line in enumerate(lines):
        floor.apply(e.entry_from_data(line.data))
        if n % 100 == 50:
            bases.append(Base(line.position, floor.as_data()))
    history = History(Kept(lines, bases), None)
    for first, last in ((3, 200), (60, 61), (120, len(lines) - 1), (151, 400)):
        report = replay(history, lines[first].position, lines[min(last, len(lines) - 1)].position)
        assert report.lines == min(last, len(lines) - 1) - first
        assert not report.late
        whole = [d for d in report.differences if d.position != lines[last].position]
        assert not whole, whole[:1]


def test_every_line_that_was_changed_in_a_way_that_matters_is_found() -> None:
    lines = lines_of(a_day(21))
    others = [str(1000 + n) for n in range(8)]
    tried = 0
    for n, line in enumerate(lines):
        data = dict(line.data)
        if data["kind"] == "offered":
            data["agent"] = next(a for a in others if a != data["agent"])
        elif data["kind"] == "released":
            data["branch"] = "timeout" if data["branch"] != "timeout" else "full"
        elif data["kind"] == "message_granted":
            data["dry_run"] = not data["dry_run"]
        else:
            continue
        tried += 1
        if tried % 9:
            continue
        changed = [*lines[:n], Line(line.position, data), *lines[n + 1 :]]
        report = replay(History(Kept(changed), None), "0", END)
        assert report.differences
        assert report.differences[0].position == line.position
    assert tried > 40


def test_a_decision_that_was_taken_out_or_put_in_is_found() -> None:
    lines = lines_of(a_day(22))
    offers = [n for n, line in enumerate(lines) if line.data["kind"] == "offered"]
    middle = offers[len(offers) // 2]
    without = [*lines[:middle], *lines[middle + 1 :]]
    assert not replay(History(Kept(without), None), "0", END).identical
    ms, number = position_key(lines[-1].position)
    stray = Line(f"{ms + 5}-{number}", {**lines[middle].data, "offer": "stray", "seen": lines[-1].position})
    assert replay(History(Kept([*lines, stray]), None), "0", END).differences[0].position == stray.position


def test_a_fact_that_was_changed_is_found_by_what_follows_from_it() -> None:
    lines = lines_of(a_day(23))
    (first, *_) = [n for n, line in enumerate(lines) if line.data["kind"] == "agent_logged_in"]
    changed = [*lines[:first], Line(lines[first].position, {**lines[first].data, "agent": "1999"}), *lines[first + 1 :]]
    assert replay(History(Kept(changed), None), "0", END).differences


def test_other_rules_of_deciding_are_found() -> None:
    lines = lines_of(a_day(24))
    report = replay(History(Kept(lines), None), "0", END, decide=lambda *_: [])
    assert len(report.differences) == report.batches > 20


def test_lines_without_what_they_were_decided_on_are_taken_as_decided_where_they_stand() -> None:
    journal = a_day(25, steps=60)
    lines = lines_of(journal)
    old = [Line(line.position, {k: v for k, v in line.data.items() if k != "seen"}) for line in lines]
    report = replay(History(Kept(old), None), "0", END)
    assert report.assumed == report.batches > 0
    assert report.decisions == sum("seen" in line.data for line in lines)


def test_what_an_older_release_could_not_say_yet_is_no_difference() -> None:
    lines = lines_of(a_day(28, steps=80))
    older = []
    for line in lines:
        data = dict(line.data)
        if data["kind"] == "offered":
            data["why"] = {name: value for name, value in data["why"].items() if name != "grade"}
        elif data["kind"] == "message_granted":
            del data["dry_run"]
        older.append(Line(line.position, data))
    assert replay(History(Kept(older), None), "0", END).identical
    spoilt = [
        Line(
            line.position, {**line.data, "why": {**line.data["why"], "rank": 1.5}} if "why" in line.data else line.data
        )
        for line in lines
    ]
    assert not replay(History(Kept(spoilt), None), "0", END).identical


def test_over_a_break_of_the_journal_the_floor_begins_anew() -> None:
    lines = lines_of(a_day(26))
    middle = len(lines) // 2
    floor = Floor()
    for line in lines[:middle]:
        floor.apply(e.entry_from_data(line.data))
    broken = Base(lines[middle - 1].position, floor.as_data(), begins=True)
    gap = [*lines[: middle - 40], *lines[middle:]]  # forty lines were never archived
    assert not replay(History(Kept(gap), None), "0", END).identical
    assert replay(History(Kept(gap, [broken]), None), "0", END).identical


def test_the_archive_and_the_journal_together_give_the_floor_of_any_moment() -> None:
    journal = a_day(27)
    lines = lines_of(journal)
    archived = len(lines) - 50
    history = History(Kept(lines[:archived]), journal)
    for n in (0, 5, archived - 1, archived, len(lines) - 1):
        floor = Floor()
        for line in lines[: n + 1]:
            floor.apply(e.entry_from_data(line.data))
        assert history.upto(lines[n].position).floor.as_data() == floor.as_data()
    assert position_key(history.at(moment_of(lines[-1].position)).position) == position_key(lines[-1].position)
    assert position_key(position_at(1.5)) > position_key("1500-7")


def test_what_is_not_kept_is_said() -> None:
    with pytest.raises(HistoryMissing, match="not kept"):
        History(Kept([]), None).at(1000.0)
    newer = Base("9-0", {"format": 99}, begins=True)
    with pytest.raises(HistoryMissing, match="another release"):
        History(Kept([Line("10-0", {"kind": "x"})], [newer]), None).upto("10-0")


def test_lines_after_what_is_archived_come_from_the_journal_alone() -> None:
    journal = MemoryFloor().open().journal
    positions = journal.append([{"kind": "x", "n": n} for n in range(10)])
    history = History(Kept(lines_of(journal)[:4]), journal)
    for first in range(10):
        assert [line.data["n"] for line in history.lines(positions[first], END)] == list(range(first + 1, 10))


def test_a_break_that_can_not_be_read_is_not_crossed_from_behind() -> None:
    older = Base("5-0", Floor().as_data())
    lines = [Line("6-0", {"kind": "x"}), Line("20-0", {"kind": "x"})]
    newer = Base("9-0", {"format": 99})
    assert History(Kept(lines, [older, newer]), None).upto("20-0").position == "20-0"
    broken = Base("9-0", {"format": 99}, begins=True)
    with pytest.raises(HistoryMissing, match="another release"):
        History(Kept(lines, [older, broken]), None).upto("20-0")
