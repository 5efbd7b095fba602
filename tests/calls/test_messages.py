"""A caller leaves a message: said, kept, heard again by the caller; hung up in the middle; taken over by another controller."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.bootstrap.controller import Controller
from callcontrol.bootstrap.parts import open_the_store
from callcontrol.calls.messages import number_name
from callcontrol.lab.callers import Caller
from callcontrol.ports.store import MessageRow
from tests.calls.house import CONFIGURATION, House, hears

FLOW = """
from callcontrol.flow import Flow, HangUp, Play, RecordMessage, words


class Voicemail(Flow):
    title = words(zh="留言", en="Voicemail")
    start = "leave"
    rescue = "bye"
    leave = RecordMessage(
        "hotline.closed", box="support", then="kept", silence="bye", failed="bye", review="hotline.menu", silence_s=3, max_s=2400, tries=1,
    )
    kept = Play("survey.thanks", then="bye")
    bye = Play("goodbye", then="end")
    end = HangUp()
"""
ENTRY = CONFIGURATION.replace('flow = "hotline"', 'flow = "voicemail"').replace(
    "{ ask_language = false, menu_timeout = 1, tries = 1 }", "{}"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    flows = tmp_path_factory.mktemp("flows")
    (flows / "voicemail.py").write_text(FLOW)
    made = House(speed=6, configuration=ENTRY, flows_dir=flows)
    yield made
    made.stop()


WITHIN_S = 25.0


def at_the_beep(house: House) -> Caller:
    caller = house.call()
    caller.wait_for(lambda c: c.hears_now is not None and c.hears_now.startswith("silence_stream://2400000"), WITHIN_S)
    return caller


def the_message(house: House, caller: Caller, within_s: float = WITHIN_S) -> MessageRow:
    store = open_the_store(house.settings)
    try:
        found: list[MessageRow] = []

        def examined() -> bool:
            found[:] = [row for row in store.messages.list() if row.call == caller.uuid and row.state != "recording"]
            return bool(found)

        house.until(examined, within_s)
        return found[0]
    finally:
        store.close()


def number_of(house: House, message: str) -> str:
    secret = house.controller.services.callbacks.get(number_name(message))
    return secret.number if secret else ""


def test_what_is_said_is_kept_with_the_number_to_call_back(house: House) -> None:
    caller = at_the_beep(house)
    caller.speak(6)
    caller.wait_for(hears("hotline.menu"), WITHIN_S)
    caller.press("1")
    caller.wait_for(hears("survey.thanks"), WITHIN_S)
    caller.wait_for(lambda c: c.is_over, WITHIN_S)
    row = the_message(house, caller)
    assert (row.box, row.state, row.handled) == ("support", "complete", "new")
    assert row.seconds is not None
    assert 8.5 < row.seconds < 15.0  # a second of the simulated switch is a sixth of a real one
    with wave.open(row.path) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(row.seconds, abs=0.01)
    assert row.sha256
    assert "*" in row.number
    assert number_of(house, row.message) == caller.channel.caller_number
    assert caller.channel.caller_number not in str(house.story(caller))


def test_it_is_heard_said_again_and_the_first_is_gone(house: House) -> None:
    caller = at_the_beep(house)
    caller.speak(4)
    caller.wait_for(hears("hotline.menu"), WITHIN_S)
    caller.press("3")
    caller.wait_for(lambda c: any("/messages/" in sound for sound in c.sounds), WITHIN_S)
    first = Path(next(sound for sound in caller.sounds if "/messages/" in sound))
    caller.wait_for(lambda c: c.hears_now is not None and "hotline.menu" in c.hears_now, WITHIN_S)
    caller.press("2")
    count = len(caller.sounds)
    caller.wait_for(lambda c: any(sound.startswith("silence_stream://2400000") for sound in c.sounds[count:]), WITHIN_S)
    caller.speak()
    caller.wait_for(lambda c: c.hears_now is not None, WITHIN_S)
    house.switch.clock.call_later(5, lambda: caller.press("#"))
    again = len(caller.sounds)
    caller.wait_for(lambda c: any("hotline.menu" in sound for sound in c.sounds[again:]), WITHIN_S)
    caller.press("1")
    row = the_message(house, caller)
    assert row.path != str(first)
    house.until(lambda: not first.exists(), WITHIN_S)
    assert number_of(house, first.stem) == ""


def test_who_says_nothing_leaves_nothing(house: House) -> None:
    caller = at_the_beep(house)
    caller.wait_for(hears("goodbye"), WITHIN_S)
    house.record(caller, WITHIN_S)
    assert ("voicemail_ended", "silence") in [(kind, data.get("how")) for kind, data in house.story(caller)]


def test_who_hangs_up_while_speaking_has_left_the_message(house: House) -> None:
    caller = at_the_beep(house)
    caller.speak()
    house.switch.clock.call_later(6, caller.hang_up)
    row = the_message(house, caller)
    assert row.state == "complete"
    assert row.seconds == pytest.approx(6.0, abs=3.0)
    assert number_of(house, row.message)


def test_who_hangs_up_at_the_beep_has_left_none(house: House) -> None:
    caller = at_the_beep(house)
    house.switch.clock.call_later(3.5, caller.hang_up)
    house.record(caller, WITHIN_S)
    assert caller.uuid not in {row.call for row in _all(house)}


def test_where_it_cannot_be_written_the_call_goes_on(house: House) -> None:
    folder = house.settings.recordings_dir / "messages"
    kept = folder.rename(folder.with_name("kept")) if folder.exists() else None
    folder.write_text("no folder")
    try:
        caller = house.call()
        caller.wait_for(hears("goodbye"), WITHIN_S)
        caller.wait_for(lambda c: c.is_over, WITHIN_S)
        house.record(caller, WITHIN_S)
        assert ("voicemail_ended", "failed") in [(kind, data.get("how")) for kind, data in house.story(caller)]
    finally:
        folder.unlink()
        if kept is not None:
            kept.rename(folder)


def test_another_controller_hears_the_message_to_its_end(house: House) -> None:
    caller = at_the_beep(house)
    caller.speak()
    enough = house.switch.clock.now() + 4.0  # of speech, more than ``min_s``: the other controller may be there sooner
    count = len(caller.sounds)
    _another_controller(house, "second")
    caller.wait_for(lambda c: any(sound.startswith("silence_stream://2400000") for sound in c.sounds[count:]), WITHIN_S)
    assert not caller.is_over
    house.until(lambda: house.switch.clock.now() >= enough, WITHIN_S)
    caller.be_quiet()
    caller.wait_for(lambda c: any("hotline.menu" in sound for sound in c.sounds[count:]), WITHIN_S)
    assert not any("hotline.closed" in sound for sound in caller.sounds[count:])  # nobody was asked to begin again
    caller.press("1")
    row = the_message(house, caller)
    assert row.state == "complete"
    kinds = [(kind, data.get("how")) for kind, data in house.story(caller)]
    assert kinds.count(("voicemail_began", None)) == 1
    assert ("voicemail_ended", "kept") in kinds


def _all(house: House) -> list[MessageRow]:
    store = open_the_store(house.settings)
    try:
        return store.messages.list()
    finally:
        store.close()


def _another_controller(house: House, name: str) -> None:
    """One more on the same port; then the one that conducts the call lets go of everything."""
    first, port = house.controller, house.controller.listener.port
    house.controller = Controller(house.settings.model_copy(update={"listen_port": port}), name=name)
    house.controller.start()
    house.until(house.controller.switch.connected)
    first.stop()
