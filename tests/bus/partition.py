"""A TCP port in front of an engine that can be cut off: what is under way is lost in both directions and nobody is told,
as when a cable is pulled."""

from __future__ import annotations

import contextlib
import socket
import threading


class Partition:
    """``target``: (host, port), or the path of a unix socket."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self._target = target
        self._whole = True
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole = False

    def heal(self) -> None:
        """New connections work again; those from before the cut are found broken."""
        stale, self._open = self._open, []
        self._whole = True
        for one in stale:
            _end(one)

    def close(self) -> None:
        self._listener.close()
        for one in self._open:
            _end(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                engine = self._connect()
            except OSError:
                _end(client)
                continue
            self._open += [client, engine]
            for source, sink in ((client, engine), (engine, client)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        engine.connect(self._target)
        return engine

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while part := source.recv(65536):
                if self._whole:
                    sink.sendall(part)
        except OSError:
            pass
        if self._whole:
            _end(source)
            _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
