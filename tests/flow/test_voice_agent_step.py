"""A caller is handed over to a voice agent: every end has its way, and nothing sensitive leaves the house unsaid."""

from __future__ import annotations

import pytest

from callcontrol.flow import AskDigits, Flow, FlowError, HangUp, Play, Remembered, VoiceAgent, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises, surviving_mutants
from tests.legs_flows.assistant import Assistant

TOLD = {"bot": {"people": 3}}


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("returns done", "after"),
        ("returns to_agent", "queue"),
        ("returns", "silent"),
        ("returns nonsense", "silent"),
        ("returns (timeout)", "late"),
        ("taken over", "silent"),
    ],
)
def test_what_the_voice_agent_says_leads_on(action: str, step: str) -> None:
    call = play(Assistant, Story(["press 4711", "party answers", action], services=TOLD))
    assert call.record.step == step
    assert call.record.party is None


@pytest.mark.parametrize(
    ("branch", "step"),
    [("failed", "failed"), *((b, "unreachable") for b in ("busy", "no_answer", "rejected", "unreachable", "timeout"))],
)
def test_a_voice_agent_that_does_not_come_leads_on(branch: str, step: str) -> None:
    assert play(Assistant, Story(["press 4711", f"party {branch}"])).record.step == step


def test_facts_are_remembered_and_what_is_sent_is_in_no_story() -> None:
    call = play(Assistant, Story(["press 4711", "party answers", "returns to_agent"], services=TOLD))
    assert call.record.context["people"] == 3
    (ring,) = [command for command in call.done if isinstance(command, cmd.RingParty)]
    assert ring.voice is not None
    assert ring.voice["account"] == "4711"
    assert "4711" not in repr(ring)


def test_generated_stories_prove_every_way() -> None:
    stories = list(generated_stories(Assistant, beginnings=[Story((), flow="assistant", services=TOLD)]))
    assert not list(surprises(Assistant, stories))
    assert not coverage(Assistant, [play(Assistant, story) for story in stories]).missing_edges()
    assert not surviving_mutants(Assistant, stories)


def leaking(**more: object) -> type[Flow]:
    body = {
        "title": words(zh="x", en="x"),
        "start": "ask",
        "rescue": "end",
        "ask": AskDigits("hotline.menu", remember="card", then="bot", silence="bye", sensitive=True),
        "bot": VoiceAgent(
            "bot",
            returns={"done": "bye"},
            silent="bye",
            unreachable="bye",
            timeout="bye",
            failed="bye",
            send={"number_of_card": Remembered("card")},
            **more,  # type: ignore[arg-type]
        ),
        "bye": Play("goodbye", then="end"),
        "end": HangUp(),
    }
    return type("Leaking", (Flow,), body)


def test_what_was_asked_as_sensitive_is_sent_only_where_the_flow_says_so() -> None:
    with pytest.raises(FlowError, match="'card' out of the house"):
        leaking()
    leaking(sensitive=("card",))
