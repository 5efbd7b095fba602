"""Relaxation: who else may have a caller, when, and under what condition."""

from __future__ import annotations

from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.explain import why
from callcontrol.floor.view import view
from tests.floor import checks
from tests.floor.scenes import START, Scene

AGENTS = {
    "expert": {"skills": {"support": 5}},
    "junior": {"skills": {"support": 2}},
    "clerk": {"skills": {"clerk": 1}},
}


def rules(*steps: dict[str, Any], **queue: Any) -> dict[str, Any]:
    quiet = {"announcement": {"enabled": False}, "max_wait_s": 10_000, "wrap_up_s": 0}
    return {"queues": {"q": {"skills": "support >= 4", "relaxation": list(steps), **quiet, **queue}}, "agents": AGENTS}


def busy_scene(*steps: dict[str, Any], others: tuple[str, ...] = ("junior", "clerk"), **queue: Any) -> Scene:
    """The expert talks, and ``others`` are free."""
    scene = Scene(rules(*steps, **queue), "expert", *others)
    scene.join("first", "q")
    assert scene.told() == ["offered first expert"]
    scene.talk("first")
    return scene


LOWER = {"skills": "support", "after_s": 30}
ANYBODY = {"skills": "", "after_s": 60}


def test_a_lower_level_will_do_after_the_time_and_not_before() -> None:
    scene = busy_scene(LOWER)
    scene.join("a", "q")
    assert scene.told() == []
    assert scene.after(29.9).told() == []
    assert scene.after(0.1).told() == ["relaxed", "offered a junior"]


def test_the_clock_is_that_of_the_first_joining_and_prompts_do_not_stop_it() -> None:
    scene = busy_scene(LOWER, announcement={"max_share": 1.0}, patience_s=10)
    scene.join("a", "q")
    assert scene.after(10).told() == ["message a"]
    assert scene.after(20).told() == ["relaxed", "offered a junior"]


def test_who_comes_back_with_the_waiting_time_has_the_step_at_once() -> None:
    scene = busy_scene(LOWER)
    scene.join("a", "q", first_joined_at=scene.now - 40)
    assert scene.told() == ["offered a junior"]


def test_a_busy_step_is_waited_for_and_one_without_anybody_is_passed_at_once() -> None:
    steps = ({"skills": "support == 2", "after_s": 30}, {"skills": "clerk", "after_s": 600})
    waits = busy_scene(*steps)
    waits.join("b", "q", needs="support")
    waits.after(30).told()
    waits.talk("b")  # the junior is busy: the step is waited for
    waits.join("a", "q", first_joined_at=waits.now - 30)
    assert waits.after(60).told() == []
    passes = busy_scene(*steps, others=("clerk",))
    passes.join("a", "q")
    assert passes.told() == []
    assert passes.after(30).told() == ["relaxed", "relaxed", "offered a clerk"]


def test_when_nobody_of_the_base_is_logged_in_the_first_step_comes_at_once() -> None:
    scene = Scene(rules(LOWER), "junior")
    scene.join("a", "q")
    assert scene.told() == ["offered a junior"]


def test_the_last_of_the_base_who_logs_out_sends_callers_on_and_not_home() -> None:
    scene = busy_scene({"skills": "clerk", "after_s": 600})
    scene.join("a", "q")
    assert scene.told() == []
    scene.write(e.AgentLoggedOut, agent="expert")
    scene.hang_up("first")
    assert scene.told() == ["relaxed", "offered a clerk"]


def test_nobody_in_any_step_is_nobody() -> None:
    scene = Scene(rules(LOWER, ANYBODY))
    scene.join("a", "q")
    assert scene.told() == ["released a nobody"]


def test_the_set_grows_and_an_exclusive_step_shuts_out_those_before() -> None:
    scene = busy_scene({"skills": "clerk", "after_s": 30, "exclusive": True}, others=())
    scene.join("a", "q")
    scene.log_in("clerk")
    scene.write(e.AgentBreak, agent="clerk")
    assert scene.after(30).told() == ["relaxed"]
    scene.hang_up("first")
    assert scene.told() == []  # the expert is free, and not for this caller
    scene.write(e.AgentBack, agent="clerk")
    assert scene.told() == ["offered a clerk"]
    grown = busy_scene({"skills": "clerk", "after_s": 30}, others=())
    grown.join("a", "q")
    grown.after(30).told()
    grown.hang_up("first")
    assert grown.told() == ["offered a expert"]


def test_of_two_exclusive_steps_the_later_one_shuts_out_the_earlier() -> None:
    clerk = {"skills": "clerk", "after_s": 60, "exclusive": True}
    scene = busy_scene({**LOWER, "exclusive": True}, clerk)
    for agent in ("junior", "clerk"):
        scene.write(e.AgentBreak, agent=agent, reason="lunch")
    scene.join("a", "q")
    scene.after(30).settle()
    scene.after(30).settle()
    assert scene.floor.calls["a"].reached == (1, 2)
    scene.write(e.AgentBack, agent="junior")
    assert scene.told() == []
    scene.write(e.AgentBack, agent="clerk")
    assert scene.told() == ["offered a clerk"]


