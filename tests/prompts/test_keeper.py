"""A text that was just published is spoken without anybody's command."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcontrol.flow.commands import Prompt
from callcontrol.prompts.builder import build
from callcontrol.prompts.catalogue import shipped_texts
from callcontrol.prompts.keeper import Keeper, build_here
from callcontrol.prompts.sounds import SoundFiles
from callcontrol.prompts.voice import Silence
from callcontrol.values.configuration import Announcement, Configuration, Queue

DEADLINE_S = 20.0


def with_text(text: str) -> Configuration:
    return Configuration(queues={"support": Queue("support", announcement=Announcement(text={"en": text}))})


@pytest.fixture
def copier(tmp_path: Path) -> str:
    """A speech program that says everything the same way."""
    Silence().speak("anything", "en", tmp_path / "said.wav")
    return f"cp {tmp_path / 'said.wav'} {{out}}"


def test_a_new_text_gets_its_file(tmp_path: Path, copier: str):
    sounds = tmp_path / "sounds"
    build(shipped_texts(), sounds, Silence())
    said: list[str] = []
    keeper = Keeper(sounds, build=build_here(sounds, copier), tell=said.append)
    for text in ("Call at night.", "Call at noon.", "Call on Sunday."):
        keeper.wants(with_text(text))
    assert keeper.wait(DEADLINE_S)
    (file,) = SoundFiles(sounds).files_for(Prompt("queue.support.offpeak"), "en", with_text("Call on Sunday."))
    assert "queue.support.offpeak" in file
    assert Path(file).exists()
    assert said == []


def test_what_can_t_be_built_is_told_and_the_next_release_is_tried_again(tmp_path: Path, copier: str):
    said: list[str] = []
    (tmp_path / "sounds").write_text("in the way")
    keeper = Keeper(tmp_path / "sounds", build=build_here(tmp_path / "sounds", copier), tell=said.append)
    keeper.wants(with_text("One."))
    assert keeper.wait(DEADLINE_S)
    assert "could not be built" in said[0]
    (tmp_path / "sounds").unlink()
    build(shipped_texts(), tmp_path / "sounds", Silence())
    keeper.wants(with_text("Two."))
    assert keeper.wait(DEADLINE_S)
    (file,) = SoundFiles(tmp_path / "sounds").files_for(Prompt("queue.support.offpeak"), "en", with_text("Two."))
    assert Path(file).exists()
