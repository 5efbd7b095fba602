"""What the switch says of phones: not there is not rung, busy is left alone, and neither is believed for ever."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.explain import agent_reason
from callcontrol.floor.phones import PHONE_LEASE_S, SAY_AGAIN_S
from tests.floor.scenes import RULES, Scene


class Phones(Scene):
    def __init__(self) -> None:
        super().__init__({**RULES, "agents": {"1001": RULES["agents"]["1001"]}}, "1001")

    def seen(self, registered: bool | None = None, busy: bool = False, agent: str = "1001") -> bool:
        return self.write(e.PhoneSeen, agent=agent, registered=registered, busy=busy)

    @property
    def agent(self) -> Any:
        return self.floor.agents["1001"]

    def reason(self) -> str:
        return agent_reason(self.agent, True, self.now).reason


def test_a_phone_that_is_not_registered_is_not_rung_and_returns_by_itself() -> None:
    scene = Phones()
    assert scene.seen(False)
    assert (scene.agent.state, scene.agent.reason, scene.reason()) == (
        "unreachable",
        "not_registered",
        "not_registered",
    )
    scene.join("a")
    assert scene.told() == ["released a away"]
    assert scene.seen(True)
    assert scene.agent.state == "available"
    scene.join("b")
    assert scene.told() == ["offered b 1001"]


def test_log_in_from_a_phone_that_is_not_there_makes_nobody_available() -> None:
    scene = Phones()
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.seen(False)
    scene.log_in("1001")
    assert scene.agent.state == "unreachable"
    assert not scene.write(e.AgentBack, agent="1001"), "the phone decides, not the wish"
    scene.write(e.AgentBreak, agent="1001", reason="tea")
    assert scene.write(e.AgentBack, agent="1001")
    assert scene.agent.state == "unreachable"


def test_log_in_from_another_phone_asks_that_phone() -> None:
    scene = Phones()
    scene.seen(False)
    assert scene.write(e.AgentLoggedIn, agent="1001", contact="user/2001")
    assert scene.agent.state == "available"


def test_a_call_of_ones_own_is_left_alone_and_over_at_its_end() -> None:
    scene = Phones()
    assert scene.seen(True, busy=True)
    scene.join("a")
    assert scene.told() == [], "busy, so the caller waits"
    assert (scene.agent.state, scene.reason()) == ("available", "own_call")
    assert scene.seen(True)
    assert scene.told() == ["offered a 1001"]


def test_what_is_not_said_again_is_forgotten() -> None:
    for registered, busy in ((False, False), (True, True), (False, True)):
        scene = Phones()
        scene.seen(registered, busy)
        scene.after(PHONE_LEASE_S - 1).join("a")
        assert "offered a 1001" not in scene.told()
        scene.after(1)
        if "a" not in scene.floor.calls:
            scene.join("b")
        assert scene.told()[-1].startswith("offered"), (registered, busy)
        assert scene.agent.registered is None


def test_what_is_said_again_holds_on() -> None:
    scene = Phones()
    scene.seen(True, busy=True)
    for _ in range(10):
        assert scene.after(SAY_AGAIN_S).seen(True, busy=True)
        assert scene.reason() == "own_call"


def test_the_same_line_of_two_controllers_counts_once() -> None:
    scene = Phones()
    assert scene.seen(False)
    assert not scene.after(1).seen(False)
    assert scene.seen(True)
    assert not scene.after(1000).seen(True)
    assert not scene.seen(True, agent="9999")


def test_a_phone_that_registers_ends_the_back_off_of_one_that_could_not_be_reached() -> None:
    scene = Phones()
    scene.join("a")
    scene.settle()
    scene.fail("a", "USER_NOT_REGISTERED")
    assert scene.agent.state == "unreachable"
    scene.seen(False)
    assert scene.reason() == "not_registered"
    assert scene.seen(True)
    assert scene.told() == ["offered a 1001"]


def test_a_phone_that_goes_in_a_talk_is_missed_after_it() -> None:
    scene = Phones()
    scene.join("a")
    scene.settle()
    scene.talk("a")
    scene.seen(False)
    assert scene.agent.state == "talking"
    scene.hang_up("a")
    scene.join("b")
    assert scene.after(10).told() == ["wrap_up_over 1001"]
    assert (scene.agent.state, scene.agent.reason) == ("unreachable", "not_registered")


def test_once_it_is_forgotten_the_wish_decides_again() -> None:
    scene = Phones()
    scene.seen(False)
    assert scene.after(PHONE_LEASE_S).write(e.AgentBack, agent="1001")
    assert scene.agent.state == "available"


def test_a_back_off_goes_on_when_the_own_call_is_forgotten() -> None:
    scene = Phones()
    scene.join("a")
    scene.settle()
    scene.agent.streak = 6  # it has failed often before
    scene.fail("a", "CALL_REJECTED")
    scene.seen(True, busy=True)
    scene.after(PHONE_LEASE_S + 1)
    assert "offered a 1001" not in scene.told()
    assert scene.reason() == "back_off"


def test_log_in_from_another_phone_ends_a_call_of_their_own_at_the_first() -> None:
    scene = Phones()
    scene.seen(True, busy=True)
    scene.write(e.AgentLoggedIn, agent="1001", contact="user/2001")
    scene.join("a")
    assert scene.told() == ["offered a 1001"]


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans(), st.floats(0, 200)), max_size=8))
def test_whatever_was_said_of_a_phone_its_agent_works_again_when_nothing_more_is(
    said: list[tuple[bool | None, bool, float]],
) -> None:
    scene = Phones()
    for registered, busy, pause_s in said:
        scene.seen(registered, busy)
        scene.after(pause_s)
    scene.after(PHONE_LEASE_S).join("z")
    assert scene.told() == ["offered z 1001"]


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), max_size=6))
def test_no_phone_moves_a_turn(said: list[tuple[bool | None, bool]]) -> None:
    scene = Phones()
    scene.after(10)
    before = (scene.agent.idle_since, scene.agent.answered, scene.agent.misses)
    for registered, busy in said:
        scene.after(1).seen(registered, busy)
    assert (scene.agent.idle_since, scene.agent.answered, scene.agent.misses) == before


def test_what_was_said_of_another_phone_ends_with_its_log_in() -> None:
    scene = Phones()
    scene.write(e.AgentLoggedIn, agent="1001", contact="user/2001")
    scene.seen(False)
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.log_in("1001")
    assert scene.agent.state == "available"


def test_log_in_again_without_a_phone_changes_nothing() -> None:
    scene = Phones()
    scene.seen(False)
    assert not scene.after(5).log_in("1001")
