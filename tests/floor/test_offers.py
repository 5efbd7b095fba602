"""Offers are leases; failures are told apart; a controller that dies costs nobody anything."""

import pytest

from callcontrol.floor import entries as e
from callcontrol.floor.failures import BACK_OFF_MAX_S, Failure, back_off_s, faded, failure_of, longer
from callcontrol.floor.on_offers import LEASE_MARGIN_S
from tests.floor.scenes import RULES, Scene

ALONE = {**RULES, "agents": {"1001": {**RULES["agents"]["1001"], "max_misses": 2}}}


def offered() -> Scene:
    scene = Scene(ALONE, "1001")
    scene.join("a")
    assert scene.told() == ["offered a 1001"]
    return scene


def test_an_offer_carries_what_the_controller_needs() -> None:
    scene = Scene(ALONE)
    scene.write(e.AgentLoggedIn, agent="1001", contact="sofia/internal/7@127.0.0.1")
    scene.join("a")
    (offer,) = scene.settle()
    assert isinstance(offer, e.Offered)
    assert (offer.contact, offer.ring_s, offer.queue, offer.visit) == (
        "sofia/internal/7@127.0.0.1",
        20.0,
        "support",
        "v-a",
    )
    assert offer.expires_at == scene.now + 20 + LEASE_MARGIN_S
    assert offer.why["strategy"] == "longest_idle"


def test_a_lease_that_nobody_used_expires_and_the_caller_is_offered_again() -> None:
    scene = offered()
    assert scene.after(29.9).told() == []
    assert scene.after(0.1).told() == ["expired", "offered a 1001"]
    assert scene.floor.agents["1001"].misses == 0


def test_ringing_renews_the_lease_once_and_talking_ends_it() -> None:
    scene = offered()
    scene.after(25).ring("a")
    assert scene.after(29.9).told() == []
    assert not scene.ring("a")
    scene.talk("a")
    assert scene.after(10_000).told() == []


def test_a_decision_to_expire_that_comes_after_the_ringing_is_void() -> None:
    scene = offered()
    scene.after(30)
    late = scene.decide()
    scene.ring("a")
    assert [scene.floor.apply(entry) for entry in late] == [False]


def test_the_talk_of_an_expired_offer_counts_if_both_still_have_nothing_else() -> None:
    scene = offered()
    offer = scene.offer_of("a")
    scene.write(e.AgentBreak, agent="1001", reason="tea")  # acts after the offer
    scene.after(30).settle()
    assert scene.floor.agents["1001"].state == "break"
    assert scene.write(e.TalkBegan, offer=offer)
    assert scene.outcomes() == {"answered": 1}
    scene.write(e.TalkEnded, offer=offer)
    assert scene.floor.agents["1001"].state == "break"


def test_the_talk_of_an_expired_offer_is_void_when_the_caller_has_another() -> None:
    scene = offered()
    offer = scene.offer_of("a")
    scene.after(30).settle()
    assert scene.offer_of("a") != offer
    assert not scene.write(e.TalkBegan, offer=offer)


@pytest.mark.parametrize("cause", ["CONTROLLER_LOST", "ORIGINATOR_CANCEL"])
def test_what_is_not_the_agents_fault_is_no_miss_and_no_back_off(cause: str) -> None:
    scene = offered()
    idle_since = scene.floor.agents["1001"].idle_since
    scene.after(5).fail("a", cause)
    agent = scene.floor.agents["1001"]
    assert (agent.misses, agent.back_off_until, agent.idle_since) == (0, 0, idle_since)
    assert scene.told() == ["offered a 1001"]


@pytest.mark.parametrize(
    ("cause", "failure"),
    [
        ("NO_ANSWER", Failure.NO_ANSWER),
        ("USER_BUSY", Failure.BUSY),
        ("CALL_REJECTED", Failure.REJECTED),
        ("USER_NOT_REGISTERED", Failure.UNREACHABLE),
        ("SUBSCRIBER_ABSENT", Failure.UNREACHABLE),
        ("NORMAL_TEMPORARY_FAILURE", Failure.UNREACHABLE),
        ("SOMETHING_NEW", Failure.UNREACHABLE),
        ("BRIDGE_FAILED", Failure.TROUBLE),
        ("CONTROLLER_LOST", Failure.NO_FAULT),
    ],
)
def test_causes_are_told_apart(cause: str, failure: Failure) -> None:
    assert failure_of(cause) is failure


def test_no_answer_backs_off_and_the_turn_was_had() -> None:
    scene = offered()
    scene.after(20).fail("a")
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.reason, agent.misses) == ("available", "no_answer", 1)
    assert agent.idle_since == scene.now
    assert scene.after(9.9).told() == []
    assert scene.after(0.1).told() == ["offered a 1001"]


def test_an_unreachable_phone_is_no_miss_is_shown_and_is_tried_again() -> None:
    scene = offered()
    scene.fail("a", "SUBSCRIBER_ABSENT")
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.reason, agent.misses) == ("unreachable", "unreachable", 0)
    assert scene.after(14.9).told() == []
    assert scene.after(0.1).told() == ["offered a 1001"]


def test_too_many_misses_put_the_agent_on_break_until_back() -> None:
    scene = offered()
    scene.fail("a")
    assert scene.after(10).told() == ["offered a 1001"]
    scene.fail("a", "CALL_REJECTED")
    assert scene.told() == ["put_on_break 1001"]
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.reason) == ("break", "rejected")
    scene.write(e.AgentBack, agent="1001")
    assert scene.told() == ["offered a 1001"]
    assert agent.misses == 0