def test_a_condition_is_looked_at_from_its_time_on_until_it_holds_and_then_stays() -> None:
    scene = busy_scene({**LOWER, "when": "waiting >= 2"})
    scene.write(e.AgentBreak, agent="junior")
    scene.join("a", "q")
    assert scene.after(30).told() == []
    scene.join("b", "q")
    assert scene.told() == ["relaxed"]  # a; for b the time has not come
    scene.leave("b")
    scene.write(e.AgentBack, agent="junior")
    assert scene.told() == ["offered a junior"]


def test_who_goes_on_waiting_keeps_the_steps_whatever_their_conditions_say_by_now() -> None:
    """By another visit to the same queue, at once or after it was ended; another queue's, or another wait's, are not kept."""
    step = {"skills": "nobody_has_it", "after_s": 0, "when": "waiting >= 2"}
    scene = busy_scene(step, max_wait_s=60)
    rule = scene.floor.configuration["queues"]["q"]
    scene.publish({**scene.floor.configuration, "queues": {"q": rule, "other": rule}})
    began = scene.now
    scene.join("a", "q")
    scene.join("b", "q")
    scene.settle()
    scene.leave("b")
    reached = scene.floor.calls["a"].reached
    assert reached == (1,)
    scene.after(5).join("a", "q", visit="again", first_joined_at=began)
    assert scene.floor.calls["a"].reached == (1,)
    assert scene.after(60).told() == ["released a timeout"]
    scene.join("a", "q", visit="once more", first_joined_at=began)
    assert scene.floor.calls["a"].reached == (1,)
    scene.join("a", "other", visit="there", first_joined_at=began)
    assert scene.floor.calls["a"].reached == ()
    scene.join("c", "q", first_joined_at=began)
    assert scene.floor.calls["c"].reached == ()


def test_a_condition_that_time_alone_makes_true_wakes_the_desk() -> None:
    scene = busy_scene({**LOWER, "after_s": 0, "when": "longest_wait_s > 20"})
    scene.join("a", "q")
    assert scene.told() == []
    assert scene.after(20.9).told() == []
    assert scene.after(0.1).told() == ["relaxed", "offered a junior"]


def test_a_step_whose_condition_does_not_hold_bars_no_later_one_and_brings_nobody() -> None:
    scene = busy_scene({**LOWER, "when": "waiting > 100"}, {"skills": "clerk", "after_s": 60})
    scene.write(e.AgentLoggedOut, agent="clerk")
    scene.join("a", "q")
    assert scene.after(60).told() == ["relaxed"]
    assert scene.floor.calls["a"].reached == (2,)
    assert scene.told() == []  # the junior is free, but of the first step


def test_an_edit_acts_on_who_waits_now() -> None:
    scene = busy_scene()
    scene.join("a", "q")
    assert scene.after(40).told() == []
    scene.publish(rules(LOWER))
    assert scene.told() == ["offered a junior"]
    scene.fail("a")
    scene.publish(rules())
    assert scene.floor.calls["a"].reached == ()


def test_what_a_call_asks_for_itself_holds_in_every_step() -> None:
    scene = busy_scene(ANYBODY)
    scene.join("a", "q", needs="clerk")
    assert scene.floor.calls["a"].reached == (1,)  # nobody of the base is a clerk
    assert scene.told() == ["offered a clerk"]


def test_a_relaxed_line_that_comes_too_early_or_twice_is_void() -> None:
    scene = busy_scene(LOWER, others=())
    scene.join("a", "q")
    early = e.Relaxed(at=scene.now + 29, call="a", visit="v-a", step=1)
    right = e.Relaxed(at=scene.now + 30, call="a", visit="v-a", step=1)
    assert [scene.floor.apply(line) for line in (early, right, right)] == [False, True, False]


def test_why_names_no_step_that_an_exclusive_one_has_shut_out() -> None:
    scene = busy_scene({**ANYBODY, "when": "load > 9"}, {**LOWER, "exclusive": True}, others=("junior",))
    scene.write(e.AgentBreak, agent="junior", reason="lunch")
    scene.join("a", "q")
    scene.after(30).settle()
    told = why(scene.floor, "a", scene.now)
    assert told is not None
    assert (told.reached, told.step_at) == ((2,), None)


def test_why_and_the_view_know_the_step_and_its_clock() -> None:
    scene = busy_scene(LOWER, {**ANYBODY, "when": "load > 9"}, others=())
    scene.join("a", "q")
    scene.after(70)
    told = why(scene.floor, "a", scene.now)
    assert told is not None
    assert (told.next_step, told.reached, told.step_at) == ("relaxed:1", (), START + 30)
    assert told.asked == "support >= 4"
    scene.told()
    told = why(scene.floor, "a", scene.now)
    assert told is not None
    assert (told.next_step, told.reached, told.step_at, told.step_when) == ("wait", (1,), START + 60, "load > 9")
    assert told.asked == "support >= 4 or support >= 1"
    shown = view(scene.floor, scene.now)
    assert next(c["step"] for c in shown["calls"] if c["call"] == "a") == 1
    assert shown["queues"][0]["load"] == 2.0
    checks.index_is_true(scene.floor)


def test_nobody_is_sent_off_while_a_step_became_due_before_the_line_came() -> None:
    scene = busy_scene({**LOWER, "when": "waiting > 1"}, max_wait_s=60)
    scene.join("a", "q")
    (timeout,) = scene.after(60).decide()
    assert isinstance(timeout, e.Released)
    scene.join("b", "q")
    assert not scene.floor.apply(timeout)
    assert scene.told() == ["relaxed", "offered a junior"]
