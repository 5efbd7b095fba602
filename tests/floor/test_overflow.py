"""Overflow: a caller who waits goes to another queue, with the waiting time, and never in circles."""

from __future__ import annotations

from typing import Any

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.explain import why
from tests.floor.scenes import Scene, short

AGENTS = {"1001": {"skills": {"a": 1}}, "1002": {"skills": {"b": 1}}}


def scene_of(*overflow: dict[str, Any], **more: Any) -> Scene:
    """1001 talks; 1002 of the other queue is on break."""
    quiet = {"announcement": {"enabled": False}, "max_wait_s": 10_000}
    rules = {
        "queues": {"a": {"skills": "a", "overflow": list(overflow), **quiet, **more}, "b": {"skills": "b", **quiet}},
        "agents": AGENTS,
    }
    scene = Scene(rules, "1001", "1002")
    scene.write(e.AgentBreak, agent="1002")
    scene.join("first", "a")
    scene.told()
    scene.talk("first")
    return scene


def test_a_caller_overflows_after_the_time_and_is_counted_as_requeued() -> None:
    scene = scene_of({"to": "b", "after_s": 60})
    scene.join("x", "a")
    assert scene.after(59).told() == []
    told = why(scene.floor, "x", scene.now + 1)
    assert told is not None
    assert (told.next_step, told.overflow) == ("released:overflow", "b")
    (released,) = scene.after(1).settle()
    assert isinstance(released, e.Released)
    assert (released.branch, released.outcome, released.to) == ("overflow", "requeued", "b")
    assert scene.outcomes("a")["requeued"] == 1


def test_never_while_somebody_eligible_is_free() -> None:
    scene = scene_of({"to": "b", "after_s": 0})
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1001")
    scene.join("x", "a")
    assert scene.told() == ["offered x 1001"]


def test_never_out_of_a_ringing_phone_or_the_announcement() -> None:
    scene = scene_of({"to": "b", "after_s": 40}, announcement={"max_share": 1.0})
    scene.join("x", "a")
    assert scene.after(30).told() == ["message x"]
    assert scene.after(20).told() == []
    scene.write(e.MessageFinished, call="x", visit="v-x")
    assert scene.told() == ["released x overflow"]


def test_never_back_to_where_it_came_from_nor_to_a_queue_that_there_is_not() -> None:
    scene = scene_of({"to": "b"}, {"to": "gone"})
    scene.join("x", "a", came_from="b")
    assert scene.after(100).told() == []


def test_the_first_rule_that_holds_counts() -> None:
    scene = scene_of({"to": "gone"}, {"to": "b", "after_s": 100, "when": "waiting > 5"}, {"to": "b", "after_s": 50})
    scene.join("x", "a")
    assert scene.after(49).told() == []
    assert scene.after(1).told() == ["released x overflow"]


def test_by_length_only_as_many_go_as_are_too_many_and_the_longest_first() -> None:
    scene = scene_of({"to": "b", "when": "waiting > 2"})
    for name in ("w", "x", "y", "z"):
        scene.after(1).join(name, "a")
        scene.told()
    assert sorted(c.call for c in scene.floor.calls.values() if c.in_line()) == ["y", "z"]


def test_by_staffing_it_comes_before_nobody() -> None:
    scene = scene_of({"to": "b", "when": "logged_in == 0"})
    scene.join("x", "a")
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.hang_up("first")
    assert scene.told() == ["released x overflow"]


def test_a_line_that_comes_when_it_is_not_right_any_more_is_void() -> None:
    scene = scene_of({"to": "b", "after_s": 60})
    scene.join("x", "a")
    scene.after(60)
    (released,) = scene.decide()
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1001")
    assert not scene.floor.apply(released)
    wrong = e.Released(at=scene.now, call="x", visit="v-x", branch="overflow", outcome="requeued", to="a")
    assert not scene.floor.apply(wrong)
    scene.join("y", "a")
    nowhere = e.Released(at=scene.now, call="y", visit="v-y", branch="overflow", outcome="requeued")
    scene.told()
    assert not scene.floor.apply(nowhere)


def test_a_condition_on_the_estimate_does_not_hold_while_there_is_none() -> None:
    scene = scene_of({"to": "b", "when": "estimate_s >= 0"}, {"to": "b", "when": "estimate_s < 1000000"})
    scene.join("x", "a")
    assert scene.after(100).told() == []


def test_a_condition_on_the_estimate_holds_once_there_is_one() -> None:
    scene = scene_of({"to": "b", "after_s": 5, "when": "estimate_s > 30"}, wrap_up_s=0, ring_s=60)
    for number in range(15):
        scene.after(100).hang_up("first" if not number else f"c{number - 1}")
        scene.join(f"c{number}", "a")
        scene.told()
        scene.talk(f"c{number}")
    scene.join("x", "a")
    assert scene.told() == []
    assert scene.after(5).told() == []
    assert scene.write(e.WaitEstimated, queue="a", joiner=(20, 31))
    assert "released x overflow" in scene.told()


