"""``callcontrol demo`` as a process: Ctrl-C, its own death or a part's death leave nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.cli.demo import _free_port
from callcontrol.cli.main import command

RUNNING_S = 25.0
ENDED_S = 12.0


def until(told: Callable[[], object], deadline_s: float) -> None:
    end = time.monotonic() + deadline_s
    while not told():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Running:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.said = data / "said"
        words = ["demo", "--calls-per-hour", "0", "--agents", "1", "--port", str(_free_port()), "--data", str(data)]
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "callcontrol", *words],
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "CALLCONTROL_TTS_COMMAND": "no-such-program"},
            )
        until(lambda: "The hotline is running" in self.text or self.process.poll() is not None, RUNNING_S)
        assert self.process.poll() is None, self.text
        self.children = children_of(self.process.pid)
        assert len(self.children) == 4, "engine, switch, controller, pages"

    @property
    def text(self) -> str:
        return self.said.read_text()

    def child(self, word: bytes) -> int:
        return next(pid for pid in self.children if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))

    def nothing_is_left(self) -> bool:
        return not any(map(lives, self.children)) and not EmbeddedValkey(self.data).answers()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_without_a_shout(demo: Running, number: int) -> None:
    demo.process.send_signal(number)
    assert demo.process.wait(ENDED_S) == 0
    assert demo.nothing_is_left()
    assert "KeyboardInterrupt" not in demo.text
    assert "Traceback" not in demo.text


def test_a_second_demo_on_the_same_data_is_refused_and_harms_nothing(demo: Running) -> None:
    done = CliRunner().invoke(command, ["demo", "--port", str(_free_port()), "--data", str(demo.data)])
    assert done.exit_code == 1
    assert f"runs on {demo.data} already" in done.output
    assert demo.process.poll() is None
    assert EmbeddedValkey(demo.data).answers()
    demo.process.kill()  # and when the demo itself is killed, its parts end
    demo.process.wait()
    until(demo.nothing_is_left, ENDED_S)


def test_a_part_that_dies_is_said_and_ends_the_rest(demo: Running) -> None:
    os.kill(demo.child(b"run"), signal.SIGKILL)
    assert demo.process.wait(ENDED_S) == 1
    assert "The controller ended with signal 9" in demo.text
    assert "Start callcontrol demo again" in demo.text
    assert demo.nothing_is_left()


def test_pressure_that_is_no_number_is_a_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["demo", "--calls-per-hour", "nan", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert not list(tmp_path.iterdir())
