"""The hotline as callers meet it."""

import pytest

from callcontrol.flow import commands as cmd
from callcontrol.flow.rehearsal import Rehearsal, is_always
from ivr_flows.hotline import Hotline

IN_QUEUE = "1 1"  # Chinese, support


def waiting(**how: object) -> Rehearsal:
    """A caller who has just joined the support queue."""
    call = Rehearsal(Hotline, **how)  # type: ignore[arg-type]
    call.begin()
    call.listen()
    call.press("1")
    call.press("1")
    assert call.record.step == "waiting"
    return call


def test_a_caller_is_greeted_chooses_is_answered_and_asked_how_it_was():
    call = Rehearsal(Hotline, queue="free").run("2 2 5 4 3")
    assert call.heard() == [
        "hotline.welcome",
        "language.ask@zh",
        "language.ask@en",
        "hotline.menu",
        "survey.intro",
        "survey.attitude",
        "survey.speed",
        "survey.correctness",
        "survey.thanks",
        "goodbye",
    ]
    assert call.record.language == "en"
    assert call.record.context["talk"]["queue"] == "billing"
    assert call.survey == {"attitude": 5, "speed": 4, "correctness": 3}
    assert isinstance(call.done[-1], cmd.HangUp)


def test_the_language_chosen_is_spoken_from_there_on():
    call = Rehearsal(Hotline).run("2 1")
    spoken = [c.language for c in call.done if isinstance(c, cmd.Play | cmd.Ask)]
    assert spoken[:2] == ["zh", "zh"]
    assert set(spoken[2:]) == {"en"}


def test_outside_the_opening_hours_the_caller_hears_so_and_joins_no_queue():
    call = Rehearsal(Hotline, parameters={"hours": "office"}, opening=is_always(False)).run()
    assert call.heard() == ["hotline.closed", "goodbye"]
    assert not [c for c in call.done if isinstance(c, cmd.JoinQueue)]


def test_without_a_language_menu_the_entry_s_language_holds():
    call = Rehearsal(Hotline, language="en", parameters={"ask_language": False}).run("1")
    assert "language.ask@zh" not in call.heard()
    assert call.record.language == "en"


@pytest.mark.parametrize("tries", [1, 3])
def test_a_silent_caller_hears_the_menu_n_times_and_joins_the_default_queue(tries: int):
    call = Rehearsal(Hotline, parameters={"tries": tries, "default_queue": "billing", "ask_language": False}).run()
    assert call.heard().count("hotline.menu") == tries
    assert call.heard().count("menu.silence") == tries - 1
    assert [c.queue for c in call.done if isinstance(c, cmd.JoinQueue)] == ["billing"]


def test_a_wrong_key_is_told_and_asked_again():
    call = Rehearsal(Hotline).run("1 9 1")
    assert call.heard().count("menu.wrong") == 1
    assert call.record.context["queue"] == "support"


# --- the busy-aware announcement ------------------------------------------------------------------------------------------
def test_who_hears_the_announcement_to_its_end_and_is_still_not_answered_is_let_go_politely():
    call = Rehearsal(Hotline, queue="busy").run(IN_QUEUE)
    order = [type(c).__name__ for c in call.done]
    join = order.index("JoinQueue")
    assert order[join : join + 7] == ["JoinQueue", "Hold", "Play", "MessageHeard", "Hold", "Ask", "Play"]
    assert call.heard()[-3:] == ["queue.support.offpeak", "hotline.advised", "goodbye"]


def test_who_presses_1_in_the_announcement_stays_in_the_same_visit():
    call = waiting(queue="busy")
    visit = call.visit
    call.message_granted()
    call.press("1")
    assert call.done[-2:] == [cmd.StayInQueue(visit), cmd.Hold(call.record.wait)]
    assert call.visit == visit


def test_an_agent_who_becomes_free_cuts_the_announcement():
    call = waiting(queue="busy")
    call.message_granted()
    announcement = call.doing
    assert isinstance(announcement, cmd.Play)
    call.offered()
    assert isinstance(call.done[-1], cmd.Hold)
    assert call.record.wait > announcement.wait
    call.answered()
    assert call.record.visit is not None
    assert call.record.visit.phase == "talking"
    assert not [c for c in call.done if isinstance(c, cmd.MessageHeard)]


