"""Sensitive keys on the real switch: in no event but the answer, in none of its log lines, not in ``digits_dialed``, nor in the call's record."""

from __future__ import annotations

import base64
import zlib

from tests.real_switch.rig import Rig

FLOW = """
from callcontrol.flow import AskDigits, Flow, HangUp, Menu, Play, words


class Bank(Flow):
    title = words(zh="银行", en="Bank")
    start = "pin"
    rescue = "bye"
    pin = AskDigits("hotline.menu", remember="pin", then="menu", silence="bye", min_digits=8, max_digits=9, sensitive=True,
                    timeout_s=20)
    menu = Menu("hotline.menu", keys={"7": "bye"}, silence="bye", timeout_s=20)
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "bank"
language = "en"
"""
MARKER = "82640513"


def unpacked(text: str) -> str:
    return zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode()


def test_the_marker_is_nowhere(rig: Rig) -> None:
    flows = rig.directory / "flows"
    flows.mkdir()
    (flows / "bank.py").write_text(FLOW)
    configuration = rig.directory / "configuration.toml"
    configuration.write_text(CONFIGURATION)
    controller = rig.run_controller(configuration, CALLCONTROL_FLOWS_DIR=str(flows), CALLCONTROL_TTS_COMMAND="")
    before = rig.switch.log.stat().st_size
    caller = rig.caller("4001").answered()
    asked = rig.wait("CHANNEL_EXECUTE", 20.0, Application="play_and_get_digits")
    call = asked["Unique-ID"]
    caller.press(f"{MARKER}#")

    def asks() -> int:
        return len(rig.conn.seen("CHANNEL_EXECUTE", Application="play_and_get_digits", **{"Unique-ID": call}))

    rig.eventually(lambda: asks() == 2, "the menu is asked", 25.0)
    assert '"step":"menu"' in unpacked(rig.variable(call, "callcontrol_record"))
    assert MARKER not in unpacked(rig.variable(call, "callcontrol_record"))
    assert rig.conn.seen("DTMF", **{"Unique-ID": call}) == []
    caller.press("7")  # is told again: the switch is silent for as long as it was asked to
    rig.wait("DTMF", 20.0, **{"Unique-ID": call, "DTMF-Digit": "7"})
    caller.gone(25.0)
    over = rig.wait("CHANNEL_HANGUP_COMPLETE", 20.0, **{"Unique-ID": call})
    assert over["variable_digits_dialed"] == "7"

    holding = {
        (event.get("Event-Name"), name)
        for event in rig.conn.events
        if event.get("Unique-ID") == call
        for name, value in event.items()
        if MARKER in str(value)
    }
    assert {kind for kind, _ in holding} <= {"CHANNEL_EXECUTE_COMPLETE"}
    assert all(name.startswith("variable_callcontrol_keys_") for _, name in holding)
    log = rig.switch.log.read_bytes()[before:].decode(errors="replace")
    lines = [line for line in log.splitlines() if call in line]
    assert len(lines) > 20
    assert MARKER not in "\n".join(lines)
    received = [line for line in lines if "RECV DTMF" in line]
    assert received
    assert all("DTMF 7:" in line for line in received)
    rig.eventually(lambda: [row for row in rig.calls() if row["ended_at"]], "the call is kept", 25.0)
    assert MARKER not in rig.callcontrol("calls", "show", call)
    assert MARKER not in controller.log.read_text(errors="replace")
    for file in rig.data.rglob("*"):
        if file.is_file():
            assert MARKER.encode() not in file.read_bytes(), file
