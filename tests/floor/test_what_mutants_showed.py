"""Facts about limits that days by chance seldom meet."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from tests.floor.scenes import Scene

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
