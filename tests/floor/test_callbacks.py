"""A callback stands in the queue like its caller would: same place, one per number, never at night, never in another's turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.floor import entries as e
from callcontrol.floor.callbacks import HANGS_UP_S, refusal
from callcontrol.floor.explain import why
from callcontrol.floor.view import callbacks
from tests.floor.callback_scenes import book, busy, dialled, free_with_callback, in_flight, rules, state
from tests.floor.checks import callbacks_are_sound, outcomes_sum_to_arrivals, reborn
from tests.floor.scenes import START, Scene


def test_who_books_keeps_the_place_and_is_offered_before_those_who_came_later() -> None:
    scene = busy()
    scene.after(10).join("a")
    scene.after(10).join("b")
    assert book(scene, "a")
    assert scene.outcomes() == {"answered": 1, "waiting": 1, "callback_booked": 1}
    scene.after(HANGS_UP_S).settle()
    scene.hang_up("first")
    assert scene.told() == ["offered ~v-a 1001"]


def test_whoever_is_on_the_line_goes_before_a_callback_of_the_same_moment() -> None:
    scene = busy()
    scene.after(10)
    for call in ("a", "z"):
        scene.join(call)
    assert book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    scene.hang_up("first")
    assert scene.told() == ["offered z 1001"]


def test_the_number_is_booked_once() -> None:
    scene = busy()
    for call in ("a", "b"):
        scene.join(call)
    assert book(scene, "a", "x")
    assert refusal(scene.floor, "support", "x", "x", scene.now) == "already"
    assert not book(scene, "b", "x")
    assert refusal(scene.floor, "support", "y", "x", scene.now) == "already"


@pytest.mark.parametrize(
    ("queue", "number", "why"), [("plain", "x", "disabled"), ("support", "", "number"), ("gone", "x", "disabled")]
)
def test_a_booking_is_refused_with_its_reason(queue: str, number: str, why: str) -> None:
    scene = busy()
    scene.join("a", queue)
    assert refusal(scene.floor, queue, "x", number, scene.now) == why
    assert not scene.write(e.CallbackBooked, call="a", visit="v-a", caller="x", number=number)


def test_no_more_callbacks_than_the_line_may_hold() -> None:
    few = rules()
    few["queues"]["support"]["max_length"] = 1
    scene = Scene(few, "1001")
    for call in ("first", "a", "b"):
        scene.join(call)
        scene.settle()
        if call == "first":
            scene.talk(call)
    assert book(scene, "a")
    assert refusal(scene.floor, "support", "y", "y", scene.now) == "full"


def test_a_visit_that_the_queue_ended_becomes_a_callback_and_is_counted_once() -> None:
    scene = busy()
    scene.after(5).join("a")
    scene.after(40).leave("a", "exit_key")
    assert scene.outcomes() == {"answered": 1, "exit_key": 1}
    scene.after(20)
    assert book(scene, "a")
    assert scene.outcomes() == {"answered": 1, "callback_booked": 1}
    assert scene.floor.calls["~v-a"].first_joined_at == START + 5
    assert not book(scene, "a", "other")


def test_a_visit_of_long_ago_is_no_place_any_more() -> None:
    scene = busy()
    scene.join("a")
    scene.leave("a", "exit_key")
    scene.after(301)
    assert not book(scene, "a")


def test_in_the_last_moment_it_still_is_one_though_others_leave() -> None:
    scene = busy()
    scene.join("a")
    scene.join("b")
    scene.leave("a", "exit_key")
    scene.after(300).leave("b", "exit_key")
    assert not book(scene, "b", visit="v-a"), "another call's"
    assert book(scene, "a")


def test_the_agent_confirms_the_caller_is_dialled_and_the_talk_ends_it() -> None:
    scene = busy()
    scene.join("a")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    scene.hang_up("first")
    scene.settle()
    assert state(scene, "a") == "offered"
    offer = dialled(scene, "a")
    assert state(scene, "a") == "dialled"
    assert scene.write(e.TalkBegan, offer=offer)
    assert scene.outcomes() == {"answered": 1, "callback_done": 1}
    assert scene.write(e.TalkEnded, offer=offer)
    assert scene.floor.calls == {}
    assert scene.floor.agents["1001"].state == "available"


def test_only_the_first_controller_conducts_a_try() -> None:
    scene = free_with_callback()
    offer = in_flight(scene, "a")
    assert scene.write(e.CallbackTaken, offer=offer, by="one")
    assert not scene.write(e.CallbackTaken, offer=offer, by="two")
    assert scene.floor.calls["~v-a"].booking.taken_by == "one"  # type: ignore[union-attr]


def test_a_failed_try_rests_then_longer_and_the_last_one_ends_it() -> None:
    scene = free_with_callback(tries=3)
    rests = []
    for _ in range(2):
        offer = dialled(scene, "a")
        assert scene.write(e.CallbackTried, offer=offer, cause="NO_ANSWER")
        assert scene.floor.agents["1001"].state == "available"
        rests.append(scene.floor.calls["~v-a"].booking.rests_until - scene.now)  # type: ignore[union-attr]
        assert scene.after(rests[-1] - 1).told() == []
        assert scene.after(1).told() == ["callback_due", "offered ~v-a 1001"]
    assert rests == [60, 600]
    assert scene.write(e.CallbackTried, offer=dialled(scene, "a"), cause="USER_BUSY")
    assert scene.outcomes() == {"answered": 1, "callback_failed": 1}


def test_an_agent_who_does_not_press_1_has_missed_it_and_the_caller_has_lost_no_try() -> None:
    scene = free_with_callback()
    offer = in_flight(scene, "a")
    scene.write(e.CallbackTaken, offer=offer, by="one")
    scene.write(e.CallbackConfirming, offer=offer)
    assert scene.write(e.OfferFailed, offer=offer, cause="NOT_CONFIRMED")
    assert scene.floor.agents["1001"].misses == 1
    assert scene.floor.calls["~v-a"].booking.tries == 0  # type: ignore[union-attr]
    assert state(scene, "a") == "waiting"


def test_a_try_whose_controller_died_is_void_and_made_again() -> None:
    scene = free_with_callback()
    dialled(scene, "a")
    lease_s = scene.floor.offers[in_flight(scene, "a")].expires_at - scene.now
    assert scene.after(lease_s).told() == ["expired"]
    assert state(scene, "a") == "resting"
    assert scene.floor.agents["1001"].state == "available"
    assert scene.floor.calls["~v-a"].booking.tries == 0  # type: ignore[union-attr]
    assert scene.after(60).told() == ["callback_due", "offered ~v-a 1001"]


def test_calling_again_brings_back_to_the_same_place() -> None:
    scene = busy()
    scene.after(10).join("a")
    book(scene, "a", "x")
    scene.after(500).join("b")
    scene.after(500).join("again", caller="x")
    assert scene.floor.calls["again"].first_joined_at == START + 10
    assert "~v-a" not in scene.floor.calls
    assert scene.outcomes() == {"answered": 1, "callback_superseded": 1, "waiting": 2}
    scene.hang_up("first")
    assert scene.told()[0] == "offered again 1001"


def test_calling_again_while_the_agent_hears_of_it_frees_the_agent_for_the_live_call() -> None:
    scene = free_with_callback()
    offer = in_flight(scene, "a")
    scene.write(e.CallbackTaken, offer=offer, by="one")
    scene.write(e.CallbackConfirming, offer=offer)
    scene.join("again", caller="n-a")
    assert offer not in scene.floor.offers
    assert scene.told() == ["offered again 1001"]


def test_what_is_no_visit_of_somebody_in_the_queue_is_not_booked() -> None:
    scene = busy()
    scene.join("a")
    assert not book(scene, "a", visit="another")
    assert not book(scene, "first"), "talks already"
    assert book(scene, "a")
    assert not book(scene, "~v-a", number="z", visit="v-a"), "is a callback already"
    assert not book(scene, "a", number="z"), "has booked already"
    assert list(scene.floor.index.callbacks) == ["~v-a"]


def test_a_caller_who_has_the_name_of_a_callback_does_not_join() -> None:
    scene = busy()
    scene.join("a")
    assert book(scene, "a")
    assert not scene.join("~v-a")
    assert scene.floor.calls["~v-a"].booking is not None


def test_calling_again_for_something_else_leaves_the_callback() -> None:
    scene = busy()
    scene.join("a")
    book(scene, "a", "x")
    scene.join("again", "plain", caller="x")
    assert "~v-a" in scene.floor.calls


def test_a_supervisor_moves_renumbers_and_cancels() -> None:
    scene = busy()
    for call in ("a", "b", "c"):
        scene.after(10).join(call)
        book(scene, call)
    scene.after(HANGS_UP_S).settle()
    assert [row["masked"] for row in callbacks(scene.floor, scene.now)] == ["138****5678"] * 3
    assert scene.write(e.CallbackMoved, callback="~v-c", to="front", by="lead")
    assert [row["callback"] for row in callbacks(scene.floor, scene.now)] == ["~v-c", "~v-a", "~v-b"]
    assert scene.write(e.CallbackMoved, callback="~v-c", to="end", by="lead")
    assert scene.write(e.CallbackMoved, callback="~v-a", queue="night", by="lead")
    assert not scene.write(e.CallbackMoved, callback="~v-a", queue="nowhere", by="lead")
    assert [(row["callback"], row["queue"]) for row in callbacks(scene.floor, scene.now)] == [
        ("~v-a", "night"),
        ("~v-b", "support"),
        ("~v-c", "support"),
    ]
    assert not scene.write(e.CallbackRenumbered, callback="~v-a", number="n-b", masked="1")
    assert scene.write(e.CallbackRenumbered, callback="~v-a", number="other", masked="139****0000")
    assert scene.write(e.CallbackCancelled, callback="~v-a", by="lead")
    assert scene.outcomes() == {"answered": 1, "callback_booked": 2, "callback_cancelled": 1}


def test_a_move_to_where_it_is_already_or_of_nobody_is_void() -> None:
    scene = busy()
    scene.join("there", "night")
    scene.after(1).join("a")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    scene.join("b")
    assert scene.floor.calls["~v-a"].in_line()
    assert not scene.write(e.CallbackMoved, callback="~v-a", to="front", queue="", by="lead")
    assert not scene.write(e.CallbackMoved, callback="~v-a", to="", queue="support", by="lead")
    assert not scene.write(e.CallbackMoved, callback="~v-b", to="end", queue="", by="lead")


def test_what_moves_to_another_queue_keeps_its_place_among_those_who_wait_there() -> None:
    scene = busy()
    scene.join("there", "night")
    scene.after(5).join("a")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    assert scene.write(e.CallbackMoved, callback="~v-a", to="", queue="night", by="lead")
    assert scene.floor.calls["~v-a"].first_joined_at == START + 5
    assert scene.write(e.CallbackMoved, callback="~v-a", to="front", queue="", by="lead")
    assert scene.floor.calls["~v-a"].first_joined_at < START


def test_what_moves_to_another_queue_has_reached_none_of_its_steps() -> None:
    changed = rules()
    changed["queues"]["support"]["relaxation"] = [{"skills": "nobody_has_it", "after_s": 10}]
    changed["queues"]["night"]["relaxation"] = [{"skills": "nobody_has_it", "after_s": 1000}]
    scene = Scene(changed, "1001")
    scene.join("first")
    scene.settle()
    scene.talk("first")
    scene.join("a")
    scene.after(10).settle()
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    assert scene.floor.calls["~v-a"].reached == (1,)
    assert scene.write(e.CallbackMoved, callback="~v-a", to="", queue="night", by="lead")
    assert scene.floor.calls["~v-a"].reached == ()


def test_a_queue_that_is_taken_out_of_the_rules_ends_its_callbacks() -> None:
    scene = busy()
    scene.join("a")
    book(scene, "a")
    without = rules()
    del without["queues"]["support"]
    scene.publish(without)
    assert "callback_given_up" in scene.told()
    assert scene.outcomes()["callback_failed"] == 1


@given(
    joins=st.lists(
        st.tuples(st.sampled_from(["call", "callback"]), st.sampled_from([0.0, 0.0, 1.0, 30.0])), min_size=2, max_size=8
    )
)
def test_served_in_the_order_of_coming_and_at_a_tie_who_is_on_the_line(joins: list[tuple[str, float]]) -> None:
    scene = busy()
    came: list[tuple[float, bool, str]] = []
    for number, (kind, gap_s) in enumerate(joins):
        scene.after(gap_s).join(f"c{number}")
        came.append((scene.now, kind == "callback", f"c{number}"))
    for _, called, call in came:
        if called:
            book(scene, call)
    scene.after(HANGS_UP_S).settle()
    scene.hang_up("first")
    served = []
    for _ in came:
        scene.settle()
        (offer,) = scene.floor.offers.values()
        served.append(offer.call.removeprefix("~v-"))
        assert scene.write(e.TalkBegan, offer=offer.offer)
        assert scene.write(e.TalkEnded, offer=offer.offer)
    assert served == [call for _, _, call in sorted(came)]
    callbacks_are_sound(scene.floor)
    outcomes_sum_to_arrivals(scene.floor)
    assert reborn(scene.floor).as_data() == scene.floor.as_data()


def test_the_caller_is_dialled_once_and_never_for_a_try_that_is_void() -> None:
    scene = free_with_callback()
    offer = dialled(scene, "a")
    assert not scene.write(e.CallbackDialled, offer=offer)
    scene.after(scene.floor.offers[offer].expires_at - scene.now).settle()
    for kind in (e.CallbackConfirming, e.CallbackDialled):
        assert not scene.write(kind, offer=offer)
    assert not scene.write(e.CallbackTried, offer=offer, cause="NO_ANSWER")


def test_a_talk_that_began_while_its_lease_ran_out_is_true_and_ends_the_callback() -> None:
    scene = free_with_callback()
    offer = dialled(scene, "a")
    scene.after(scene.floor.offers[offer].expires_at - scene.now).settle()
    assert scene.write(e.TalkBegan, offer=offer)
    assert scene.outcomes() == {"answered": 1, "callback_done": 1}
    callbacks_are_sound(scene.floor)


def test_a_callback_is_explained_like_a_caller() -> None:
    scene = busy()
    scene.join("a")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    told = why(scene.floor, "~v-a", scene.now)
    assert told is not None
    assert (told.position, told.case, told.next_step) == (1, "busy", "wait")
