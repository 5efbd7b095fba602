"""What tests of the bus and the desk stand on: one engine for the session, and a proxy that cuts connections."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from callcontrol.bus.bus import Bus
from callcontrol.bus.memory import MemoryFloor
from callcontrol.bus.redis_journal import open_bus

_floors = itertools.count(1)


class Opener(Protocol):
    """Each call opens another bus onto the same floor, as another process would."""

    def __call__(self) -> Bus: ...


def new_floor_name() -> str:
    return f"test-{next(_floors)}"


@contextlib.contextmanager
def openings(address: str) -> Iterator[Opener]:
    """On the engine at ``address``; in memory when there is none."""
    if not address:
        yield MemoryFloor().open
        return
    name = new_floor_name()
    opened: list[Bus] = []

    def open_another() -> Bus:
        opened.append(open_bus(address, name))
        return opened[-1]

    yield open_another
    for bus in opened:
        bus.close()


def eventually(met: Callable[[], object], deadline_s: float = 20.0) -> bool:
    """Look until it is so, or the time is over. For what has no event to wait on, such as another process."""
    until = time.monotonic() + deadline_s
    while not met():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


# Where a connection is cut: after so many bytes to the engine, or after so many bytes of its answers.
Cut = tuple[str, int]


class CuttingProxy:
    """A unix socket in front of the engine's. The first connections are cut as planned, later ones live."""

    def __init__(self, engine_socket: str, folder: Path, cuts: Sequence[Cut]) -> None:
        self.socket_path = str(folder / f"p{next(_floors)}")
        self._engine_socket = engine_socket
        self._cuts = list(cuts)
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.socket_path)
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()
        for one in self._open:
            self._end(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            engine.connect(self._engine_socket)
            self._open += [client, engine]
            side, after = self._cuts.pop(0) if self._cuts else ("never", 0)
            for source, target, name in ((client, engine, "request"), (engine, client, "answer")):
                left = after if side == name else None
                threading.Thread(target=self._copy, args=(source, target, left), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        try:
            while part := source.recv(65536):
                if left is not None:
                    part, left = part[:left], left - len(part)
                target.sendall(part)
                if left is not None and left <= 0:
                    break
        except OSError:
            pass
        self._end(source)
        self._end(target)

    @staticmethod
    def _end(one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
