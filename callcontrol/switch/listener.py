"""Where the dialplan hands us its calls: a listening socket that several processes share (SO_REUSEPORT).

A call is in the hands of ``on_call`` within milliseconds of the connection. Each runs in a greenlet of its own; when it returns or
fails without having left the call, the socket is dropped and the dialplan gives the call to another controller.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
import gevent.socket
from gevent.event import Event
from gevent.server import StreamServer

from callcontrol.ports.switch import CallSession, SwitchError
from callcontrol.switch.session import OutboundCall

log = logging.getLogger(__name__)

BACKLOG = 1024
"""Connections that wait for accept: after the death of another controller hundreds of calls come at once."""


MAX_CALLS = 10_000
"""Calls in hand. A call beyond is not taken; the dialplan tries the next controller, and in the end apologises."""


class CallListener:
    """``host``/``port`` to listen on (port 0: any free one, see ``port`` after ``start``); ``node`` is the name of the switch
    that its sessions carry."""

    def __init__(
        self, host: str, port: int, on_call: Callable[[CallSession], None], *, node: str, max_calls: int = MAX_CALLS
    ) -> None:
        self.host = host
        self.port = port
        self.node = node
        self.max_calls = max_calls
        self._on_call = on_call
        self._server: StreamServer | None = None
        self._socket: gevent.socket.socket | None = None
        self._calls: set[OutboundCall] = set()
        self._idle = Event()
        self._idle.set()

    def start(self) -> None:
        """Raises ``SwitchError`` with a sentence if the port can't be had."""
        sock = gevent.socket.socket(gevent.socket.AF_INET, gevent.socket.SOCK_STREAM)
        try:
            sock.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_REUSEADDR, 1)
            sock.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_REUSEPORT, 1)
            sock.bind((self.host, self.port))
            sock.listen(BACKLOG)
        except OSError as error:
            sock.close()
            raise SwitchError(
                f"Calls can't be taken at {self.host}:{self.port} ({error.strerror or error}); stop what uses the port,"
                " or set another one here and in the dialplan."
            ) from error
        self.port = sock.getsockname()[1]
        self._socket = sock
        self._server = StreamServer(sock, self._handle)
        self._server.max_accept = 100
        self._server.start()

    def calls(self) -> int:
        """Calls in hand now."""
        return len(self._calls)

    def stop_accepting(self) -> None:
        """Take no more calls. Those whose connection already waits are still taken; those in hand go on."""
        server, sock = self._server, self._socket
        self._server = self._socket = None
        if server is None or sock is None:
            return
        server.stop_accepting()
        # Whoever is in the backlog would be reset by the close: take them first.
        sock.setblocking(False)
        while True:
            try:
                waiting, address = sock.accept()
            except OSError:
                break
            gevent.spawn(self._handle, waiting, address)
        server.close()
        sock.close()

    def stop(self, timeout_s: float = 0.0) -> None:
        """Take no more calls, wait up to ``timeout_s`` for those in hand, then let go of them: another controller takes them."""
        self.stop_accepting()
        self._idle.wait(timeout_s)
        for call in list(self._calls):
            call.close()

    def _handle(self, sock: gevent.socket.socket, address: object) -> None:
        if len(self._calls) >= self.max_calls:
            log.error("a call was sent on to another controller: %d are in hand here, the limit.", len(self._calls))
            sock.close()
            return
        call = OutboundCall(sock, self.node)
        self._calls.add(call)
        self._idle.clear()
        try:
            call.begin()
            self._on_call(call)
        except SwitchError as error:
            log.warning("call %s from %s: %s", call.uuid or "(not begun)", address, error)
        except Exception:
            log.exception("call %s: its conductor failed; the call is given to another controller.", call.uuid)
        finally:
            call.close()
            self._calls.discard(call)
            if not self._calls:
                self._idle.set()
