"""The sticky agent is waited for, for a while, and nobody else pays for it."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor import sticky
from callcontrol.floor.decide import next_wake
from callcontrol.floor.explain import why
from tests.floor import checks
from tests.floor.scenes import Scene

AGENTS = {"1001": {"skills": {"support": 1}}, "1002": {"skills": {"support": 1}}, "1003": {"skills": {"other": 1}}}


def scene_of(*logged_in: str, **queue: Any) -> Scene:
    rules = {
        "queues": {
            "q": {
                "skills": "support",
                "sticky_s": 60,
                "wrap_up_s": 0,
                "announcement": {"max_share": 1.0},
                "patience_s": 10,
                **queue,
            }
        },
        "agents": AGENTS,
    }
    return Scene(rules, *logged_in)


def engaged(scene: Scene, agent: str) -> None:
    """The agent talks."""
    scene.join(f"on-{agent}", "q", prefer=agent)
    assert scene.told() == [f"offered on-{agent} {agent}"]
    scene.talk(f"on-{agent}")


def test_the_named_agent_gets_the_call_whatever_the_strategy() -> None:
    scene = scene_of("1001", "1002")
    scene.join("a", "q", prefer="1002")
    assert scene.told() == ["offered a 1002"]


def test_a_busy_agent_is_waited_for_though_another_is_free_and_then_anybody() -> None:
    scene = scene_of("1001", "1002")
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    assert scene.told() == []
    assert scene.after(59.9).told() == []  # and is never told that all are busy: 1002 is free
    told = why(scene.floor, "a", scene.now)
    assert told is not None
    assert (told.case, told.next_step, told.waits_for) == ("free", "wait", "1001")
    assert {a.agent: a.reason for a in told.agents} == {"1001": "talking", "1002": "sticky", "1003": "skills"}
    assert scene.after(0.1).told() == ["offered a 1002"]


def test_the_agent_who_is_free_in_time_gets_the_call() -> None:
    scene = scene_of("1001", "1002")
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    scene.told()
    scene.after(30).hang_up("on-1001")
    assert scene.told() == ["offered a 1001"]


def test_when_the_agent_leaves_anybody_will_do_at_once() -> None:
    for kind in (e.AgentLoggedOut, e.AgentBreak):
        scene = scene_of("1001", "1002")
        engaged(scene, "1001")
        scene.join("a", "q", prefer="1001")
        assert scene.told() == []
        scene.write(kind, agent="1001")
        scene.hang_up("on-1001")
        assert scene.told() == ["offered a 1002"]


def test_an_agent_who_could_not_have_the_call_is_not_waited_for() -> None:
    scene = scene_of("1001", "1003")
    scene.join("a", "q", prefer="1003")
    assert scene.told() == ["offered a 1001"]
    scene.join("b", "q", prefer="nobody")
    assert scene.floor.calls["b"].lane is not None
    assert scene.floor.calls["b"].lane.sticky == ""


def test_the_last_agent_of_a_caller_is_known_for_a_day() -> None:
    scene = scene_of("1001", "1002")
    scene.join("a", "q", caller="x", prefer="1002")
    scene.told()
    scene.talk("a")
    scene.hang_up("a")
    scene.after(3600).join("b", "q", caller="x")
    assert scene.told() == ["offered b 1002"]
    scene.talk("b")
    scene.hang_up("b")
    scene.floor = checks.reborn(scene.floor)
    scene.after(86_399.5).join("c", "q", caller="x")
    assert scene.floor.calls["c"].prefer == "1002"
    scene.after(0.5).join("d", "q", caller="x")
    assert scene.floor.calls["d"].prefer == ""


def test_an_agent_who_talks_and_is_in_the_rules_no_more_is_not_waited_for() -> None:
    scene = scene_of("1001", "1002", skills="")
    engaged(scene, "1001")
    without = {name: row for name, row in AGENTS.items() if name != "1001"}
    scene.publish({**scene.floor.configuration, "agents": without})
    scene.join("a", "q", prefer="1001")
    assert scene.told() == ["offered a 1002"]


def test_an_agent_who_never_came_is_not_waited_for() -> None:
    scene = scene_of("1001")
    scene.join("a", "q", prefer="1002")
    assert scene.told() == ["offered a 1001"]


def test_the_last_agent_is_remembered_only_where_a_queue_asks_for_it() -> None:
    for sticky_s, known in ((0, []), (1, ["x"])):
        scene = scene_of("1001", sticky_s=sticky_s)
        queues = {**scene.floor.configuration["queues"], "other": {}}
        scene.publish({"queues": queues, "agents": AGENTS})
        scene.join("a", "q", caller="x")
        scene.told()
        scene.talk("a")
        assert list(scene.floor.last_agents) == known


def test_what_is_known_of_callers_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(sticky, "MAX_KNOWN", 3)
    scene = scene_of("1001")
    for number in range(5):
        sticky.remember(scene.floor, f"n{number}", "1001", scene.now)
    assert list(scene.floor.last_agents) == ["n2", "n3", "n4"]
    scene.after(1)
    sticky.remember(scene.floor, "n2", "1001", scene.now)
    sticky.remember(scene.floor, "n5", "1001", scene.now)
    assert list(scene.floor.last_agents) == ["n4", "n2", "n5"], "n2 has talked since"
    sticky.remember(scene.floor, "n5", "1001", scene.now + sticky.DAY_S)
    assert list(scene.floor.last_agents) == ["n2", "n5"], "n4 talked more than a day ago"


def test_callers_of_others_are_served_meanwhile_and_the_order_stays() -> None:
    scene = scene_of("1001", "1002")
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    scene.after(1).join("b", "q")
    assert scene.told() == ["offered b 1002"]
    scene.talk("b")
    scene.join("c", "q", first_joined_at=scene.now - 50)  # has waited longer than a
    scene.hang_up("on-1001")
    assert scene.told() == ["offered c 1001"]


def test_when_another_is_free_in_this_very_moment_the_wait_is_no_busy_one() -> None:
    scene = scene_of("1001", "1002", wrap_up_s=10)
    engaged(scene, "1001")
    engaged(scene, "1002")
    scene.hang_up("on-1002")
    scene.join("a", "q", prefer="1001")
    assert scene.after(10).told() == ["wrap_up_over 1002"], "and no message"


def test_who_waits_for_one_while_another_is_free_does_not_overflow_and_keeps_nobody_awake() -> None:
    scene = scene_of("1001", "1002", overflow=[{"to": "p", "after_s": 5}])
    queues = {**scene.floor.configuration["queues"], "p": {"skills": "other"}}
    scene.publish({"queues": queues, "agents": AGENTS})
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    assert scene.after(5).told() == []
    assert next_wake(scene.floor, scene.now) == scene.now + 5  # the announcement's time
    scene.hang_up("on-1001")
    assert scene.told() == ["offered a 1001"]


def test_when_the_free_one_is_gone_the_wait_is_a_busy_one() -> None:
    scene = scene_of("1001", "1002")
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    assert scene.after(20).told() == []
    scene.join("b", "q")
    assert scene.told() == ["offered b 1002", "message a"]


def test_when_the_free_one_takes_a_break_the_wait_is_a_busy_one() -> None:
    scene = scene_of("1001", "1002")
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    assert scene.after(20).told() == []
    scene.write(e.AgentBreak, agent="1002")
    assert scene.told() == ["message a"]


def test_when_a_caller_of_another_queue_gets_the_free_one_the_wait_is_a_busy_one_at_once() -> None:
    scene = scene_of("1001", "1002")
    queues = {**scene.floor.configuration["queues"], "p": {"skills": "support"}}
    scene.publish({"queues": queues, "agents": AGENTS})
    engaged(scene, "1001")
    scene.join("a", "q", prefer="1001")
    assert scene.after(20).told() == []
    scene.join("b", "p")
    assert [line.kind for line in scene.decide()] == ["offered", "message_granted"]


def test_an_edit_may_take_out_the_agent_who_is_waited_for_and_the_steps_at_once() -> None:
    steps = [{"skills": "other", "after_s": 5}]
    scene = scene_of("1001", "1003", relaxation=steps, wrap_up_s=30)
    engaged(scene, "1001")
    scene.hang_up("on-1001")  # wraps up
    scene.join("a", "q", prefer="1001")
    scene.after(6)
    scene.settle()
    assert scene.floor.calls["a"].reached == (1,)
    without = {name: row for name, row in AGENTS.items() if name != "1001"}
    assert scene.publish({"queues": {"q": {"skills": "support", "sticky_s": 60}}, "agents": without})
    assert scene.floor.calls["a"].reached == ()
    assert scene.floor.calls["a"].in_line()
