"""The recorded transcripts of a real switch are the judge of the simulated one: same commands, same replies, same events, in the
same order on each connection, with the same values where they matter."""

from __future__ import annotations

import itertools
import wave
from collections.abc import Callable
from typing import Any

import pytest

from callcontrol.lab import api
from tests.lab.replay import Replay, Stimulus, load


def presses(keys: str) -> Stimulus:
    return lambda replay: replay.caller.press(keys)


def hangs_up(replay: Replay) -> None:
    replay.caller.hang_up()


def cuts(connection: str) -> Stimulus:
    return lambda replay: replay.peers[connection].close()


def phones(replay: Replay) -> None:
    switch = replay.switch
    switch.phone("busy").busy()
    switch.phone("reject").rejects()
    switch.phone("ringing").never_answers()
    switch.phone("slow").answers_after(1.5)
    switch.phone("phone").answers_after(0)
    switch.phone("phone-sup").answers_after(0)
    switch.phone("1001").unregistered("MANDATORY_IE_MISSING")


def agent(leg: str) -> Stimulus:
    """A leg that the recorder made on a connection which it did not record."""

    def originate(replay: Replay) -> None:
        dial = f"{{origination_uuid={leg}}}sofia/internal/phone@127.0.0.1:5060 &park()"
        replay.switch.spawn(api.run, replay.switch, "originate", dial)

    return originate


def first_leg_bridged_to(name: str) -> str:
    """The agent's leg in ``api uuid_bridge CALLER AGENT`` of a transcript."""
    return next(line.text.split()[3] for line in load(name) if line.text.startswith("api uuid_bridge"))


UNPREPARED = first_leg_bridged_to("controller-dies-bridged-unprepared")
LISTENED_TO = first_leg_bridged_to("eavesdrop")

SCENES: dict[str, tuple[list[tuple[float, Stimulus]], tuple[str, ...]]] = {
    "ivr-digits": ([(1.657, presses("1")), (2.178, presses("2")), (2.690, presses("#"))], ()),
    "caller-hangs-up": ([(0.465, hangs_up)], ()),
    "overlapping-executes": ([], ()),
    "moh-break": ([], ()),
    "agent-leg-failures": ([(0.0, phones)], ()),
    "bridge-record-resume": ([(0.0, phones)], ()),
    "controller-dies": ([(0.45, cuts("outbound"))], ()),
    "controller-dies-bridged-unprepared": (
        [(0.0, phones), (0.03, agent(UNPREPARED)), (0.48, cuts("outbound"))],
        (UNPREPARED,),
    ),
    "cancel-ringing-agent": ([(0.0, phones), (0.471, hangs_up)], ()),
    "eavesdrop": ([(0.0, phones), (0.03, agent(LISTENED_TO))], (LISTENED_TO,)),
}

# Connections that the recorder cut, or read no further: what came then was never seen.
CUT = {
    "eavesdrop": ("outbound",),
    "controller-dies": ("outbound",),
    "controller-dies-bridged-unprepared": ("outbound",),
}

# Events that come or do not by chance of the recorded moment.
BY_CHANCE = {("outbound", "CHANNEL_PARK"), ("outbound-second", "CHANNEL_PARK"), ("outbound-after", "CHANNEL_PARK")}


@pytest.fixture(scope="module")
def replays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Replay]:
    done: dict[str, Replay] = {}

    def replay(name: str) -> Replay:
        if name not in done:
            stimuli, legs = SCENES[name]
            done[name] = Replay(name, tmp_path_factory.mktemp(name), stimuli, legs)
            done[name].run()
        return done[name]

    return replay


@pytest.mark.parametrize("name", SCENES)
def test_replies_are_those_of_the_real_switch(name: str, replays: Callable[[str], Replay]) -> None:
    replay = replays(name)
    for connection in replay.names():
        assert replay.simulated_replies(connection) == replay.recorded_replies(connection), connection


@pytest.mark.parametrize("name", SCENES)
def test_events_are_those_of_the_real_switch_in_their_order(name: str, replays: Callable[[str], Replay]) -> None:
    replay = replays(name)
    for connection in replay.names():
        recorded = _by_leg(replay, connection, replay.recorded_events(connection))
        simulated = _by_leg(replay, connection, replay.simulated_events(connection))
        assert set(simulated) == set(recorded), connection
        for leg, events in recorded.items():
            for mine, theirs in zip(simulated[leg], events, strict=False):
                assert mine == theirs, (connection, leg)
            if len(simulated[leg]) > len(events) and connection in CUT.get(name, ()):
                continue
            assert len(simulated[leg]) == len(events), (connection, [e["Event-Name"] for e in simulated[leg]])


@pytest.mark.parametrize("name", SCENES)
def test_events_carry_every_header_that_real_ones_carry(name: str, replays: Callable[[str], Replay]) -> None:
    replay = replays(name)
    for connection in replay.names():
        simulated: dict[str, set[str]] = {}
        for event in replay.simulated_events(connection):
            key = f"{event['Event-Name']} {replay.leg_of(event)} {event.get('Application')}"
            simulated.setdefault(key, set()).update(event)
        for event in replay.recorded_events(connection):
            key = f"{event['Event-Name']} {replay.leg_of(event)} {event.get('Application')}"
            if (connection, event["Event-Name"]) in BY_CHANCE:
                continue
            missing = {h for h in event if not h.startswith("variable_")} - simulated[key] - SELDOM
            assert missing == set(), (connection, key)


# Headers of profiles that nobody reads.
SELDOM = {"Caller-Callee-ID-Name", "Caller-Callee-ID-Number", "Caller-Transfer-Source", "Other-Leg-Username"}


def _by_leg(replay: Replay, connection: str, events: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for event in events:
        if (connection, event["Event-Name"]) not in BY_CHANCE:
            found.setdefault(replay.leg_of(event), []).append(replay.telling(event))
    for told in found.values():
        # The result of a job and the last event of the leg that failed come from two threads: either may be first.
        names = [one["Event-Name"] for one in told]
        if ("BACKGROUND_JOB", "CHANNEL_HANGUP_COMPLETE") in itertools.pairwise(names):
            at = names.index("BACKGROUND_JOB")
            told[at], told[at + 1] = told[at + 1], told[at]
    return found


def test_the_recording_of_the_transcript_is_a_wav_file_of_two_channels(
    replays: Callable[[str], Replay],
) -> None:
    replay = replays("bridge-record-resume")
    files = list(replay.tmp_path.glob("rec-*.wav"))
    assert len(files) == 1
    with wave.open(str(files[0])) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        # Recorded from the start to the hang-up, as the real one was.
        assert 1.5 < file.getnframes() / 8000 < 2.7
