"""A list of hold music on the real switch: one piece after the other, and again."""

from __future__ import annotations

from array import array

from callcontrol.prompts.wav import write_wav
from tests.real_switch.hotline import Hotline
from tests.real_switch.rig import Rig


def test_a_queue_s_pieces_are_played_in_turn(rig: Rig) -> None:
    for number in (1, 2):
        write_wav(rig.data / "sounds" / "music" / "jazz" / f"{number}.wav", array("h", [3000, -3000] * 4000))  # 1 s
    hotline = Hotline(rig, {"1001": rig.silent_phone().contact}, support='music = "jazz"')
    _, call = hotline.caller_in_queue()
    played: list[str] = []

    def in_turn() -> bool:
        events = rig.conn.seen("CHANNEL_EXECUTE", Application="playback", **{"Unique-ID": call})
        played[:] = [path[-5:] for event in events if "/music/" in (path := event.get("Application-Data", ""))]
        return len(played) >= 5

    hotline.until(in_turn, "five pieces were played", 25.0)
    assert played[:5] == ["1.wav", "2.wav", "1.wav", "2.wav", "1.wav"]
