"""A text that a call remembers is spoken by another process and heard; a voice that is stuck costs its call a way, and nobody else anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.bootstrap.speaking import SpeechAside
from tests.calls.house import CONFIGURATION, House, hears
from tests.prompts.test_speaking import VOICE

FLOW = """
from callcontrol.flow import AskDigits, Flow, HangUp, Play, Remembered, SayText, words


class Saying(Flow):
    title = words(zh="说", en="Saying")
    start = "ask"
    rescue = "bye"
    ask = AskDigits("hotline.menu", remember="which", then="say1", silence="bye")
    say1 = SayText(words(zh="第{which}条", en="You chose {which}. slow{which}"), then="private", failed="sorry")
    private = SayText("The PIN is 4711.", then="thanks", failed="sorry", sensitive=True)
    thanks = Play("survey.thanks", then="bye")
    sorry = Play("rescue.sorry", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
ENTRY = CONFIGURATION.replace('flow = "hotline"', 'flow = "saying"').replace(
    "{ ask_language = false, menu_timeout = 1, tries = 1 }", "{}"
)
WITHIN_S = 25.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("saying")
    (folder / "flows").mkdir()
    (folder / "flows" / "saying.py").write_text(FLOW)
    script = folder / "voice.py"
    script.write_text(VOICE.replace('"slow" in text', '"slow2" in text'))
    made = House(speed=6, configuration=ENTRY, flows_dir=folder / "flows")
    command = f"{sys.executable} {script} {{text_file}} {{out}}"
    speech = SpeechAside(made.settings.sounds_dir, b"secret", command, deadline_s=10.0)
    object.__setattr__(made.controller.services, "speech", speech)  # another voice than the house's prompts have
    yield made
    made.stop()


def test_a_text_is_heard_and_a_sensitive_one_is_in_no_story(house: House) -> None:
    caller = house.call()
    caller.wait_for(hears("hotline.menu"), WITHIN_S)
    caller.press("1")
    caller.wait_for(lambda c: any("/said/open/" in sound for sound in c.sounds), WITHIN_S)
    caller.wait_for(lambda c: any("/said/private/" in sound for sound in c.sounds), WITHIN_S)
    caller.wait_for(hears("survey.thanks"), WITHIN_S)
    caller.wait_for(lambda c: c.is_over, WITHIN_S)
    house.record(caller, WITHIN_S)
    story = house.story(caller)
    assert [data["text"] for kind, data in story if kind == "said"] == ["You chose 1. slow1", "***"]
    assert "4711" not in str(story)
    said = next(Path(sound) for sound in caller.sounds if "/said/open/" in sound)
    assert "chose" not in said.name


def test_a_voice_that_is_stuck_costs_its_call_the_way_failed(house: House) -> None:
    caller = house.call()
    caller.wait_for(hears("hotline.menu"), WITHIN_S)
    caller.press("2")
    other = house.call()  # is served meanwhile
    other.wait_for(hears("hotline.menu"), WITHIN_S)
    other.press("3")
    other.wait_for(hears("survey.thanks"), WITHIN_S)
    caller.wait_for(hears("rescue.sorry"), WITHIN_S)
    house.record(caller, WITHIN_S)
    assert "longer than" in str(house.story(caller))
