"""The shipped dialplan on a real switch: who gets in, who takes a call, and what a caller hears when nobody can."""

import time

import pytest

from callcontrol.switch.rendering import GREATEST_ROUNDS, HELD_S, REFUSALS
from tests.real_switch.esl import Listener
from tests.real_switch.rig import Rig


def test_an_entry_number_reaches_a_controller_with_what_was_dialled(rig: Rig) -> None:
    listener = rig.controller()
    rig.caller("4002", from_number="13912345678")
    call = listener.take()
    assert call.data["Channel-Destination-Number"] == "4002"
    assert call.data["Caller-Caller-ID-Number"] == "13912345678"
    assert call.variable("callcontrol_entry") == "4002"
    assert call.variable("callcontrol_language") == "en"
    assert call.variable("socket_resume") == "true"


@pytest.mark.parametrize(
    "number",
    [
        "4999",
        "1002",
        "40011",
        "callcontrol_resume",
        "callcontrol_again",
        "callcontrol_apology",
        "0013800001111",
        "park",
    ],
)
def test_nothing_but_the_entry_numbers_can_be_reached(rig: Rig, number: str) -> None:
    listener = rig.controller()
    caller = rig.caller(number)
    assert caller.outcome() == "-ERR UNALLOCATED_NUMBER"
    assert listener.nobody_comes(for_s=0.1)


def test_a_call_outlives_more_controllers_than_a_round_has_actions(rig: Rig) -> None:
    first = rig.controller()
    caller = rig.caller()
    call = first.take()
    call.conn.run("answer")
    call.conn.run("set", "callcontrol_record=step-0")
    for deaths in range(1, 7):
        dying, first = first, rig.controller()
        dying.die()
        call = first.take()
        assert call.variable("callcontrol_record") == f"step-{deaths - 1}"
        assert call.variable("callcontrol_entry") == "4001"
        call.conn.run("set", f"callcontrol_record=step-{deaths}")
    assert caller.alive


def test_a_controller_that_starts_a_little_later_still_gets_the_call(rig: Rig) -> None:
    caller = rig.caller()
    rig.wait("CHANNEL_EXECUTE", Application="sleep")
    call = rig.controller().take()
    call.conn.run("answer")
    assert caller.answered().alive


def test_without_any_controller_the_caller_hears_an_apology_and_is_told_to_try_later(rig: Rig) -> None:
    caller = rig.caller()
    assert caller.outcome(within_s=15) == "-ERR NORMAL_TEMPORARY_FAILURE"
    played = rig.conn.seen("CHANNEL_EXECUTE", Application="playback")
    assert [event["Application-Data"].split("/")[0] for event in played] == ["tone_stream:"]
    progressed = rig.conn.seen("CHANNEL_PROGRESS_MEDIA", **{"Unique-ID": caller.uuid})
    assert progressed, "the apology is audible before any answer"


def test_the_apology_is_spoken_in_the_language_of_the_call_when_there_is_a_recording_of_it(rig: Rig) -> None:
    sound = rig.switch.sounds / "en" / "system_fault.wav"
    sound.write_bytes(_wav_of_silence(0.4))
    try:
        listener = rig.controller()
        caller = rig.caller("4002")
        almost_given_up(listener)
        assert caller.outcome(within_s=15) == "-ERR NORMAL_TEMPORARY_FAILURE"
    finally:
        sound.unlink()
    played = rig.conn.seen("CHANNEL_EXECUTE_COMPLETE", Application="playback")
    assert [(e["Application-Data"], e["Application-Response"]) for e in played] == [(str(sound), "FILE PLAYED")]


def test_a_call_whose_last_controller_died_gets_the_apology_and_a_proper_end(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller()
    almost_given_up(listener, answer=True)
    assert caller.answered().gone(within_s=15) == "NORMAL_TEMPORARY_FAILURE"
    assert rig.conn.seen("CHANNEL_EXECUTE", Application="playback")


def test_a_call_that_a_controller_held_for_a_while_is_waited_for_anew_when_it_dies(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller()
    call = listener.take()
    call.conn.run("answer")
    call.conn.run("set", f"callcontrol_refusals={REFUSALS}")
    time.sleep(HELD_S + 1.2)  # the dialplan counts whole seconds
    listener.die()
    rig.wait("CHANNEL_EXECUTE", Application="sleep")
    assert rig.controller().take().uuid == call.uuid
    assert caller.alive


def almost_given_up(listener: Listener, answer: bool = False) -> None:
    """The only controller takes the call and dies; the dialplan has tried nearly long enough for another."""
    call = listener.take()
    if answer:
        call.conn.run("answer")
    call.conn.run("set", f"callcontrol_refusals={REFUSALS - 1}")
    listener.die()


@pytest.mark.parametrize("answered", [True, False])
def test_a_controller_that_hangs_up_leaves_no_apology_behind(rig: Rig, answered: bool) -> None:
    listener = rig.controller()
    caller = rig.caller()
    call = listener.take()
    if answered:
        call.conn.run("answer")
    call.conn.execute("hangup", "NORMAL_CLEARING")
    assert caller.gone() == "NORMAL_CLEARING"
    listener.die()
    rig.eventually(lambda: not rig.legs(), "both legs are gone")
    assert not rig.conn.seen("CHANNEL_EXECUTE", Application="playback")
    assert not rig.conn.seen("CHANNEL_EXECUTE", Application="transfer")


def test_a_caller_who_hangs_up_leaves_no_apology_behind(rig: Rig) -> None:
    caller, _ = rig.taken_call()
    caller.hang_up()
    rig.eventually(lambda: not rig.legs(), "both legs are gone")
    assert not rig.conn.seen("CHANNEL_EXECUTE", Application="playback")


def test_a_call_that_kills_every_controller_is_given_up_in_the_end(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller()
    met = 0
    while met < 60:
        try:
            call = listener.take_raw(within_s=3)
        except AssertionError:
            break
        met += 1
        call.conn.cut()
    assert met < 30, "a call that breaks what it meets must not go on for ever"
    assert caller.outcome(within_s=15) == "-ERR NORMAL_TEMPORARY_FAILURE"


def test_a_call_that_was_handed_over_too_often_is_given_up_though_controllers_are_there(rig: Rig) -> None:
    listener = rig.controller()
    caller = rig.caller()
    call = listener.take()
    call.conn.run("answer")
    caller.answered()
    call.conn.run("set", f"callcontrol_rounds={GREATEST_ROUNDS}")
    call.conn.cut()
    listener.take().conn.cut()
    assert caller.gone() == "NORMAL_TEMPORARY_FAILURE"


def _wav_of_silence(seconds: float) -> bytes:
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2))
    return out.getvalue()