@pytest.mark.parametrize("somebody_is_free", [False, True])
def test_whose_agent_of_a_step_goes_to_another_queue_in_the_moment_of_overflowing_overflows_next(
    somebody_is_free: bool,
) -> None:
    """Nothing else of the queue changes then: it is remembered that the caller was to go."""
    quiet = {"announcement": {"enabled": False}, "max_wait_s": 10_000, "wrap_up_s": 30}
    steps = [{"skills": "b", "after_s": 0}]
    overflow = [{"to": "c", "when": "longest_wait_s >= 30"}]
    rules = {
        "queues": {
            "a": {"skills": "a", "relaxation": steps, "overflow": overflow, **quiet},
            "b": {"skills": "b", **quiet},
            "c": {"skills": "c", **quiet},
        },
        "agents": {"1001": {"skills": {"a": 1}}, "1002": {"skills": {"b": 1}}, "1003": {"skills": {"c": 1}}},
    }
    scene = Scene(rules, "1001", "1002", "1003")
    for queue in "ab" if somebody_is_free else "abc":
        scene.join(f"talks-{queue}", queue)
        scene.settle()
        scene.talk(f"talks-{queue}")
    scene.hang_up("talks-b")
    scene.join("x", "a")
    scene.join("first", "b", vip=9)
    scene.told()
    assert scene.floor.calls["x"].reached == (1,)
    assert scene.after(30).told() == ["wrap_up_over 1002", "offered first 1002", "released x overflow"]


def test_who_was_to_be_sent_off_overflows_when_that_became_due_before_the_line_came() -> None:
    scene = scene_of({"to": "b", "when": "waiting > 1"}, max_wait_s=60)
    scene.join("x", "a")
    (timeout,) = scene.after(60).decide()
    assert short(timeout) == "released x timeout"
    scene.join("y", "a")
    assert not scene.floor.apply(timeout)
    assert scene.told() == ["released x overflow"]


def test_who_goes_to_others_may_make_room_for_the_overflow_of_who_was_to_be_sent_off() -> None:
    """Both are decided together; the second line is void, and decided anew."""
    scene = scene_of({"to": "b", "when": "waiting < 2"}, max_wait_s=60)
    scene.join("w", "a", came_from="b")
    scene.join("x", "a", came_from="b")
    scene.join("y", "a")
    batch = scene.after(60).decide()
    assert [short(entry) for entry in batch] == [f"released {name} timeout" for name in "wxy"]
    assert [scene.floor.apply(entry) for entry in batch] == [True, True, False]
    assert scene.told() == ["released y overflow"]


def all_talk(count: int) -> Scene:
    """``count`` agents of ``a`` talk (with talk-0, talk-1, ...), that of ``b`` is on break; calls go from ``a`` to ``b`` after 60 s."""
    quiet = {"announcement": {"enabled": False}, "max_wait_s": 10_000, "max_length": 1000, "wrap_up_s": 0}
    overflow = [{"to": "b", "after_s": 60}]
    agents = {f"{number}": {"skills": {"a": 1}} for number in range(1000, 1000 + count)}
    queues = {"a": {"skills": "a", "overflow": overflow, **quiet}, "b": {"skills": "b", **quiet}}
    scene = Scene({"queues": queues, "agents": {**agents, "2000": {"skills": {"b": 1}}}}, *agents, "2000")
    scene.write(e.AgentBreak, agent="2000")
    for number in range(count):
        scene.join(f"talk-{number}", "a")
    scene.settle()
    for number in range(count):
        scene.talk(f"talk-{number}")
    return scene


def test_when_more_are_offered_than_one_batch_holds_those_who_are_left_overflow() -> None:
    scene = all_talk(120)
    for number in range(150):
        scene.join(f"x{number:03}", "a")
    assert scene.told() == []
    scene.after(60)
    for number in range(120):
        scene.hang_up(f"talk-{number}")
    told = scene.settle()
    assert len([entry for entry in told if isinstance(entry, e.Offered)]) == 120
    assert [short(entry) for entry in told[120:]] == [f"released x{number:03} overflow" for number in range(120, 150)]


def test_a_caller_whose_offer_was_void_overflows() -> None:
    scene = all_talk(2)
    scene.join("x", "a")
    assert scene.told() == []
    scene.after(60)
    for number in range(2):
        scene.hang_up(f"talk-{number}")
    assert [short(entry)[:9] for entry in scene.decide()] == ["offered x"]
    for agent in ("1000", "1001"):
        scene.write(e.AgentLoggedOut, agent=agent)
    scene.log_in("1000")
    scene.write(e.AgentBreak, agent="1000")
    assert scene.told() == ["released x overflow"]
