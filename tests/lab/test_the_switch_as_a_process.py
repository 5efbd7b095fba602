"""``callcontrol lab switch`` as somebody would start it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

from tests.lab.esl import Controller


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "callcontrol", "lab", "switch", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_callers_come_to_the_controller_and_a_signal_ends_it(controller: Controller) -> None:
    process = start(
        "--esl-port", "0", "--listen", f"127.0.0.1:{controller.port}", "--calls-per-hour", "36000", "--speed", "10"
    )
    assert process.stdout is not None
    assert "listens on 127.0.0.1:" in process.stdout.readline()
    leg = controller.accept()
    assert leg.channel["Caller-Destination-Number"] == "4001"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=25) == 0


def test_a_taken_port_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--esl-port", str(port), "--calls-per-hour", "0")
        output, _ = process.communicate(timeout=25)
    assert process.returncode == 1
    assert f"Port {port} of 127.0.0.1 can't be used for the event socket" in output
    assert "Traceback" not in output
