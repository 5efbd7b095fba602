"""The room's promises on a real switch: the same scenarios as on the simulated one, with phones and keys over SIP and RTP."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event
from gevent.queue import Queue

from callcontrol.ports.clock import SystemClock
from callcontrol.ports.switch import CallSession, HungUp
from callcontrol.switch.control import SwitchConnection
from callcontrol.switch.listener import CallListener
from tests.real_switch.rig import Caller, Rig
from tests.switch.room_contract import SCENARIOS, WITHIN_S, Told, World, begun, expect, ring

HOSTILE = [
    "${system(touch %s)}",
    "$${system(touch %s)}",
    "%%24%%7Bsystem(touch %s)%%7D",
    "x\n\napi system touch %s\n\n",
    "x'}user/1 &system(touch %s) '",
    "x,y='${system(touch %s)}'|^^:[]<>\"\\`",
    "王" * 10_240 + "${system(touch %s)}",
]


class RealWorld:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self._taken: Queue[CallSession] = Queue()
        self._over = Event()
        self.listener = CallListener("127.0.0.1", rig.control_port, self._conduct, node="real")
        self.listener.start()
        plan = rig.switch.plan
        self.control = SwitchConnection("real", "127.0.0.1", plan.esl_port, plan.esl_password, clock=SystemClock())
        self.control.start()
        assert self.control.wait_connected(WITHIN_S)

    def _conduct(self, session: CallSession) -> None:
        self._taken.put(session)
        self._over.wait()

    def call(self, name: str = "Zhang San", number: str = "13800001111") -> Caller:
        return self.rig.caller(name=name, from_number=number)

    def taken(self) -> CallSession:
        with gevent.Timeout(WITHIN_S, AssertionError("no call came")):
            return self._taken.get()

    def phone(self, behaviour: str) -> str:
        match behaviour:
            case "answers":
                return self.rig.phone(answers_after_s=0.5).contact
            case "busy":
                return self.rig.busy_phone().contact
            case "rejects":
                return self.rig.rejecting_phone().contact
            case "silent":
                return self.rig.silent_phone().contact
        return "user/1009"

    def recording(self) -> str:
        return str(self.rig.switch.recordings / "room.wav")

    def stop(self) -> None:
        self._over.set()
        self.control.stop()
        self.listener.stop()


@pytest.fixture
def world(rig: Rig) -> Iterator[RealWorld]:
    world = RealWorld(rig)
    yield world
    world.stop()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_on_a_real_switch(scenario: Callable[[World], None], world: RealWorld) -> None:
    scenario(world)


@pytest.mark.parametrize("template", HOSTILE, ids=lambda text: text[:24])
def test_hostile_values_do_nothing_on_their_way_through_the_room(template: str, world: RealWorld) -> None:
    made = world.rig.directory / "made"
    value = template % made if "%s" in template else template
    caller, session = begun(world)
    session.remember("callcontrol_note", value)
    session.play(1, [value, "tone_stream://%(100,0,440)"])
    session.next_event(WITHIN_S)
    told = Told()
    leg = ring(
        world,
        world.rig.tone_phone(440),
        told,
        caller_name=value,
        caller_number=value,
        variables={"callcontrol_note": value},
    )
    with contextlib.suppress(AssertionError):
        told.wait(object)
    assert world.control.exists(leg)
    stored = world.control.variable(session.uuid, "callcontrol_note") or ""
    assert not set(stored) & set("${}[]|^'\"\\<>&\n")
    # Whoever names the variable later runs nothing either.
    world.rig.api(f"uuid_broadcast {session.uuid} set::later=${{callcontrol_note}} aleg")
    session.play(2, ["tone_stream://%(100,0,440)"])
    session.next_event(WITHIN_S)
    assert not made.exists()
    caller.hang_up()
    expect(session, HungUp)


def test_a_call_is_taken_within_milliseconds(world: RealWorld) -> None:
    """Not a measurement: this only says that nothing sleeps on the way."""
    for _ in range(5):
        world.call()
    taken = [world.taken() for _ in range(5)]
    assert len({session.uuid for session in taken}) == 5
