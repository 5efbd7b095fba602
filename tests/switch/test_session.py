"""A caller's call as its conductor sees it, against a peer that tells the story as a switch did (or never would)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import gevent
import pytest

from callcontrol.ports.switch import (
    ConnectionLost,
    HungUp,
    KeyPressed,
    KeysEntered,
    Played,
    SessionClosed,
)
from callcontrol.switch import media
from callcontrol.switch import session as session_module
from callcontrol.switch.gate import Refused
from callcontrol.switch.media import SILENCE
from callcontrol.switch.session import OutboundCall
from tests.switch.peer import DEADLINE_S, Peer, event, frames_of, on_the_wire, pair, reply, usual

U = "11111111-2222-4333-8444-555555555555"


def channel(**variables: str) -> bytes:
    head = {
        "Event-Name": "CHANNEL_DATA",
        "Unique-ID": U,
        "Caller-Caller-ID-Name": "张 伟\nUnique-ID: forged",
        "Caller-Caller-ID-Number": "13800001111",
        "Caller-Destination-Number": "4001",
        **{f"variable_{name}": value for name, value in variables.items()},
    }
    lines = [f"{name}: {quote(value)}" for name, value in head.items()]
    return on_the_wire(
        [*lines, "Content-Type: command/reply", "Reply-Text: +OK", "Socket-Mode: async", "Control: full"]
    )


class Story:
    """The switch's side of one call: what was executed, and what is told of it."""

    def __init__(self, **variables: str) -> None:
        ours, theirs = pair()
        self.channel = channel(**variables)
        self.peer = Peer(theirs, self._answer)
        self.call = OutboundCall(ours, "node-1")

    def _answer(self, command: str) -> bytes | None:
        if command == "connect":
            return self.channel
        return usual(command)

    def executed(self) -> tuple[str, str, str]:
        """The next execution that was asked for: application, argument, Event-UUID."""
        command = self.peer.expect("sendmsg")
        fields = dict(line.split(": ", 1) for line in command.split("\n")[1:])
        return fields["execute-app-name"], fields.get("execute-app-arg", ""), fields["Event-UUID"]

    def tell(self, name: str, **fields: str) -> None:
        fields.setdefault("Unique_ID", U)
        self.peer.send(event(name, **fields))

    def starts(self, execution: str) -> None:
        self.tell("CHANNEL_EXECUTE", Application_UUID=execution)

    def completes(self, execution: str, response: str = "FILE PLAYED", **fields: str) -> None:
        self.tell("CHANNEL_EXECUTE_COMPLETE", Application_UUID=execution, Application_Response=response, **fields)

    def next(self, timeout_s: float = DEADLINE_S) -> object:
        return self.call.next_event(timeout_s)

    def asks(self, **options: object) -> tuple[str, str]:
        """Ask, and give the variable and execution that the switch was told."""
        how: dict[str, object] = {
            "min_keys": 1,
            "max_keys": 4,
            "timeout_s": 3.0,
            "inter_digit_s": 1.5,
            "terminators": "#",
            **options,
        }
        self.call.ask(7, ["menu.wav"], **how)  # type: ignore[arg-type]
        application, argument, execution = self.executed()
        assert application == "play_and_get_digits"
        return argument.split()[7], execution


@pytest.fixture
def story() -> Iterator[Story]:
    story = Story(record="abc", empty="")
    story.call.begin()
    yield story
    story.call.close()
    story.peer.close()


# --- the beginning ------------------------------------------------------------------------------------------------------
def test_a_call_is_taken_with_its_data_and_promised_to_go_on(story: Story) -> None:
    call = story.call
    assert (call.uuid, call.node) == (U, "node-1")
    assert (call.caller_number, call.destination) == ("13800001111", "4001")
    assert call.caller_name == "张 伟\nUnique-ID: forged"
    assert call.variable("record") == "abc"
    assert call.variable("empty") == ""
    assert call.variable("nothing") is None
    assert "socket_resume=true" in story.peer.expect("api uuid_setvar_multi")
    assert story.peer.all[:2] == ["connect", "linger 10"]


def test_a_caller_who_left_before_is_a_sentence() -> None:
    story = Story()
    story.channel = reply("-ERR no session")
    with pytest.raises(ConnectionLost, match="before it could be taken"):
        story.call.begin()