def test_a_talk_forgets_the_misses_and_fades_the_back_off() -> None:
    scene = offered()
    scene.fail("a")
    scene.after(10).settle()
    scene.talk("a")
    agent = scene.floor.agents["1001"]
    assert (agent.misses, agent.streak, agent.answered) == (0, 0, 1)


def test_back_off_doubles_to_its_limit_and_fades() -> None:
    waits, streak = [], 0
    for _ in range(8):
        waits.append(back_off_s(Failure.NO_ANSWER, streak))
        streak = longer(streak)
    assert waits == [10, 20, 40, 80, 160, BACK_OFF_MAX_S, BACK_OFF_MAX_S, BACK_OFF_MAX_S]
    assert faded(streak) == 3


def test_another_agent_gets_the_call_at_once_when_the_first_does_not_answer() -> None:
    scene = Scene(None, "1001", "1002")
    scene.join("a")
    assert scene.told() == ["offered a 1001"]
    scene.after(20).fail("a")
    assert scene.told() == ["offered a 1002"]


def test_a_takeover_keeps_the_place_and_takes_back_the_offer() -> None:
    scene = offered()
    offer = scene.offer_of("a")
    scene.after(3).join("a", first_joined_at=scene.now, node="two")
    call = scene.floor.calls["a"]
    assert (call.state, call.first_joined_at, call.node) == ("waiting", scene.now - 3, "two")
    assert scene.floor.agents["1001"].state == "available"
    assert not scene.write(e.TalkBegan, offer=offer)
    assert scene.floor.tallies["support"].total.joined == 1


def test_a_takeover_keeps_a_talk() -> None:
    scene = offered()
    scene.talk("a")
    scene.join("a", node="two")
    assert scene.floor.calls["a"].state == "talking"
    assert scene.hang_up("a")


def test_one_call_is_not_offered_twice_by_two_desks() -> None:
    scene = Scene(None, "1001", "1002")
    scene.join("a")
    one, two = scene.decide(), scene.decide()
    assert [scene.floor.apply(entry) for entry in one] == [True]
    assert [scene.floor.apply(entry) for entry in two] == [False]


def test_a_deposed_desk_decides_nothing_but_its_facts_count() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.write(e.TermBegan, term=3, desk="one")
    late = scene.decide()
    scene.write(e.TermBegan, term=4, desk="two")
    assert not scene.write(e.TermBegan, term=4, desk="three")
    assert [scene.floor.apply(entry) for entry in late] == [False]
    assert scene.write(e.CallLeft, call="a", visit="v-a", reason="hangup")
    assert (scene.floor.term, scene.floor.desk) == (4, "two")


def test_an_offer_to_somebody_who_is_not_skilled_is_void() -> None:
    scene = Scene(None, "1001", "1003")
    scene.join("a")
    (offer,) = scene.decide()
    wrong = e.entry_from_data({**offer.as_data(), "agent": "1003"})
    assert not scene.floor.apply(wrong)


def test_the_talk_of_an_expired_offer_is_void_when_somebody_else_has_the_caller() -> None:
    scene = Scene(RULES, "1001")
    scene.join("a")
    scene.settle()
    offer = scene.offer_of("a")
    scene.write(e.AgentBreak, agent="1001", reason="tea")
    scene.log_in("1002")
    assert scene.after(30).told() == ["expired", "offered a 1002"]
    assert not scene.write(e.TalkBegan, offer=offer)
    assert scene.floor.agents["1001"].state == "break"


def test_the_talk_of_an_expired_offer_is_void_when_the_agent_has_another_call() -> None:
    scene = offered()
    offer = scene.offer_of("a")
    scene.after(1).join("vip", vip=1000)
    assert scene.after(29).told() == ["expired", "offered vip 1001", "message a"]
    assert not scene.write(e.TalkBegan, offer=offer)
    assert scene.floor.calls["a"].state == "message"


def test_who_was_offered_after_the_announcement_ended_and_was_not_answered_waits_on() -> None:
    scene = Scene(ALONE, "1001")
    scene.join("x")
    scene.settle()
    scene.talk("x")
    scene.join("a")
    scene.after(30).settle()
    scene.write(e.MessageFinished, call="a", visit="v-a")
    scene.hang_up("x")
    scene.write(e.AgentBack, agent="1001")
    assert scene.told() == ["offered a 1001"]
    scene.fail("a")
    assert scene.told() == []


def test_the_end_of_a_back_off_is_nothing_to_callers_whom_the_agent_cannot_serve() -> None:
    scene = Scene(None, "1001", "1003")
    scene.join("x", "billing")
    scene.settle()
    scene.talk("x")
    scene.join("a")
    scene.settle()
    scene.after(20).fail("a")
    scene.leave("a")
    scene.join("b", "billing")
    assert scene.after(30).told() == ["message b"]


def test_an_agent_with_too_many_misses_is_offered_nothing_even_when_the_desk_is_late() -> None:
    scene = offered()
    scene.fail("a")
    scene.after(10).settle()
    scene.fail("a")
    scene.after(1000)
    late = {"offer": "x", "call": "a", "visit": "v-a", "queue": "support", "agent": "1001", "contact": ""}
    assert not scene.write(e.Offered, **late, ring_s=20, expires_at=scene.now + 30)
    assert scene.write(e.PutOnBreak, agent="1001", reason="no_answer")
