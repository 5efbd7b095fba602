"""A journal whose disk is full refuses its commands; whoever looks is told that, not that nothing runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from callcontrol.bus.embedded import EmbeddedValkey
from callcontrol.cli.main import command

REFUSAL = b"-MISCONF Errors writing to the AOF file: No space left on device\r\n"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose engine answers every command as Valkey does when its disk is full."""
    (tmp_path / "valkey").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(EmbeddedValkey(tmp_path).socket_path)
        listening.listen()

        def answer(connection: socket.socket) -> None:
            with connection:
                while asked := connection.recv(65536):
                    commands = asked.count(b"*") or 1
                    connection.sendall(REFUSAL * commands)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield tmp_path
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


@pytest.mark.parametrize("words", [("status",), ("agents",), ("agents", "back", "1001"), ("run",)])
def test_the_full_disk_is_named_and_what_to_do(full: Path, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(command, [*words, "--data", str(full)], env={"CALLCONTROL_SWITCH_PASSWORD": "x"})
    assert done.exit_code == 1
    assert "can't write to its disk" in done.output
    assert "Free some space there" in done.output


def test_the_doctor_finds_it(full: Path) -> None:
    done = CliRunner().invoke(command, ["doctor", "--no-switch", "--data", str(full)])
    assert "✗ journal: The journal at" in done.output
    assert "can't write to its disk" in done.output
