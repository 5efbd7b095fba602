"""Messages on the real switch: what is recorded, what ends it, who dies meanwhile, where it can't be written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.real_switch import sound
from tests.real_switch.rig import Caller, ControllerProcess, Rig

FLOW = """
from callcontrol.flow import Flow, HangUp, Play, RecordMessage, words


class Voicemail(Flow):
    title = words(zh="留言", en="Voicemail")
    start = "leave"
    rescue = "bye"
    leave = RecordMessage(
        "hotline.closed", box="support", then="kept", silence="bye", failed="no", silence_s=2, max_s=60, tries=1
    )
    kept = Play("survey.thanks", then="bye")
    no = Play("rescue.sorry", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "voicemail"
language = "en"

[queues.support]
skills = "support >= 2"

[agents.1001]
contact = "user/1001"
skills = { support = 3 }
"""
HERTZ = 440


class Mailbox:
    """Controllers on the real switch, with one flow that takes messages."""

    def __init__(self, rig: Rig, controllers: int = 1) -> None:
        self.rig = rig
        flows = rig.directory / "flows"
        flows.mkdir()
        (flows / "voicemail.py").write_text(FLOW)
        self.configuration = rig.directory / "configuration.toml"
        self.configuration.write_text(CONFIGURATION)
        self.settings = {"CALLCONTROL_FLOWS_DIR": str(flows), "CALLCONTROL_TTS_COMMAND": ""}
        self.controllers = [self.start() for _ in range(controllers)]

    def start(self) -> ControllerProcess:
        return self.rig.run_controller(self.configuration, **self.settings)

    def at_the_beep(self) -> tuple[Caller, str]:
        """A caller who may speak now, and the file."""
        caller = self.rig.caller("4001").answered()
        began = self.rig.wait("RECORD_START", 20.0)
        return caller, str(began["Record-File-Path"])

    def until(self, true: Callable[[], object], what: str) -> None:
        self.rig.eventually(true, what, 25.0)

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.rig.callcontrol("messages", "list", "--json"))
        return found

    def message(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def examined() -> bool:
            found[:] = [row for row in self.messages() if row["state"] != "recording"]
            return bool(found)

        self.until(examined, "the message was examined")
        return found[0]


def speak_for(caller: Caller, seconds: float) -> None:
    caller.speak(HERTZ)
    time.sleep(seconds)
    caller.switch.api(f"uuid_break {caller.uuid} all")


def test_what_is_said_is_kept_and_a_pause_ends_it(rig: Rig) -> None:
    box = Mailbox(rig)
    caller, path = box.at_the_beep()
    speak_for(caller, 3.0)
    caller.gone(25.0)
    row = box.message()
    assert (row["state"], row["box"], row["path"]) == ("complete", "support", path)
    assert 4.5 < row["seconds"] < 10  # three seconds, and the pause of two
    recording = sound.read(Path(path))
    assert len(recording.channels) == 1
    assert recording.loudness(HERTZ, to_s=3.0) > 500
    assert rig.callcontrol("messages", "number", row["message"]).strip() == "13800001111"


def test_a_key_ends_it_and_silence_leaves_none(rig: Rig) -> None:
    box = Mailbox(rig)
    caller, path = box.at_the_beep()
    caller.speak(HERTZ)
    time.sleep(3.0)
    caller.press("#")
    caller.gone(25.0)
    assert box.message()["state"] == "complete"
    silent = rig.caller("4001").answered()
    silent.gone(25.0)
    rig.wait("RECORD_STOP", 20.0, **{"Record-Completion-Cause": "no-input-timeout"})
    assert [row["path"] for row in box.messages()] == [path]


def test_who_hangs_up_while_speaking_has_left_it(rig: Rig) -> None:
    box = Mailbox(rig)
    caller, path = box.at_the_beep()
    caller.speak(HERTZ)
    time.sleep(3.0)
    caller.hang_up()
    row = box.message()
    assert (row["state"], row["path"]) == ("complete", path)
    assert 2.5 < row["seconds"] < 8


def test_a_killed_controller_costs_no_word(rig: Rig) -> None:
    box = Mailbox(rig, controllers=2)
    caller, path = box.at_the_beep()
    caller.speak(HERTZ)
    time.sleep(1.5)
    holder = _holder(rig, box)
    holder.kill()
    time.sleep(2.0)
    assert caller.alive
    caller.switch.api(f"uuid_break {caller.uuid} all")
    caller.gone(25.0)
    row = box.message()
    assert (row["state"], row["path"]) == ("complete", path)
    recording = sound.read(Path(path))
    assert recording.seconds > 5.0
    # What was said while nobody was there is in it, too.
    assert all(recording.loudness(HERTZ, from_s=at, to_s=at + 0.5) > 300 for at in (0.3, 1.2, 1.7, 2.2))


def test_where_it_cannot_be_written_the_caller_is_told_and_not_dropped(rig: Rig) -> None:
    (rig.data / "recordings").mkdir(parents=True, exist_ok=True)
    (rig.data / "recordings" / "messages").write_text("no folder")
    Mailbox(rig)
    caller = rig.caller("4001").answered()
    assert caller.gone(25.0) == "NORMAL_CLEARING"
    story = json.loads(rig.callcontrol("calls", "--json"))
    assert story[0]["ended_by"] == "flow"
    assert "rescue.sorry" in rig.callcontrol("calls", "show", story[0]["call"])


def test_the_switch_s_own_record_ends_the_call_where_it_cannot_write_or_is_left_alone(rig: Rig) -> None:
    """Why it is not used."""
    caller, call = rig.taken_call()
    call.conn.run("record", "/proc/nowhere/x.wav 20 200 3")
    assert caller.gone() == "DESTINATION_OUT_OF_ORDER"
    caller, call = rig.taken_call()
    caller.speak(HERTZ)
    rig.api(f"uuid_setvar {call.uuid} socket_resume true")
    call.conn.execute("record", f"{rig.switch.recordings}/cut.wav 20 200 3")
    rig.wait("RECORD_START", **{"Unique-ID": call.uuid})
    call.conn.cut()
    assert caller.gone() == "DESTINATION_OUT_OF_ORDER"


def _holder(rig: Rig, box: Mailbox) -> ControllerProcess:
    from tests.real_switch.rig import _socket_inodes

    found = [each for each in box.controllers if _socket_inodes(each.pid, rig.control_port, "01")]
    return found[0]
