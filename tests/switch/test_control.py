"""The connection that stays: lost and made again, asked whether it lives, and legs looked up after every gap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import gevent
import pytest
from gevent.queue import Queue

from callcontrol.ports.clock import ManualClock
from callcontrol.ports.switch import (
    ConnectionLost,
    LegAnswered,
    LegFailed,
    LegHeld,
    LegHungUp,
    LegRinging,
    RecordingStopped,
    SwitchError,
)
from callcontrol.switch import inbound as inbound_module
from callcontrol.switch.control import SwitchConnection
from callcontrol.switch.gate import Refused
from callcontrol.switch.inbound import back_off
from callcontrol.switch.legs import LOST
from tests.switch.peer import DEADLINE_S, Peer, PeerServer, answer, event, frames_of, reply, usual

LEG = "aaaaaaaa-0000-4000-8000-000000000001"
CALLER = "bbbbbbbb-0000-4000-8000-000000000002"
DUMP = '{"Event-Name":"CHANNEL_DATA","Channel-State":"%s","Answer-State":"answered"}'


class Desk:
    """A switch that a test plays, and our connection to it."""

    def __init__(self, password: str = "secret", **options: object) -> None:
        self.replies: dict[str, bytes] = {}
        self.server = PeerServer(self._answer)
        self.clock = ManualClock()
        self.told: Queue = Queue()
        how: dict[str, object] = {"first_wait_s": 0.01, "longest_wait_s": 0.05, "probe_every_s": 60.0, **options}
        self.control = SwitchConnection("fs1", "127.0.0.1", self.server.port, password, clock=self.clock, **how)  # type: ignore[arg-type]
        self.control.start()

    def _answer(self, command: str) -> bytes | None:
        for beginning, said in self.replies.items():
            if command.startswith(beginning):
                return said
        return usual(command)

    def up(self) -> Peer:
        peer = self.server.peer()
        assert self.control.wait_connected(DEADLINE_S)
        return peer

    def watch(self, leg: str = LEG) -> None:
        self.control.watch(leg, self.told.put)

    def ring(self, **how: object) -> None:
        options: dict[str, object] = {
            "ring_s": 20.0,
            "park_s": 5.0,
            "caller_name": "张 伟",
            "caller_number": "13800001111",
            "variables": {},
            **how,
        }
        self.control.ring(LEG, "user/1001", **options)  # type: ignore[arg-type]

    def next(self) -> object:
        return self.told.get(timeout=DEADLINE_S)

    def stop(self) -> None:
        self.control.stop()
        self.server.stop()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.stop()


# --- coming up and staying up -------------------------------------------------------------------------------------------
def test_it_says_the_password_and_asks_for_few_events(desk: Desk) -> None:
    peer = desk.up()
    assert peer.expect("auth") == "auth secret"
    events = peer.expect("event json").split()[2:]
    assert {"CHANNEL_ANSWER", "BACKGROUND_JOB", "CHANNEL_HANGUP_COMPLETE", "HEARTBEAT"} <= set(events)
    assert "CHANNEL_EXECUTE" not in events
    assert desk.control.connected()


def test_a_lost_connection_is_made_again_and_commands_meanwhile_are_a_sentence(desk: Desk) -> None:
    peer = desk.up()
    desk.server.answer_with = lambda _: None  # the next one will not get its events
    peer.close()
    while desk.control.connected():
        gevent.sleep(0.001)
    with pytest.raises(ConnectionLost, match=r"gone|tried again"):
        desk.control.exists(LEG)
    assert not desk.control.connected()
    desk.server.answer_with = usual
    assert desk.control.wait_connected(DEADLINE_S * 2)
    assert desk.control.health().connections == 2


def test_a_wrong_password_is_named_and_tried_again() -> None:
    desk = Desk(password="wrong")
    for _ in range(3):
        desk.server.peer()
    assert "password" in desk.control.health().trouble
    assert not desk.control.connected()
    with pytest.raises(SwitchError, match="password"):
        desk.control.exists(LEG)
    desk.stop()


def test_a_switch_that_is_not_there_is_a_sentence() -> None:
    server = PeerServer()
    server.stop()
    control = SwitchConnection("fs1", "127.0.0.1", server.port, "x", clock=ManualClock(), first_wait_s=0.01)
    control.start()
    while not control.health().trouble:
        gevent.sleep(0.01)
    assert "is the switch running?" in control.health().trouble
    control.stop()


def test_the_waits_grow_to_the_longest_and_differ_by_chance() -> None:
    assert list(islice(back_off(1, 10, lambda: 1.0), 6)) == [1, 2, 4, 8, 10, 10]
    assert list(islice(back_off(1, 10, lambda: 0.0), 6)) == [0.5, 1, 2, 4, 5, 5]


def test_every_wait_asks_chance() -> None:
    asked: list[float] = []

    def chance() -> float:
        asked.append(1.0)
        return 0.0

    desk = Desk(password="wrong", chance=chance, first_wait_s=0.001, longest_wait_s=0.004)
    for _ in range(6):
        desk.server.peer()
    desk.stop()
    assert len(asked) >= 5


def test_an_address_that_the_switch_refuses_is_named(desk: Desk) -> None:
    peer = desk.up()
    peer.send(b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n")
    peer.close()
    desk.server.peer()
    assert desk.control.wait_connected(DEADLINE_S)


def test_a_probe_without_an_answer_makes_a_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound_module, "PROBE_DEADLINE_S", 0.05)
    desk = Desk(probe_every_s=0.05)
    first = desk.up()
    desk.server.answer_with = lambda command: None if command.startswith("api strepoch") else usual(command)
    assert first.closed.wait(DEADLINE_S)
    desk.server.answer_with = usual
    desk.server.peer()
    assert desk.control.wait_connected(DEADLINE_S)
    desk.stop()


def test_a_probe_with_an_answer_tells_round_trip_and_clocks() -> None:
    desk = Desk(probe_every_s=0.02)
    desk.replies["api strepoch"] = answer(str(int(desk.clock.now()) + 7))
    peer = desk.up()
    peer.expect("api strepoch")
    peer.expect("api strepoch")
    assert desk.control.health().clock_ahead_s == 7
    assert desk.control.health().probe_ms > 0
    desk.stop()


# --- legs ---------------------------------------------------------------------------------------------------------------
def test_a_leg_rings_and_is_answered_on_its_own_event(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.ring()
    said = peer.expect("bgapi originate")
    assert f"origination_uuid='{LEG}'" in said
    assert "park_timeout='5:NORMAL_CLEARING'" in said
    peer.send(event("CHANNEL_PROGRESS", Unique_ID=LEG), event("CHANNEL_PARK", Unique_ID=LEG))
    peer.send(event("BACKGROUND_JOB", Job_UUID=LEG, _body=f"+OK {LEG}\n"))
    peer.send(event("CHANNEL_HANGUP_COMPLETE", Unique_ID=LEG, Hangup_Cause="NORMAL_CLEARING"))
    assert [desk.next() for _ in range(3)] == [LegRinging(LEG), LegAnswered(LEG), LegHungUp(LEG, "NORMAL_CLEARING")]


def test_a_leg_that_was_just_picked_up_can_not_be_bridged_yet(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.ring()
    peer.expect("bgapi originate")
    peer.send(event("CHANNEL_ANSWER", Unique_ID=LEG), event("CHANNEL_HOLD", Unique_ID=LEG))
    assert desk.next() == LegHeld(LEG, held=True)
    peer.send(event("CHANNEL_PARK", Unique_ID=LEG))
    assert desk.next() == LegAnswered(LEG)


def test_a_job_of_somebody_else_is_not_ours(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.ring()
    peer.send(event("BACKGROUND_JOB", Job_UUID="somebody", _body="-ERR USER_BUSY\n"))
    peer.send(event("BACKGROUND_JOB", Job_UUID=LEG, _body="-ERR SUBSCRIBER_ABSENT\n"))
    assert desk.next() == LegFailed(LEG, "SUBSCRIBER_ABSENT")


def test_a_ring_that_the_switch_refuses_raises(desk: Desk) -> None:
    desk.up()
    desk.replies["bgapi"] = reply("-ERR no")
    with pytest.raises(SwitchError, match="would not ring"):
        desk.ring()
    with pytest.raises(Refused):
        desk.control.ring(LEG, "user/1,user/2", ring_s=1, park_s=1, caller_name="", caller_number="", variables={})


def test_hostile_caller_data_stands_harmless_in_the_originate(desk: Desk) -> None:
    peer = desk.up()
    desk.ring(
        caller_name="x}user/1 &system(touch /x/f)\n\napi shutdown\n\n',a='${b}" + "y" * 10_240,
        caller_number="+49 (30) 1,2|3\n\napi shutdown\n\n",
        variables={"note": "a,b={c}'d"},
    )
    said = peer.expect("bgapi originate")
    assert said.endswith(f"}}user/1001 &park()\nJob-UUID: {LEG}")
    assert said.count("&") == said.count("}") == said.count("{") == 1
    assert "$" not in said
    assert len(said) < 600
    assert not [command for command in peer.all if command.startswith("api shutdown")]


def test_the_end_of_a_recording_is_told_with_its_length(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    peer.send(event("RECORD_STOP", Unique_ID=LEG, Record_File_Path="/r/x.wav", variable_record_ms="12340"))
    assert desk.next() == RecordingStopped(LEG, "/r/x.wav", 12.34)


def test_who_watches_all_hears_of_strangers(desk: Desk) -> None:
    peer = desk.up()
    desk.control.watch_all(desk.told.put)
    peer.send(event("CHANNEL_PARK", Unique_ID="stranger"))
    peer.send(event("CHANNEL_HANGUP_COMPLETE", Unique_ID="stranger", Hangup_Cause="USER_BUSY"))
    assert desk.next() == LegHungUp("stranger", "USER_BUSY")


def test_events_that_are_none_are_counted_and_skipped(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    bad = b"{not json"
    peer.send(b"Content-Type: text/event-json\nContent-Length: %d\n\n%s" % (len(bad), bad))
    peer.send(event("CHANNEL_PARK", Unique_ID=LEG))
    assert desk.next() == LegAnswered(LEG)
    assert desk.control.health().bad_events == 1


# --- gaps ---------------------------------------------------------------------------------------------------------------
def test_a_leg_that_vanished_while_we_were_away_is_told_after_the_reconnection(desk: Desk) -> None:
    peer = desk.up()
    desk.watch(CALLER)
    desk.watch()
    desk.ring()
    peer.send(event("CHANNEL_PROGRESS", Unique_ID=LEG))
    assert desk.next() == LegRinging(LEG)
    desk.replies["api uuid_exists"] = answer("false")
    peer.close()
    desk.server.peer()
    told = [desk.next(), desk.next()]
    assert told == [LegHungUp(CALLER, LOST), LegFailed(LEG, LOST)]


def test_a_leg_that_was_answered_while_we_were_away_is_told(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.ring()
    desk.replies["api uuid_dump"] = answer(DUMP % "CS_EXECUTE")
    peer.close()
    desk.server.peer()
    assert desk.next() == LegAnswered(LEG)


def test_a_leg_that_was_picked_up_but_is_not_there_yet_is_told_when_it_parks(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.replies["api uuid_dump"] = answer(DUMP % "CS_CONSUME_MEDIA")
    assert desk.control.adopt(LEG)
    assert desk.told.empty()
    peer.send(event("CHANNEL_PARK", Unique_ID=LEG))
    assert desk.next() == LegAnswered(LEG)


def test_legs_that_live_are_left_alone_after_a_reconnection(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    desk.watch(CALLER)
    peer.close()
    desk.server.peer().expect(f"api uuid_exists {CALLER}")
    assert desk.control.wait_connected(DEADLINE_S)
    assert desk.told.empty()


def test_an_event_lost_on_the_way_is_noticed_without_a_reconnection() -> None:
    desk = Desk(probe_every_s=0.02)
    peer = desk.up()
    desk.watch()
    peer.send(event("CHANNEL_PARK", Unique_ID=LEG))
    assert desk.next() == LegAnswered(LEG)
    desk.replies["api uuid_exists"] = answer("false")  # it hung up and nobody said so
    desk.clock.advance(60)
    assert desk.next() == LegHungUp(LEG, LOST)
    desk.stop()


def test_another_core_means_a_restart(desk: Desk) -> None:
    peer = desk.up()
    desk.watch()
    peer.send(event("HEARTBEAT", Event_Sequence="500000", Session_Count="7"))
    peer.send(event("HEARTBEAT", Event_Sequence="499000"))  # threads: a little back is nothing
    peer.send(event("HEARTBEAT", Event_Sequence="12"))
    peer.send(event("HEARTBEAT", Event_Sequence="500001"))
    peer.send(event("HEARTBEAT", Event_Sequence="13", Core_UUID="core-2"))
    peer.send(event("CHANNEL_PARK", Unique_ID=LEG, Event_Sequence="14", Core_UUID="core-2"))
    assert desk.next() == LegAnswered(LEG)
    health = desk.control.health()
    assert (health.restarts_seen, health.steps_back, health.sessions) == (1, 1, 7)


# --- commands -----------------------------------------------------------------------------------------------------------
def test_answers_of_the_switch_become_values_or_sentences(desk: Desk) -> None:
    desk.up()
    control = desk.control
    desk.replies |= {
        "api uuid_bridge": answer("-ERR Invalid uuid\n"),
        "api uuid_getvar": answer("_undef_"),
        "api uuid_exists": answer("false"),
        "api uuid_kill": answer("-ERR No such channel!\n"),
        "api sofia_contact": answer("error/user_not_registered"),
    }
    with pytest.raises(SwitchError, match="Invalid uuid"):
        control.bridge(CALLER, LEG)
    assert control.variable(LEG, "x") is None
    assert control.exists(LEG) is False
    control.cancel(LEG)  # gone already: no error
    assert control.registered("1001") is False
    desk.replies["api sofia_contact"] = answer("sofia/internal/sip:1001@127.0.0.1:6000")
    assert control.registered("1001@example.org") is True
    desk.replies["api sofia_contact"] = answer("-ERR sofia_contact Command not found!\n")
    assert control.registered("1001") is None


def test_recording_is_started_masked_and_stopped_by_its_path(desk: Desk) -> None:
    peer = desk.up()
    desk.control.record_start(LEG, "/r/x.wav")
    desk.control.record_mask(LEG, "/r/x.wav", True)
    desk.control.record_mask(LEG, "/r/x.wav", False)
    desk.control.record_stop(LEG, "/r/x.wav")
    assert [said.split(" ", 3)[3] for said in peer.all if "uuid_record" in said] == [
        "start /r/x.wav",
        "mask /r/x.wav",
        "unmask /r/x.wav",
        "stop /r/x.wav",
    ]
    with pytest.raises(Refused):
        desk.control.record_start(LEG, "relative.wav")


def test_channels_are_rows_with_their_peers(desk: Desk) -> None:
    desk.up()
    shown = next(raw for raw in frames_of("inbound-commands") if b'"rows"' in raw or b'"row_count"' in raw)
    desk.replies["api show channels"] = shown
    desk.replies["api show bridged_calls"] = answer('{"row_count":0}')
    rows = desk.control.channels()
    assert rows
    assert all(row.uuid and row.created_at > 1e9 and row.bridged_to == "" for row in rows)
    uuid = rows[0].uuid
    desk.replies["api show bridged_calls"] = answer(f'{{"rows":[{{"uuid":"{uuid}","b_uuid":"peer"}}]}}')
    assert desk.control.channels()[0].bridged_to == "peer"
    desk.replies["api show channels"] = answer("-ERR down")
    with pytest.raises(SwitchError, match="no list"):
        desk.control.channels()
