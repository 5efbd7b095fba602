"""The machine of an agent: one table; what happens in a call acts after it; pausing moves no turn."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.agents import TABLE, AgentRecord, AgentState, Happening, mermaid
from tests.floor.scenes import RULES, Scene

PAIR = {
    **RULES,
    "agents": {"1001": {"skills": {"support": 1}}, "1002": {"skills": {"support": 1}}},
}


def test_every_state_can_be_reached_and_left() -> None:
    reached, states = {AgentState.LOGGED_OUT}, set(AgentState)
    for _ in states:
        reached |= {to for (state, _), to in TABLE.items() if state in reached}
    assert reached == states
    assert {state for state, _ in TABLE} == states


@given(st.lists(st.sampled_from(list(Happening))))
def test_what_is_not_in_the_table_changes_nothing(happenings: list[Happening]) -> None:
    agent = AgentRecord("1001")
    for at, happening in enumerate(happenings):
        before = (agent.state, agent.since, agent.reason)
        known = (agent.state, happening) in TABLE
        assert agent.move(happening, at) == known
        if known:
            assert agent.state is TABLE[before[0], happening]
        else:
            assert (agent.state, agent.since, agent.reason) == before


def test_the_drawing_is_made_of_the_table() -> None:
    drawn = mermaid()
    assert drawn.startswith("stateDiagram-v2\n")
    for (state, happening), to in TABLE.items():
        (line,) = [text for text in drawn.splitlines() if text.strip().startswith(f"{state.value} --> {to.value}: ")]
        assert happening.value in line


def test_the_drawing_in_the_documents_is_not_stale() -> None:
    assert mermaid() in (Path(__file__).parents[2] / "docs" / "floor.md").read_text(encoding="utf-8")


def talking() -> Scene:
    scene = Scene(PAIR, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    return scene


def test_break_and_log_out_in_a_talk_act_after_it_and_can_be_taken_back() -> None:
    scene = talking()
    agent = scene.floor.agents["1001"]
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    assert (agent.state, agent.next_state) == ("talking", "break")
    assert scene.write(e.AgentBack, agent="1001")
    assert agent.next_state == ""
    scene.write(e.AgentLoggedOut, agent="1001")
    assert not scene.write(e.AgentBreak, agent="1001", reason="lunch")
    assert scene.write(e.AgentLoggedIn, agent="1001")
    assert agent.next_state == ""
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    scene.hang_up("a")
    assert (agent.state, agent.reason, agent.next_state) == ("break", "lunch", "")


def test_a_log_out_in_a_talk_acts_after_it() -> None:
    scene = talking()
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.hang_up("a")
    assert scene.floor.agents["1001"].state == "logged_out"


def test_a_break_while_the_phone_rings_acts_after_the_offer() -> None:
    scene = Scene(PAIR, "1001")
    scene.join("a")
    scene.settle()
    scene.ring("a")
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    assert scene.floor.agents["1001"].state == "ringing"
    scene.fail("a")
    assert scene.floor.agents["1001"].state == "break"


def test_a_break_that_one_chooses_oneself_is_none_for_missed_calls() -> None:
    scene = Scene({**PAIR, "agents": {"1001": {"skills": {"support": 1}, "max_misses": 1}}}, "1001")
    scene.join("a")
    scene.settle()
    scene.fail("a", "CALL_REJECTED")
    scene.settle()
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.reason, agent.is_missed_out()) == ("break", "rejected", True)
    scene.write(e.AgentBreak, agent="1001", reason="lunch")
    assert (agent.reason, agent.is_missed_out()) == ("lunch", False)
    scene.write(e.AgentBack, agent="1001")
    scene.write(e.AgentBreak, agent="1001", reason="rejected")
    assert not agent.is_missed_out()


def test_wrap_up_lasts_as_the_queue_says_unless_the_agent_is_back_before() -> None:
    scene = talking()
    scene.hang_up("a")
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.wrap_up_until) == ("wrap_up", scene.now + 10)
    assert not scene.after(9.9).write(e.WrapUpOver, agent="1001")
    assert scene.write(e.AgentBack, agent="1001")
    assert agent.state == "available"


def test_a_queue_without_wrap_up_leaves_the_agent_available() -> None:
    scene = Scene({**PAIR, "queues": {"support": {"wrap_up_s": 0}}}, "1001")
    scene.join("a")
    scene.settle()
    scene.talk("a")
    scene.hang_up("a")
    assert scene.floor.agents["1001"].state == "available"


def test_pausing_neither_gains_nor_loses_a_turn() -> None:
    scene = Scene(PAIR, "1001")
    scene.after(10).log_in("1002")
    scene.after(10).write(e.AgentBreak, agent="1001", reason="tea")
    scene.after(600).write(e.AgentBack, agent="1001")
    scene.join("a")
    assert scene.told() == ["offered a 1001"]  # was first before, is first after
    scene.talk("a")
    scene.hang_up("a")
    scene.write(e.AgentLoggedOut, agent="1001")
    scene.log_in("1001")
    scene.join("b")
    assert scene.told() == ["offered b 1002"]  # logging out and in again does not make it first


def test_an_agent_who_is_taken_out_of_the_rules_leaves_after_the_talk() -> None:
    scene = talking()
    without = {**PAIR, "agents": {"1002": PAIR["agents"]["1002"]}}
    scene.publish(without)
    assert scene.floor.agents["1001"].state == "talking"
    scene.hang_up("a")
    assert "1001" not in scene.floor.agents
    assert not scene.log_in("1001")


def test_an_agent_who_is_put_back_during_the_talk_stays() -> None:
    scene = talking()
    scene.publish({**PAIR, "agents": {"1002": PAIR["agents"]["1002"]}})
    scene.publish(PAIR)
    scene.hang_up("a")
    assert scene.floor.agents["1001"].state == "wrap_up"


def test_new_skills_act_on_who_waits_now() -> None:
    scene = Scene({**RULES, "agents": {"1001": {"skills": {"billing": 5}}, "1002": {"skills": {"support": 1}}}}, "1001")
    scene.log_in("1002")
    scene.join("x")
    scene.settle()
    scene.talk("x")
    scene.join("a")
    assert scene.told() == []
    scene.publish({**RULES, "agents": {"1001": {"skills": {"support": 1}}, "1002": {"skills": {"support": 1}}}})
    assert scene.told() == ["offered a 1001"]


PAUSES = st.one_of(
    st.tuples(
        st.sampled_from([e.AgentBreak, e.AgentBack, e.AgentLoggedOut]), st.fixed_dictionaries({"own": st.booleans()})
    ),
    st.tuples(st.just(e.AgentLoggedIn), st.fixed_dictionaries({"contact": st.sampled_from(["", "user/2001"])})),
    st.tuples(st.just(e.WrapUpExtended), st.fixed_dictionaries({"seconds": st.sampled_from([5.0, 1e6])})),
    st.tuples(
        st.just(e.PhoneSeen),
        st.fixed_dictionaries({"registered": st.sampled_from([True, False, None]), "busy": st.booleans()}),
    ),
)


@given(st.lists(st.tuples(PAUSES, st.floats(0, 600)), max_size=12))
def test_nothing_but_calls_moves_what_turns_are_counted_by(pauses: list[Any]) -> None:
    scene = talking()
    scene.hang_up("a")
    agent = scene.floor.agents["1001"]

    def counted() -> tuple[float, ...]:
        return (agent.idle_since, agent.turn_at, agent.answered, agent.calls, agent.talk_s, agent.share)

    before = counted()
    for (kind, fields), pause_s in pauses:
        scene.write(kind, agent="1001", **fields)
        scene.after(pause_s).settle()
        assert counted() == before


def test_a_miss_does_not_change_the_reason_of_a_break_that_was_asked_for_while_it_rang() -> None:
    scene = Scene(RULES, "1001")
    scene.join("a")
    scene.settle()
    assert scene.write(e.AgentBreak, agent="1001", reason="tea", own=True)
    scene.fail("a")
    agent = scene.floor.agents["1001"]
    assert (agent.state, agent.reason, agent.misses) == ("break", "tea", 1)
