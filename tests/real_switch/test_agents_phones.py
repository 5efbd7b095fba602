"""What the switch tells of agents' phones, and what the floor makes of it: registered or not, in a call of one's own, on hold."""

from __future__ import annotations

from typing import Any

import pytest

from callcontrol.bootstrap.parts import open_the_store
from callcontrol.settings import load_settings
from tests.real_switch import sipp
from tests.real_switch.hotline import Hotline
from tests.real_switch.registration import Registration
from tests.real_switch.rig import Rig

REGISTRATIONS = "CUSTOM sofia::register sofia::unregister sofia::expire"


def registration(rig: Rig, user: str, port: int) -> Registration:
    return Registration(rig.switch, user, rig.switch.plan.phones[user], port)


def test_a_registration_and_its_end_are_events_with_user_and_address(rig: Rig) -> None:
    hears = rig.switch.connect(REGISTRATIONS)
    with registration(rig, "1004", 5998):
        came = hears.wait("CUSTOM", **{"Event-Subclass": "sofia::register"})
        assert (came["username"], came["network-ip"]) == ("1004", "127.0.0.1")
    went = hears.wait("CUSTOM", **{"Event-Subclass": "sofia::unregister"})
    assert (went["username"], went["network-ip"]) == ("1004", "127.0.0.1")
    hears.cut()


def test_show_registrations_lags_behind_and_sofia_contact_does_not(rig: Rig) -> None:
    with registration(rig, "1004", 5998):
        assert rig.api("sofia_contact */1004") == "sofia/internal/sip:1004@127.0.0.1:5998"
    assert rig.api("sofia_contact */1004") == "error/user_not_registered"


def test_a_leg_says_whose_phone_it_is(rig: Rig) -> None:
    """Rung by the user's name it has a presence; a call from a phone says so itself, and from where it comes."""
    phone = rig.phone("1004")
    with registration(rig, "1004", phone.port):
        leg = rig.answered_leg("user/1004")
        rung = rig.wait("CHANNEL_ANSWER", **{"Unique-ID": leg})
        assert (rung["Call-Direction"], rung["Channel-Presence-ID"]) == ("outbound", "1004@127.0.0.1")
        rig.taken_call("4001", from_number="1004")
        (own,) = rig.conn.seen("CHANNEL_ANSWER", **{"Call-Direction": "inbound"})
        assert (own["Caller-Username"], own["Caller-Network-Addr"]) == ("1004", "127.0.0.1")
        assert "Channel-Presence-ID" not in own


def test_hold_by_a_phone_is_an_event_of_its_leg(rig: Rig) -> None:
    phone = rig.phone("1004", scenario=sipp.holds(0.3, 0.5))
    leg = rig.answered_leg(phone.contact)
    assert rig.wait("CHANNEL_HOLD", **{"Unique-ID": leg})["Channel-Call-State"] == "HELD"
    rig.wait("CHANNEL_UNHOLD", **{"Unique-ID": leg})


def test_the_floor_knows_of_a_phone_before_it_is_rung(rig: Rig) -> None:
    phone = rig.phone("1004", scenario=sipp.holds(1.5, 2.5))
    hotline = Hotline(rig, {"1004": "user/1004"})

    def agent() -> dict[str, Any]:
        row = next(row for row in hotline.floor()["agents"] if row["agent"] == "1004")
        return dict(row)

    hotline.until(lambda: agent()["state"] == "unreachable", "the agent has no phone")
    assert agent()["reason"] == "not_registered"
    with registration(rig, "1004", phone.port):
        hotline.until(lambda: agent()["state"] == "available", "the phone came")
        own, _ = hotline.caller_in_menu(from_number="1004")
        hotline.until(lambda: agent()["own_call"], "the agent is in a call of their own")
        caller, _ = hotline.caller_in_queue()
        assert not rig.conn.seen("CHANNEL_CREATE", **{"Channel-Presence-ID": "1004@127.0.0.1"}), "not rung meanwhile"
        own.hang_up()
        rig.wait("CHANNEL_BRIDGE")
        hotline.until(lambda: agent()["state"] == "hold", "the caller is on hold")
        hotline.until(lambda: agent()["state"] == "talking", "and no more")
        caller.hang_up()
        hotline.until(lambda: agent()["state"] == "available", "the talk is over")
    hotline.until(lambda: agent()["reason"] == "not_registered", "the phone went")


PIN = "739154"


@pytest.mark.timeout(180)  # a dozen prompts at their real length, and a status asked for again and again
def test_an_agent_logs_out_and_in_by_keys_and_is_rung_again(rig: Rig) -> None:
    """Keys are RFC 2833 events on the wire, the PIN ends with #; nothing of it stays on the channel."""
    phone = rig.phone("1004")
    hotline = Hotline(rig, {"1004": "user/1004"})
    store = open_the_store(load_settings(data_dir=rig.data))
    store.pins.set("1004", PIN)
    store.close()

    def agent() -> dict[str, Any]:
        row = next(row for row in hotline.floor()["agents"] if row["agent"] == "1004")
        return dict(row)

    def by_telephone(*keys: str) -> None:
        caller = rig.caller("4990", from_number="1004").answered()
        call = hotline.far_end(caller)
        for pressed in keys:
            hotline.is_asked(call)
            assert PIN not in rig.api(f"uuid_dump {call}"), "the keys of the asking before are forgotten"
            caller.press(pressed)
        caller.gone(within_s=20)

    with registration(rig, "1004", phone.port):
        hotline.until(lambda: agent()["state"] == "available", "the phone came")
        by_telephone(PIN + "#", "9")
        hotline.until(lambda: agent()["state"] == "logged_out", "logged out by keys")
        by_telephone("000000#", PIN + "#", "1")
        hotline.until(lambda: agent()["state"] == "available" and not agent()["own_call"], "logged in by keys")
        hotline.caller_in_queue()
        rig.wait("CHANNEL_BRIDGE")
        hotline.until(lambda: agent()["state"] == "talking", "and rung")
