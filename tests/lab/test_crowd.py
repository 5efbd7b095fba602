"""Simulated people act on what they hear, and do the same again with the same seed."""

from __future__ import annotations

from dataclasses import replace

import gevent

from callcontrol.lab.clock import SteppedClock
from callcontrol.lab.crowd import Crowd, CrowdPlan
from callcontrol.lab.dialplan import Dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab.esl import Controller, Peer

QUIET = CrowdPlan(
    calls_per_hour=0,
    no_answer_share=0,
    busy_share=0,
    reject_share=0,
    wrong_key_share=0,
    no_key_share=0,
    leaves_anywhere_share=0,
    patience_median_s=3600,
    patience_spread=0.01,
)
MENU = "file_string://silence_stream://500!/s/hotline.menu.wav"


def ask(leg: Peer, name: str) -> str:
    leg.execute(
        "play_and_get_digits",
        f"1 1 1 9000 # {MENU.replace('hotline.menu', name)} silence_stream://1 k \\d 500",
        uuid=name,
    )
    return leg.completed(name).get("variable_k")


def handled(controller: Controller) -> Peer:
    leg = controller.accept()
    leg.execute("answer", uuid="a")
    leg.completed("a")
    return leg


def test_callers_press_what_the_prompt_asks_for(switch: SimulatedSwitch, controller: Controller) -> None:
    crowd = Crowd(switch, replace(QUIET, billing_share=1.0, chinese_share=0.0, stay_share=1.0))
    crowd.bring()
    leg = handled(controller)
    assert ask(leg, "language.ask") == "2"
    assert ask(leg, "hotline.menu") == "2"
    assert ask(leg, "offpeak") == "1"


def test_callers_who_answer_the_survey_give_marks_from_one_to_five(
    switch: SimulatedSwitch, controller: Controller
) -> None:
    crowd = Crowd(switch, replace(QUIET, answers_survey_share=1.0))
    crowd.bring()
    leg = handled(controller)
    for question in ("survey.attitude", "survey.speed", "survey.correctness"):
        assert ask(leg, question) in tuple("12345")
    assert crowd.surveys_answered == 1


def test_a_caller_whose_patience_ends_in_the_music_leaves(switch: SimulatedSwitch, controller: Controller) -> None:
    crowd = Crowd(switch, replace(QUIET, patience_median_s=5))
    caller = crowd.bring()
    leg = handled(controller)
    leg.execute("playback", "local_stream://moh", uuid="m")
    caller.wait_for(lambda c: c.is_over)
    assert (crowd.abandoned, crowd.present) == (1, 0)


def test_a_talk_ends_by_itself_and_only_that_talk(switch: SimulatedSwitch, controller: Controller, watch: Peer) -> None:
    crowd = Crowd(
        switch, replace(QUIET, talk_median_s=5, ring_min_s=0.1, ring_max_s=0.2, agent_ends_talk_share=1.0)
    ).start()
    caller = crowd.bring()
    handled(controller)
    watch.ask("bgapi originate {origination_uuid=b}user/1001 &park()")
    watch.event("CHANNEL_PARK", leg="b")
    watch.ask(f"api uuid_setvar_multi {caller.uuid} socket_resume=false;park_after_bridge=true")
    watch.ask(f"api uuid_bridge {caller.uuid} b")
    watch.event("CHANNEL_UNBRIDGE")
    assert crowd.talks == 1
    assert not caller.is_over


def test_arrivals_come_at_the_asked_rate_and_the_same_seed_brings_the_same_people() -> None:
    def arrivals(seed: int) -> list[tuple[float, str, str]]:
        clock = SteppedClock()
        plan = Dialplan().add("4001", [("answer", ""), ("sleep", "1000"), ("hangup", "")])
        switch = SimulatedSwitch(dialplan=plan, clock=clock)
        came: list[tuple[float, str, str]] = []
        call = switch.call

        def noted(*args: str, **kwargs: object) -> object:
            came.append((round(clock.now(), 6), str(kwargs["number"]), str(kwargs["name"])))
            return call(*args, **kwargs)  # type: ignore[arg-type]

        switch.call = noted  # type: ignore[assignment,method-assign]
        crowd = Crowd(switch, CrowdPlan(seed=seed, calls_per_hour=600)).start()
        for _ in range(60):
            clock.advance(60)
        crowd.stop()
        clock.advance(60)
        gevent.idle()
        assert crowd.present == 0
        switch.stop()
        return came

    first = arrivals(7)
    assert first == arrivals(7)
    assert first != arrivals(8)
    assert 520 <= len(first) <= 680
    assert len({number for _, number, _ in first}) < len(first)  # some call again
