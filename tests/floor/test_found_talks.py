"""A talk that somebody sees on the switch and that the journal does not have is made true, once, and tears nobody from another."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from callcontrol.values.outcomes import Outcome
from tests.floor import checks
from tests.floor.scenes import Scene


def find(scene: Scene, offer: str = "o1", call: str = "a", agent: str = "1001", **more: Any) -> bool:
    fields: dict[str, Any] = {
        "visit": f"v-{call}",
        "queue": "support",
        "began_at": scene.now - 3,
        "joined_at": scene.now - 10,
        "first_joined_at": scene.now - 20,
        **more,
    }
    done = scene.write(e.TalkFound, offer=offer, call=call, agent=agent, **fields)
    checks.one_winner(scene.floor)
    checks.outcomes_sum_to_arrivals(scene.floor)
    return done


def test_a_caller_of_whom_no_line_is_left_talks_and_is_counted_as_answered_in_time() -> None:
    scene = Scene(None, "1001")
    assert find(scene)
    assert scene.floor.agents["1001"].state == "talking"
    assert scene.floor.agents["1001"].since == scene.now - 3
    assert scene.outcomes() == {Outcome.ANSWERED: 1}
    assert scene.floor.calls["a"].first_joined_at == scene.now - 20
    assert find(scene) is False
    assert scene.write(e.TalkEnded, offer="o1")
    assert not scene.floor.calls


def test_a_talk_that_ended_is_not_found_again() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    offer = scene.offer_of("a")
    scene.talk("a")
    scene.hang_up("a")
    scene.settle()
    assert find(scene, offer=offer) is False
    assert scene.outcomes() == {Outcome.ANSWERED: 1}
    assert find(scene.after(5), offer=offer) is False
    reborn = checks.reborn(scene.floor)
    assert offer in reborn.over


def test_talks_that_ended_are_known_for_ten_minutes_however_many_ended_since() -> None:
    scene = Scene({"queues": {"support": {"wrap_up_s": 0}}, "agents": {"1001": {}}}, "1001")
    offers = []
    for seconds in (0, 300, 300, 0.5):
        call = f"c{len(offers)}"
        scene.after(seconds).join(call)
        scene.settle()
        offers.append(scene.offer_of(call))
        scene.talk(call)
        scene.hang_up(call)
        assert list(scene.floor.over) == (offers if len(offers) < 4 else offers[1:])


def test_a_caller_whom_the_floor_still_has_in_line_keeps_the_visit() -> None:
    scene = Scene(None, "1001")
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    scene.join("a")
    assert find(scene)
    assert scene.outcomes() == {Outcome.ANSWERED: 1}
    assert scene.floor.agents["1001"].state == "talking"
    scene.write(e.TalkEnded, offer="o1")
    assert scene.floor.agents["1001"].state == "break", "the break goes on after it"


def test_what_the_desk_decided_for_that_caller_meanwhile_is_taken_back() -> None:
    scene = Scene(None, "1001", "1002")
    scene.join("a")
    scene.settle()
    other = scene.floor.offers[scene.offer_of("a")].agent
    talking = "1002" if other == "1001" else "1001"
    assert find(scene, agent=talking)
    assert scene.floor.agents[other].state == "available"
    assert scene.floor.agents[talking].state == "talking"
    assert scene.outcomes() == {Outcome.ANSWERED: 1}


def test_even_if_the_desk_chose_the_same_agent_again() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    first = scene.offer_of("a")
    assert find(scene, offer="the one that was lost")
    assert first not in scene.floor.offers
    assert scene.floor.agents["1001"].offer == "the one that was lost"


def test_an_agent_is_not_torn_from_another_call_nor_a_caller_from_another_talk() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    assert find(scene, call="b") is False
    scene.talk("a")
    assert find(scene, offer="o2", call="a", agent="1002") is False
    assert find(scene, offer="o3", call="c", agent="nobody") is False
    assert find(scene, offer="o4", call="a", agent="1002", visit="another") is False
    assert scene.outcomes() == {Outcome.ANSWERED: 1}


def test_a_found_offer_that_is_known_simply_begins() -> None:
    scene = Scene(None, "1001")
    scene.join("a")
    scene.settle()
    assert find(scene, offer=scene.offer_of("a"))
    assert scene.floor.calls["a"].state == "talking"
    assert find(scene, offer=scene.offer_of("a")) is False
