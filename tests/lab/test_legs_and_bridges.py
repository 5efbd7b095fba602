"""What a real 1.10.12 was seen to do with legs, bridges and controllers that leave, beyond the transcripts."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from callcontrol.lab import life
from callcontrol.lab.callers import Caller
from callcontrol.lab.dialplan import hotline_dialplan
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab.esl import Controller, Peer

PREPARED = "socket_resume=false;transfer_after_bridge=callcontrol_resume:XML:callcontrol"


@pytest.fixture
def caller(switch: SimulatedSwitch) -> Caller:
    return switch.call("4001")


@pytest.fixture
def leg(controller: Controller, caller: Caller) -> Peer:
    assert not caller.is_over
    leg = controller.accept()
    leg.execute("answer", uuid="a")
    leg.completed("a")
    return leg


def ring(switch: SimulatedSwitch, watch: Peer, name: str, variables: str = "") -> str:
    """Call a phone as the leg ``leg-NAME``."""
    switch.phone(name)
    watch.ask(f"bgapi originate {{origination_uuid=leg-{name}{variables}}}user/{name} &park()")
    return f"leg-{name}"


def talk(switch: SimulatedSwitch, watch: Peer, caller: Caller, variables: str = PREPARED) -> str:
    switch.phone("1001").answers_after(0)
    agent = ring(switch, watch, "1001")
    watch.event("CHANNEL_PARK", leg=agent)
    watch.ask(f"api uuid_setvar_multi {caller.uuid} {variables}")
    assert watch.ask(f"api uuid_bridge {caller.uuid} {agent}").text == f"+OK {agent}\n"
    watch.event("CHANNEL_BRIDGE", leg=caller.uuid)
    return agent


@pytest.mark.usefixtures("leg")
def test_the_agents_leg_goes_when_the_caller_leaves(switch: SimulatedSwitch, watch: Peer, caller: Caller) -> None:
    agent = talk(switch, watch, caller)
    caller.hang_up("USER_BUSY")
    watch.event("CHANNEL_HANGUP_COMPLETE", leg=caller.uuid)
    causes = {f.get("Unique-ID"): f.get("Hangup-Cause") for f in watch.events("CHANNEL_HANGUP")}
    assert causes == {caller.uuid: "USER_BUSY", agent: "NORMAL_CLEARING"}
    told = [(f.name, f.get("Unique-ID")) for f in watch.events() if f.name in ("CHANNEL_HANGUP", "CHANNEL_UNBRIDGE")]
    assert told == [("CHANNEL_HANGUP", caller.uuid), ("CHANNEL_HANGUP", agent), ("CHANNEL_UNBRIDGE", caller.uuid)]
    assert switch.phone("1001").in_talk_with is None


@pytest.mark.usefixtures("leg")
def test_a_talk_without_a_place_to_go_after_it_goes_on_in_the_dialplan(
    switch: SimulatedSwitch, watch: Peer, caller: Caller, controller: Controller
) -> None:
    talk(switch, watch, caller, "socket_resume=false")
    switch.phone("1001").hang_up()
    again = controller.accept()
    assert again.channel["Caller-Destination-Number"] == "4001"
    assert again.channel["variable_socket_resume"] == "true"


@pytest.mark.usefixtures("leg")
def test_a_leg_that_shall_park_after_the_talk_parks(switch: SimulatedSwitch, watch: Peer, caller: Caller) -> None:
    talk(switch, watch, caller, "socket_resume=false;park_after_bridge=true")
    assert '"row_count":1' in watch.ask("api show bridged_calls as json").text
    parks = len(watch.events("CHANNEL_PARK", leg=caller.uuid))
    switch.phone("1001").hang_up()
    assert watch.event("CHANNEL_PARK", leg=caller.uuid, count=parks + 1).get("Channel-State") == "CS_PARK"
    assert '"row_count":0' in watch.ask("api show bridged_calls as json").text


def test_a_prepared_talk_outlives_its_controller(
    switch: SimulatedSwitch, watch: Peer, caller: Caller, leg: Peer, controller: Controller
) -> None:
    talk(switch, watch, caller)
    leg.close()
    assert watch.ask(f"api uuid_exists {caller.uuid}").text == "true"
    assert caller.in_talk_with == "1001"
    switch.phone("1001").hang_up()
    after = controller.accept()
    assert after.channel["variable_bridge_hangup_cause"] == "NORMAL_CLEARING"


def test_the_first_connection_left_open_cuts_what_the_second_does_when_it_closes(
    switch: SimulatedSwitch, watch: Peer, caller: Caller, leg: Peer, controller: Controller
) -> None:
    talk(switch, watch, caller)
    switch.phone("1001").hang_up()
    second = controller.accept()
    second.execute("playback", "silence_stream://-1", uuid="p")
    caller.wait_for(lambda c: c.hears_now is not None)
    leg.close()
    assert second.completed("p").get("Application-Response") == "PLAYBACK ERROR"
    assert controller.accept().channel["Unique-ID"] == caller.uuid


def test_without_resuming_a_call_stays_as_it_is_when_its_controller_leaves(
    switch: SimulatedSwitch, watch: Peer, caller: Caller, leg: Peer
) -> None:
    watch.ask(f"api uuid_setvar {caller.uuid} socket_resume false")
    leg.execute("playback", "silence_stream://-1", uuid="p")
    caller.wait_for(lambda c: c.hears_now is not None)
    leg.ask("exit")
    leg.wait(lambda: leg.closed)
    assert watch.ask(f"api uuid_exists {caller.uuid}").text == "true"
    assert caller.hears_now == "silence_stream://-1"
    assert len(switch.channels) == 1


def test_a_controller_that_closes_before_it_says_connect_is_followed_by_the_next(
    switch: SimulatedSwitch, controller: Controller
) -> None:
    caller = switch.call("4001")
    controller.take().close()
    assert controller.accept().channel["Unique-ID"] == caller.uuid


def test_a_controller_that_says_nothing_holds_the_call_until_the_caller_leaves(
    switch: SimulatedSwitch, controller: Controller, watch: Peer
) -> None:
    caller = switch.call("4001")
    silent = controller.take()
    caller.hang_up()
    watch.event("CHANNEL_HANGUP_COMPLETE")
    silent.wait(lambda: silent.closed)


def test_without_any_controller_the_caller_hears_the_apology(tmp_path: Path) -> None:
    plan = hotline_dialplan("127.0.0.1:1|127.0.0.1:2", rounds=2, pause_ms=100, apology="silence_stream://100")
    with SimulatedSwitch(dialplan=plan, speed=10, recordings_dir=tmp_path) as switch:
        caller = switch.call("4001")
        caller.wait_for(lambda c: c.is_over)
        assert caller.sounds == ["silence_stream://100"]
        assert caller.cause == "NORMAL_TEMPORARY_FAILURE"
        assert sum("no controller" in line for line in switch.log_lines) == 8


@pytest.mark.usefixtures("leg")
def test_bridging_a_phone_that_still_rings_costs_both_legs(
    switch: SimulatedSwitch, watch: Peer, caller: Caller
) -> None:
    switch.phone("1002").never_answers()
    agent = ring(switch, watch, "1002")
    watch.event("CHANNEL_PROGRESS", leg=agent)
    assert watch.ask(f"api uuid_bridge {caller.uuid} {agent}").text == f"+OK {agent}\n"
    assert watch.event("CHANNEL_HANGUP", leg=agent).get("Hangup-Cause") == "DESTINATION_OUT_OF_ORDER"
    assert watch.event("CHANNEL_HANGUP", leg=caller.uuid).get("Hangup-Cause") == "ORIGINATOR_CANCEL"


@pytest.mark.usefixtures("leg")
def test_a_leg_that_is_bridged_the_moment_it_is_answered_parks_and_costs_the_call(
    switch: SimulatedSwitch, watch: Peer, caller: Caller
) -> None:
    """Seldom on the real switch: ``originate`` sends the leg where it was called for after the bridge was begun."""
    switch.phone("1001").never_answers()
    agent = ring(switch, watch, "1001", ",park_timeout=1")
    watch.event("CHANNEL_PROGRESS", leg=agent)
    leg = switch.channels[agent]
    leg.mark_answered()
    assert life.tie(switch.channels[caller.uuid], leg)
    watch.event("CHANNEL_PARK", leg=agent)
    assert watch.event("CHANNEL_HANGUP", leg=caller.uuid).get("Hangup-Cause") == "ORIGINATOR_CANCEL"


@pytest.mark.usefixtures("leg")
def test_a_second_bridge_takes_the_caller_out_of_the_first(
    switch: SimulatedSwitch, watch: Peer, caller: Caller
) -> None:
    first = talk(switch, watch, caller)
    switch.phone("1002").answers_after(0)
    second = ring(switch, watch, "1002")
    watch.event("CHANNEL_PARK", leg=second)
    watch.ask(f"api uuid_bridge {caller.uuid} {second}")
    watch.event("CHANNEL_BRIDGE", leg=caller.uuid, count=2)
    assert watch.event("CHANNEL_HANGUP", leg=first).get("Hangup-Cause") == "NORMAL_CLEARING"
    assert caller.in_talk_with == "1002"


@pytest.mark.parametrize(("limit", "cause"), [("1", "NORMAL_CLEARING"), ("1:USER_BUSY", "USER_BUSY")])
def test_an_answered_leg_that_nobody_fetches_is_ended(
    switch: SimulatedSwitch, watch: Peer, limit: str, cause: str
) -> None:
    switch.phone("1001").answers_after(0)
    agent = ring(switch, watch, "1001", f",park_timeout={limit}")
    assert watch.event("CHANNEL_HANGUP", leg=agent).get("Hangup-Cause") == cause


@pytest.mark.usefixtures("leg")
def test_that_limit_does_not_end_a_talk(switch: SimulatedSwitch, watch: Peer, caller: Caller) -> None:
    switch.phone("1001").answers_after(0)
    agent = ring(switch, watch, "1001", ",park_timeout=2")
    watch.event("CHANNEL_PARK", leg=agent)
    watch.ask(f"api uuid_bridge {caller.uuid} {agent}")
    began = switch.clock.now()
    watch.event("CHANNEL_BRIDGE")
    watch.wait(lambda: switch.clock.now() > began + 3)
    assert watch.ask(f"api uuid_exists {agent}").text == "true"


def test_an_originate_outlives_the_connection_that_asked(switch: SimulatedSwitch, watch: Peer) -> None:
    from tests.lab import esl

    phone = switch.phone("1001").answers_after(2)
    asking = esl.inbound(switch.esl_port)
    asking.ask("bgapi originate {origination_uuid=left}user/1001 &park()")
    asking.close()
    watch.event("CHANNEL_PARK", leg="left")
    assert phone.calls_answered == 1


def test_a_phone_in_a_talk_is_busy(switch: SimulatedSwitch, watch: Peer) -> None:
    switch.phone("1001").answers_after(0)
    ring(switch, watch, "1001")
    watch.event("BACKGROUND_JOB")
    watch.ask("bgapi originate {origination_uuid=again}user/1001 &park()")
    assert watch.event("BACKGROUND_JOB", count=2).get("_body") == "-ERR USER_BUSY\n"
    assert switch.phone("1001").leg is switch.channels["leg-1001"]


def test_an_unregistered_phone_is_not_rung(switch: SimulatedSwitch, watch: Peer) -> None:
    switch.phone("1001").unregistered()
    ring(switch, watch, "1001")
    assert watch.event("BACKGROUND_JOB").get("_body") == "-ERR USER_NOT_REGISTERED\n"
    assert watch.events("CHANNEL_CREATE") == []


def test_endpoints_are_tried_in_turn(switch: SimulatedSwitch, watch: Peer) -> None:
    switch.phone("1001").busy()
    switch.phone("1002").answers_after(0)
    watch.ask("bgapi originate user/1001|user/1002 &park()")
    assert watch.event("BACKGROUND_JOB").get("_body").startswith("+OK ")
    assert switch.phone("1002").calls_answered == 1


def test_the_bridge_application_cancels_the_phone_when_the_caller_leaves(
    switch: SimulatedSwitch, watch: Peer, caller: Caller, leg: Peer
) -> None:
    switch.phone("1001").never_answers()
    leg.execute("bridge", "user/1001", uuid="b")
    watch.event("CHANNEL_PROGRESS")
    caller.hang_up()
    cancelled = watch.event("CHANNEL_HANGUP", count=2)
    assert cancelled.get("Hangup-Cause") == "ORIGINATOR_CANCEL"
    assert not switch.phone("1001").ringing


def test_a_recording_is_as_long_as_it_lasted_and_silent_where_it_was_masked(
    watch: Peer, caller: Caller, leg: Peer, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "folder" / "r.wav"
    watch.ask(f"api uuid_setvar {caller.uuid} RECORD_STEREO true")
    for order, milliseconds in (("start", 1000), ("mask", 1000), ("unmask", 1000)):
        assert watch.ask(f"api uuid_record {caller.uuid} {order} {path}").text == "+OK Success\n"
        leg.execute("sleep", str(milliseconds), uuid=order)
        leg.completed(order)
    assert watch.ask(f"api uuid_record {caller.uuid} mask {path}.no").text == "-ERR Cannot mask recording session!\n"
    assert watch.ask(f"api uuid_record {caller.uuid} stop {path}").text == "+OK Success\n"
    assert watch.ask(f"api uuid_record {caller.uuid} stop {path}").text == "-ERR Cannot stop record session!\n"
    stopped = watch.event("RECORD_STOP")
    with wave.open(str(path)) as file:
        frames, samples = file.getnframes(), memoryview(file.readframes(file.getnframes())).cast("h")
    assert stopped.get("variable_record_samples") == str(frames)
    assert 3.0 <= frames / 8000 < 6
    tenth = 800 * 2
    loud = [any(samples[at : at + tenth]) for at in range(0, len(samples) - tenth, tenth)]
    assert loud[0]
    assert loud[-1]
    assert 8 <= loud.count(False) < 25


def test_the_sides_of_a_recording_are_swapped_on_demand(tmp_path: Path) -> None:
    from callcontrol.lab.recording import Recording

    sides = {}
    for swapped in (False, True):
        recording = Recording(str(tmp_path / f"{swapped}.wav"), 0.0, stereo=True, swapped=swapped)
        assert recording.write(0.5, audible=True) == 4000
        with wave.open(recording.path) as file:
            samples = memoryview(file.readframes(4000)).cast("h")
        sides[swapped] = (samples[0::2].tolist(), samples[1::2].tolist())
    assert sides[True] == (sides[False][1], sides[False][0])
    assert sides[False][0] != sides[False][1]
