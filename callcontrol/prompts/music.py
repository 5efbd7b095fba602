"""The hold music that ships: soft tones, made here, free of anybody's rights, and a loop without a seam."""

from __future__ import annotations

import math
from array import array
from functools import cache

from callcontrol.prompts.wav import RATE

SECONDS = 30
_BEAT_S = 0.625  # 48 notes in the loop
_NOTE_S = 2.4  # each rings on under the next ones
# Broken chords of four bars, in MIDI numbers, all within what a telephone carries.
_BARS = ((57, 64, 69, 72, 76, 72), (53, 60, 65, 69, 72, 69), (60, 67, 72, 76, 79, 76), (55, 62, 67, 71, 74, 71))


@cache
def hold_music() -> array[int]:
    """30 s at 8 kHz. What rings beyond the end is carried to the beginning, so that it loops without a click."""
    length = SECONDS * RATE
    mixed = [0.0] * length
    notes = {midi: _note(midi) for bar in _BARS for midi in bar}
    for number in range(int(SECONDS / _BEAT_S)):
        bar = _BARS[number // 6 % len(_BARS)]
        start = int(number * _BEAT_S * RATE)
        for i, value in enumerate(notes[bar[number % 6]], start):
            mixed[i % length] += value
    peak = max(map(abs, mixed))
    return array("h", (int(8_000 * value / peak) for value in mixed))  # well under the voice


def _note(midi: int) -> list[float]:
    step = 2 * math.pi * 440 * 2 ** ((midi - 69) / 12) / RATE
    count = int(_NOTE_S * RATE)
    made = []
    for i in range(count):
        seconds = i / RATE
        loud = min(seconds / 0.04, 1.0) * math.exp(-1.8 * seconds) * min((count - i) / (0.2 * RATE), 1.0)
        made.append(loud * (math.sin(step * i) + 0.25 * math.sin(2 * step * i)))
    return made
