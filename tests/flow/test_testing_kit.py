"""The kit for testing flows: stories are played, generated, saved and read; coverage and mutants tell what they prove."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.flow import Call, Flow, Go, HangUp, Menu, Play, Queue, choice, words
from callcontrol.flow.testing import (
    Rehearsal,
    RehearsalError,
    Story,
    StoryError,
    act,
    coverage,
    generated_stories,
    mutants,
    play,
    read_story,
    retold,
    story_text,
    surprises,
    surviving_mutants,
)
from callcontrol.flow.testing.actions import possible
from ivr_flows.hotline import Hotline

TITLE = words(zh="试", en="A try")


class Small(Flow):
    title = TITLE
    start = "ask"
    rescue = "bye"
    ask = Menu("hotline.menu", keys={"1": "line", "2": Go("bye", remember={"said": "no"})}, silence="bye", tries=2)
    line = Queue(
        "support",
        after_talk="bye",
        still_busy="bye",
        away="bye",
        nobody="bye",
        timeout="bye",
        full="bye",
        closed="bye",
        exit_keys={"*": "ask"},
    )
    bye = Play("goodbye", then="end")
    end = HangUp()


class Wrong(Flow):
    """Nothing of it can be seen at import: a choice that fails when it is asked."""

    title = TITLE
    start = "welcome"
    rescue = "bye"
    welcome = Play("hotline.welcome", then="which")

    @choice("bye")
    def which(self, call: Call) -> str:
        return str(call.context["never_remembered"])

    bye = Play("goodbye", then="end")
    end = HangUp()


def test_a_story_is_played_and_what_it_expects_is_checked() -> None:
    told = Story(["press 1", "offered", "answered", "talk ends"], steps=["ask", "line", "bye"], ended=False)
    assert play(Small, told).record.step == "bye"
    with pytest.raises(AssertionError, match=r"After 2 steps the call went to bye and not to end"):
        play(Small, Story(told.actions, steps=["ask", "line", "end"]))
    with pytest.raises(AssertionError, match="goes on"):
        play(Small, Story(told.actions, ended=True))


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        (["listen"], "Action 1, 'listen': Nothing plays now"),
        (["press 1", "silence"], "Action 2, 'silence': No key is asked for"),
        (["offered"], "in no queue"),
        (["sing"], "'sing' is nothing that can happen to a call"),
    ],
)
def test_what_can_not_be_done_is_said_with_its_place(actions: list[str], sentence: str) -> None:
    with pytest.raises(RehearsalError, match=sentence):
        play(Small, Story(actions))


@pytest.mark.timeout(180)  # some ten thousand calls
def test_generated_stories_go_every_way_of_the_hotline_and_find_nothing_wrong() -> None:
    stories = list(generated_stories(Hotline))
    went = coverage(Hotline, (play(Hotline, story) for story in stories))
    assert (went.missing_steps(), went.missing_edges()) == ([], [])
    assert list(surprises(Hotline, stories[:: max(1, len(stories) // 300)])) == []


def test_from_every_place_everything_that_can_happen_is_tried() -> None:
    stories = {tuple(story.actions) for story in generated_stories(Small)}
    for actions in list(stories)[:200]:
        call = play(Small, Story(actions))
        for action in possible(call):
            act(play(Small, Story(actions)), action)  # never raises: what is possible can be done
    ends = {actions[-1].split(" ")[0] for actions in stories if actions}
    assert ends >= {"press", "silence", "hang", "taken", "late", "lost", "offered", "granted", "released", "fails"}


def test_a_flow_that_fails_surprises() -> None:
    found = list(surprises(Wrong, list(generated_stories(Wrong))))
    assert found
    assert "never_remembered" in found[0].what


def test_each_mutant_differs_in_one_way_and_the_flow_itself_is_left_as_it_was() -> None:
    before = {name: step.ways() for name, step in Small.steps.items()}
    made = list(mutants(Small))
    assert {(m.step, m.target) for m in made} == {("ask", "line"), ("ask", "bye"), ("line", "ask"), ("line", "bye")} | {
        ("bye", "end")
    }
    assert {name: step.ways() for name, step in Small.steps.items()} == before
    for mutant in made:
        assert mutant.instead not in {way.target for way in Small.steps[mutant.step].ways()}


def test_stories_without_a_way_do_not_notice_that_it_leads_elsewhere() -> None:
    talk = retold(Small, Story(["press 1", "offered", "answered", "talk ends", "listen"]))
    assert [(m.step, m.target) for m in surviving_mutants(Small, [talk])] == [("ask", "bye"), ("line", "ask")]
    everything = [*generated_stories(Small)]
    assert surviving_mutants(Small, everything) == []


names = st.text("abcdefghij_", min_size=1, max_size=8)
stories = st.builds(
    Story,
    actions=st.lists(st.sampled_from(["listen", "press 1", "silence", "talk ends", 'press "#\\', "按 1"])).map(tuple),
    flow=names,
    language=st.sampled_from(["zh", "en"]),
    open=st.booleans(),
    parameters=st.dictionaries(names, st.booleans() | st.integers(-99, 99) | st.text(max_size=9), max_size=3),
    steps=st.none() | st.lists(names, max_size=4).map(tuple),
    ended=st.none() | st.booleans(),
)


@given(stories)
def test_a_story_survives_its_file(story: Story) -> None:
    assert read_story(story_text(story)) == story


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("actions = [", "no TOML"),
        ("flow = 'x'", "has no actions"),
        ("actions = [1]", "a list of words"),
        ("actions = []\nat = 2026-03-04", "a moment with its offset"),
        ("actions = []\nkeys = 1", "'keys' is not known"),
    ],
)
def test_what_is_wrong_with_a_file_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(StoryError, match=sentence):
        read_story(text)


def test_what_was_rehearsed_can_be_told_again() -> None:
    call = Rehearsal(Hotline, queue="busy").run("1 2 - 1")
    again = play(Hotline, Story(call.actions))
    assert (again.steps, again.over) == (call.steps, call.over)


def test_the_plugin_makes_a_test_of_every_story(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> None:
    pytester.makefile(".story.toml", served=story_text(retold(Hotline, Story(["listen", "press 1"], flow="hotline"))))
    wrong = Story(["listen"], flow="hotline", steps=["opening", "menu"])
    pytester.makefile(".story.toml", wrong=story_text(wrong))
    pytester.makefile(".story.toml", unknown=story_text(Story([], flow="no_such_flow")))
    pytester.makepyfile(
        """
        def test_rehearsed(rehearse):
            assert rehearse("hotline", "listen", "press 2", language="en").record.language == "en"
        """
    )
    installed = pytestconfig.pluginmanager.has_plugin("callcontrol_flows")
    result = pytester.runpytest(*([] if installed else ["-p", "callcontrol.flow.testing.plugin"]))
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*After 1 steps the call went to welcome*", "*There is no flow 'no_such_flow'*"])


def test_a_new_flow_is_tested_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from callcontrol.cli.flows import command

    monkeypatch.setenv("CALLCONTROL_FLOWS_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert run(command, ["new", "parcel_status"]).exit_code == 0
    tested = run(command, ["test"])
    assert tested.exit_code == 0, tested.output
    assert "0 failed" in tested.output
    assert "all together 6 of 6 steps, 6 of 6 ways" in tested.output
    assert run(command, ["new", "parcel_status"]).exit_code == 1
    kept = run(command, ["rehearse", "parcel_status", "--keys", "2", "--save", str(tmp_path / "stories" / "bye")])
    assert kept.exit_code == 0, kept.output
    assert "saved stories      2, 0 failed" in run(command, ["test", "parcel_status"]).output
