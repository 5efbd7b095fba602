"""The limits of the off-peak announcement."""

from typing import Any

import pytest

from callcontrol.floor import entries as e
from tests.floor.scenes import Scene

HALF_HOUR = 1_700_000_000 // 1800 * 1800 + 1800


def busy(**announcement: Any) -> Scene:
    rules = {
        "queues": {"q": {"max_wait_s": 3600, "announcement": {"max_share": 1.0, **announcement}}},
        "agents": {"1": {}},
    }
    scene = Scene(rules, "1")
    scene.now = float(HALF_HOUR)
    scene.join("first", "q", vip=1)
    scene.settle()
    scene.talk("first")
    return scene


def test_at_most_the_share_of_those_who_joined_in_the_half_hour() -> None:
    scene = busy(max_share=0.5)
    for name in "abcd":
        scene.join(name, "q")
    assert scene.after(30).told() == ["message a", "message b"]  # of five who joined
    scene.join("e", "q")
    assert scene.told() == ["message c"]


def test_a_share_of_nothing_tells_nobody_and_a_disabled_one_neither() -> None:
    for scene in (busy(max_share=0.0), busy(enabled=False)):
        scene.join("a", "q")
        assert scene.after(60).told() == []


def test_the_share_is_of_the_half_hour_of_joining() -> None:
    scene = busy(max_share=0.5)
    scene.now = HALF_HOUR + 1790
    scene.join("a", "q")
    scene.now = HALF_HOUR + 1810
    scene.join("b", "q")
    assert scene.after(30).told() == ["message a"]  # one of two; b is one of one


def test_a_vip_is_never_told() -> None:
    scene = busy()
    scene.join("a", "q", vip=1)
    assert scene.after(60).told() == []


def test_one_number_is_told_once_a_day() -> None:
    scene = busy()
    scene.join("a", "q", caller="k")
    scene.join("b", "q", caller="k")
    assert scene.after(30).told() == ["message a"]
    scene.leave("a")
    scene.leave("b")
    scene.after(86_300).join("c", "q", caller="k")
    assert scene.after(1000).told() == []
    scene.leave("c")
    scene.join("d", "q", caller="k")
    assert scene.after(30).told() == ["message d"]


def test_without_a_number_there_is_nothing_to_remember() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.join("b", "q")
    assert scene.after(30).told() == ["message a", "message b"]


def test_a_dry_run_counts_who_would_have_heard_it_and_plays_nothing() -> None:
    scene = busy(dry_run=True, max_share=0.5)
    for name in "abc":
        scene.join(name, "q", caller="k" if name == "a" else "")
    assert scene.after(30).told() == ["dry-run a", "dry-run b"]
    assert scene.floor.calls["a"].state == "waiting"
    assert scene.floor.tallies["q"].total.dry_run == 2
    assert scene.floor.tallies["q"].total.granted == 0
    assert scene.after(600).told() == []


def test_who_chose_to_stay_is_not_told_and_not_released() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.write(e.CallStays, call="a", visit="v-a")
    assert scene.after(60).told() == []
    scene.join("b", "q")
    assert scene.after(30).told() == ["message b"]
    scene.write(e.MessageFinished, call="b", visit="v-b")
    scene.write(e.CallStays, call="b", visit="v-b")
    assert scene.told() == []
    assert scene.after(60).told() == []


def test_who_chooses_to_stay_in_the_announcement_when_the_longest_wait_is_over_waits_no_longer() -> None:
    scene = busy()
    scene.join("a", "q")
    assert scene.after(30).told() == ["message a"]
    assert scene.after(3600).told() == [], "a message is heard to its end"
    assert scene.write(e.CallStays, call="a", visit="v-a")
    assert scene.told() == ["released a timeout"]


def test_who_chooses_to_stay_while_a_phone_rings_is_not_told_later_either() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1")
    assert scene.told() == ["offered a 1"]
    assert scene.write(e.CallStays, call="a", visit="v-a")
    scene.fail("a")
    assert scene.after(30).floor.calls["a"].stays
    scene.write(e.AgentBreak, agent="1", reason="tea")
    assert scene.told() == []


def test_a_controller_that_dies_in_the_announcement_leaves_the_caller_as_not_told() -> None:
    scene = busy(max_share=0.5)
    scene.join("a", "q", caller="k")
    assert scene.after(30).told() == ["message a"]
    scene.after(3).join("a", "q", caller="k")
    call = scene.floor.calls["a"]
    assert (call.state, call.heard) == ("waiting", False)
    assert scene.told() == ["message a"]
    assert scene.floor.tallies["q"].total.granted == 1


def test_what_was_taken_back_may_be_told_to_the_same_number_in_another_queue() -> None:
    scene = busy()
    queues = {**scene.floor.configuration["queues"], "p": scene.floor.configuration["queues"]["q"]}
    scene.publish({**scene.floor.configuration, "queues": queues})
    scene.join("a", "q", caller="k")
    scene.after(5).join("b", "p", caller="k")
    assert scene.after(25).told() == ["message a"]
    assert scene.after(5).told() == []
    scene.join("a", "q", caller="k")  # its controller died in the message
    assert scene.told() == ["message b"]


