"""What a value does that comes from outside, and that the same value does nothing once it passed the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_switch import stranger
from tests.real_switch.rig import Rig

HOSTILE = [
    "${system(touch %s)}",
    "$${system(touch %s)}",
    "%%24{system(touch %s)}",
    "x\nexecute-app-name: system\nexecute-app-arg: touch %s",
    "x\r\n\r\napi system touch %s\r\n\r\n",
    "x',y='${system(touch %s)}",
    "x}sofia/internal/1002@127.0.0.1:1 &system(touch %s)",
    "x &system(touch %s)",
    "[a=b]{c=d}|^^:|,;!<>\"'\\`",
    "王小明 " + "长" * 10_000,
    "a\x00b\x1b[2J\u202e",
]


def test_an_expansion_in_an_argument_runs_a_command(rig: Rig, tmp_path: Path) -> None:
    """The danger is real; if this fails the rest of this file proves nothing."""
    _, call = rig.taken_call()
    made = tmp_path / "made"
    call.conn.run("set", f"x=${{system(touch {made})}}")
    assert made.exists()


def test_a_variable_is_stored_as_it_is_and_expanded_by_whoever_names_it(rig: Rig, tmp_path: Path) -> None:
    _, call = rig.taken_call()
    made = tmp_path / "made"
    rig.api(f"uuid_setvar {call.uuid} later ${{system(touch {made})}}")
    assert not made.exists()
    call.conn.run("set", "now=${later}")
    assert made.exists()


def test_a_newline_in_an_argument_is_a_new_header(rig: Rig) -> None:
    _, call = rig.taken_call()
    identity = call.conn.execute("playback", "silence_stream://50\nexecute-app-name: set\nexecute-app-arg: forged=true")
    call.conn.completion(identity)
    assert rig.conn.seen("CHANNEL_EXECUTE", **{"Application-UUID": identity})


@pytest.mark.parametrize(
    ("from_header", "header"),
    [
        ('"${system(touch %s)}" <sip:13800001111@127.0.0.1>', "X-Plain: 1"),
        ("<sip:%%24%%7Bsystem(touch%%20%s)%%7D@127.0.0.1>", "X-Plain: 1"),
        ("<sip:13800001111@127.0.0.1>", "X-Rig: ${system(touch %s)}"),
        ('"' + "王" * 3000 + '${system(touch %s)}" <sip:1@127.0.0.1>', "X-Plain: 1"),
    ],
    ids=["name", "number", "header", "ten kilobytes"],
)
def test_what_a_stranger_sends_reaches_the_controller_and_runs_nothing_in_the_dialplan(
    rig: Rig, tmp_path: Path, from_header: str, header: str
) -> None:
    made = tmp_path / "made"
    with stranger.invite(
        rig.switch,
        "4001",
        from_header % made if "%s" in from_header else from_header,
        header % made if "%s" in header else header,
        "X-Callcontrol_entry: 4002",
    ):
        listener = rig.controller()
        call = listener.take()
        assert call.variable("callcontrol_entry") == "4001"
        call.conn.run("answer")
        call.conn.cut()
        listener.take()
        assert not made.exists()


@pytest.mark.parametrize("pattern", HOSTILE, ids=range(len(HOSTILE)))
def test_what_passed_the_gate_is_remembered_and_shown_and_does_nothing(rig: Rig, tmp_path: Path, pattern: str) -> None:
    gate = pytest.importorskip("callcontrol.switch.gate")
    commands = pytest.importorskip("callcontrol.switch.commands")
    made = tmp_path / "made"
    text = pattern % made if "%s" in pattern else pattern
    caller, call = rig.taken_call()
    uuid = gate.identity(call.uuid)
    reply = call.conn.ask(commands.remember(uuid, gate.variable_name("callcontrol_name"), gate.variable_value(text)))
    assert reply.body.startswith(("+OK", "-ERR")), reply
    call.conn.run("set", "again=${callcontrol_name}")
    leg = gate.identity("leg-of-" + call.uuid)
    job = rig.conn.ask(
        commands.ring(
            leg,
            gate.contact(rig.tone_phone(500)),
            ring_s=5,
            park_s=5,
            caller_name=gate.caller_name(text),
            caller_number=gate.caller_number(text),
            variables={gate.variable_name("callcontrol_shown"): gate.variable_value(text)},
        )
    ).head["Job-UUID"]
    assert rig.conn.result(job) == f"+OK {leg}"
    assert caller.alive
    assert call.conn.run("playback", "silence_stream://50")["Application-Response"] == "FILE PLAYED"
    assert not made.exists()
    rig.eventually(lambda: len(rig.legs()) == 4, "the caller's two ends and the agent's two ends, and no other leg")
