"""Properties of the simulated switch: whatever is asked of it in whatever order, every leg's story is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote

import gevent
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol.lab import api, wire
from callcontrol.lab.channel import Message
from callcontrol.lab.clock import SteppedClock
from callcontrol.lab.connection import Connection
from callcontrol.lab.dialplan import Dialplan
from callcontrol.lab.originate import DialStringError, parse
from callcontrol.lab.simulated_switch import SimulatedSwitch
from callcontrol.ports.clock import CountedIdentities


class Ear(Connection):
    """Hears every event, without a socket."""

    def __init__(self, switch: SimulatedSwitch) -> None:
        super().__init__(switch, sock=None)
        self.told: list[dict[str, Any]] = []
        self.subscription.add(["ALL"])
        self.subscription.format = "json"
        switch.subscribed(self)

    def take_event(self, encoded: bytes) -> None:
        self.told.append(orjson.loads(encoded.split(b"\n\n", 1)[1]))


@contextmanager
def world() -> Iterator[tuple[SimulatedSwitch, SteppedClock, Ear]]:
    clock = SteppedClock()
    plan = Dialplan()
    plan.add("4001", [("answer", ""), ("playback", "silence_stream://5000"), ("park", "")])
    plan.add("after", [("playback", "silence_stream://3000"), ("hangup", "")])
    switch = SimulatedSwitch(dialplan=plan, clock=clock, identities=CountedIdentities())
    try:
        yield switch, clock, Ear(switch)
    finally:
        switch.stop()


LEG = st.integers(0, 4)
STEP = st.one_of(
    st.tuples(st.just("call"), LEG, LEG),
    st.tuples(st.just("ring"), LEG, LEG),
    st.tuples(st.just("bridge"), LEG, LEG),
    st.tuples(st.just("kill"), LEG, LEG),
    st.tuples(st.just("break"), LEG, LEG),
    st.tuples(st.just("transfer"), LEG, LEG),
    st.tuples(st.just("stays"), LEG, LEG),
    st.tuples(st.just("returns"), LEG, LEG),
    st.tuples(st.just("play"), LEG, LEG),
    st.tuples(st.just("locked"), LEG, LEG),
    st.tuples(st.just("unknown"), LEG, LEG),
    st.tuples(st.just("press"), LEG, LEG),
    st.tuples(st.just("wait"), LEG, LEG),
)


def act(switch: SimulatedSwitch, clock: SteppedClock, step: tuple[str, int, int]) -> None:
    what, one, other = step
    living = [c for c in switch.channels.values() if c.hangup_cause is None]
    first = living[one % len(living)] if living else None
    second = living[other % len(living)] if living else None
    if what == "call":
        switch.call("4001")
    elif what == "ring":
        switch.phone(f"p{one}").answers_after(other)
        switch.spawn(api.run, switch, "originate", f"user/p{one} &park()")
    elif what == "wait":
        clock.advance(one + other / 4)
    elif first is not None and second is not None:
        if what == "bridge":
            api.run(switch, "uuid_bridge", f"{first.uuid} {second.uuid}")
        elif what == "kill":
            api.run(switch, "uuid_kill", first.uuid)
        elif what == "break":
            api.run(switch, "uuid_break", f"{first.uuid} {'all' if other % 2 else ''}".strip())
        elif what == "transfer":
            api.run(switch, "uuid_transfer", f"{first.uuid} after XML callcontrol")
        elif what == "stays":
            first.set("park_after_bridge", "true")
        elif what == "returns":
            first.set("transfer_after_bridge", "after:XML:callcontrol")
        elif what == "press":
            first.press("1*#"[other % 3])
        elif what in ("play", "locked"):
            first.send(Message("execute", "playback", f"silence_stream://{500 + 500 * other}", lock=what == "locked"))
        elif what == "unknown" and other == 0:
            first.send(Message("execute", "nosuch"))
    gevent.sleep(0)
    gevent.sleep(0)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_every_leg_has_one_whole_story(steps: list[tuple[str, int, int]]) -> None:
    with world() as (switch, clock, ear):
        for step in steps:
            act(switch, clock, step)
        api.run(switch, "hupall", "")
        for _ in range(4):
            clock.advance(30)
            api.run(switch, "hupall", "")
            gevent.sleep(0)
        assert switch.channels == {}
        legs: dict[str, list[dict[str, Any]]] = {}
        for event in ear.told:
            if "Unique-ID" in event:
                legs.setdefault(event["Unique-ID"], []).append(event)
        for events in legs.values():
            whole(events)
        assert all(phone.leg is None and phone.in_talk_with is None for phone in switch.phones.values())


def whole(events: list[dict[str, Any]]) -> None:
    names = [event["Event-Name"] for event in events]
    for once in ("CHANNEL_CREATE", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY"):
        assert names.count(once) == 1, (once, names)
    assert names.count("CHANNEL_ANSWER") <= 1
    at = names.index
    assert at("CHANNEL_CREATE") < at("CHANNEL_HANGUP") < at("CHANNEL_HANGUP_COMPLETE") < at("CHANNEL_DESTROY")
    last = names[at("CHANNEL_HANGUP_COMPLETE") + 1 :]
    assert set(last) <= {"CHANNEL_DESTROY", "CHANNEL_STATE"}, names
    # What is executed completes, innermost first.
    running: list[str] = []
    for event in events:
        if event["Event-Name"] == "CHANNEL_EXECUTE" and event["Application"] != "uuid_bridge":
            running.append(event["Application-UUID"])
        elif event["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE":
            assert running.pop() == event["Application-UUID"]
    assert running == []
    bridges = [name for name in names if name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE")]
    assert bridges == ["CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"] * (len(bridges) // 2)


COMMANDS = st.lists(
    st.sampled_from(
        [
            b"api status\n\n",
            b"sendmsg x\ncall-command: execute\nexecute-app-name: set\n\n",
            b"sendmsg x\ncontent-length: 7\n\nfoo=\n\nb",
            b"event json ALL\r\n\r\n",
            b"\n\nexit\n\n",
        ]
    )
)


@settings(max_examples=100, deadline=None)
@given(COMMANDS, st.data())
def test_commands_are_the_same_however_the_bytes_come(commands: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(commands)
    at_once = wire.CommandReader().feed(stream)
    reader, found, at = wire.CommandReader(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 40))
        found += reader.feed(stream[at : at + size])
        at += size
    assert found == at_once
    assert len(found) == len(commands)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.from_regex(r"variable_[a-z]{1,8}", fullmatch=True), st.text(max_size=40), max_size=8))
def test_a_plain_event_keeps_every_value_in_its_own_line(values: dict[str, str]) -> None:
    values = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    body = wire.encode_plain_event({"Event-Name": "X", **values}).split(b"\n\n", 1)[1].decode()
    lines = body.removesuffix("\n").removesuffix("\n").split("\n")[: 1 + len(values)]
    read = dict(line.split(": ", 1) for line in lines)
    assert {name: unquote(value) for name, value in read.items()} == {"Event-Name": "X", **values}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]',=\\ a1&()|^\n$", max_size=40))
def test_a_strange_dial_string_is_refused_or_understood(text: str) -> None:
    with suppress(DialStringError):  # anything else would be a fault of the lab
        dial = parse(text)
        assert dial.contact
        assert dial.target
