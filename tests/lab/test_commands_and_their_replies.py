"""Good and bad commands, with the replies of the real switch."""

from __future__ import annotations

import json
import socket
from itertools import pairwise

import pytest

from callcontrol.lab import api
from callcontrol.lab.simulated_switch import SimulatedSwitch
from tests.lab import esl
from tests.lab.esl import Controller, Peer
from tests.lab.replay import UUID, Line, load

# Answers that tell about the moment: compared by shape.
BY_SHAPE = (
    "api show channels as json",
    "api show calls count",
    "api strepoch",
    "api sofia status",
    "api global_getvar",
)


def lines_of(name: str) -> list[tuple[Line, Line]]:
    """Commands of a transcript with the answer that came to each."""
    lines = [line for line in load(name) if line.head.get("Content-Type") != "text/disconnect-notice"]
    return [(one, other) for one, other in pairwise(lines) if one.to_switch]


@pytest.fixture
def talk(switch: SimulatedSwitch, controller: Controller) -> Peer:
    """A caller and an agent who talk, as in the recording."""
    switch.phone("phone").answers_after(0)
    caller = switch.call("4001", name="Zhang San")
    leg = controller.accept()
    leg.execute("answer", uuid="a")
    leg.completed("a")
    api.run(switch, "originate", "{origination_uuid=the-agent}sofia/internal/phone@127.0.0.1:5060 &park()")
    api.run(switch, "uuid_bridge", f"{caller.uuid} the-agent")
    leg.event("CHANNEL_BRIDGE")
    return leg


@pytest.mark.usefixtures("talk")
def test_every_command_of_the_transcript_gets_its_recorded_reply(switch: SimulatedSwitch) -> None:
    peers: dict[str, Peer] = {}
    compared = 0
    for command, answer in lines_of("inbound-commands"):
        peer = peers.get(command.connection)
        if peer is None:
            peer = peers[command.connection] = Peer(socket.create_connection(("127.0.0.1", switch.esl_port)))
            peer.wait(lambda peer=peer: peer.frames)
        text = "auth ClueCon" if command.text == "auth ClueCon" else command.text
        got = peer.ask(text)
        assert got.kind == answer.head["Content-Type"], text
        if text.startswith(BY_SHAPE):
            assert _shape(got.text) == _shape(answer.body or ""), text
        else:
            expected = answer.head.get("Reply-Text", answer.body or "")
            assert UUID.sub("U", got.reply) == UUID.sub("U", expected), text
        compared += 1
    assert compared == 24
    assert peers["inbound-2"].frames[-1].kind == "text/disconnect-notice" or peers["inbound-2"].wait(
        lambda: peers["inbound-2"].closed
    )


def _shape(text: str) -> object:
    if text.startswith("{"):
        data = json.loads(text)
        return {name: sorted(rows[0]) if isinstance(rows, list) else type(rows) for name, rows in data.items()}
    return "".join("9" if letter.isdigit() else letter for letter in text if not letter.isalpha()).replace("9", "")[:3]


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("API uuid_exists x", "false"),
        ("event json CHANNEL_CREATE NOSUCH", "+OK event listener enabled json"),
        ("event json CHANNEL_CREATE,CHANNEL_ANSWER", "-ERR no keywords supplied"),
        ("event CHANNEL_CREATE", "+OK event listener enabled plain"),
        ("event", "-ERR no keywords supplied"),
        ("nixevent NOSUCH", "-ERR no keywords supplied"),
        ("filter", "-ERR command not found"),
        ("filter Unique-ID", "-ERR invalid syntax"),
        ("filter delete", "-ERR invalid syntax"),
        ("getvar x", "-ERR command not found"),
        ("nolog", "-ERR not loging"),
        ("divert_events on", "-ERR not controlling a session."),
        ("bgapi", "-ERR command not found"),
        ("sendmsg\ncall-command: execute", "-ERR invalid session id []"),
        ("api uuid_kill", "-USAGE: <uuid> [cause]\n"),
        ("api uuid_kill x", "-ERR No such channel!\n"),
        ("api uuid_break x", "-ERR No such channel!\n"),
        ("api uuid_getvar x y", "-ERR No such channel!\n"),
        ("api uuid_setvar_multi x a=1", "-ERR No such channel!\n-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"),
        ("api uuid_bridge x y", "-ERR Invalid uuid\n"),
        ("api uuid_bridge x", "-USAGE: <uuid> <other_uuid>\n"),
        ("api uuid_record x start y", "-ERR Cannot locate session!\n"),
        ("api uuid_recv_dtmf x 1", "-ERR Cannot locate session!\n"),
        ("api global_getvar nosuch", "-ERR no reply\n"),
        ("api module_exists mod_sofia", "true"),
        ("api module_exists mod_nosuch", "false"),
        ("api sofia status profile nosuch", "Invalid Profile!\n"),
        ("api sofia_contact 1001@127.0.0.1", "error/user_not_registered"),
        ("api reloadxml", "+OK [Success]\n"),
        ("api version short", "1.10.12-release\n"),
        ("api originate user/1001", "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n"),
        ("api originate user/9999@127.0.0.1 &park()", "-ERR SUBSCRIBER_ABSENT\n"),
        ("api originate nosuch/x &park()", "-ERR CHAN_NOT_IMPLEMENTED\n"),
        ("api originate sofia/nosuch/x@y &park()", "-ERR INVALID_PROFILE\n"),
        ("api originate error/USER_BUSY &park()", "-ERR USER_BUSY\n"),
        ("api originate {a=b sofia/internal/x@y &park()", "-ERR DESTINATION_OUT_OF_ORDER\n"),
    ],
)  # fmt: skip
def test_a_command_of_an_inbound_connection_is_answered_as_the_real_switch_does(
    watch: Peer, command: str, reply: str
) -> None:
    assert watch.ask(command).reply == reply


