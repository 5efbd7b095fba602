"""Wrap-up in its four modes: how long, who may end it, how far it can be extended."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from tests.floor.scenes import RULES, Scene


class _Scene(Scene):
    @property
    def agent(self) -> Any:
        return self.floor.agents["1001"]

    def ended(self) -> "_Scene":
        self.hang_up("a")
        return self

    def extend(self, seconds: float) -> bool:
        return self.write(e.WrapUpExtended, agent="1001", seconds=seconds)


def in_a_talk(mode: str, **queue: Any) -> _Scene:
    rule = {"wrap_up_s": 10, "wrap_up_cap_s": 60, "wrap_up_mode": mode, **queue}
    scene = _Scene({"queues": {"support": rule}, "agents": {"1001": {"skills": {}}}}, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    return scene


def test_without_wrap_up_the_agent_is_available_at_once_and_can_have_none() -> None:
    scene = in_a_talk("none")
    assert not scene.extend(30)
    assert scene.ended().agent.state == "available"
    assert not scene.extend(30)


def test_an_optional_wrap_up_is_had_by_asking_within_its_time() -> None:
    scene = in_a_talk("optional").ended()
    assert scene.agent.state == "available"
    assert scene.after(10).extend(20)
    assert (scene.agent.state, scene.agent.wrap_up_until) == ("wrap_up", scene.now + 20)
    assert scene.after(20).told() == ["wrap_up_over 1001"]
    assert not scene.extend(20), "too late to ask"


def test_an_optional_wrap_up_can_be_asked_for_in_the_talk() -> None:
    scene = in_a_talk("optional")
    assert scene.extend(20)
    assert (scene.ended().agent.state, scene.agent.wrap_up_until) == ("wrap_up", scene.now + 20)


def test_who_took_the_next_call_asks_for_no_wrap_up_of_the_last() -> None:
    scene = in_a_talk("optional").ended()
    scene.join("b")
    assert scene.told() == ["offered b 1001"]
    assert not scene.extend(20)


def test_an_offer_that_came_to_nothing_ends_the_time_of_asking_too() -> None:
    scene = in_a_talk("optional").ended()
    scene.join("b")
    scene.settle()
    scene.fail("b", "CONTROLLER_LOST")
    assert scene.agent.state == "available"
    assert not scene.extend(20)


def test_a_fixed_wrap_up_is_ended_by_a_supervisor_and_not_by_the_agent() -> None:
    scene = in_a_talk("fixed").ended()
    assert not scene.write(e.AgentBack, agent="1001", own=True)
    assert scene.agent.state == "wrap_up"
    assert scene.write(e.AgentBack, agent="1001", by="a leader")
    assert scene.agent.state == "available"


def test_a_fixed_wrap_up_whose_time_is_over_yields_though_no_desk_said_so_yet() -> None:
    scene = in_a_talk("fixed").ended()
    assert scene.after(10).write(e.AgentBack, agent="1001", own=True)
    assert scene.agent.state == "available"


@pytest.mark.parametrize(("kind", "state"), [(e.AgentBreak, "break"), (e.AgentLoggedOut, "logged_out")])
def test_a_break_or_log_out_of_ones_own_waits_for_the_end_of_a_fixed_wrap_up(kind: type[e.Entry], state: str) -> None:
    scene = in_a_talk("fixed").ended()
    assert scene.write(kind, agent="1001", own=True)
    assert (scene.agent.state, scene.agent.next_state) == ("wrap_up", state)
    scene.join("b")
    assert scene.told() == []
    assert scene.after(10).told()[0] == "wrap_up_over 1001"
    assert (scene.agent.state, scene.agent.next_state) == (state, "")


def test_a_wished_break_is_taken_back_in_a_fixed_wrap_up() -> None:
    scene = in_a_talk("fixed").ended()
    scene.write(e.AgentBreak, agent="1001", own=True)
    assert scene.write(e.AgentBack, agent="1001", own=True)
    assert (scene.agent.state, scene.agent.next_state) == ("wrap_up", "")


@pytest.mark.parametrize("kind", [e.AgentBreak, e.AgentLoggedOut])
def test_a_supervisor_goes_before_what_the_agent_wished(kind: type[e.Entry]) -> None:
    scene = in_a_talk("fixed").ended()
    scene.write(e.AgentBreak, agent="1001", reason="tea", own=True)
    assert scene.write(kind, agent="1001", by="a leader")
    assert (scene.agent.state, scene.agent.reason) == ("break" if kind is e.AgentBreak else "logged_out", "")
    assert scene.agent.next_state == ""


def test_a_wrap_up_of_at_most_so_long_is_ended_by_the_agent() -> None:
    scene = in_a_talk("up_to").ended()
    assert scene.agent.wrap_up_until == scene.now + 10
    assert scene.write(e.AgentBack, agent="1001", own=True)
    assert scene.agent.state == "available"


@given(
    st.sampled_from(["optional", "fixed", "up_to"]),
    st.floats(0, 100),
    st.floats(0, 200),
    st.lists(st.tuples(st.floats(0, 30), st.floats(-10, 1e6)), max_size=8),
    st.lists(st.floats(0, 1e6), max_size=3),
)
def test_no_extending_goes_beyond_the_cap(
    mode: str, wrap_up_s: float, cap_s: float, asked: list[tuple[float, float]], in_talk: list[float]
) -> None:
    scene = in_a_talk(mode, wrap_up_s=wrap_up_s, wrap_up_cap_s=cap_s)
    for seconds in in_talk:
        scene.extend(seconds)
    ended_at = scene.ended().now
    for pause_s, seconds in asked:
        scene.after(pause_s).settle()
        before = scene.agent.wrap_up_until
        longer = scene.extend(seconds)
        assert longer == (scene.agent.wrap_up_until > before)
        assert scene.agent.wrap_up_until <= ended_at + max(cap_s, wrap_up_s)
    scene.now = ended_at + max(cap_s, wrap_up_s)
    scene.settle()
    assert scene.agent.state == "available"


def test_one_that_is_over_is_made_longer_from_the_moment_of_asking_and_by_nothing_not_at_all() -> None:
    scene = in_a_talk("fixed").ended().after(15)
    assert not scene.extend(0)
    assert scene.extend(20)
    assert scene.agent.wrap_up_until == scene.now + 20


def test_in_the_last_moment_in_which_it_may_be_asked_for_there_is_none_left_at_the_cap() -> None:
    scene = in_a_talk("optional", wrap_up_s=10, wrap_up_cap_s=10).ended()
    assert not scene.after(10).extend(20)
    assert scene.agent.state == "available"


def test_all_of_the_cap_may_be_asked_for_in_the_talk_and_no_more() -> None:
    for mode, most_s in (("optional", 60), ("fixed", 50), ("up_to", 50)):
        scene = in_a_talk(mode)
        assert scene.extend(1000)
        assert scene.agent.wrap_up_asked_s == most_s
        assert not scene.extend(1)
        assert scene.ended().agent.wrap_up_until == scene.now + 60


def test_one_that_the_agent_has_ended_is_not_had_again_by_asking() -> None:
    scene = in_a_talk("up_to").ended()
    assert scene.write(e.AgentBack, agent="1001", own=True)
    assert not scene.extend(20)
    assert scene.agent.state == "available"


def test_an_unknown_mode_is_a_fixed_one() -> None:
    assert in_a_talk("a newer one").ended().agent.wrap_up_mode == "fixed"


def test_hold_is_a_talk_and_ends_like_one() -> None:
    scene = in_a_talk("fixed")
    began = scene.floor.offers[scene.offer_of("a")].talk_began_at
    offer = scene.offer_of("a")
    assert scene.after(5).write(e.TalkHeld, offer=offer)
    assert not scene.write(e.TalkHeld, offer=offer), "twice is void"
    assert scene.agent.state == "hold"
    assert scene.write(e.TalkHeld, offer=offer, held=False)
    assert scene.agent.state == "talking"
    assert scene.write(e.TalkHeld, offer=offer)
    assert scene.floor.offers[offer].talk_began_at == began
    scene.write(e.AgentBreak, agent="1001", reason="tea")
    assert scene.ended().agent.state == "break"
    assert not scene.write(e.TalkHeld, offer=offer)


def test_a_phone_that_rings_is_not_held() -> None:
    scene = Scene(RULES, "1001")
    scene.join("a")
    scene.settle()
    assert not scene.write(e.TalkHeld, offer=scene.offer_of("a"))


def test_a_cap_below_the_wrap_up_itself_leaves_it_its_time() -> None:
    scene = in_a_talk("fixed", wrap_up_s=30, wrap_up_cap_s=10).ended()
    assert scene.agent.wrap_up_until == scene.now + 30
    assert not scene.extend(10)


def test_a_cap_that_is_lowered_in_the_talk_holds_for_what_was_asked_before() -> None:
    scene = in_a_talk("optional", wrap_up_cap_s=60)
    assert scene.extend(60)
    rule = {"wrap_up_s": 10, "wrap_up_cap_s": 20, "wrap_up_mode": "optional"}
    scene.publish({"queues": {"support": rule}, "agents": {"1001": {"skills": {}}}})
    assert scene.ended().agent.wrap_up_until == scene.now + 20


def test_wrap_up_that_was_asked_for_before_a_break_is_not_had_after_the_next_talk() -> None:
    scene = in_a_talk("optional")
    scene.extend(20)
    scene.write(e.AgentBreak, agent="1001", reason="tea")
    assert scene.ended().agent.state == "break"
    scene.write(e.AgentBack, agent="1001")
    scene.join("b")
    scene.settle()
    scene.talk("b")
    scene.hang_up("b")
    assert scene.agent.state == "available"