def test_a_peer_that_goes_before_its_answer_is_a_sentence() -> None:
    story = Story()
    story.peer.answer_with = None
    greenlet = gevent.spawn(story.call.begin)
    story.peer.expect("connect")
    story.peer.close()
    with pytest.raises(ConnectionLost, match="before it could be taken"):
        greenlet.get(timeout=DEADLINE_S)


def test_a_peer_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "BEGIN_DEADLINE_S", 0.05)
    story = Story()
    story.peer.answer_with = None
    with pytest.raises(ConnectionLost, match="never answered"):
        story.call.begin()
    assert story.peer.closed.wait(DEADLINE_S)


# --- playing ------------------------------------------------------------------------------------------------------------
def test_sounds_are_played_one_after_another_and_missing_ones_are_named(story: Story) -> None:
    story.call.play(3, ["a.wav", "b.wav", "bad name.wav", "c.wav"])
    for name, response in (("a.wav", "FILE PLAYED"), ("b.wav", "FILE NOT FOUND"), ("c.wav", "FILE PLAYED")):
        application, argument, execution = story.executed()
        assert (application, argument) == ("playback", name)
        story.completes(execution, response)
    assert story.next() == Played(3, ("bad name.wav", "b.wav"))


def test_nothing_to_play_is_played_at_once(story: Story) -> None:
    story.call.play(3, [])
    story.call.play(4, ["${x}"])
    assert story.next() == Played(3)
    assert story.next() == Played(4, ("${x}",))


def test_the_completion_of_another_execution_changes_nothing(story: Story) -> None:
    story.call.play(3, ["a.wav"])
    *_, execution = story.executed()
    story.completes("somebody-else")
    story.tell("CHANNEL_EXECUTE_COMPLETE", Application="playback", Application_Response="FILE PLAYED")
    story.tell("CHANNEL_EXECUTE_COMPLETE", Unique_ID="another-leg", Application_UUID=execution)
    assert story.next(0.05) is None
    story.completes(execution)
    assert story.next() == Played(3)


def test_the_next_thing_waits_for_the_end_of_the_present_one(story: Story) -> None:
    story.call.answer()
    story.call.play(1, ["a.wav"])
    application, _, answering = story.executed()
    assert application == "answer"
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "playback\n" in said]
    story.completes(answering, "_none_")
    assert story.executed()[0] == "playback"
    assert not [said for said in story.peer.all if "uuid_break" in said]


def test_a_new_prompt_stops_the_present_one_and_both_are_told(story: Story) -> None:
    story.call.play(1, ["a.wav", "never.wav"])
    *_, first = story.executed()
    story.starts(first)
    story.call.play(2, ["b.wav"])
    story.peer.expect(f"api uuid_break {U}")
    story.completes(first)
    assert story.executed()[1] == "b.wav"
    assert story.next() == Played(1)


def test_what_never_began_is_told_as_well(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    story.call.play(2, ["b.wav"])
    story.call.play(3, ["c.wav"])
    assert story.next() == Played(2)
    *_, first = story.executed()
    story.starts(first)
    story.completes(first)
    assert story.next() == Played(1)
    assert story.executed()[1] == "c.wav"


def test_a_refused_execution_leaves_no_dead_air(story: Story) -> None:
    story.peer.answer_with = lambda command: (
        reply("-ERR invalid session id") if "sendmsg" in command else usual(command)
    )
    story.call.play(5, ["a.wav"])
    assert story.next() == Played(5)


# --- stopping -----------------------------------------------------------------------------------------------------------
def test_a_stop_waits_until_playing_began_because_the_switch_forgets_it_otherwise(story: Story) -> None:
    story.call.play(1, ["a.wav", "b.wav"])
    *_, execution = story.executed()
    story.call.stop()
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "uuid_break" in said]
    story.starts(execution)
    assert story.peer.expect("api uuid_break") == f"api uuid_break {U}"  # never "all": that loses executions
    story.completes(execution)
    assert story.next() == Played(1)