def test_who_comes_back_after_the_announcement_keeps_the_place_and_is_not_told_again():
    call = waiting(queue="busy")
    assert call.record.visit is not None
    joined = call.record.visit.first_joined_at
    call.message_granted()
    call.listen()
    call.released("still_busy")
    call.press("1")
    assert call.record.visit is not None
    assert call.record.visit.first_joined_at == joined
    call.message_granted()
    assert call.done[-1] == cmd.StayInQueue(call.visit)
    assert call.heard().count("queue.support.offpeak") == 1


def test_a_key_that_crosses_the_desk_s_decision_still_counts():
    call = waiting(queue="busy")
    call.message_granted()
    call.press("1")
    first = call.visit
    call.released("still_busy")  # decided before the key arrived
    assert call.record.step == "waiting"
    assert call.visit != first


@pytest.mark.parametrize(
    ("branch", "prompt"),
    [
        ("away", "hotline.away"),
        ("nobody", "hotline.nobody"),
        ("timeout", "hotline.too_long"),
        ("full", "hotline.full"),
        ("closed", "hotline.closed"),
    ],
)
def test_each_end_of_the_waiting_has_its_own_words(branch: str, prompt: str):
    call = Rehearsal(Hotline, queue=branch).run(IN_QUEUE)
    assert call.heard()[-2:] == [prompt, "goodbye"]


def test_the_star_leads_from_the_queue_back_to_the_menu():
    call = waiting(queue="busy")
    visit = call.visit
    call.press("*")
    assert cmd.LeaveQueue(visit, "exit_key") in call.done
    assert call.record.step == "menu"


def test_who_returns_to_the_queue_keeps_the_first_joining_time():
    call = waiting(queue="busy")
    call.press("*")
    call.press("1")
    first, second = (c for c in call.done if isinstance(c, cmd.JoinQueue))
    assert second.first_joined_at == first.first_joined_at
    assert second.visit != first.visit


# --- afterwards, and troubles ---------------------------------------------------------------------------------------------
def test_skipping_is_an_answer():
    call = Rehearsal(Hotline).run("1 1 0 - - 4")
    assert call.survey == {"attitude": None, "speed": None, "correctness": 4}


def test_without_the_survey_the_caller_is_not_asked_and_not_thanked_for_answers():
    call = Rehearsal(Hotline, parameters={"survey_on": False}).run(IN_QUEUE)
    assert call.heard()[-2:] == ["hotline.menu", "goodbye"]


def test_who_skips_every_question_is_not_thanked_for_answers():
    call = Rehearsal(Hotline).run(f"{IN_QUEUE} 0 0 0")
    assert call.heard()[-2:] == ["survey.correctness", "goodbye"]
    assert call.survey == {"attitude": None, "speed": None, "correctness": None}


def test_a_queue_that_was_removed_leads_to_the_default_queue_with_an_apology():
    call = Rehearsal(Hotline, queue_hours={"support": ""}).run("1 2")
    assert "rescue.sorry" in call.heard()
    assert [c.queue for c in call.done if isinstance(c, cmd.JoinQueue)] == ["support"]
    assert any("'billing'" in data["what"] for kind, data in call.story if kind == "trouble")


def test_where_no_queue_is_left_the_caller_hears_an_apology_and_an_end():
    call = Rehearsal(Hotline, queue_hours={"other": ""}).run(IN_QUEUE)
    assert call.over
    assert call.heard()[-1] == "rescue.sorry"


@pytest.mark.parametrize("step", ["welcome", "language", "menu", "waiting", "survey.questions", "survey.thanks"])
def test_a_takeover_says_again_what_the_caller_should_hear(step: str):
    call = Rehearsal(Hotline)
    call.begin()
    keys = iter("11545")
    while call.record.step != step:
        call.step_on(lambda _: next(keys), lambda: "-")
    last = call.doing
    call.taken_over()
    assert call.record.step == step
    assert type(call.doing) is type(last)
    assert call.doing is not last


def test_a_takeover_in_the_survey_asks_the_question_that_was_not_answered():
    call = waiting()
    call.offered()
    call.answered()
    call.talk_ended()
    call.press("5")
    call.taken_over()
    call.press("4")
    call.press("3")
    assert call.survey == {"attitude": 5, "speed": 4, "correctness": 3}
