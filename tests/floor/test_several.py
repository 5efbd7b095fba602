"""Several phones ring for one call, and one answers: ring all, progressive."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor import groups
from callcontrol.floor.account import account
from callcontrol.floor.decide import next_wake
from callcontrol.floor.floor import Floor
from callcontrol.floor.several import MOST_PHONES
from callcontrol.floor.snapshot import FORMAT
from callcontrol.values.strategies import STRATEGIES
from tests.floor import checks
from tests.floor.scenes import Scene


def rules(strategy: str, agents: int = 4, **more: Any) -> dict[str, Any]:
    quiet = {"wrap_up_s": 10, "announcement": {"enabled": False}}
    return {
        "queues": {
            "all": {**quiet, "strategy": strategy, **more},
            "one": {**quiet, "strategy": "longest_idle"},
            "also": {**quiet, "strategy": strategy, **more},
        },
        "agents": {str(n): {} for n in range(1, agents + 1)},
    }


def floor_of(strategy: str, agents: int = 4, **more: Any) -> Scene:
    scene = Scene(rules(strategy, agents, **more))
    for n in range(1, agents + 1):
        scene.after(1).log_in(str(n))
    return scene


def rung(scene: Scene, call: str) -> list[str]:
    return [scene.floor.offers[name].agent for name in scene.floor.calls[call].offers]


def offer_to(scene: Scene, agent: str) -> str:
    return scene.floor.agents[agent].offer


def test_all_free_agents_ring_and_the_first_to_talk_wins() -> None:
    scene = floor_of("ring_all")
    idle = {name: agent.idle_since for name, agent in scene.floor.agents.items()}
    scene.join("a", "all")
    assert scene.told() == ["offered a 1", "offered a 2", "offered a 3", "offered a 4"]
    assert scene.floor.calls["a"].state == "offered"
    for name in ("2", "3"):
        scene.write(e.OfferRinging, offer=offer_to(scene, name))
    in_vain = [offer_to(scene, name) for name in ("1", "2", "4")]
    assert scene.after(5).write(e.TalkBegan, offer=offer_to(scene, "3"))
    assert rung(scene, "a") == ["3"]
    assert scene.outcomes("all") == {"answered": 1}
    for name in ("1", "2", "4"):
        agent = scene.floor.agents[name]
        assert (agent.state, agent.misses, agent.back_off_until, agent.streak) == ("available", 0, 0, 0)
        assert (agent.idle_since, agent.calls, agent.turn_at) == (idle[name], 0, 0)
    for offer in in_vain:  # what the others' phones still say comes late, and is nothing
        for kind, more in ((e.OfferRinging, {}), (e.OfferFailed, {"cause": "NO_ANSWER"}), (e.TalkBegan, {})):
            assert not scene.write(kind, offer=offer, **more)
    assert scene.told() == []


def test_a_phone_that_fails_leaves_the_others_ringing_and_the_last_one_brings_the_call_back_in_its_place() -> None:
    scene = floor_of("ring_all", 2)
    scene.join("a", "all")
    scene.settle()
    scene.after(1).join("b", "all")
    scene.write(e.OfferFailed, offer=offer_to(scene, "1"), cause="CALL_REJECTED")
    assert scene.told() == []
    assert scene.floor.calls["a"].state == "offered"
    scene.write(e.OfferFailed, offer=offer_to(scene, "2"), cause="NO_ANSWER")
    assert scene.floor.calls["a"].state == "waiting"
    assert scene.floor.agents["2"].misses == 1
    assert scene.after(10).told() == ["offered a 2"]
    assert scene.after(5).told() == ["offered b 1"]


def test_who_becomes_free_while_others_ring_is_rung_too() -> None:
    scene = floor_of("ring_all", 2)
    scene.write(e.AgentBreak, agent="2")
    scene.join("a", "all")
    assert scene.told() == ["offered a 1"]
    scene.after(3).write(e.AgentBack, agent="2")
    assert scene.told() == ["offered a 2"]


def test_a_caller_who_goes_stops_all_phones_and_is_counted_once() -> None:
    scene = floor_of("ring_all")
    scene.join("a", "all")
    scene.settle()
    scene.leave("a")
    assert {agent.state for agent in scene.floor.agents.values()} == {"available"}
    assert scene.outcomes("all") == {"abandoned_ringing": 1}
    assert not scene.floor.offers
    assert not scene.floor.index.agenda.something() or scene.told() == []


def test_another_controller_takes_all_offers_back() -> None:
    scene = floor_of("ring_all", 3)
    scene.join("a", "all")
    scene.settle()
    before = dict(scene.floor.offers)
    assert scene.write(e.CallJoined, call="a", visit="v-a", queue="all", first_joined_at=scene.now)
    assert not scene.floor.offers
    assert scene.told() == ["offered a 1", "offered a 2", "offered a 3"]
    assert not before.keys() & scene.floor.offers.keys()


def test_each_caller_in_line_has_a_phone_before_anybody_has_a_second_one() -> None:
    scene = Scene(rules("ring_all", 5))
    scene.join("x", "all")  # nobody is there: it goes on alone
    scene.settle()
    for call, queue in (("a", "all"), ("b", "one"), ("c", "also")):
        scene.after(1).join(call, queue)
    for n in range(1, 6):
        scene.write(e.AgentLoggedIn, agent=str(n))
    assert scene.told() == ["offered a 1", "offered b 2", "offered c 3", "offered a 4", "offered c 5"]


def test_a_leases_end_is_that_of_one_phone() -> None:
    scene = floor_of("ring_all", 2)
    scene.join("a", "all")
    scene.settle()
    scene.after(5).write(e.OfferRinging, offer=offer_to(scene, "2"))
    lost = offer_to(scene, "1")
    # Nobody said a word of the first phone; its agent is at nobody's fault free, and rung again.
    assert scene.after(25).told() == ["expired", "offered a 1"]
    assert not scene.write(e.TalkBegan, offer=lost)  # the call is somebody else's to answer
    assert scene.write(e.TalkBegan, offer=offer_to(scene, "2"))


def test_no_more_phones_than_the_cap_ring() -> None:
    scene = floor_of("ring_all", MOST_PHONES + 5)
    scene.join("a", "all")
    scene.settle()
    assert len(rung(scene, "a")) == MOST_PHONES
    assert next_wake(scene.floor, scene.now) != scene.now  # nothing is left open
    scene.write(e.OfferFailed, offer=offer_to(scene, "1"), cause="USER_BUSY")
    assert scene.told() == [f"offered a {MOST_PHONES + 1}"]


def test_progressive_rings_one_more_every_few_seconds_the_longest_idle_first() -> None:
    scene = floor_of("progressive", 3, progressive_s=4)
    scene.join("a", "all")
    assert scene.told() == ["offered a 1"]
    assert next_wake(scene.floor, scene.now) == scene.now + 4
    assert scene.after(3.9).told() == []
    assert scene.after(0.1).told() == ["offered a 2"]
    assert scene.after(3.9).told() == []
    assert scene.after(0.1).told() == ["offered a 3"]
    assert scene.after(8).told() == []
    assert rung(scene, "a") == ["1", "2", "3"]
    assert scene.write(e.TalkBegan, offer=offer_to(scene, "2"))
    assert {name: agent.state for name, agent in scene.floor.agents.items()} == {
        "1": "available",
        "2": "talking",
        "3": "available",
    }


def test_the_account_of_a_call_says_when_one_more_phone_rings() -> None:
    scene = floor_of("progressive", 3, progressive_s=4)
    scene.join("a", "all")
    scene.settle()
    told = account(scene.after(1).floor, "a", scene.now)
    assert told is not None
    assert [(one.what, one.at) for one in told.coming] == [("one_more_phone", scene.now + 3)]


def test_progressive_without_an_answer_goes_on_at_once_with_the_next() -> None:
    scene = floor_of("progressive", 3, progressive_s=4)
    scene.join("a", "all")
    scene.settle()
    scene.after(1).write(e.OfferFailed, offer=offer_to(scene, "1"), cause="USER_BUSY")
    assert scene.told() == ["offered a 2"]
    assert scene.after(4).told() == ["offered a 3"]


def test_the_next_phone_of_progressive_rings_as_soon_as_somebody_is_free() -> None:
    scene = floor_of("progressive", 2, progressive_s=4)
    scene.write(e.AgentBreak, agent="2")
    scene.join("a", "all")
    scene.settle()
    assert scene.after(10).told() == []
    scene.write(e.AgentBack, agent="2")
    assert scene.told() == ["offered a 2"]


def test_an_offer_of_one_more_phone_that_is_not_due_is_void() -> None:
    scene = floor_of("progressive", 3, progressive_s=4)
    scene.join("a", "all")
    scene.settle()
    scene.after(4)
    (due,) = scene.decide()
    early = e.entry_from_data({**due.as_data(), "at": scene.now - 1})
    assert not scene.floor.apply(early)
    assert scene.floor.apply(due)
    assert not scene.floor.apply(e.entry_from_data({**due.as_data(), "offer": "x", "agent": "3"}))


def test_new_rules_change_who_is_rung_from_then_on() -> None:
    scene = floor_of("longest_idle", 3)
    scene.join("a", "all")
    assert scene.told() == ["offered a 1"]
    scene.publish(rules("ring_all", 3))
    assert scene.told() == ["offered a 2", "offered a 3"]
    scene.publish(rules("longest_idle", 3))
    scene.write(e.OfferFailed, offer=offer_to(scene, "2"), cause="CONTROLLER_LOST")
    assert scene.told() == []
    assert rung(scene, "a") == ["1", "3"]


def test_whose_peace_after_a_miss_is_over_is_rung_again_while_the_others_ring() -> None:
    scene = floor_of("ring_all", 2, ring_s=60)
    scene.join("a", "all")
    scene.settle()
    scene.write(e.OfferFailed, offer=offer_to(scene, "1"), cause="CALL_REJECTED")
    assert scene.after(14).told() == []
    assert scene.after(1).told() == ["offered a 1"]


def test_whose_wrap_up_is_over_is_rung_in_the_same_decision() -> None:
    scene = floor_of("ring_all", 2, ring_s=60)
    scene.join("x", "one")
    scene.settle()
    scene.talk("x")
    scene.join("a", "all")
    scene.settle()
    scene.hang_up("x")
    assert scene.after(9).told() == []
    assert [checks.key(line) for line in scene.after(1).decide()] == [("wrap_up_over", "1"), ("offered", "a", "1")]


def test_an_agent_whose_offer_came_to_nothing_is_rung_for_who_rings() -> None:
    """The offer of another caller was void, because that one hung up: nothing else tells that the agent is left."""
    changed = rules("ring_all", 2)
    changed["agents"]["2"] = {"skills": {"x": 1}}
    changed["queues"]["x"] = {**changed["queues"]["one"], "skills": "x"}
    scene = Scene(changed, "1")
    scene.join("a", "all")
    assert scene.told() == ["offered a 1"]
    scene.write(e.AgentLoggedIn, agent="2")
    scene.join("b", "x")
    (given,) = scene.decide()
    scene.leave("b")
    assert not scene.floor.apply(given)
    assert scene.told() == ["offered a 2"]


def test_the_next_wake_is_that_of_the_phone_that_rings_now() -> None:
    scene = floor_of("progressive", 3, progressive_s=4)
    scene.join("a", "all")
    scene.settle()
    scene.after(1).write(e.OfferFailed, offer=offer_to(scene, "1"), cause="USER_BUSY")
    scene.settle()
    assert next_wake(scene.floor, scene.now) == scene.now + 4


def test_what_a_ringing_call_asks_for_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MAX_POOLS_FOR_NEEDS", 1)
    changed = rules("ring_all", 2)
    changed["agents"] = {name: {"skills": {"zh": 3}} for name in changed["agents"]}
    scene = Scene(changed, "1")
    scene.join("a", "all", needs="zh >= 2")
    scene.settle()
    for level in (3, 4, 5):
        scene.join(f"b{level}", "one", needs=f"zh >= {level}")
        scene.leave(f"b{level}")
    scene.log_in("2")
    assert scene.told() == ["offered a 2"]


def test_an_edit_of_the_steps_lets_others_ring_for_a_call_that_rings_already() -> None:
    queue = {"skills": "zh", "strategy": "ring_all"}
    agents = {"1": {"skills": {"zh": 1}}, "2": {"skills": {"en": 1}}}
    scene = Scene({"queues": {"all": queue}, "agents": agents}, "1", "2")
    scene.join("a", "all")
    assert scene.told() == ["offered a 1"]
    steps = [{"skills": "en", "after_s": 0}]
    scene.publish({"queues": {"all": {**queue, "relaxation": steps}}, "agents": agents})
    assert scene.told() == ["offered a 2"]


def test_of_a_callback_one_agent_hears_at_a_time() -> None:
    scene = floor_of("ring_all", 3, callback={"enabled": True})
    for name in ("1", "2", "3"):
        scene.write(e.AgentBreak, agent=name)
    scene.after(1).join("a", "all", caller="x")
    booked = {"call": "a", "visit": "v-a", "caller": "x", "number": "x", "masked": "", "language": "zh"}
    assert scene.write(e.CallbackBooked, **booked)
    scene.after(60).settle()
    for name in ("1", "2", "3"):
        scene.write(e.AgentBack, agent=name)
    assert [line.split()[2] for line in scene.told()] == ["1"]


# --- by construction ---------------------------------------------------------------------------------------------------
names = st.sampled_from([str(n) for n in range(1, 5)])
calls = st.sampled_from(["a", "b", "c"])


@given(
    strategy=st.sampled_from(STRATEGIES),
    joined=st.lists(st.tuples(calls, st.sampled_from(["all", "one", "also"])), min_size=1, max_size=4),
    forged=st.lists(st.tuples(calls, names, st.sampled_from(["all", "one", "also"]), st.integers(0, 12)), max_size=12),
    talks=st.lists(st.integers(0, 12), max_size=4),
)
def test_no_agent_ever_holds_two_offers_whatever_is_written(
    strategy: str, joined: list[tuple[str, str]], forged: list[tuple[str, str, str, int]], talks: list[int]
) -> None:
    """Offers that no desk of ours would make: an agent who has one, a call that is taken, an identity used before."""
    scene = floor_of(strategy)
    for call, queue in joined:
        scene.join(call, queue)
    for call, agent, queue, number in forged:
        scene.after(1).write(
            e.Offered,
            offer=f"o{number}",
            call=call,
            visit=f"v-{call}",
            queue=queue,
            agent=agent,
            contact="",
            ring_s=20,
            expires_at=scene.now + 30,
        )
        checks.one_winner(scene.floor)
        checks.index_is_true(scene.floor)
    for number in talks:
        scene.write(e.TalkBegan, offer=f"o{number}")
        checks.one_winner(scene.floor)
        checks.outcomes_sum_to_arrivals(scene.floor)
    talking = [c for c in scene.floor.calls.values() if c.state == "talking"]
    assert sum(q.total.outcomes.get("answered", 0) for q in scene.floor.tallies.values()) == len(talking)


def test_a_snapshot_of_the_release_before_is_read() -> None:
    scene = floor_of("longest_idle", 2)
    scene.join("a", "one")
    scene.settle()
    scene.join("b", "one")
    data = json.loads(json.dumps(scene.floor.as_data()))
    for row in data["calls"]:
        offers = row.pop("offers")
        row["offer"] = offers[0] if offers else ""
    for row in data["agents"]:
        for name in ("turn_at", "calls", "talk_s", "share"):
            del row[name]
    assert data["format"] == FORMAT
    assert checks.frozen(Floor.from_data(data)) == checks.frozen(scene.floor)
