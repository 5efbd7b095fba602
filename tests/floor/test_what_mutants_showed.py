"""Facts about limits that days by chance seldom meet."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from tests.floor.scenes import Scene, short

RULES: dict[str, Any] = {
    "queues": {
        "support": {
            "patience_s": 10,
            "max_wait_s": 40,
            "announcement": {"enabled": True, "max_share": 0.5, "short_estimate_s": 0},
        },
    },
    "agents": {"1001": {}, "1002": {}},
}


def busy(rules: dict[str, Any] | None = None) -> Scene:
    """One agent, who talks."""
    scene = Scene(rules or RULES, "1001")
    scene.join("talks")
    scene.settle()
    scene.talk("talks")
    return scene


def grant(scene: Scene, call: str, dry_run: bool = False) -> bool:
    return scene.write(e.MessageGranted, call=call, visit=f"v-{call}", dry_run=dry_run)


def test_a_grant_beyond_the_share_is_void_and_one_of_a_dead_controller_is_given_back() -> None:
    scene = busy()
    scene.join("a")
    scene.join("b")
    scene.join("c")
    scene.after(10)
    assert grant(scene, "a")
    assert grant(scene, "b"), "two of four who came in this half-hour"
    assert grant(scene, "c") is False
    scene.join("b", visit="v-b", first_joined_at=scene.now)  # taken over: not told
    assert grant(scene, "c")


def test_a_grant_is_void_while_nobody_serves_and_when_it_should_only_be_counted() -> None:
    rules = {
        **RULES,
        "queues": {"support": {**RULES["queues"]["support"], "announcement": {"max_share": 1.0, "dry_run": True}}},
    }
    scene = busy(rules)
    scene.join("a")
    scene.after(10)
    assert grant(scene, "a", dry_run=False) is False
    assert grant(scene, "a", dry_run=True)
    assert grant(scene, "a", dry_run=True) is False, "counted once"
    scene.join("b")
    scene.after(10)
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.hang_up("talks")
    assert grant(scene, "b", dry_run=True) is False, "nobody is there"


def test_a_number_that_was_not_told_after_all_may_be_told_in_another_call() -> None:
    scene = busy(
        {**RULES, "queues": {"support": {"patience_s": 10, "announcement": {"max_share": 1.0, "short_estimate_s": 0}}}}
    )
    scene.join("a", caller="x")
    scene.after(10)
    assert grant(scene, "a")
    scene.join("a", visit="v-a", caller="x")  # its controller died in the message
    scene.leave("a")
    scene.join("b", caller="x")
    scene.after(10)
    assert grant(scene, "b")


def test_the_longest_wait_is_over_in_its_last_second() -> None:
    scene = busy()
    scene.join("a", vip=1)  # hears no announcement
    assert "released a timeout" not in scene.after(39.9).told()
    assert "released a timeout" in scene.after(0.1).told()


def test_who_came_when_everybody_was_on_break_is_not_sent_away_once_somebody_serves() -> None:
    scene = Scene(RULES, "1001", "1002")
    for agent in ("1001", "1002"):
        scene.write(e.AgentBreak, agent=agent, reason="lunch")
    scene.join("a")
    scene.write(e.AgentBack, agent="1001")
    assert scene.told() == ["offered a 1001"]
    scene.fail("a", "CONTROLLER_LOST")
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    assert scene.told() == [], "came when all were away, but somebody served since"


def test_who_was_told_is_remembered_for_two_days_and_told_again_after_one() -> None:
    """A day is the rule; a call that began within it may wait for long."""
    told_again = 86_400.0
    queue = {"patience_s": 10, "max_wait_s": 1e6, "announcement": {"max_share": 1.0, "short_estimate_s": 0}}
    scene = busy({**RULES, "queues": {"support": queue}})

    def hears(call: str, caller: str) -> bool:
        scene.join(call, caller=caller)
        scene.after(10)
        done = grant(scene, call)
        scene.leave(call)
        return done

    told_at = scene.now + 10
    assert hears("a", "x")
    scene.now = told_at + told_again - 1
    assert not hears("b", "x")
    scene.now = told_at + told_again
    scene.join("c", caller="x")
    assert hears("d", "y")
    assert list(scene.floor.heard) == ["x", "y"]
    assert grant(scene, "c"), "told again, and so the last one told"
    assert list(scene.floor.heard) == ["y", "x"]
    scene.now = told_at + 3 * told_again - 1
    assert hears("e", "z")
    assert list(scene.floor.heard) == ["y", "x", "z"]
    scene.now = told_at + 3 * told_again
    assert hears("f", "w")
    assert list(scene.floor.heard) == ["z", "w"], "the others were told two days ago"


def test_a_step_of_one_who_is_not_in_line_is_void_and_changes_nothing() -> None:
    steps = [{"skills": "support", "after_s": 30}]
    rules = {
        "queues": {"support": {"skills": "support >= 4", "relaxation": steps, "max_wait_s": 1e6}},
        "agents": {"1001": {"skills": {"support": 5}}},
    }
    scene = Scene(rules, "1001")
    scene.join("a")
    scene.settle()
    scene.after(30)
    before = scene.floor.as_data()
    assert scene.write(e.Relaxed, call="a", visit="v-a", step=1) is False
    assert scene.floor.as_data() == before


def test_in_a_queue_that_is_gone_nobody_hangs_up_too_soon_and_the_threshold_is_none() -> None:
    scene = busy()
    scene.join("a")
    scene.publish({"queues": {"another": {}}, "agents": {"1001": {}}})
    scene.after(0.5)
    assert scene.leave("a")
    counts = scene.floor.tallies["support"].total
    assert (counts.outcomes["abandoned_waiting"], counts.levels[0.0]) == (1, [0, 0, 0, 1])


def test_a_number_that_nobody_knows_is_not_remembered() -> None:
    scene = busy()
    scene.join("a")
    scene.join("b")
    scene.after(10)
    assert grant(scene, "a")
    assert scene.floor.heard == {}


def test_when_the_time_for_one_agent_is_over_the_other_phones_ring_as_well() -> None:
    """The one waited for is rung alone, and is still ringing by then."""
    queue = {
        "strategy": "ring_all",
        "sticky_s": 20,
        "ring_s": 60,
        "max_wait_s": 1e6,
        "announcement": {"enabled": False},
    }
    scene = Scene({"queues": {"support": queue}, "agents": {"1001": {}, "1002": {}}}, "1001", "1002")
    scene.join("a", prefer="1002")
    assert scene.told() == ["offered a 1002"]
    scene.ring("a")
    assert scene.after(19.9).told() == []
    assert scene.after(0.1).told() == ["offered a 1001"]


def test_nobody_hears_it_twice_in_one_visit_whatever_the_number() -> None:
    queue = {"patience_s": 10, "max_wait_s": 1e6, "announcement": {"max_share": 1.0, "short_estimate_s": 0}}
    scene = busy({**RULES, "queues": {"support": queue}})
    scene.join("a")
    scene.after(10)
    assert grant(scene, "a")
    scene.write(e.MessageFinished, call="a", visit="v-a")
    assert scene.after(60).floor.calls["a"].state == "waiting"
    assert grant(scene, "a") is False


def test_who_was_only_counted_may_hear_it_when_the_dry_run_is_over() -> None:
    def rules(dry_run: bool) -> dict[str, Any]:
        said = {"max_share": 1.0, "short_estimate_s": 0, "dry_run": dry_run}
        return {**RULES, "queues": {"support": {"patience_s": 10, "max_wait_s": 1e6, "announcement": said}}}

    scene = busy(rules(True))
    scene.join("a", caller="x")
    scene.after(10)
    assert grant(scene, "a", dry_run=True)
    scene.publish(rules(False))
    assert grant(scene, "a")


def test_who_came_when_all_were_away_is_not_sent_off_in_the_moment_in_which_somebody_is_back() -> None:
    """The desk is late: the phone may be tried again before it looks."""
    scene = Scene(RULES, "1001")
    scene.join("first")
    scene.settle()
    scene.fail("first", "USER_NOT_REGISTERED")
    scene.leave("first")
    scene.now = scene.floor.agents["1001"].back_off_until - 1
    scene.join("a")
    scene.join("b")
    assert [short(entry) for entry in scene.after(1).decide()] == ["offered a 1001"]
    assert scene.told() == ["offered a 1001"]


def test_who_came_into_a_full_queue_does_not_hear_it_whatever_a_desk_says() -> None:
    queue = {"patience_s": 10, "max_length": 1, "announcement": {"max_share": 1.0, "short_estimate_s": 0}}
    scene = busy({**RULES, "queues": {"support": queue}})
    scene.join("a")
    scene.join("b")
    scene.after(10)
    assert not grant(scene, "b")
    assert grant(scene, "a")


def test_a_grant_in_a_queue_that_is_gone_is_void() -> None:
    scene = busy()
    scene.join("a")
    scene.publish({"queues": {"another": {}}, "agents": {"1001": {}}})
    scene.after(10)
    assert not grant(scene, "a")
