"""Nobody is called back outside the opening hours, nor promised it."""

from __future__ import annotations

from dataclasses import replace

from callcontrol.floor import entries as e
from callcontrol.floor.callbacks import HANGS_UP_S, next_look, next_step, refusal
from callcontrol.floor.view import view
from tests.floor.callback_scenes import book, busy, in_flight, rules, state
from tests.floor.scenes import START, Scene


def test_nobody_is_called_outside_the_opening_hours() -> None:
    scene = busy()
    scene.join("a", "night")
    assert book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    assert state(scene, "a") == "waiting"
    scene.now = START + 2800  # 23:00:00
    assert scene.told() == ["callback_rests"]
    scene.hang_up("first")
    assert scene.told() == []
    assert view(scene.floor, scene.now)["callbacks"][0]["reason"] == "closed"


def test_it_waits_for_the_doors_to_open_and_no_longer_than_it_is_valid() -> None:
    scene = Scene({**rules(), "queues": {**rules()["queues"]}}, "1001")
    scene.join("first", "night")
    scene.settle()
    scene.talk("first")
    scene.join("a", "night")
    book(scene, "a")
    scene.now = START + 2800
    scene.settle()
    scene.hang_up("first")
    scene.now = START + 7200 - 1
    assert scene.told() == []
    assert scene.after(1).told() == ["callback_given_up"]
    assert scene.outcomes("night") == {"answered": 1, "callback_failed": 1}


def test_the_doors_close_while_the_agent_hears_of_it() -> None:
    scene = Scene(rules(), "1001")
    scene.join("first", "night")
    scene.settle()
    scene.talk("first")
    scene.join("a", "night")
    book(scene, "a")
    scene.now = START + 2795
    scene.settle()
    scene.hang_up("first")
    scene.settle()
    offer = in_flight(scene, "a")
    scene.write(e.CallbackTaken, offer=offer, by="one")
    scene.write(e.CallbackConfirming, offer=offer)
    scene.after(10)
    assert not scene.write(e.CallbackDialled, offer=offer)


def test_the_newest_half_hour_of_the_hours_is_looked_at_in_time() -> None:
    scene = busy()
    scene.join("a", "night")
    book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    call = scene.floor.calls["~v-a"]
    now = scene.now
    while (at := next_look(scene.floor, call, now)) is not None and at < START + 2800:
        assert now < at
        assert next_step(scene.floor, call, at) is None
        now = at
    assert at == START + 2800


def at_night() -> Scene:
    """A callback in the line of a queue that closes at 23:00."""
    scene = Scene(rules(), "1001")
    scene.join("first", "night")
    scene.settle()
    scene.talk("first")
    scene.join("a", "night")
    assert book(scene, "a")
    scene.after(HANGS_UP_S).settle()
    return scene


def test_outside_the_opening_hours_nothing_is_booked() -> None:
    scene = at_night()
    scene.join("b", "night")
    scene.now = START + 2800
    assert refusal(scene.floor, "night", "x", "x", scene.now) == "closed"
    assert not book(scene, "b")


def test_hours_that_nobody_knows_are_never_open() -> None:
    strange = rules()
    strange["queues"]["night"]["hours"] = "never heard of"
    scene = Scene(strange, "1001")
    scene.join("a", "night")
    assert refusal(scene.floor, "night", "x", "x", scene.now) == "closed"


def test_an_offer_that_comes_after_the_doors_closed_is_void() -> None:
    scene = at_night()
    scene.hang_up("first")
    (offered,) = scene.decide()
    assert isinstance(offered, e.Offered)
    assert not scene.floor.apply(replace(offered, at=START + 2800))
    assert scene.floor.apply(offered)


def test_a_decision_that_is_not_right_here_and_now_is_void() -> None:
    scene = at_night()
    for kind, more in ((e.CallbackDue, {}), (e.CallbackRests, {}), (e.CallbackGivenUp, {"reason": "expired"})):
        assert not scene.write(kind, callback="~v-a", **more)
    scene.now = START + 2800
    assert not scene.write(e.CallbackDue, callback="~v-a")
    assert not scene.write(e.CallbackGivenUp, callback="~v-a", reason="expired")
    assert scene.write(e.CallbackRests, callback="~v-a")
