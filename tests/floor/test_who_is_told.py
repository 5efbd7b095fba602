"""The three cases, the waiting period and the off-peak announcement, as the caller lives them."""

from callcontrol.floor import entries as e
from tests.floor.scenes import Scene


def test_a_free_agent_is_offered_at_once() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    assert scene.told() == ["offered a 1001"]


def test_a_caller_waits_one_period_then_hears_the_announcement_then_is_released() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    scene.join("b")
    assert scene.told() == []
    assert scene.after(29).told() == []
    assert scene.after(1).told() == ["message b"]
    scene.after(12).write(e.MessageFinished, call="b", visit="v-b")
    assert scene.told() == ["released b still_busy"]
    assert scene.outcomes() == {"answered": 1, "advised_offpeak": 1}


def test_the_announcement_is_cut_the_moment_an_agent_is_free() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    scene.join("b")
    assert scene.after(30).told() == ["message b"]
    scene.after(2).hang_up("a")
    assert scene.told() == []
    assert scene.after(10).told() == ["wrap_up_over 1001", "offered b 1001"]


def test_nobody_and_away_have_their_own_branches_at_joining() -> None:
    scene = Scene()
    scene.join("a")
    assert scene.told() == ["released a nobody"]
    scene.log_in("1001")
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    scene.join("b")
    assert scene.told() == ["released b away"]
