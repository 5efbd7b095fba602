"""What is kept only for finding quickly: bounded however long the day, and never twice."""

from __future__ import annotations

from typing import Any

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor import groups
from callcontrol.floor.decide import MAX_BATCH
from tests.floor.scenes import Scene

PATIENT = {"patience_s": 10, "max_wait_s": 1e6, "announcement": {"max_share": 1.0, "short_estimate_s": 0}}


def busy(queue: dict[str, Any]) -> Scene:
    """One agent, who talks."""
    scene = Scene({"queues": {"support": queue}, "agents": {"1001": {}}}, "1001")
    scene.join("talks")
    scene.settle()
    scene.talk("talks")
    return scene


def test_a_reader_that_never_decides_gathers_nobody_who_was_free_once() -> None:
    names = [str(n) for n in range(1000, 1300)]
    scene = Scene({"queues": {"support": {}}, "agents": {name: {} for name in names}}, *names)
    for name in names[1:]:
        scene.write(e.AgentBreak, agent=name, reason="lunch")
    for _ in range(300):
        scene.write(e.AgentBreak, agent="1000", reason="lunch")
        scene.write(e.AgentBack, agent="1000")
    [heap] = scene.floor.index.pool("support").heaps.values()
    assert len(heap) < 150


def test_a_reader_that_never_decides_gathers_no_timers_of_callers_who_are_gone() -> None:
    scene = Scene({"queues": {"support": {}}, "agents": {}})
    for number in range(6000):
        scene.join("a", visit=f"v{number}")
        scene.write(e.CallLeft, call="a", visit=f"v{number}", reason="hangup")
    assert len(scene.floor.index.agenda.timers) < 11_000


def test_a_reader_that_never_decides_gathers_no_timers_of_wrap_ups_that_were_made_longer() -> None:
    queue = {"wrap_up_s": 60, "wrap_up_mode": "up_to", "wrap_up_cap_s": 1e6}
    scene = busy(queue)
    scene.hang_up("talks")
    for _ in range(11_000):
        assert scene.write(e.WrapUpExtended, agent="1001", seconds=1.0)
    assert len(scene.floor.index.agenda.timers) < 10_500


def test_expressions_that_nobody_asks_for_any_more_are_forgotten() -> None:
    scene = Scene({"queues": {"support": {"skills": "zh"}}, "agents": {"1001": {"skills": {"zh": 5}}}}, "1001")
    for level in range(1, 6):
        scene.publish({"queues": {"support": {"skills": f"zh >= {level}"}}, "agents": {"1001": {"skills": {"zh": 5}}}})
        assert list(scene.floor.index.pools) == [str(scene.floor.index.pool("support").expression)]
        assert scene.floor.agents["1001"].pools == list(scene.floor.index.pools.values())


def test_a_queue_without_rules_has_nobody() -> None:
    scene = Scene({"queues": {"support": {}}, "agents": {"1001": {}}}, "1001")
    assert list(scene.floor.index.pool("support").members) == ["1001"]
    assert list(scene.floor.index.pool("gone").members) == []


def test_of_expressions_that_calls_brought_only_so_many_are_kept_that_nobody_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(groups, "MAX_POOLS_FOR_NEEDS", 3)
    rules = {"queues": {"support": {"skills": "zh"}}, "agents": {"1001": {"skills": {"zh": 5}}}}
    scene = Scene(rules)
    scene.join("stays", needs="zh >= 9")

    def pools() -> list[int]:
        counted = []
        for level in (1, 1, 2, 3, 4, 5, 6):
            scene.join("a", visit=f"v{level}", needs=f"zh >= {level}")
            scene.write(e.CallLeft, call="a", visit=f"v{level}", reason="hangup")
            counted.append(len(scene.floor.index.pools))
        return counted

    assert pools() == [3, 3, 4, 3, 4, 3, 4]
    scene.publish(rules)
    assert pools() == [3, 3, 4, 3, 4, 3, 4]


