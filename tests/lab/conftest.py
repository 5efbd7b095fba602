"""A simulated switch, a controller that listens, and an inbound connection, for the tests of the lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab import esl

EVENTS = (
    "CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_ANSWER CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP "
    "CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY BACKGROUND_JOB DTMF RECORD_START RECORD_STOP HEARTBEAT"
)


@pytest.fixture
def controller() -> Iterator[esl.Controller]:
    controller = esl.Controller()
    yield controller
    controller.close()


@pytest.fixture
def switch(controller: esl.Controller, tmp_path: Path) -> Iterator[SimulatedSwitch]:
    """Ten times as fast as life, with the hotline's dialplan towards the controller."""
    made = SimulatedSwitch(dialplan=hotline_dialplan(f"127.0.0.1:{controller.port}"), speed=10, recordings_dir=tmp_path)
    with made as running:
        yield running


@pytest.fixture
def watch(switch: SimulatedSwitch) -> Iterator[esl.Peer]:
    """An inbound connection that hears of every leg."""
    peer = esl.inbound(switch.esl_port, events=EVENTS)
    yield peer
    peer.close()
