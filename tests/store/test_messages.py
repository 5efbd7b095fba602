"""Messages in the database: told once or ten times they are the same; what the file holds decides; who heard one stays known."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.bus.memory import MemoryFloor
from callcontrol.ports.clock import ManualClock
from callcontrol.ports.journal import Stories
from callcontrol.store.message_file import NOT_KEPT, SPOKEN_S, judge, spoken_seconds
from callcontrol.store.messages import DueMessage
from callcontrol.store.recording_file import GRACE_S, TOLERANCE_S, FileFacts
from callcontrol.store.scribe import Scribe
from callcontrol.store.store import Store
from tests.store.stories import Teller


def write(path: Path, seconds: float, *, loud: float = 1000.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array("h", [int(loud), -int(loud)] * round(seconds * 4000)).tobytes())


@pytest.fixture
def stories() -> Stories:
    return MemoryFloor().open().stories


@pytest.fixture
def scribe(stories: Stories, store: Store, clock: ManualClock, tmp_path: Path) -> Scribe:
    return Scribe(stories, store.scribe_sink, clock, tmp_path)


def left(path: Path, how: str = "kept", *, seconds: float | None = 8.0) -> Teller:
    teller = Teller().begin()
    teller.tell(2.0, "voicemail_began", message="m1", box="support", path=str(path), min_s=2.0)
    if how:
        teller.tell(10.0, "voicemail_ended", message="m1", how=how, seconds=seconds)
    return teller.end(12.0)


def tell(stories: Stories, scribe: Scribe, teller: Teller) -> None:
    stories.tell([line for _, line in teller.read()])
    while scribe.step():
        pass


def test_a_kept_message_is_examined_and_can_be_handled(
    stories: Stories, scribe: Scribe, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "messages" / "m1" / "m1.wav"
    write(path, 8.0)
    tell(stories, scribe, left(path))
    (row,) = store.messages.list()
    assert (row.state, row.handled, store.messages.count_new()) == ("recording", "new", 1)
    assert scribe.examine_messages() == 1
    (row,) = store.messages.list()
    assert (row.state, row.seconds, row.size) == ("complete", 8.0, path.stat().st_size)
    assert len(row.sha256) == 64
    assert store.messages.mark("m1", "heard", who="leo", at=50.0)
    assert store.messages.mark("m1", "done", who="leo", at=60.0)
    assert not store.messages.mark("m1", "heard", who="mia", at=70.0)
    tell(stories, scribe, left(path))  # told again: nothing is new
    scribe.examine_messages()
    (row,) = store.messages.list(handled="done")
    assert (row.handled_by, row.handled_at, store.messages.count_new()) == ("leo", 60.0, 0)
    assert store.messages.boxes() == ["support"]
    assert store.messages.list(before=(row.began_at, row.message)) == []
    with pytest.raises(ValueError, match="new, heard, done"):
        store.messages.mark("m1", "burnt", who="leo", at=1.0)


def test_what_is_told_late_examines_it_again_and_forgets_nobody_who_heard_it(
    stories: Stories, scribe: Scribe, store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "messages" / "m1" / "m1.wav"
    write(path, 8.0)
    tell(stories, scribe, left(path, ""))  # as if the caller had hung up meanwhile
    clock.advance(2 * GRACE_S)
    scribe.examine_messages()
    assert store.messages.mark("m1", "done", who="leo", at=60.0)
    tell(stories, scribe, left(path, "kept"))
    assert scribe.examine_messages() == 1
    (row,) = store.messages.list()
    assert (row.handled, row.handled_by, row.state) == ("done", "leo", "complete")


@pytest.mark.parametrize("how", NOT_KEPT)
def test_what_is_not_kept_is_not_listed_and_its_sound_is_gone(
    how: str, stories: Stories, scribe: Scribe, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "messages" / "m1" / "m1.wav"
    write(path, 1.0)
    tell(stories, scribe, left(path, how))
    scribe.examine_messages()
    assert store.messages.list() == []
    assert not path.exists()
    assert scribe.examine_messages() == 0


def test_nothing_outside_of_the_messages_is_ever_deleted(stories: Stories, scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "m1" / "m1.wav"
    write(path, 1.0)
    tell(stories, scribe, left(path, "discarded"))
    scribe.examine_messages()
    assert path.exists()


@pytest.mark.parametrize(("seconds", "loud", "listed"), [(8.0, 1000, ["complete"]), (8.0, 20, []), (1.0, 1000, [])])
def test_of_who_hung_up_the_sound_decides(
    seconds: float, loud: float, listed: list[str], stories: Stories, scribe: Scribe, store: Store,
    clock: ManualClock, tmp_path: Path,
) -> None:  # fmt: skip
    path = tmp_path / "messages" / "m1" / "m1.wav"
    write(path, seconds, loud=loud)
    tell(stories, scribe, left(path, ""))
    clock.advance(2 * GRACE_S)
    scribe.examine_messages()
    assert [row.state for row in store.messages.list()] == listed


DUE = DueMessage("m", "c", "p", 1000.0, "kept", 2.0, 8.0)


@given(
    st.floats(0, 20), st.sampled_from(["kept", ""]), st.one_of(st.none(), st.floats(0, 20)), st.floats(0, 3 * GRACE_S)
)
def test_a_message_is_complete_only_with_all_that_was_said(
    held: float, how: str, told: float | None, age: float
) -> None:
    due = DueMessage("m", "c", "p", 1000.0, how, 2.0, told)
    verdict = judge(due, FileFacts(100, held, "ab"), held, 1000.0 + age)
    complete = verdict is not None and verdict.state == "complete"
    enough = held > 0 and (told is None or held + TOLERANCE_S >= told)
    if how == "":
        enough = enough and held >= 2.0 and held >= SPOKEN_S
    assert complete == enough
    if not complete:
        assert (verdict is None) == (age < GRACE_S)


def test_a_missing_file_is_an_alarm_after_a_while() -> None:
    assert judge(DUE, None, None, 1000.0 + GRACE_S / 2) is None
    verdict = judge(DUE, None, None, 1000.0 + GRACE_S)
    assert verdict is not None
    assert verdict.state == "missing"


def test_speech_is_what_is_loud(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, 3.0)
    assert spoken_seconds(path) == pytest.approx(3.0, abs=0.05)
    write(path, 3.0, loud=100)
    assert spoken_seconds(path) == 0.0
    path.write_bytes(b"RIFF nothing")
    assert spoken_seconds(path) is None
    assert spoken_seconds(tmp_path / "none") is None
