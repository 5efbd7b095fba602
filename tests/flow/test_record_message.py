"""A message: said and kept, said again, heard, too short, silent, not writable; its stories write themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import Flow, HangUp, Play, RecordMessage, words
from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.checks import check_structure
from callcontrol.flow.rehearsal import Rehearsal
from callcontrol.flow.steps.record_message import MESSAGE
from callcontrol.flow.testing import Story, coverage, generated_stories, play, surprises


class Voicemail(Flow):
    title = words(zh="留言", en="Voicemail")
    start = "leave"
    rescue = "bye"
    everywhere = {"0": "operator"}
    leave = RecordMessage(
        "hotline.closed",
        box="support",
        then="thanks",
        silence="bye",
        too_short="short",
        failed="trouble",
        review="hotline.menu",
        on_silence="menu.wrong",
    )
    thanks = Play("survey.thanks", then="bye")
    short = Play("menu.wrong", then="bye")
    trouble = Play("rescue.sorry", then="bye")
    operator = Play("hotline.welcome", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()


def at_the_beep(flow: type[Flow] = Voicemail) -> Rehearsal:
    call = Rehearsal(flow)
    call.begin()
    call.listen()
    assert isinstance(call.doing, cmd.Record)
    return call


def how(call: Rehearsal) -> list[Any]:
    return [data["how"] for kind, data in call.story if kind == "voicemail_ended"]


def test_what_is_said_is_kept_by_one_key() -> None:
    call = at_the_beep()
    call.speaks(12)
    call.press("1")
    assert call.record.step == "thanks"
    assert call.record.context[MESSAGE] == f"rehearsal-{2}"
    assert call.story[-2] == ("voicemail_ended", {"message": "rehearsal-2", "how": "kept", "seconds": 12})


def test_it_can_be_heard_and_said_again() -> None:
    call = at_the_beep()
    call.speaks()
    call.press("3")
    assert isinstance(call.doing, cmd.HearMessage)
    call.listen()
    call.press("2")
    call.listen()
    call.speaks(7)
    call.press("1")
    assert how(call) == ["discarded", "kept"]
    dropped = [c.message for c in call.done if isinstance(c, cmd.DropMessage)]
    messages = [c.message for c in call.done if isinstance(c, cmd.Record)]
    assert dropped == messages[:1]
    assert len(set(messages)) == 2


def test_no_choice_keeps_it() -> None:
    call = at_the_beep()
    call.speaks()
    for _ in range(3):
        call.be_silent()
    assert how(call) == ["kept"]


@pytest.mark.parametrize(
    ("seconds", "ended_by", "story", "step"),
    [
        (5.0, "silence", "silence", "bye"),
        (1.0, "key", "too_short", "short"),
        (5.5, "pause", "too_short", "short"),  # the pause of four seconds is none of it
        (0.0, "failed", "failed", "trouble"),
    ],
)
def test_what_is_no_message_is_asked_for_once_more(seconds: float, ended_by: str, story: str, step: str) -> None:
    call = at_the_beep()
    call.speaks(seconds, ended_by)
    if ended_by != "failed":
        assert call.heard()[-1] == "menu.wrong"
        call.listen()
        call.speaks(seconds, ended_by)
    assert call.record.step == step
    assert set(how(call)) == {story}
    assert len([c for c in call.done if isinstance(c, cmd.DropMessage)]) == len(how(call))


def test_another_controller_goes_on_with_the_same_recording() -> None:
    call = at_the_beep()
    before = call.doing
    call.taken_over()
    assert isinstance(before, cmd.Record)
    assert isinstance(call.doing, cmd.Record)
    assert (call.doing.message, call.doing.goes_on, before.goes_on) == (before.message, True, False)
    call.tell(ev.Recorded(before.wait, "key", 9.0))  # of the wait before
    assert isinstance(call.doing, cmd.Record)
    call.speaks()
    call.press("1")
    assert how(call) == ["kept"]


def test_one_of_which_nobody_saw_the_end_is_kept() -> None:
    call = at_the_beep()
    assert isinstance(call.doing, cmd.Record)
    call.tell(ev.Recorded(call.doing.wait, "stopped", None))
    call.press("1")
    assert how(call) == ["kept"]


@given(
    st.lists(
        st.sampled_from(["says 10", "says 1", "says nothing", "listen", "press 1", "press 2", "press 3", "taken over"])
    )
)
def test_every_message_ends_once_and_only_the_last_is_kept(actions: list[str]) -> None:
    story = ["listen", *actions]
    call = Rehearsal(Voicemail)
    call.begin()
    from callcontrol.flow.testing.actions import act, possible

    for action in story:
        if action in possible(call):
            act(call, action)
    began = [c.message for c in call.done if isinstance(c, cmd.Record) and not c.goes_on]
    ended = [data["message"] for kind, data in call.story if kind == "voicemail_ended"]
    assert len(began) == len(set(began))
    assert ended == began[: len(ended)]
    assert how(call).count("kept") <= 1
    assert "kept" not in how(call)[:-1]
    assert set(ended[:-1]) <= {c.message for c in call.done if isinstance(c, cmd.DropMessage)}


def test_its_stories_write_themselves_and_reach_every_way() -> None:
    stories = list(generated_stories(Voicemail))
    assert not list(surprises(Voicemail, stories))
    assert not coverage(Voicemail, [play(Voicemail, story) for story in stories]).missing_edges()


def test_a_story_says_it_in_words() -> None:
    call = play(Voicemail, Story(["listen", "says 30", "press 1", "listen", "listen"]))
    assert call.record.step == "end"


def test_what_is_wrong_with_it_is_said_at_import() -> None:
    wrong = RecordMessage("", box="no box", then="a", silence="a", failed="a", end_keys="x")
    assert len(wrong.problems()) == 3
    assert not check_structure(Voicemail)
