"""The agents' service as agents meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor.requests import Action, Result
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.checks import check_prompts
from callcontrol.flow.drawing import mermaid
from callcontrol.flow.facts import AgentFacts
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.rehearsed_agents import RehearsedAgents
from callcontrol.flow.steps.agent_action import ACTIONS
from callcontrol.prompts.catalogue import shipped_texts, texts_of
from callcontrol.values.configuration import BREAK_REASONS, Configuration
from ivr_flows.agent_desk import AgentDesk

PIN = "4711"


def desk(state: str = "logged_out", *, calling: str = "1001", **more: Any) -> Rehearsal:
    agents = RehearsedAgents({"1001": PIN}, calling=calling, **more.pop("agents", {}))
    agents.states["1001"] = AgentFacts(state, **more)
    return Rehearsal(AgentDesk, agents=agents)


def state(call: Rehearsal) -> str:
    return call.agents.states["1001"].state


def test_an_agent_who_calls_from_the_own_phone_types_the_pin_and_logs_in() -> None:
    call = desk().run(f"{PIN} 1")
    assert call.heard() == ["agent.pin", "agent.is_logged_out", "agent.menu", "agent.done_login", "agent.goodbye"]
    assert state(call) == "available"


def test_from_another_phone_the_number_is_asked_first() -> None:
    call = desk(calling="").run(f"1001 {PIN} 1")
    assert call.heard()[:3] == ["agent.welcome", "agent.extension", "agent.pin"]
    assert state(call) == "available"


def test_other_phones_can_be_shut_out() -> None:
    call = Rehearsal(AgentDesk, parameters={"own_phones_only": True}).run("1001 4711 1")
    assert call.heard() == ["agent.unknown_phone", "agent.goodbye"]


def test_a_break_is_taken_with_its_reason_by_key() -> None:
    call = desk("available").run(f"{PIN} 2 2")
    assert call.heard()[3:6] == ["agent.which_break", "break.rest", "agent.press"]
    assert call.agents.states["1001"] == AgentFacts("break", "lunch")


def test_who_was_put_on_break_is_told_why_and_comes_back_by_the_key_that_was_said() -> None:
    call = desk("break", reason="no_answer", missed_out=True).run(f"{PIN} 3")
    assert call.heard()[1] == "agent.is_missed_out"
    assert "3" in shipped_texts().by_language["en"]["agent.is_missed_out"]
    assert AgentDesk.menu.keys["3"] == "back"
    assert state(call) == "available"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "available"}, ["agent.is_available"]),
        ({"state": "break", "reason": "lunch"}, ["agent.is_on_break"]),
        ({"state": "wrap_up"}, ["agent.is_wrapping_up"]),
        ({"state": "unreachable", "reason": "not_registered"}, ["agent.is_not_registered"]),
        ({"state": "unreachable", "reason": "unreachable"}, ["agent.is_unreachable"]),
        ({"state": "talking"}, ["agent.is_in_call"]),
        ({"state": "hold"}, ["agent.is_in_call"]),
        ({"state": "talking", "next_state": "break"}, ["agent.is_in_call", "agent.then_break"]),
        ({"state": "ringing", "next_state": "logged_out"}, ["agent.is_in_call", "agent.then_logged_out"]),
    ],
)
def test_how_things_stand_is_said_first(facts: dict[str, str], said: list[str]) -> None:
    call = desk(**facts).run(PIN)
    assert call.heard()[1 : 2 + len(said)] == [*said, "agent.menu"]


def test_three_wrong_pins_are_the_end() -> None:
    call = desk().run("1111 2222 3333 4711 1")
    assert call.heard() == [
        *["agent.pin", "agent.pin_wrong", "agent.pin", "agent.pin_wrong", "agent.pin"],
        *["agent.pin_wrong", "agent.goodbye"],
    ]
    assert state(call) == "logged_out"


@pytest.mark.parametrize(("result", "said"), [("closed", "agent.closed"), ("unavailable", "agent.unavailable")])
def test_a_pin_that_is_not_even_looked_at_ends_the_call_with_a_word(result: str, said: str) -> None:
    call = desk(agents={"pin_result": result}).run(f"{PIN} 1")
    assert call.heard() == ["agent.pin", said, "agent.goodbye"]
    assert state(call) == "logged_out"


@pytest.mark.parametrize(
    ("key", "action", "result", "said"),
    [
        ("1", "login", "already", "agent.already"),
        ("9", "logout", "later", "agent.later"),
        ("3", "back", "fixed_wrap_up", "agent.wrap_up_fixed"),
        ("3", "back", "not_registered", "agent.is_not_registered"),
        ("4", "wrap-up-end", "fixed_wrap_up", "agent.wrap_up_fixed"),
        ("4", "wrap-up-end", "no_wrap_up", "agent.refused"),
        ("5", "extend", "wrap_up_at_cap", "agent.refused"),
        ("5", "extend", "later", "agent.done_extend"),
        ("3", "back", "logged_out", "agent.log_in_first"),
    ],
)
def test_what_can_t_be_done_is_said(key: str, action: str, result: str, said: str) -> None:
    call = desk("wrap_up", agents={"results": {action: result}}).run(f"{PIN} {key}")
    assert said in call.heard()[3:]


@given(st.lists(st.sampled_from(["1", "2", "3", "4", "5", "9", "-", "7", "#", PIN, "99999"]), max_size=12))
def test_the_pin_stands_nowhere_and_every_call_ends(keys: list[str]) -> None:
    secret = "739154"
    agents = RehearsedAgents({"1001": secret}, calling="1001")
    call = Rehearsal(AgentDesk, agents=agents).run([secret, *keys])
    assert call.over
    assert not call.rescued()
    kept = json.dumps([call.record.as_data(), [list(line) for line in call.story]], default=str)
    assert secret not in kept
    assert secret not in repr(call.done)
    asked = [c for c in call.done if isinstance(c, cmd.Ask) and any(p.key == "agent.pin" for p in c.prompts)]
    assert asked
    assert all(c.sensitive for c in asked)


def test_a_takeover_while_the_pin_is_checked_asks_anew() -> None:
    call = desk()
    call.begin()
    call.tell(ev.Resumed())
    assert call.heard() == ["agent.pin", "agent.pin"]
    late = call.record.wait - 1
    before = call.record
    call.tell(ev.PinChecked(late, "right"))
    assert call.record == before, "an answer of before counts for nothing"


def test_reasons_of_the_configuration_are_said_and_chosen() -> None:
    call = desk("available", agents={"break_reasons": ("tea", "gym")}).run(f"{PIN} 2 2")
    assert [key for key in call.heard() if key.startswith("break.")] == ["break.tea", "break.gym"]
    assert call.agents.states["1001"].reason == "gym"
    texts = texts_of(Configuration(break_reasons={"tea": {"en": "A cup of tea", "zh": "喝茶"}}))
    assert texts.by_language["zh"]["break.tea"] == "喝茶"


def test_every_prompt_has_a_text_in_both_languages() -> None:
    texts = shipped_texts().by_language
    assert check_prompts(AgentDesk, texts) == []
    for name in BREAK_REASONS:
        assert all(f"break.{name}" in texts[language] for language in ("zh", "en"))


def test_flow_and_floor_use_the_same_words() -> None:
    assert set(ACTIONS) == {action.value for action in Action}
    answers = {result.value for result in Result}
    for step in AgentDesk.steps.values():
        assert set(getattr(step, "because", {})) <= answers


def test_the_picture_is_not_stale() -> None:
    page = Path(__file__).parents[2] / "docs" / "agents.md"
    assert mermaid(AgentDesk) in page.read_text("utf-8"), (
        "draw it anew: callcontrol flows graph agent_desk --language en"
    )