def test_a_stop_that_was_not_heeded_is_said_again_until_it_is(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    for _ in range(3):
        story.peer.expect("api uuid_break")
    story.completes(execution)
    assert story.next() == Played(1)
    before = len(story.peer.all)
    story.call.play(2, ["b.wav"])
    gevent.sleep(0.5)
    assert [said for said in story.peer.all[before:] if "uuid_break" in said] == []


def test_a_stop_of_nothing_says_nothing(story: Story) -> None:
    story.call.stop()
    story.call.play(1, [])
    story.call.stop()
    gevent.sleep(0.02)
    assert not [said for said in story.peer.all if "uuid_break" in said]


def test_an_ask_is_stopped_by_a_key_that_no_telephone_has(story: Story) -> None:
    _, execution = story.asks()
    story.starts(execution)
    story.call.stop()
    story.peer.expect(f"api uuid_recv_dtmf {U} F")
    story.tell("DTMF", DTMF_Digit="F")
    story.completes(execution, "_none_", variable_read_terminator_used="F")
    assert story.next() == KeysEntered(7, "")


# --- asking -------------------------------------------------------------------------------------------------------------
def test_keys_of_an_ask_come_once_and_not_as_single_keys(story: Story) -> None:
    variable, execution = story.asks()
    for key in "12#":
        story.tell("DTMF", DTMF_Digit=key)
    story.completes(execution, "_none_", **{f"variable_{variable}": "12", "variable_read_terminator_used": "#"})
    assert story.next() == KeysEntered(7, "12", "#")
    story.tell("DTMF", DTMF_Digit="5")
    assert story.next() == KeyPressed("5")


def test_the_keys_do_not_stay_on_the_channel(story: Story) -> None:
    variable, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{variable}": "1234"})
    assert story.peer.expect(f"api uuid_setvar {U} {variable}") == f"api uuid_setvar {U} {variable}"


def test_the_terminator_of_an_earlier_ask_is_not_taken_for_this_ones(story: Story) -> None:
    variable, execution = story.asks()
    story.tell("DTMF", DTMF_Digit="1")
    story.completes(execution, "_none_", **{f"variable_{variable}": "1", "variable_read_terminator_used": "#"})
    assert story.next() == KeysEntered(7, "1", "")


def test_silence_is_empty_keys_though_an_earlier_ask_had_some(story: Story) -> None:
    first, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{first}": "12"})
    assert story.next() == KeysEntered(7, "12")
    second, execution = story.asks()
    assert second != first
    story.completes(execution, "_none_", **{f"variable_{first}": "12", "variable_read_result": "failure"})
    assert story.next() == KeysEntered(7, "")


def test_too_few_keys_are_reported_because_the_flow_decides(story: Story) -> None:
    story.call.ask(1, [], min_keys=6, max_keys=6, timeout_s=0.5, inter_digit_s=0.5, terminators="")
    _, argument, _ = story.executed()
    assert argument.startswith("1 6 1 500 F file_string://silence_stream://20 ")


def test_a_prompt_of_missing_files_still_listens(story: Story) -> None:
    story.call.ask(1, ["a.wav", "${x}"], min_keys=1, max_keys=1, timeout_s=5, inter_digit_s=3, terminators="#")
    assert "file_string://a.wav!silence_stream://20 " in story.executed()[1]


def test_keys_that_are_none_are_dropped(story: Story) -> None:
    variable, execution = story.asks()
    story.completes(execution, "_none_", **{f"variable_{variable}": "1${x}2\n*"})
    assert story.next() == KeysEntered(7, "12*")


# --- holding ------------------------------------------------------------------------------------------------------------
def test_hold_music_begins_again_until_it_is_stopped(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "SHORTEST_LOOP_S", 0)
    story.call.hold(2, "moh.wav")
    for _ in range(3):
        application, argument, execution = story.executed()
        assert (application, argument) == ("playback", "moh.wav")
        story.starts(execution)
        story.completes(execution)
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    story.completes(execution)
    assert story.next() == Played(2)


@pytest.mark.parametrize("response", ["FILE NOT FOUND", "FILE PLAYED"])
def test_music_that_is_missing_or_empty_becomes_silence(story: Story, response: str) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.completes(execution, response)
    assert story.executed()[1] == SILENCE


def prepared(story: Story) -> str:
    """Music plays, a talk is prepared; the execution of the music."""
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    return execution


def test_music_is_silent_before_a_talk_is_prepared(story: Story) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.tell("DTMF", DTMF_Digit="1")
    assert story.next() == KeyPressed("1")  # so the beginning was read as well
    before = len(story.peer.all)
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.peer.expect(f"api uuid_setvar {U} socket_resume false")
    assert [said.split()[1] for said in story.peer.all[before:]] == ["uuid_break", "uuid_setvar", "uuid_setvar"]


@pytest.mark.parametrize("response", ["PLAYBACK ERROR", "FILE PLAYED"])
def test_a_hold_that_the_talk_ended_is_neither_told_nor_begun_again(story: Story, response: str) -> None:
    story.completes(prepared(story), response)
    assert story.next(0.05) is None
    assert len([said for said in story.peer.all if "playback\n" in said]) == 1


@pytest.mark.parametrize("first", ["it stops", "the talk is off"])
def test_music_goes_on_when_the_talk_is_off(story: Story, first: str) -> None:
    execution = prepared(story)
    if first == "it stops":
        story.completes(execution)
        gevent.sleep(0.02)
        story.call.remember("socket_resume", "true")
    else:
        story.call.remember("socket_resume", "true")
        story.peer.expect(f"api uuid_setvar {U} socket_resume true")
        story.completes(execution)
    application, argument, again = story.executed()
    assert (application, argument) == ("playback", "moh.wav")
    story.starts(again)
    story.call.stop()
    story.completes(again)
    assert story.next() == Played(2)


@pytest.mark.parametrize("stopped", [True, False])
def test_something_else_to_hear_ends_a_hold_that_was_silent(story: Story, stopped: bool) -> None:
    execution = prepared(story)
    if stopped:
        story.completes(execution)
        gevent.sleep(0.02)
    story.call.play(3, ["sorry.wav"])
    if not stopped:
        story.completes(execution)
    assert story.next() == Played(2)
    assert story.executed()[1] == "sorry.wav"


def test_a_hold_that_was_stopped_before_is_told_of_and_stays_stopped(story: Story) -> None:
    story.call.hold(2, "moh.wav")
    *_, execution = story.executed()
    story.starts(execution)
    story.call.stop()
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.completes(execution)
    assert story.next() == Played(2)
    story.call.remember("socket_resume", "true")
    story.peer.expect(f"api uuid_setvar {U} socket_resume true")
    assert len([said for said in story.peer.all if "playback\n" in said]) == 1


def test_a_stop_ends_a_hold_that_was_silent(story: Story) -> None:
    story.completes(prepared(story))
    gevent.sleep(0.02)
    story.call.stop()
    assert story.next() == Played(2)


# --- the call itself ----------------------------------------------------------------------------------------------------
def test_a_talk_is_prepared_before_anything_after_it(story: Story) -> None:
    story.call.remember("callcontrol_record", "x-1")
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.call.leave()
    story.peer.expect("exit")
    said = [command for command in story.peer.all if U in command or command == "exit"][-4:]
    assert said == [
        f"api uuid_setvar {U} callcontrol_record x-1",
        f"api uuid_setvar {U} transfer_after_bridge callcontrol_resume:XML:callcontrol",
        f"api uuid_setvar {U} socket_resume false",
        "exit",
    ]


def test_a_talk_that_did_not_come_about_makes_the_call_outlive_us_again(story: Story) -> None:
    story.peer.expect("api uuid_setvar_multi")
    story.call.prepare_talk("callcontrol_resume:XML:callcontrol")
    story.call.play(1, ["sorry.wav"])
    assert "socket_resume=true" in story.peer.expect("api uuid_setvar_multi")


def test_hostile_values_reach_the_wire_harmless(story: Story) -> None:
    story.call.remember("note", "${system(touch /x/f)}\nevil: 1\r\n\r\n'\"\\")
    said = story.peer.expect(f"api uuid_setvar {U} note")
    assert not re.search(r"[$\n\r{}()'\"\\]", said)
    with pytest.raises(Refused):
        story.call.remember("no${te}", "x")
    with pytest.raises(Refused):
        story.call.hang_up("NO\nCAUSE")
    with pytest.raises(Refused):
        story.call.prepare_talk("a:XML:b c")


# --- the end ------------------------------------------------------------------------------------------------------------
def test_a_hang_up_is_told_once_and_nothing_follows(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.tell("CHANNEL_HANGUP", Hangup_Cause="NORMAL_CLEARING")
    story.completes(execution, "PLAYBACK ERROR")
    story.tell("CHANNEL_HANGUP", Hangup_Cause="USER_BUSY")
    assert story.next() == HungUp("NORMAL_CLEARING")
    assert story.next(0.05) is None
    with gevent.Timeout(1, AssertionError("it waits for what can't come")):
        assert story.call.next_event() is None
    assert story.peer.closed.wait(DEADLINE_S)


def test_events_before_the_hang_up_are_told_before_it(story: Story) -> None:
    story.call.play(1, ["a.wav"])
    *_, execution = story.executed()
    story.peer.send(
        event("DTMF", Unique_ID=U, DTMF_Digit="1")
        + event("CHANNEL_EXECUTE_COMPLETE", Unique_ID=U, Application_UUID=execution)
        + event("CHANNEL_HANGUP", Unique_ID=U, Hangup_Cause="NORMAL_CLEARING")
    )
    assert [story.next() for _ in range(3)] == [KeyPressed("1"), Played(1), HungUp("NORMAL_CLEARING")]


NOTICE = b"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n"


def test_a_notice_alone_is_a_hang_up_too(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "CAUSE_WITHIN_S", 0.02)
    story.peer.send(NOTICE)
    assert story.next() == HungUp("NORMAL_UNSPECIFIED")


def test_the_cause_may_come_after_the_notice(story: Story) -> None:
    story.peer.send(NOTICE)
    story.tell("CHANNEL_HANGUP", Hangup_Cause="USER_BUSY")
    assert story.next() == HungUp("USER_BUSY")
    assert story.next() is None


def test_a_prompt_that_the_hang_up_cut_was_not_heard(story: Story) -> None:
    story.call.play(1, ["announcement.wav"])
    *_, execution = story.executed()
    story.completes(execution, "PLAYBACK ERROR", Hangup_Cause="NORMAL_CLEARING")
    assert story.next() == HungUp("NORMAL_CLEARING")


def test_a_socket_that_ends_while_the_call_lives_is_told_as_that(story: Story) -> None:
    story.peer.close()
    assert story.next() == SessionClosed()
    assert story.next() is None
    story.call.play(1, ["a.wav"])  # nothing to do, nothing to raise
    story.call.remember("x", "y")
    story.call.leave()


def test_events_of_other_legs_are_not_ours(story: Story) -> None:
    story.tell("CHANNEL_HANGUP", Unique_ID="another", Hangup_Cause="NORMAL_CLEARING")
    story.tell("DTMF", Unique_ID="another", DTMF_Digit="1")
    assert story.next(0.05) is None


def test_posted_events_stand_in_the_same_line(story: Story) -> None:
    story.call.post("an offer")
    story.tell("DTMF", DTMF_Digit="1")
    assert [story.next(), story.next()] == ["an offer", KeyPressed("1")]


def test_a_caller_who_leans_on_a_key_fills_no_memory(story: Story) -> None:
    for _ in range(500):
        story.tell("DTMF", DTMF_Digit="1")
    story.tell("CHANNEL_HANGUP", Hangup_Cause="NORMAL_CLEARING")
    told = []
    while (one := story.next()) is not None:
        told.append(one)
    assert told[-1] == HungUp("NORMAL_CLEARING")
    assert len(told) <= session_module.MAX_UNREAD_KEYS + 1


def test_a_conductor_that_reads_nothing_loses_the_session_not_the_process(story: Story) -> None:
    for number in range(session_module.MAX_UNREAD + 10):
        story.call.post(number)
    assert story.peer.closed.wait(DEADLINE_S)


@pytest.mark.parametrize("recording", ["ivr-digits", "caller-hangs-up", "cancel-ringing-agent"])
def test_a_recorded_call_ends_as_it_did(recording: str) -> None:
    frames = frames_of(recording, "outbound")
    story = Story()
    story.channel = next(raw for raw in frames if raw.startswith(b"Event-Name: CHANNEL_DATA"))
    story.call.begin()
    story.peer.send(*(raw for raw in frames if b"text/event-json" in raw or b"disconnect-notice" in raw))
    told = []
    while (one := story.next()) is not None:
        told.append(one)
    assert isinstance(told[-1], HungUp)
    assert [one for one in told if isinstance(one, HungUp)] == told[-1:]
    if recording == "ivr-digits":
        assert told[:-1] == [KeyPressed("1"), KeyPressed("2"), KeyPressed("#")]
        assert told[-1] == HungUp("DESTINATION_OUT_OF_ORDER")