def test_who_waited_one_period_and_is_gone_is_forgotten_with_the_next_who_has() -> None:
    scene = busy({**PATIENT, "announcement": {"max_share": 0.0, "short_estimate_s": 0}})
    for name in "abc":
        scene.join(name)
    scene.after(10).settle()
    for name in "abc":
        scene.leave(name)
    scene.join("d")
    scene.after(10).settle()
    [places] = scene.floor.index.agenda.patient["support"].values()
    assert [call for _, call in places] == ["d"]


def test_whose_announcement_was_lost_hears_it_once_more_and_not_twice() -> None:
    scene = busy(PATIENT)
    scene.join("a")
    [granted] = scene.after(10).decide()
    assert scene.floor.apply(granted)
    scene.join("a", first_joined_at=scene.floor.calls["a"].first_joined_at)  # its controller died in the message
    assert scene.told() == ["message a"]


def test_of_more_than_can_be_said_at_once_the_rest_is_said_next() -> None:
    """Announcements in two queues and two half-hours, and then the end of the longest wait."""
    many = {**PATIENT, "max_wait_s": 2000, "max_length": 1000}
    scene = Scene({"queues": {"support": many, "sales": many}, "agents": {"1001": {}}}, "1001")
    scene.join("talks")
    scene.settle()
    scene.talk("talks")
    names = [f"{queue}{half}{number:02}" for half in (0, 1) for queue in ("support", "sales") for number in range(40)]
    for name in names:
        if name == "support100":
            scene.after(1795)
        scene.join(name, queue=name[:-3])
    batches = [scene.after(10).decide()]
    while batches[-1]:
        assert all(scene.floor.apply(entry) for entry in batches[-1])
        batches.append(scene.decide())
    assert [len(batch) for batch in batches] == [MAX_BATCH, len(names) - MAX_BATCH, 0]
    assert {entry.kind for batch in batches for entry in batch} == {"message_granted"}
    for name in names:
        assert scene.write(e.CallStays, call=name, visit=f"v-{name}")
    batches = [scene.after(2000).decide()]
    while batches[-1]:
        assert all(scene.floor.apply(entry) for entry in batches[-1])
        batches.append(scene.decide())
    assert [len(batch) for batch in batches] == [MAX_BATCH, len(names) - MAX_BATCH, 0]
    assert [entry.call for batch in batches for entry in batch] == sorted(names, key=lambda n: (n[-3], n))


def test_an_offer_says_by_what_it_was_decided() -> None:
    scene = Scene({"queues": {"support": {"skills": "zh", "target_s": 30}}, "agents": {"1001": {"skills": {"zh": 4}}}})
    scene.join("a", vip=2)
    scene.join("b")
    scene.now += 10
    scene.log_in("1001")
    [offer] = scene.after(0.2504).decide()
    assert isinstance(offer, e.Offered)
    assert offer.why == {
        "strategy": "longest_idle",
        "late": False,
        "wait_score": 2.342,
        "vip": 2,
        "idle_s": 0.25,
        "grade": 4.0,
        "rank": offer.why["rank"],
        "step": 0,
        "sticky": False,
    }
    scene.leave("a")
    [offer] = scene.after(400).decide()
    assert isinstance(offer, e.Offered)
    assert (offer.why["late"], offer.why["wait_score"]) == (True, None)


def test_an_offer_says_the_last_step_that_was_reached_and_the_best_grade() -> None:
    steps = [{"skills": "en", "after_s": 10}, {"skills": "zh", "after_s": 10}]
    queue = {"skills": "fr", "relaxation": steps, "max_wait_s": 1e6}
    agents = {"1001": {"skills": {"zh": 4, "en": 2}}, "1002": {"skills": {"fr": 1}}}
    scene = Scene({"queues": {"support": queue}, "agents": agents}, "1001", "1002")
    scene.join("talks")
    scene.settle()
    scene.talk("talks")
    scene.join("a")
    *reached, offer = scene.after(10).settle()
    assert [entry.kind for entry in reached] == ["relaxed", "relaxed"]
    assert isinstance(offer, e.Offered)
    assert (offer.why["step"], offer.why["grade"]) == (2, 4.0)
