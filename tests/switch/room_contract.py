"""What the switch room promises, as scenarios that are played on the simulated switch and on a real one alike."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Protocol

import gevent
import pytest
from gevent.queue import Queue

from callcontrol.ports.switch import (
    CallSession,
    HungUp,
    KeyPressed,
    KeysEntered,
    LegAnswered,
    LegFailed,
    LegHungUp,
    LegRinging,
    LegsBridged,
    Played,
    RecordingStopped,
    SessionClosed,
    SwitchError,
)
from callcontrol.switch.control import SwitchConnection

WITHIN_S = 8.0
SHORT = "tone_stream://%(200,0,440)"
LONG = "tone_stream://%(60000,0,440)"
RESUME = "callcontrol_resume:XML:callcontrol"


class SomeCaller(Protocol):
    def press(self, keys: str) -> None: ...
    def hang_up(self) -> None: ...


class World(Protocol):
    """A switch, our connection to it, and people with telephones."""

    control: SwitchConnection

    def call(self, name: str = "Zhang San", number: str = "13800001111") -> SomeCaller: ...

    def taken(self) -> CallSession:
        """The next call that the dialplan hands to us."""
        ...

    def phone(self, behaviour: str) -> str:
        """Contact of a phone that ``answers`` (after half a second of ringing), is ``busy``, ``rejects``, is ``silent`` or
        is ``away`` (not registered)."""
        ...

    def recording(self) -> str:
        """A path to record to."""
        ...


class Told:
    """A sink whose events a test waits for."""

    def __init__(self) -> None:
        self.queue: Queue[Any] = Queue()
        self.all: list[Any] = []

    def __call__(self, event: Any) -> None:
        self.all.append(event)
        self.queue.put(event)

    def wait(self, kind: type) -> Any:
        with gevent.Timeout(WITHIN_S, AssertionError(f"no {kind.__name__} came, but {self.all}")):
            while not isinstance(event := self.queue.get(), kind):
                pass
            return event


def expect(session: CallSession, kind: type) -> Any:
    event = session.next_event(WITHIN_S)
    assert isinstance(event, kind), f"{kind.__name__} was expected, {event} came"
    return event


def begun(world: World) -> tuple[SomeCaller, CallSession]:
    caller = world.call()
    session = world.taken()
    session.answer()
    session.play(0, [SHORT])  # from here on the caller's phone takes keys too
    expect(session, Played)
    return caller, session


def ask(session: CallSession, wait: int, prompt: str = LONG, **how: Any) -> None:
    options: dict[str, Any] = {
        "min_keys": 1,
        "max_keys": 4,
        "timeout_s": 4.0,
        "inter_digit_s": 2.0,
        "terminators": "#",
        **how,
    }
    session.ask(wait, [prompt], **options)


def ring(world: World, contact: str, told: Told, **how: Any) -> str:
    leg = str(uuid.uuid4())
    world.control.watch(leg, told)
    options: dict[str, Any] = {
        "ring_s": 5.0,
        "park_s": 30.0,
        "caller_name": "张 伟",
        "caller_number": "13800001111",
        "variables": {},
        **how,
    }
    world.control.ring(leg, contact, **options)
    return leg


# --- scenarios ----------------------------------------------------------------------------------------------------------
def a_call_comes_with_its_data_and_is_resumable(world: World) -> None:
    world.call()
    session = world.taken()
    assert (session.caller_number, session.caller_name) == ("13800001111", "Zhang San")
    assert (session.destination, session.variable("socket_resume")) == ("4001", "true")
    assert world.control.exists(session.uuid)
    with gevent.Timeout(WITHIN_S, AssertionError("the call is in no list")):
        while not [row for row in world.control.channels() if row.uuid == session.uuid]:
            gevent.sleep(0.02)  # the switch's list lags behind what exists
    session.hang_up()
    expect(session, HungUp)


def sounds_are_played_in_order_and_missing_ones_named(world: World) -> None:
    _, session = begun(world)
    session.play(1, [SHORT, "/nowhere/missing.wav", SHORT])
    assert expect(session, Played) == Played(1, ("/nowhere/missing.wav",))


def keys_of_an_ask_come_together_and_single_ones_outside_of_it(world: World) -> None:
    caller, session = begun(world)
    ask(session, 1)
    gevent.sleep(0.3)
    caller.press("12#")
    assert expect(session, KeysEntered) == KeysEntered(1, "12", "#")
    session.hold(2, LONG)
    gevent.sleep(0.3)
    caller.press("*")  # by default this key would end the music
    assert expect(session, KeyPressed) == KeyPressed("*")
    session.stop()
    assert expect(session, Played) == Played(2)


def silence_and_a_missing_prompt_are_an_answer_too(world: World) -> None:
    _, session = begun(world)
    ask(session, 1, "/nowhere/missing.wav", timeout_s=0.5)
    assert expect(session, KeysEntered) == KeysEntered(1, "")


def too_few_keys_are_reported(world: World) -> None:
    caller, session = begun(world)
    ask(session, 1, min_keys=4, inter_digit_s=1.0)
    gevent.sleep(0.3)
    caller.press("12")
    assert expect(session, KeysEntered) == KeysEntered(1, "12", "")


def whatever_plays_can_be_stopped_even_in_the_moment_it_begins(world: World) -> None:
    _, session = begun(world)
    for wait, pause_s in enumerate((0.0, 0.001, 0.02, 0.1, 0.0), start=1):
        session.play(wait, [LONG, LONG])
        gevent.sleep(pause_s)
        session.stop()
        assert expect(session, Played) == Played(wait)
    for wait, pause_s in enumerate((0.0, 0.02, 0.3), start=10):
        ask(session, wait, timeout_s=30.0, terminators="")
        gevent.sleep(pause_s)
        session.stop()
        assert expect(session, KeysEntered) == KeysEntered(wait, "")
    session.play(20, [SHORT])  # and the next one is whole
    assert expect(session, Played) == Played(20)


def one_thing_after_another_never_two_at_once(world: World) -> None:
    _, session = begun(world)
    for wait in range(1, 6):
        session.hold(wait, LONG)
    assert [expect(session, Played).wait for _ in range(4)] in ([2, 3, 4, 1], [1, 2, 3, 4])
    session.stop()
    assert expect(session, Played) == Played(5)


def hold_music_that_is_missing_is_silence_until_stopped(world: World) -> None:
    _, session = begun(world)
    session.hold(1, "/nowhere/music.wav")
    assert session.next_event(0.5) is None
    session.stop()
    assert expect(session, Played) == Played(1, ("/nowhere/music.wav",))


def the_callers_hang_up_is_told_once(world: World) -> None:
    caller, session = begun(world)
    session.play(1, [LONG])
    gevent.sleep(0.1)
    caller.hang_up()
    assert isinstance(expect(session, HungUp).cause, str)
    assert session.next_event(1.0) is None


def our_hang_up_has_its_cause(world: World) -> None:
    _, session = begun(world)
    session.play(1, [LONG])
    session.hang_up("USER_BUSY")
    assert expect(session, HungUp) == HungUp("USER_BUSY")


def a_call_that_is_let_go_goes_to_the_next_controller_with_what_it_remembers(world: World) -> None:
    _, session = begun(world)
    record = "eJx-_" * 500
    session.remember("callcontrol_record", record)
    session.play(1, [LONG])
    session.close()  # type: ignore[attr-defined]  # as when the process is killed
    again = world.taken()
    assert again.uuid == session.uuid
    assert again.variable("callcontrol_record") == record
    again.hang_up()
    expect(again, HungUp)


def a_talk_outlives_its_controller_and_the_caller_comes_back(world: World) -> None:
    _, session = begun(world)
    agent, caller_leg = Told(), Told()
    world.control.watch(session.uuid, caller_leg)
    session.hold(1, LONG)
    path = world.recording()
    leg = ring(world, world.phone("answers"), agent, variables={"RECORD_STEREO": "true", "RECORD_STEREO_SWAP": "true"})
    agent.wait(LegAnswered)
    session.prepare_talk(RESUME)
    world.control.bridge(session.uuid, leg)
    session.leave()
    expect(session, SessionClosed)
    agent.wait(LegsBridged)
    caller_leg.wait(LegsBridged)
    world.control.record_start(leg, path)
    world.control.record_mask(leg, path, True)
    world.control.record_mask(leg, path, False)
    gevent.sleep(1.0)
    assert world.control.exists(leg)
    world.control.cancel(leg, "NORMAL_CLEARING")
    stopped = agent.wait(RecordingStopped)
    assert stopped.path == path
    assert stopped.seconds > 0.5
    assert agent.wait(LegHungUp).leg == leg
    back = world.taken()
    assert back.uuid == session.uuid
    assert back.variable("last_bridge_to") == leg
    back.play(2, [SHORT])
    assert expect(back, Played) == Played(2)
    back.hang_up()
    assert caller_leg.wait(LegHungUp).leg == session.uuid


def a_bridge_with_a_leg_that_is_gone_is_a_sentence_and_the_call_goes_on(world: World) -> None:
    _, session = begun(world)
    session.hold(1, LONG)
    session.prepare_talk(RESUME)
    with pytest.raises(SwitchError, match="would not bridge"):
        world.control.bridge(session.uuid, str(uuid.uuid4()))
    session.play(2, [SHORT])
    assert [expect(session, Played).wait, expect(session, Played).wait] == [1, 2]
    session.close()  # type: ignore[attr-defined]
    assert world.taken().uuid == session.uuid  # it outlives us again


def a_phone_rings_then_answers_and_nobody_leaves_it_in_an_empty_room(world: World) -> None:
    told = Told()
    leg = ring(world, world.phone("answers"), told, park_s=1.0)
    assert told.wait(LegHungUp) == LegHungUp(leg, "NORMAL_CLEARING")
    assert [type(event) for event in told.all] == [LegRinging, LegAnswered, LegHungUp]


def a_phone_that_does_not_take_the_call_says_why_once(world: World) -> None:
    for behaviour, cause in (
        ("busy", "USER_BUSY"),
        ("rejects", "CALL_REJECTED"),
        ("away", "USER_NOT_REGISTERED"),
        ("silent", "NO_ANSWER"),
    ):
        told = Told()
        leg = ring(world, world.phone(behaviour), told, ring_s=2.0)
        assert told.wait(LegFailed) == LegFailed(leg, cause)
        gevent.sleep(0.1)
        assert [event for event in told.all if not isinstance(event, LegRinging)] == [LegFailed(leg, cause)]


def a_ringing_phone_is_silenced_when_the_caller_leaves(world: World) -> None:
    told = Told()
    leg = ring(world, world.phone("silent"), told, ring_s=30.0)
    told.wait(LegRinging)
    world.control.cancel(leg)
    assert told.wait(LegFailed) == LegFailed(leg, "ORIGINATOR_CANCEL")
    world.control.cancel(leg)  # once more does no harm
    assert not world.control.exists(leg)


def a_leg_that_was_answered_while_nobody_looked_is_taken_up_as_answered(world: World) -> None:
    first, later = Told(), Told()
    leg = ring(world, world.phone("answers"), first)
    first.wait(LegAnswered)
    world.control.unwatch(leg)  # as if who rang it had died
    world.control.watch(leg, later)
    assert world.control.adopt(leg)
    assert later.all == [LegAnswered(leg)]
    world.control.cancel(leg)
    later.wait(LegHungUp)


SCENARIOS: list[Callable[[World], None]] = [
    a_call_comes_with_its_data_and_is_resumable,
    sounds_are_played_in_order_and_missing_ones_named,
    keys_of_an_ask_come_together_and_single_ones_outside_of_it,
    silence_and_a_missing_prompt_are_an_answer_too,
    too_few_keys_are_reported,
    whatever_plays_can_be_stopped_even_in_the_moment_it_begins,
    one_thing_after_another_never_two_at_once,
    hold_music_that_is_missing_is_silence_until_stopped,
    the_callers_hang_up_is_told_once,
    our_hang_up_has_its_cause,
    a_call_that_is_let_go_goes_to_the_next_controller_with_what_it_remembers,
    a_talk_outlives_its_controller_and_the_caller_comes_back,
    a_bridge_with_a_leg_that_is_gone_is_a_sentence_and_the_call_goes_on,
    a_phone_rings_then_answers_and_nobody_leaves_it_in_an_empty_room,
    a_phone_that_does_not_take_the_call_says_why_once,
    a_ringing_phone_is_silenced_when_the_caller_leaves,
    a_leg_that_was_answered_while_nobody_looked_is_taken_up_as_answered,
]
