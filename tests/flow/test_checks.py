"""All that is wrong with a flow is said when it is imported, in one message."""

import pytest

from callcontrol.flow import (
    AskDigits,
    Call,
    Count,
    Flow,
    FlowError,
    Go,
    HangUp,
    Menu,
    Number,
    Play,
    Queue,
    Survey,
    choice,
    flow_of_steps,
    words,
)
from callcontrol.flow.checks import check_prompts
from callcontrol.flow.flow import Flow as Base
from callcontrol.flow.steps import Step
from callcontrol.flow.uses import check_names, check_sounds

TITLE = words(zh="试", en="Trial")


def wrong(steps: dict[str, Step], start: str = "a", rescue: str = "end") -> str:
    """The message about a flow of these steps (an ``end`` is added)."""
    with pytest.raises(FlowError) as caught:
        flow_of_steps("trial", {**steps, "end": HangUp()}, start=start, rescue=rescue, title=TITLE)
    return str(caught.value)


def right(steps: dict[str, Step], start: str = "a", rescue: str = "end") -> type[Base]:
    return flow_of_steps("trial", {**steps, "end": HangUp()}, start=start, rescue=rescue, title=TITLE)


def test_a_flow_can_be_made_of_data():
    flow = right({"a": Menu("x", keys={"1": "end"}, silence="end")})
    assert (flow.name, list(flow.steps)) == ("trial", ["a", "end"])


def test_everything_wrong_is_in_one_message_with_file_and_line():
    with pytest.raises(FlowError) as caught:

        class Broken(Flow):
            title = TITLE
            start = "hello"
            rescue = "nowhere"
            hello = Play("hello", then="menue")
            menu = Menu("menu", keys={"x": "hello"}, silence="bye")

            @choice()
            def decide(self, call: Call) -> str:
                return call.language

    said = str(caught.value)
    for part in ("'nowhere'", "'menue'", "'bye'", "'x' can't be pressed", "declares no target", "test_checks.py:"):
        assert part in said
    assert len(caught.value.problems) == 5


def test_an_unknown_target_is_named_with_the_way_that_leads_there():
    said = wrong({"a": Menu("x", keys={"1": "gone"}, silence="end")})
    assert "Step 'a' (key 1) leads to 'gone', which does not exist" in said


def test_targets_inside_of_go_are_checked_too():
    assert "'gone'" in wrong({"a": Play("x", then=Go("gone", language="en"))})


def test_a_step_that_nothing_leads_to_is_told():
    assert "Step 'lost' can't be reached" in wrong({"a": Play("x", then="end"), "lost": Play("y", then="end")})


def test_what_only_the_rescue_reaches_is_reached():
    right({"a": Play("x", then="end"), "sorry": Play("y", then="end")}, rescue="sorry")


def test_a_place_without_a_way_out_is_told():
    said = wrong(
        {
            "a": Menu("x", keys={"1": "b"}, silence="end"),
            "b": AskDigits("y", remember="n", then="b", silence="b", tries=1),
        }
    )
    assert "From step 'b' no way leads to an end" in said


def test_a_circle_that_asks_nothing_and_counts_nothing_is_told():
    said = wrong({"a": Play("x", then="b"), "b": Menu("y", keys={"1": "end"}, silence="a")})
    assert "a -> b -> a goes round for ever" in said


def test_a_queue_that_gives_back_at_once_is_no_reason_to_go_round_for_ever():
    ends = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "after_talk"), "end")
    assert "a -> a goes round" in wrong({"a": Queue("q", closed="a", **ends)})


def test_a_counter_or_a_key_makes_a_circle_right():
    right(
        {
            "a": Play("x", then="b"),
            "b": Menu("y", keys={"1": "end", "2": "a"}, silence="again"),
            "again": Count(3, then="a", over="end"),
        }
    )


def test_a_choice_that_plainly_answers_what_it_does_not_declare_is_told():
    with pytest.raises(FlowError, match="can answer 'sideways', which it does not declare"):

        class Sideways(Flow):
            title = TITLE
            start = "decide"
            rescue = "end"

            @choice("end")
            def decide(self, call: Call) -> "str | Go":
                return "end" if call.language == "zh" else Go("sideways")

            end = HangUp()


@pytest.mark.parametrize(
    ("step", "part"),
    [
        (Menu("x", keys={}, silence="end"), "has no key"),
        (Menu("x", keys={"１": "end"}, silence="end"), "can't be pressed"),
        (AskDigits("x", remember="n", then="end", silence="end", min_digits=3, max_digits=2), "1 <= min <= max"),
        (AskDigits("x", remember="_n", then="end", silence="end"), "can't be remembered"),
        (Survey(questions={}, then="end"), "no question"),
    ],
)
def test_a_step_that_is_wrong_by_itself_says_so(step: Step, part: str):
    assert part in wrong({"a": step})


def test_a_key_that_both_stays_and_leaves_is_told():
    ends = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "closed", "after_talk"), "end")
    assert "both stays in the queue and leaves it" in wrong({"a": Queue("q", exit_keys={"1": "end"}, **ends)})


def test_a_default_that_its_own_range_forbids_is_told():
    with pytest.raises(FlowError, match="'tries': its default is 0; it must lie between 1 and 9"):

        class Never(Flow):
            title = TITLE
            start = rescue = "end"
            tries = Number(default=0, minimum=1, maximum=9, help=TITLE)
            end = HangUp()


def test_a_title_is_needed_in_both_languages():
    with pytest.raises(FlowError, match="no title in 'en'"):
        flow_of_steps("t", {"end": HangUp()}, start="end", rescue="end", title=words(zh="试"))


def test_prompts_without_a_text_are_told():
    flow = right({"a": Play(("x", "y@en", "z"), then="end")})
    texts = {"zh": {"x": "…", "z": "…"}, "en": {"x": "…"}}
    problems = check_prompts(flow, texts)
    assert [p.fatal for p in problems] == [True, False], "of the first nobody would hear anything"
    assert "'y@en', which has no text in en" in problems[0].what
    assert "'z', which has no text in en" in problems[1].what


def test_prompts_without_a_sound_are_one_warning_for_each_language():
    flow = right({"a": Play(("x", "y"), then="end")})
    (problem,) = check_sounds(flow, lambda key: ["zh"] if key == "x" else [])
    assert "1 prompts have no sound file in 'zh' yet (x)" in problem.what
    assert not problem.fatal


def test_a_queue_that_the_configuration_lacks_is_a_warning():
    ends = dict.fromkeys(("still_busy", "away", "nobody", "timeout", "full", "closed", "after_talk"), "end")
    flow = right({"a": Queue("sales", **ends)})
    assert [p.fatal for p in check_names(flow, {"queue": ("support",)})] == [False]
    assert check_names(flow, {"queue": ("sales",)}) == []