def test_a_wrong_password_ends_the_connection(switch: SimulatedSwitch) -> None:
    peer = Peer(socket.create_connection(("127.0.0.1", switch.esl_port)))
    peer.wait(lambda: peer.frames)
    assert peer.ask("auth wrong").reply == "-ERR invalid"
    peer.wait(lambda: peer.closed)


def test_a_command_that_comes_in_pieces_and_with_carriage_returns_is_one_command(switch: SimulatedSwitch) -> None:
    peer = Peer(socket.create_connection(("127.0.0.1", switch.esl_port)))
    for piece in (b"au", b"th Clue", b"Con\r\n", b"\r\napi uuid_", b"exists x\n\n\n\napi uuid_exists y\n\n"):
        peer.sock.sendall(piece)
    peer.wait(lambda: len(peer.answers) == 3)
    assert [a.reply for a in peer.answers] == ["+OK accepted", "false", "false"]


def test_the_identity_of_a_job_may_be_chosen(watch: Peer) -> None:
    assert watch.ask("bgapi uuid_exists x\nJob-UUID: mine").head["Job-UUID"] == "mine"
    job = watch.event("BACKGROUND_JOB")
    assert (job.get("Job-UUID"), job.get("_body")) == ("mine", "false")


def test_a_value_in_a_plain_event_forges_no_header(switch: SimulatedSwitch) -> None:
    switch.phone("phone").answers_after(0)
    command = next(line.text for line in load("plain-events") if line.text.startswith("bgapi"))
    peer = esl.inbound(switch.esl_port)
    peer.ask("event plain CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB")
    peer.ask(command)
    answered = peer.event("CHANNEL_ANSWER")
    assert answered.get("variable_cc_json") == '{"a": "b: c"}'
    assert "forged" in answered.get("Caller-Orig-Caller-ID-Name")
    assert answered.get("Unique-ID") in switch.channels
    for line in answered.text.rstrip("\n").split("\n"):
        assert ": " in line
        assert "forged" not in line.split(": ")[0]
    job = peer.event("BACKGROUND_JOB")
    assert job.text.endswith(f"\n\n+OK {answered.get('Unique-ID')}\n")


def test_filters_let_through_what_one_of_them_matches(switch: SimulatedSwitch, watch: Peer) -> None:
    watch.ask("filter Event-Name CHANNEL_DESTROY")
    watch.ask("filter Caller-Caller-ID-Number 1")
    switch.call("nowhere", number="1")
    watch.event("CHANNEL_DESTROY")
    switch.call("nowhere", number="2")
    watch.event("CHANNEL_DESTROY", count=2)
    assert {f.name for f in watch.events() if f.get("Caller-Caller-ID-Number") == "2"} == {"CHANNEL_DESTROY"}
    assert {f.name for f in watch.events() if f.get("Caller-Caller-ID-Number") == "1"} > {"CHANNEL_CREATE"}


def test_show_channels_still_lists_a_leg_that_is_hung_up_while_a_connection_lingers(
    switch: SimulatedSwitch, controller: Controller, watch: Peer
) -> None:
    caller = switch.call("4001")
    controller.accept(linger=600)
    caller.hang_up()
    watch.event("CHANNEL_HANGUP_COMPLETE")
    rows = json.loads(watch.ask("api show channels as json").text)["rows"]
    assert [(r["uuid"], r["state"]) for r in rows] == [(caller.uuid, "CS_EXECUTE")]
    assert watch.ask(f"api uuid_exists {caller.uuid}").text == "false"