def test_an_agent_who_comes_free_before_the_grant_arrives_makes_it_void() -> None:
    scene = busy()
    scene.join("a", "q")
    granted = scene.after(30).decide()
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1")
    assert [scene.floor.apply(entry) for entry in granted] == [False]
    assert scene.told() == ["offered a 1"]


def test_an_agent_who_comes_free_before_the_end_arrives_makes_it_void() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.after(30).settle()
    scene.write(e.MessageFinished, call="a", visit="v-a")
    end = scene.decide()
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1")
    assert [scene.floor.apply(entry) for entry in end] == [False]
    assert scene.told() == ["offered a 1"]


def test_everybody_on_break_is_not_busy() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.write(e.AgentBreak, agent="1", reason="tea")
    scene.hang_up("first")
    assert scene.after(60).told() == []
    scene.write(e.AgentBack, agent="1")
    assert scene.told() == ["offered a 1"]


def test_who_was_offered_after_hearing_it_and_not_answered_waits_on() -> None:
    scene = busy()
    scene.join("a", "q")
    assert scene.after(30).told() == ["message a"]
    scene.hang_up("first")
    assert scene.after(10).told() == ["wrap_up_over 1", "offered a 1"]
    scene.after(20).fail("a")
    assert scene.told() == []
    assert scene.after(10).told() == ["offered a 1"]


@pytest.mark.parametrize("patience_s", [0, 10, 60])
def test_one_whole_period_is_waited(patience_s: float) -> None:
    scene = busy()
    rules = {"queues": {"q": {"patience_s": patience_s, "announcement": {"max_share": 1.0}}}, "agents": {"1": {}}}
    scene.publish(rules)
    scene.join("a", "q")
    if patience_s:
        assert scene.after(patience_s - 0.1).told() == []
        scene.after(0.1)
    assert scene.told() == ["message a"]


def test_a_flow_may_ask_for_a_longer_wait_and_never_for_a_shorter() -> None:
    scene = busy()  # patience: 30 s
    scene.join("longer", "q", message_after_s=60.0)
    scene.join("shorter", "q", message_after_s=5.0)
    assert scene.after(29.9).told() == []
    assert scene.after(0.1).told() == ["message shorter"]
    assert scene.after(29.9).told() == []
    assert scene.after(0.1).told() == ["message longer"]


def test_a_flow_may_name_an_end_of_telling_it() -> None:
    scene = busy()
    scene.join("in time", "q", message_until=scene.now + 31)
    scene.join("too late", "q", message_until=scene.now + 30)
    scene.join("never", "q", message_until=-1.0)
    assert scene.after(30).told() == ["message in time"]
    assert scene.after(600).told() == []


def test_a_new_patience_acts_on_who_waits_now() -> None:
    scene = busy()
    scene.join("a", "q")
    assert scene.after(12).told() == []
    scene.publish(
        {"queues": {"q": {"patience_s": 10, "announcement": {"max_share": 1.0}}}, "agents": {"1": {}}},
    )
    assert scene.told() == ["message a"]


def test_a_grant_to_a_vip_or_before_the_period_is_over_is_void_whoever_writes_it() -> None:
    scene = busy()
    scene.join("vip", "q", vip=1)
    scene.join("a", "q")
    assert not scene.after(29).write(e.MessageGranted, call="a", visit="v-a")
    assert not scene.after(10).write(e.MessageGranted, call="vip", visit="v-vip")
    assert not scene.write(e.MessageGranted, call="a", visit="v-a", dry_run=True)
    assert scene.write(e.MessageGranted, call="a", visit="v-a")


def test_who_loses_an_offer_to_a_caller_further_in_front_is_told_instead() -> None:
    scene = busy()
    queue = {"patience_s": 0, "announcement": {"max_share": 1.0}}
    scene.publish({"queues": {"q": queue, "other": queue}, "agents": {"1": {}}})
    scene.join("a", "q")
    scene.hang_up("first")
    scene.write(e.AgentBack, agent="1")
    assert [type(entry) for entry in scene.decide()] == [e.Offered]  # to a, and on its way
    scene.join("vip", "other", vip=9)
    assert scene.told() == ["offered vip 1", "message a"]


def test_when_one_comes_back_from_break_the_first_is_offered_and_the_others_are_told() -> None:
    scene = busy()
    scene.join("a", "q")
    scene.join("b", "q")
    scene.write(e.AgentBreak, agent="1", reason="tea")
    scene.hang_up("first")
    assert scene.after(60).told() == []
    scene.write(e.AgentBack, agent="1")
    assert scene.told() == ["offered a 1", "message b"]


def test_when_a_phone_is_tried_again_the_first_is_offered_and_the_others_are_told_in_one_batch() -> None:
    scene = busy()
    scene.hang_up("first")
    scene.after(10).settle()
    scene.join("a", "q")
    scene.settle()
    scene.fail("a", "SUBSCRIBER_ABSENT")
    scene.publish({"queues": {"q": {"patience_s": 5, "announcement": {"max_share": 1.0}}}, "agents": {"1": {}}})
    scene.after(1).join("b", "q", vip=-1)
    scene.floor.calls["b"].away = False  # came before, as far as this scene goes
    assert scene.after(13.9).told() == []
    assert [type(entry) for entry in scene.after(0.1).decide()] == [e.Offered, e.MessageGranted]
