"""A flow asks an outside service: every answer has its way, a takeover asks with the same key, nothing secret is told."""

from __future__ import annotations

import pytest

from callcontrol.flow import CALLER, AskDigits, AskService, Flow, HangUp, Play, Prompt, Remembered, words
from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import NUMBER, Rehearsal
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises

TITLE = words(zh="余额", en="Balance")


class Balance(Flow):
    title = TITLE
    start = "who"
    rescue = "sorry"
    who = AskDigits(
        "hotline.menu", remember="account", then="ask", silence="sorry", min_digits=4, max_digits=8, tries=1
    )
    ask = AskService(
        "crm",
        send={"account": Remembered("account"), "number": CALLER},
        meanwhile="callback.moment",
        then="tell",
        not_found="who",
        failed="sorry",
        timeout="late",
    )
    tell = Play((Prompt("money", {"value": Remembered("balance")}),), then="end")
    late = Play("hotline.too_long", then="end")
    sorry = Play("rescue.sorry", then="end")
    end = HangUp()


def asked(call: Rehearsal) -> cmd.AskService:
    found = [c for c in call.done if isinstance(c, cmd.AskService)]
    return found[-1]


@pytest.mark.parametrize(
    ("result", "step"), [("ok", "tell"), ("not_found", "who"), ("failed", "sorry"), ("timeout", "late")]
)
def test_every_answer_has_its_way(result: str, step: str) -> None:
    story = Story(["press 4711", f"answers {result}"], services={"crm": {"balance": "12.50"}})
    assert play(Balance, story).record.step == step


def test_what_is_sent_and_what_comes_back() -> None:
    call = play(Balance, Story(["press 4711", "answers ok"], services={"crm": {"balance": "12.50"}}))
    assert asked(call).values == {"account": "4711", "number": NUMBER}
    assert isinstance(call.doing, cmd.Play)
    assert call.doing.prompts == (Prompt("money", {"value": "12.50"}),)
    assert NUMBER not in str(call.record.as_data())
    assert "4711" not in str([data for kind, data in call.story if kind == "service"])
    assert "12.50" not in str(call.story)


def test_the_same_question_after_a_takeover_has_the_same_key_and_another_time_another() -> None:
    call = play(Balance, Story(["press 4711"]))
    first = asked(call)
    call.taken_over()
    assert asked(call).key == first.key
    assert asked(call).wait > first.wait
    call.service_answers("not_found")
    call.press("4712")
    assert asked(call).key != first.key


def test_an_answer_to_the_question_before_a_takeover_changes_nothing() -> None:
    from callcontrol.flow import events as ev

    call = play(Balance, Story(["press 4711", "taken over"]))
    before = call.record
    call.tell(ev.ServiceAnswered(before.wait - 1, "ok", {"balance": "1"}))
    assert call.record == before


def test_all_that_can_happen_is_rehearsed() -> None:
    stories = list(generated_stories(Balance))
    assert list(surprises(Balance, stories)) == []
    assert coverage(Balance, [play(Balance, story) for story in stories]).missing_edges() == []


def test_in_a_rehearsal_the_service_answers_by_itself() -> None:
    call = Rehearsal(Balance, services={"crm": {"balance": "3"}}).run("4711")
    assert call.steps == ["who", "ask", "tell", "end"]
