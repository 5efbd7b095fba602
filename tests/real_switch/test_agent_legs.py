"""Legs to agents' phones: how a call to one ends, what outlives whom, and who is found by registration."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.real_switch.registration import Registration
from tests.real_switch.rig import Rig


def test_an_answered_leg_has_the_identity_that_was_chosen_for_it(rig: Rig) -> None:
    phone = rig.phone(answers_after_s=0.3)
    leg, job = rig.ring(phone.contact)
    rig.wait("CHANNEL_PROGRESS", **{"Unique-ID": leg})
    rig.wait("CHANNEL_ANSWER", **{"Unique-ID": leg})
    assert rig.conn.result(job) == f"+OK {leg}"


def test_a_job_takes_the_identity_that_it_is_given(rig: Rig) -> None:
    phone = rig.phone()
    leg = str(uuid.uuid4())
    reply = rig.conn.ask(f"bgapi originate {{origination_uuid={leg}}}{phone.contact} &park()\nJob-UUID: {leg}")
    assert reply.head["Job-UUID"] == leg
    assert rig.conn.result(leg) == f"+OK {leg}"


def test_a_busy_phone_fails_with_user_busy(rig: Rig) -> None:
    assert failure(rig, rig.busy_phone().contact) == "-ERR USER_BUSY"


def test_a_rejecting_phone_fails_with_call_rejected(rig: Rig) -> None:
    assert failure(rig, rig.rejecting_phone().contact) == "-ERR CALL_REJECTED"


def test_a_phone_that_nobody_answers_fails_with_no_answer_up_to_a_second_before_the_time_given(rig: Rig) -> None:
    """The switch compares whole seconds of the clock: one second may be over after a tenth."""
    phone = rig.silent_phone()
    began = time.monotonic()
    assert failure(rig, phone.contact, ring_s=2) == "-ERR NO_ANSWER"
    assert 0.9 < time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("contact", "cause"),
    [
        ("user/1001", "USER_NOT_REGISTERED"),
        ("user/nobody", "SUBSCRIBER_ABSENT"),
        ("sofia/internal/1001@127.0.0.1:1", "NORMAL_TEMPORARY_FAILURE"),
        ("sofia/gateway/none/123", "INVALID_GATEWAY"),
        ("sofia/no_such_profile/1001@127.0.0.1", "INVALID_PROFILE"),
        ("no_such_endpoint/1001", "CHAN_NOT_IMPLEMENTED"),
    ],
)
def test_a_contact_that_leads_nowhere_says_why(rig: Rig, contact: str, cause: str) -> None:
    assert failure(rig, contact) == f"-ERR {cause}"


def failure(rig: Rig, contact: str, ring_s: int = 5) -> str:
    _, job = rig.ring(contact, ring_s=ring_s)
    return rig.conn.result(job)


def test_a_ringing_leg_is_cancelled_by_its_identity(rig: Rig) -> None:
    leg, job = rig.ring(rig.silent_phone().contact)
    rig.wait("CHANNEL_PROGRESS", **{"Unique-ID": leg})
    assert rig.api(f"uuid_kill {leg} ORIGINATOR_CANCEL") == "+OK"
    assert rig.conn.result(job) == "-ERR ORIGINATOR_CANCEL"


def test_a_ringing_leg_outlives_the_connection_that_asked_for_it(rig: Rig) -> None:
    phone = rig.phone(answers_after_s=0.8)
    leg = str(uuid.uuid4())
    asking = rig.switch.connect("BACKGROUND_JOB")
    asking.bgapi(f"originate {{origination_uuid={leg},park_timeout=30:NORMAL_CLEARING}}{phone.contact} &park()")
    rig.wait("CHANNEL_PROGRESS", **{"Unique-ID": leg})
    asking.cut()
    rig.wait("CHANNEL_ANSWER", **{"Unique-ID": leg})
    assert rig.exists(leg)


def test_park_timeout_empties_the_room_in_which_an_agent_waits_for_nobody(rig: Rig) -> None:
    leg = rig.answered_leg(rig.phone().contact, park="1:NORMAL_CLEARING")
    assert rig.wait("CHANNEL_HANGUP", **{"Unique-ID": leg})["Hangup-Cause"] == "NORMAL_CLEARING"


def test_park_timeout_does_not_end_a_talk(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.phone().contact, park="1:NORMAL_CLEARING")
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("+OK")
    time.sleep(2)  # twice the time after which a parked leg would be gone
    assert rig.exists(leg)
    assert caller.alive


def test_a_leg_that_rings_knows_nothing_of_the_caller_who_hangs_up(rig: Rig) -> None:
    """So whoever rang it must cancel it."""
    caller, call = rig.taken_call()
    leg, _ = rig.ring(rig.silent_phone().contact)
    rig.wait("CHANNEL_PROGRESS", **{"Unique-ID": leg})
    caller.hang_up()
    rig.wait("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": call.uuid})
    assert rig.exists(leg)


def test_a_bridge_with_a_leg_that_is_gone_is_refused_and_changes_nothing(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.phone().contact)
    rig.api(f"uuid_kill {leg}")
    rig.wait("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg})
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("-ERR")
    assert call.conn.run("playback", "silence_stream://100")["Application-Response"] == "FILE PLAYED"
    assert caller.alive


def test_a_bridge_with_a_caller_who_is_gone_is_refused_and_the_leg_stays_parked(rig: Rig) -> None:
    caller, call = rig.taken_call()
    leg = rig.answered_leg(rig.phone().contact)
    caller.hang_up()
    rig.wait("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": call.uuid})
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("-ERR")
    assert rig.exists(leg)


def test_a_bridge_ends_the_music_that_the_caller_hears(rig: Rig) -> None:
    _, call = rig.taken_call()
    music = call.conn.execute("playback", "tone_stream://%(300,4700,440);loops=-1")
    call.conn.wait("CHANNEL_EXECUTE", **{"Application-UUID": music})
    leg = rig.answered_leg(rig.phone().contact)
    assert rig.api(f"uuid_bridge {call.uuid} {leg}").startswith("+OK")
    call.conn.completion(music)
    rig.wait("CHANNEL_BRIDGE")


def test_the_agent_sees_who_calls(rig: Rig) -> None:
    variables = "origination_caller_id_name='王 Li',origination_caller_id_number='13800001111'"
    leg = rig.answered_leg(rig.tone_phone(500), variables=variables)
    there = rig.wait("CHANNEL_ANSWER", **{"Unique-ID": leg})
    assert there["Caller-Caller-ID-Number"] == "13800001111"
    other = [e for e in rig.conn.seen("CHANNEL_CREATE") if e["Unique-ID"] != leg]
    assert [(e["Caller-Caller-ID-Name"], e["Caller-Caller-ID-Number"]) for e in other] == [("王 Li", "13800001111")]


# --- phones that register ------------------------------------------------------------------------------------------------
def test_a_phone_registers_with_its_rendered_password_and_is_rung_by_its_user(rig: Rig) -> None:
    phone = rig.phone("1003")
    with Registration(rig.switch, "1003", rig.switch.plan.phones["1003"], phone.port) as registered:
        assert registered.status == 200
        assert rig.api("sofia_contact */1003").startswith("sofia/internal/")
        leg, job = rig.ring("user/1003")
        assert rig.conn.result(job) == f"+OK {leg}"
    assert rig.api("sofia_contact */1003") == "error/user_not_registered"


@pytest.mark.parametrize(("user", "password"), [("1003", "wrong-password"), ("1003", ""), ("1999", "anything-else")])
def test_a_phone_with_a_wrong_password_or_an_unknown_user_is_not_registered(rig: Rig, user: str, password: str) -> None:
    with Registration(rig.switch, user, password, 5999) as refused:
        assert refused.status == 403
    assert "error" in rig.api(f"sofia_contact */{user}")


def test_nobody_registers_as_somebody_else(rig: Rig) -> None:
    with Registration(rig.switch, "1003", rig.switch.plan.phones["1003"], 5999, as_user="1004") as refused:
        assert refused.status == 403
    assert "error" in rig.api("sofia_contact */1004")
