"""Between fork and exec a child of a process with threads may get stuck for ever if Python runs there: none does, and whoever
waits for a program holds up nobody else."""

from __future__ import annotations

import subprocess
import sys

# Any Python in a forked child would begin with these hooks.
STARTED = """
import callcontrol.__main__
import os, subprocess, sys
from callcontrol.ports.processes import spawn
from callcontrol.prompts.voice import Program, VoiceError
from pathlib import Path

os.register_at_fork(after_in_child=lambda: os.write(1, b"Python ran in a child"))
spawn([sys.executable, "-c", ""]).wait(20)
subprocess.run([sys.executable, "-c", "print('ended well')"], timeout=20)
try:
    Program("false").speak("text", "en", Path("none.wav"))
except VoiceError as error:
    print(error)
"""

# A greenlet answers a child that ends only when it was answered.
WAITED_FOR = """
import callcontrol.__main__
import gevent, os, subprocess, sys

for how in ({"capture_output": True}, {}):
    reading, writing = os.pipe()
    answering = gevent.spawn_later(0.01, os.write, writing, b"go on")
    done = subprocess.run([sys.executable, "-c", "import os; os.read(0, 5)"], stdin=reading, timeout=20, **how)
    print(done.returncode)
"""


def _said(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=False)
    assert not done.stderr
    return done.stdout


def test_no_python_runs_in_a_child_before_it_is_the_program() -> None:
    said = _said(STARTED)
    assert said.splitlines() == ["ended well", "false ended with status 1: no reason given."]


def test_who_waits_for_a_program_lets_the_others_go_on() -> None:
    assert _said(WAITED_FOR).split() == ["0", "0"]


def test_the_tests_start_programs_as_the_product_does() -> None:
    assert subprocess.Popen.__module__ == "subprocess"
