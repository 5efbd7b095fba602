"""A day once more, under other rules: what is known stays, what is not is drawn, and the difference is that of the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.desk.history import History
from callcontrol.desk.replay import replay
from callcontrol.floor import entries as e
from callcontrol.floor.floor import Floor
from callcontrol.lab import whatif_processes
from callcontrol.lab.day import Day, read_day
from callcontrol.lab.day_figures import measured, simulated
from callcontrol.lab.day_simulation import DaySimulation, Variant, callers_of, facts_of
from callcontrol.lab.synthetic_day import DAY_S, synthetic_day
from callcontrol.lab.whatif import Job, Task, as_data, compared, job_of, range_of
from callcontrol.lab.whatif_day import NotPossible, borders, day_named, day_of, variant_of
from callcontrol.ports.journal import Line
from callcontrol.values.configuration_checks import check
from tests.desk.test_replay import Kept

MIDNIGHT = 1_700_006_400.0 - 1_700_006_400.0 % DAY_S
NOW = datetime.fromtimestamp(MIDNIGHT + DAY_S + 3600, timezone.utc)  # noqa: UP017


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return synthetic_day(MIDNIGHT, calls=1200, agents=8, seed=3)


@pytest.fixture(scope="module")
def day(lines: list[Line]) -> Day:
    return day_of(History(Kept(lines), None), MIDNIGHT, MIDNIGHT + DAY_S)


def of(day: Day, variant: Variant, seed: str = "1:0") -> dict[str, Any]:
    return simulated(DaySimulation(day, variant, seed).run(), variant.queue)


def test_a_synthetic_day_is_one_that_the_floor_decided(lines: list[Line]) -> None:
    report = replay(History(Kept(lines), None), "0", lines[-1].position)
    assert report.identical, report.differences[:1]
    assert report.void == 0
    assert report.decisions > 2000


def test_what_is_known_of_the_callers_is_kept_and_the_rest_is_drawn(day: Day) -> None:
    callers = list(callers_of(day, "1:0"))
    assert [caller.at for caller in callers] == [arrival.at for arrival in day.arrivals]
    for caller, arrival in zip(callers, day.arrivals, strict=True):
        if arrival.ended == "hangup":
            assert caller.patience_s == arrival.waited_s
        else:
            assert caller.patience_s >= arrival.waited_s
        if arrival.talk_s is not None:
            assert caller.talk_s == arrival.talk_s
    other = list(callers_of(day, "1:1"))
    assert callers == list(callers_of(day, "1:0"))
    assert callers != other


def test_the_same_rules_are_the_same_day_and_nearly_that_which_was(day: Day) -> None:
    for queue in ("support", "billing"):
        before, again, was = of(day, Variant(queue)), of(day, Variant(queue)), measured(day, queue)
        assert before == again
        assert before["callers"] == was["callers"]
        assert before["answered"] == pytest.approx(was["answered"], rel=0.05)
        assert before["service_level"] == pytest.approx(was["service_level"], abs=0.06)
        assert sum(before["outcomes"].values()) == before["callers"]


def test_more_agents_and_a_shorter_wrap_up_serve_more_and_fewer_serve_less(day: Day) -> None:
    before = of(day, Variant("support"))
    for better in (Variant("support", agents=2), Variant("support", {"wrap_up_s": 0.0})):
        after = of(day, better)
        assert after["service_level"] > before["service_level"]
        assert after["mean_wait_s"] < before["mean_wait_s"]
        assert after["load"] < before["load"]
    assert of(day, Variant("support", agents=-2))["service_level"] < before["service_level"]
    assert of(day, Variant("support", {"announcement.enabled": False}))["told"] == 0 < before["told"]


def test_new_agents_are_like_those_who_are_there(day: Day) -> None:
    facts = facts_of(day, Variant("billing", agents=3))
    names = {getattr(fact, "agent", "") for fact in facts if "+" in getattr(fact, "agent", "")}
    assert len(names) == 3
    rules: Any = facts[0]
    for name in names:
        model = name.split("+")[0]
        assert rules.configuration["agents"][name]["skills"] == rules.configuration["agents"][model]["skills"]
        assert [f.at for f in facts if getattr(f, "agent", "") == name] == [
            f.at for f in facts if getattr(f, "agent", "") == model
        ]


def test_all_rules_of_the_day_are_tried_and_a_whole_configuration_takes_their_place(day: Day) -> None:
    first: Any = day.facts[0]
    twice = replace(day, facts=[first, *day.facts[1:], replace(first, at=MIDNIGHT + 50_000, release=2)])
    rules = [f for f in facts_of(twice, Variant("support", {"wrap_up_s": 1.0})) if isinstance(f, e.RulesPublished)]
    assert [rule.configuration["queues"]["support"]["wrap_up_s"] for rule in rules] == [1.0, 1.0]
    own = json.loads(json.dumps(first.configuration))
    own["queues"]["support"]["max_wait_s"] = 33.0
    rules = [f for f in facts_of(twice, Variant("support", configuration=own)) if isinstance(f, e.RulesPublished)]
    assert [rule.configuration["queues"]["support"]["max_wait_s"] for rule in rules] == [33.0]


def test_several_processes_find_what_one_finds_and_say_how_far_they_are(day: Day) -> None:
    job = job_of(day, Variant("support", {"wrap_up_s": 5.0}), runs=2)
    told: list[float] = []
    comparison = whatif_processes.run(job, progress=told.append, workers=2)
    here = json.loads(json.dumps({f"{t.variant} {t.run}": job.do(t) for t in job.tasks()}))
    expected = compared(job, {t: here[f"{t.variant} {t.run}"] for t in job.tasks()})
    assert as_data(comparison) == as_data(expected)
    assert told == sorted(told)
    assert told[-1] == 1.0
    level = next(row for row in comparison.rows if row.name == "service_level")
    assert level.change is not None
    assert level.change.low80 is not None
    assert level.change.mean > 0
    waits = comparison.erlang["mean_wait_s"]
    assert waits[0] is not None
    assert waits[1] is not None
    assert waits[1] < waits[0]


def test_a_worker_that_dies_is_a_sentence(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(day, Variant("support"), runs=1)
    broken = Job(day, "support", (Variant("support"), Variant("support", agents="many")), 1, 1)  # type: ignore[arg-type]
    with pytest.raises(whatif_processes.WhatIfFailed, match="did not end"):
        whatif_processes.run(broken)
    monkeypatch.setattr(whatif_processes, "DEADLINE_S", 0.0)
    with pytest.raises(whatif_processes.WhatIfFailed):
        whatif_processes.run(job)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_ranges_hold_the_mean_and_the_wider_holds_the_narrower(values: list[float]) -> None:
    found = range_of(values)
    assert found is not None
    assert found.low95 is not None
    assert found.low80 is not None
    assert found.high80 is not None
    assert found.high95 is not None
    slack = 1e-6 * max(1.0, *map(abs, values))
    assert found.low95 <= found.low80 + slack
    assert found.low80 - slack <= found.mean <= found.high80 + slack
    assert found.high80 <= found.high95 + slack


def test_one_run_has_no_range_and_nothing_is_nothing() -> None:
    assert range_of([None]) is None
    assert range_of([3.0]) is not None
    assert range_of([3.0]).low80 is None  # type: ignore[union-attr]


def test_eighty_of_a_hundred_days_lie_in_the_range() -> None:
    import random

    chance = random.Random(5)
    inside = 0
    for _ in range(2000):
        found = range_of([chance.gauss(50, 9) for _ in range(4)])
        assert found is not None
        assert found.low80 is not None
        assert found.high80 is not None
        inside += found.low80 <= chance.gauss(50, 9) <= found.high80
    assert 0.76 <= inside / 2000 <= 0.84


def test_days_are_named() -> None:
    assert day_named("yesterday", NOW) == NOW.date() - timedelta(days=1)
    assert day_named("2026-11-20", NOW) == date(2026, 11, 20)
    began, ended = borders(NOW.date(), NOW)
    assert (began, ended) == (MIDNIGHT + DAY_S, NOW.timestamp())
    with pytest.raises(NotPossible, match="no day"):
        day_named("someday", NOW)


def test_a_day_that_is_not_kept_is_a_sentence(lines: list[Line]) -> None:
    history = History(Kept(lines), None)
    with pytest.raises(NotPossible, match="no calls of"):
        day_of(history, MIDNIGHT - 5 * DAY_S, MIDNIGHT - 4 * DAY_S)
    with pytest.raises(NotPossible, match="no calls of"):
        day_of(history, MIDNIGHT + 5 * DAY_S, MIDNIGHT + 6 * DAY_S)
    with pytest.raises(NotPossible, match="no calls of"):
        day_of(History(Kept([]), None), MIDNIGHT, MIDNIGHT + DAY_S)


@pytest.mark.parametrize(
    ("queue", "settings", "sentence"),
    [
        ("sales", [], "no queue 'sales'"),
        ("support", ["wrap_up_s"], "name=value"),
        ("support", ["wrap_up=5"], "wrap_up"),
        ("support", ["wrap_up_s=long"], "wrap_up_s"),
        ("support", ["strategy=fastest"], "fastest"),
        ("support", ["skills=billing and"], "skills"),
        ("support", ["a.b.c=1"], "nested"),
    ],
)
def test_rules_that_can_not_be_are_refused_with_a_sentence(
    day: Day, queue: str, settings: list[str], sentence: str
) -> None:
    with pytest.raises(NotPossible, match=sentence):
        variant_of(day, queue, settings, check=check)


def test_settings_are_read_as_they_stand_in_the_configuration(day: Day) -> None:
    variant = variant_of(
        day, "support", ["wrap_up_s=20", "strategy=ring_all", "announcement.enabled=false"], check=check
    )
    assert variant.settings == {"wrap_up_s": 20, "strategy": "ring_all", "announcement.enabled": False}
    with pytest.raises(NotPossible, match="more than"):
        variant_of(day, "support", agents=1000)


def test_how_people_behave_is_read_from_the_lines() -> None:
    floor = Floor()
    rules = {"queues": {"q": {"skills": ""}}, "agents": {"a": {}, "b": {}}}
    floor.apply(e.RulesPublished(at=1.0, release=1, configuration=rules))
    floor.apply(e.AgentLoggedIn(at=1.0, agent="a"))
    floor.apply(e.AgentBreak(at=2.0, agent="a", reason="lunch"))

    def said(kind: type[e.Entry], at: float, **fields: Any) -> Line:
        return Line(f"{at * 1000:.0f}-0", kind(at=at, **fields).as_data())

    def joined(at: float, call: str, **more: Any) -> Line:
        return said(e.CallJoined, at, call=call, visit="v", queue="q", first_joined_at=at, **more)

    offer = {"visit": "v", "queue": "q", "contact": "", "ring_s": 20.0, "expires_at": 99.0}
    day = read_day(
        floor,
        [
            joined(10, "one"),
            joined(11, "one"),  # another controller: no second caller
            said(e.Offered, 12, offer="o1", call="one", agent="b", **offer),
            said(e.OfferFailed, 30, offer="o1", cause="NO_ANSWER"),
            said(e.PutOnBreak, 31, agent="b", reason="no_answer"),
            said(e.AgentBack, 32, agent="a"),
            said(e.Offered, 33, offer="o2", call="one", agent="a", **offer),
            said(e.TalkBegan, 36, offer="o2"),
            said(e.TalkEnded, 96, offer="o2"),
            said(e.AgentBack, 99, agent="a"),  # ends the wrap-up
            said(e.AgentBack, 131, agent="b"),
            joined(140, "two"),
            said(e.MessageGranted, 170, call="two", visit="v"),
            said(e.MessageFinished, 182, call="two", visit="v"),
            said(e.CallStays, 182, call="two", visit="v"),
            said(e.CallLeft, 190, call="two", visit="v", reason="exit_key"),
            joined(200, "three"),
        ],
        5.0,
        260.0,
    )
    assert [(a.call, a.ended, a.waited_s, a.talk_s) for a in day.arrivals] == [
        ("one", "answered", 26.0, 60.0),
        ("two", "exit_key", 50.0, None),
        ("three", "open", 60.0, None),
    ]
    assert day.rings == {"b": [(18.0, "NO_ANSWER")], "a": [(3.0, "")]}
    assert day.wrap_ups == {"a": [3.0]}
    assert day.returns == [100.0]
    assert day.messages == [(12.0, True)]
    assert day.told == {"q": 1}
    assert [(f.kind, f.at) for f in day.facts[1:]] == [
        ("agent_logged_in", 5.0),
        ("agent_break", 5.0),
        ("agent_back", 32),
    ]
    two = next(caller for caller in callers_of(day, "1") if caller.call == "two")
    assert (two.leaves, two.patience_s) == ("exit_key", 50.0)
    assert Task(0, 0) in job_of(day, Variant("q")).tasks()


def test_with_estimates_nobody_is_told_whose_wait_is_short(day: Day) -> None:
    short = Variant("support", {"announcement.short_estimate_s": 10_000.0})
    without = of(day, short)
    run = DaySimulation(day, short, "1:0", estimates=True).run()
    assert simulated(run, "support")["told"] < without["told"] / 2


def test_workers_share_all_tasks_and_none_is_done_twice(day: Day) -> None:
    for runs in range(1, 6):
        job = job_of(day, Variant("q"), runs=runs)
        for of in range(1, 5):
            shares = [job.share(number, of) for number in range(of)]
            assert sorted((task for share in shares for task in share), key=repr) == sorted(job.tasks(), key=repr)
            assert max(map(len, shares)) - min(map(len, shares)) <= 1
