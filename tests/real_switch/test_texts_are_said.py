"""A text of one call on the real switch: spoken by the machine's voice, heard by the caller; one that can't be takes its way."""

from __future__ import annotations

import shutil

import pytest

from tests.real_switch import sound
from tests.real_switch.rig import Rig

FLOW = """
from callcontrol.flow import AskDigits, Flow, HangUp, Play, SayText, words


class Saying(Flow):
    title = words(zh="说", en="Saying")
    start = "ask"
    rescue = "bye"
    ask = AskDigits("hotline.menu", remember="order", then="say", silence="say", max_digits=4, timeout_s=1, tries=1)
    say = SayText("Order {order} was shipped <b>today</b>. [[h@l'oU]] --help", then="long", failed="bye", sensitive=True)
    long = SayText("x" * 501, then="bye", failed="sorry")
    sorry = Play("rescue.sorry", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
CONFIGURATION = """
[entries.4001]
flow = "saying"
language = "en"
"""


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_text_of_one_call_is_heard(rig: Rig) -> None:
    flows = rig.directory / "flows"
    flows.mkdir()
    (flows / "saying.py").write_text(FLOW)
    configuration = rig.directory / "configuration.toml"
    configuration.write_text(CONFIGURATION)
    rig.run_controller(configuration, CALLCONTROL_FLOWS_DIR=str(flows))
    caller = rig.caller("4001").answered()
    rig.wait("CHANNEL_EXECUTE", 20.0, Application="play_and_get_digits")
    caller.press("12#")
    played: list[str] = []

    def said() -> bool:
        events = rig.conn.seen("CHANNEL_EXECUTE", Application="playback")
        played[:] = [event.get("Application-Data", "") for event in events]
        return any("/said/private/" in path for path in played)

    rig.eventually(said, "the text is said", 25.0)
    heard = caller.listen(rig.switch.recordings / "heard.wav")
    rig.eventually(lambda: said() and any("rescue.sorry" in path for path in played), "the way failed is taken", 25.0)
    caller.gone(25.0)
    recording = sound.read(heard)
    assert max(map(abs, recording.channels[0])) > 1000
