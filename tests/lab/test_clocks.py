"""Simulated time: standing still until it is moved, or running faster than real time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.lab.clock import ScaledClock, SteppedClock
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab.esl import Controller, Peer


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def stepped(controller: Controller, tmp_path: Path, clock: SteppedClock) -> Iterator[SimulatedSwitch]:
    plan = hotline_dialplan(f"127.0.0.1:{controller.port}")
    with SimulatedSwitch(dialplan=plan, clock=clock, recordings_dir=tmp_path) as switch:
        yield switch


def handled(controller: Controller) -> Peer:
    leg = controller.accept()
    leg.execute("answer", uuid="a")
    leg.completed("a")
    return leg


def test_half_a_minute_of_music_costs_no_time_with_a_stepped_clock(
    stepped: SimulatedSwitch, controller: Controller, clock: SteppedClock
) -> None:
    caller = stepped.call("4001")
    leg = handled(controller)
    leg.execute("playback", "silence_stream://30000", uuid="p")
    caller.wait_for(lambda c: c.hears_now is not None)
    clock.advance(29.9)
    assert caller.hears_now is not None
    clock.advance(0.1)
    assert leg.completed("p").get("variable_playback_ms") == "30000"


def test_a_sound_stands_still_while_another_is_played_inside_it(
    stepped: SimulatedSwitch, controller: Controller, clock: SteppedClock
) -> None:
    caller = stepped.call("4001")
    leg = handled(controller)
    leg.execute("playback", "silence_stream://5000", uuid="outer")
    caller.wait_for(lambda c: c.hears_now == "silence_stream://5000")
    clock.advance(2)
    leg.execute("playback", "silence_stream://10000", uuid="inner")
    caller.wait_for(lambda c: c.hears_now == "silence_stream://10000")
    clock.advance(10)
    leg.completed("inner")
    clock.advance(2.9)
    leg.execute("set", "a=b", uuid="between")
    leg.completed("between")
    assert [f.get("Application-UUID") for f in leg.events("CHANNEL_EXECUTE_COMPLETE")] == ["a", "inner", "between"]
    clock.advance(0.2)
    leg.completed("outer")


def test_callbacks_run_in_the_order_of_their_time_and_a_cancelled_one_does_not(clock: SteppedClock) -> None:
    ran: list[str] = []
    clock.call_later(2, lambda: ran.append("second"))
    clock.call_later(1, lambda: ran.append("first"))
    clock.call_later(1.5, lambda: ran.append("never")).cancel()
    clock.call_later(1, lambda: clock.call_later(0.5, lambda: ran.append("from the first")))
    began = clock.now()
    clock.advance(3)
    assert ran == ["first", "from the first", "second"]
    assert clock.now() == began + 3


def test_a_scaled_clock_needs_a_speed(clock: SteppedClock) -> None:
    assert clock.now() == 1_700_000_000.0
    with pytest.raises(ValueError, match="must be above 0"):
        ScaledClock(0)
