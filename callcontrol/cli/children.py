"""Processes of ours that live no longer than the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from callcontrol.ports import processes

# The child asks the kernel for its own end with its parent, then becomes the command: so nothing outlives a killed demo.
_LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.executable, [sys.executable, '-m', 'callcontrol', *sys.argv[2:]])
"""


def spawn(arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start ``callcontrol ARGUMENTS`` as a child; what it prints goes to ``log``."""
    return processes.spawn(
        [sys.executable, "-c", _LAUNCHER, str(os.getpid()), *arguments],
        output=str(log),
        append=True,
        environment={**os.environ, **environment},
        own_session=True,  # Ctrl-C reaches us alone; we end the children in order
    )


def end(children: Sequence[subprocess.Popen[bytes]], deadline_s: float = 8.0) -> None:
    """End them, the last one started first; one that does not listen is killed."""
    for child in reversed(children):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(deadline_s)
            except subprocess.TimeoutExpired:
                processes.kill(child)
