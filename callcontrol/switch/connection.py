"""One event-socket connection, on greenswitch's ``ESLProtocol``. The only module that touches the client library.

What is kept of the library: its connection state (``connected``, ``sock``, ``_commands_sent``), its life cycle and its
authentication. What is replaced, and why, each seen to go wrong in 0.0.19:

- ``receive_events``: one byte that is no UTF-8 killed the reader in silence -> our parser, which never decodes what it needn't;
- ``ESLEvent``: decoded a whole plain event before splitting it, so values forged headers -> ``wire`` splits first;
- ``send``: no deadline, ``sock.send`` could send half a command, two senders could mix -> deadline, one writer;
- commands in flight were never failed when the peer went -> every one fails with ``ConnectionLost``;
- a queue without bounds and handlers one after another -> frames go straight to one owner, who must not block.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

import gevent
import gevent.socket
from gevent.event import AsyncResult
from greenswitch.esl import ESLProtocol, InboundESL  # type: ignore[import-untyped]

from callcontrol.ports.switch import ConnectionLost, SwitchError
from callcontrol.switch import gate
from callcontrol.switch.commands import Command
from callcontrol.switch.wire import Frame, Parser, WireError

log = logging.getLogger(__name__)

COMMAND_DEADLINE_S = 5.0
"""A switch on the same network answers in a millisecond; after this long the asker goes on without the answer."""

DEAD_AFTER_S = 15.0
"""The oldest command without an answer is this old: the socket is up but nobody is behind it."""

MAX_IN_FLIGHT = 2000
"""Commands without an answer. More means that the switch has stopped reading: a new command is refused at once."""

MAX_UNSENT = 8 << 20
"""Bytes that the socket has not taken yet; more means the same."""

PIPELINED = 200
"""Commands of ``send_all`` on their way at once."""

READ_BYTES = 65536


class Late(SwitchError):
    """No answer within the deadline. The command may still be carried out."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command. ``text`` is the Reply-Text or the whole body of an ``api`` command, stripped."""

    text: str
    frame: Frame

    @property
    def ok(self) -> bool:
        return not self.text.startswith("-ERR") and not self.text.startswith("-USAGE")

    @property
    def headers(self) -> dict[str, str]:
        """As the client library names it."""
        return {"Reply-Text": self.text}


@dataclass(slots=True)
class _InFlight:
    command: Command
    sent_at: float
    result: AsyncResult[Reply] | None
    on_reply: Callable[[Reply], None] | None


class Connection(ESLProtocol):  # type: ignore[misc]
    """``on_frame`` gets every frame that answers no command, in the order of the wire, and ``on_closed`` one sentence, once,
    after the last frame. Both run in the reader's greenlet and must not wait for an answer of this connection."""

    def __init__(
        self,
        sock: gevent.socket.socket,
        name: str,
        on_frame: Callable[[Frame], None],
        on_closed: Callable[[str], None],
        *,
        deadline_s: float = COMMAND_DEADLINE_S,
        dead_after_s: float = DEAD_AFTER_S,
        parser: Parser | None = None,
    ) -> None:
        ESLProtocol.__init__(self)
        self._esl_event_queue = None  # 2.5 kB for each call, never used
        self.name = name
        self.sock = sock
        self.connected = True
        self.last_read = monotonic()
        self.frames = 0
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._deadline_s = deadline_s
        self._dead_after_s = dead_after_s
        self._parser = parser or Parser()
        self._commands_sent: deque[_InFlight] = deque()
        self._unsent = b""
        self._writing = False
        self._watchdog: Any = None  # a timer of the event loop
        self._reason = ""
        self._unasked = 0
        _keep_alive(sock)

    # --- life ---------------------------------------------------------------------------------------------------------
    def start_event_handlers(self) -> None:
        self._receive_events_greenlet = gevent.spawn(self.receive_events)

    def stop(self) -> None:
        """Close now. Commands in flight fail, ``on_closed`` is called. No error if it is closed already."""
        self.close("It was closed from this side.")

    def close(self, reason: str) -> None:
        if not self._reason:
            self._reason = reason
        if self.connected:
            self._flush()
        self._run = False
        self.connected = False
        with suppress(OSError):
            # Wakes the reader, which does the rest; a plain close would leave it waiting.
            self.sock.shutdown(gevent.socket.SHUT_RDWR)
        if self._receive_events_greenlet is None:
            self._end()

    def join(self, timeout_s: float | None = None) -> None:
        if self._receive_events_greenlet is not None:
            self._receive_events_greenlet.join(timeout_s)

    # --- reading ------------------------------------------------------------------------------------------------------
    def receive_events(self) -> None:
        """The reader: nothing that the peer sends ends it but the end of the stream or a broken frame."""
        reason = "The switch closed the connection."
        try:
            while self._run and self._read():
                pass
        except WireError as error:
            reason = str(error)
            log.error("switch connection %s: %s The connection is closed.", self.name, error)
        except OSError as error:
            reason = f"Reading from the switch failed ({error})."
        finally:
            self._reason = self._reason or reason
            self._end()

    def _read(self) -> bool:
        """One portion; in a function of its own so that a call that waits holds on to nothing it has read."""
        data = self.sock.recv(READ_BYTES)
        if not data:
            return False
        self.last_read = monotonic()
        for frame in self._parser.feed(data):
            self.frames += 1
            self.handle_event(frame)
        return True

    def handle_event(self, frame: Frame) -> None:
        try:
            match frame.content_type:
                case "command/reply":
                    self._answer(Reply(frame.header("Reply-Text"), frame))
                case "api/response":
                    self._answer(Reply(frame.text().strip(), frame))
                case "auth/request":
                    self._auth_request_event.set()
                case _:
                    self._on_frame(frame)
        except Exception:
            log.exception("switch connection %s: a %s frame was not handled; going on.", self.name, frame.content_type)

    def _answer(self, reply: Reply) -> None:
        if not self._commands_sent:
            if not self._unasked:  # once: whoever sends one of these may send a million
                log.warning("switch connection %s: an answer came that nobody waits for; it is dropped.", self.name)
            self._unasked += 1
            return
        command = self._commands_sent.popleft()
        if command.result is not None:
            command.result.set(reply)
        if command.on_reply is not None:
            command.on_reply(reply)
        elif command.result is None and not reply.ok:
            log.warning("switch connection %s: %s was refused: %s", self.name, _what(command.command), reply.text[:200])

    def _end(self) -> None:
        self.connected = False
        self._run = False
        self._unguard()
        self._auth_request_event.set()
        self._fail_waiting()
        self._commands_sent.clear()
        with suppress(OSError):
            self.sock.close()
        on_closed, self._on_closed = self._on_closed, _nothing
        try:
            on_closed(self._reason)
        except Exception:
            log.exception("switch connection %s: its owner could not take the end.", self.name)

    # --- sending ------------------------------------------------------------------------------------------------------
    def send(self, data: Command, timeout_s: float | None = None) -> Reply:
        """Say it and wait for the answer (good or bad). Raises ``ConnectionLost`` or ``Late``."""
        result: AsyncResult[Reply] = AsyncResult()
        self._write([data], result, None)
        wait_s = self._deadline_s if timeout_s is None else timeout_s
        try:
            reply = result.get(timeout=wait_s)
        except gevent.Timeout:
            raise Late(
                f"The switch did not answer {_what(data)} on {self.name} within {wait_s:g} s;"
                " if this goes on, look whether the switch is overloaded."
            ) from None
        assert reply is not None
        return reply

    def send_all(self, data: Sequence[Command], timeout_s: float | None = None) -> list[Reply]:
        """Say many and wait for all their answers, in order; a few hundred take no longer than one. Raises like ``send``."""
        replies: list[Reply] = []
        for start in range(0, len(data), PIPELINED):
            batch = data[start : start + PIPELINED]
            self.post(*batch[:-1], on_reply=replies.append)
            replies.append(self.send(batch[-1], timeout_s))
        return replies

    def post(self, *data: Command, on_reply: Callable[[Reply], None] | None = None) -> None:
        """Say them in one piece and don't wait; ``on_reply`` gets each answer in the reader's greenlet. Raises
        ``ConnectionLost``. Order with everything else said is kept, on other connections too."""
        self._write(data, None, on_reply)

    def _write(
        self,
        data: tuple[Command, ...] | list[Command],
        result: AsyncResult[Reply] | None,
        on_reply: Callable[[Reply], None] | None,
    ) -> None:
        raw = b"".join([_checked(one) for one in data])
        if not self.connected:
            raise ConnectionLost(
                f"The connection {self.name} to the switch is gone: {self._reason or 'not connected yet'}"
            )
        if len(self._commands_sent) + len(data) > MAX_IN_FLIGHT or len(self._unsent) > MAX_UNSENT:
            raise Late(
                f"{len(self._commands_sent)} commands on {self.name} wait for an answer; the switch doesn't keep up."
            )
        now = monotonic()
        for one in data:
            self._commands_sent.append(_InFlight(one, now, result, on_reply))
        if self._watchdog is None:
            self._guard(self._dead_after_s)
        if not self._unsent:
            # What is said in one go leaves in one piece, as soon as this greenlet waits. In the hub, one after another:
            # so what was said first on another connection is sent first too.
            gevent.get_hub().loop.run_callback(self._flush)
        self._unsent += raw

    def _flush(self) -> None:
        """Runs in the hub: must not wait. What the socket doesn't take at once is left to a greenlet."""
        if self._writing or not self._unsent:
            return
        raw, self._unsent = self._unsent, b""
        try:
            sent = self.sock.send(raw, 0, 0.0)  # type: ignore[call-arg]  # the stubs know no time-out
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._not_written(error)
            return
        if sent < len(raw):
            self._unsent = raw[sent:]
            self._writing = True
            gevent.spawn(self._write_on)

    def _write_on(self) -> None:
        try:
            while self._unsent:
                raw, self._unsent = self._unsent, b""
                with gevent.Timeout(self._deadline_s, _Stalled):
                    self.sock.sendall(raw)
        except OSError as error:
            self._not_written(error)
        except _Stalled:
            # Half a command may be out: nothing sent after it would be understood.
            self.close("Writing to the switch failed (it does not read any more).")
        finally:
            self._writing = False

    def _not_written(self, error: OSError) -> None:
        """The peer has closed. What it said before (the end of the call, say) is still to be read."""
        self.connected = False
        self._reason = self._reason or f"Writing to the switch failed ({error})."
        self._fail_waiting()
        gevent.spawn_later(self._deadline_s, self.close, self._reason)

    def _fail_waiting(self) -> None:
        lost = ConnectionLost(f"The connection {self.name} to the switch is gone: {self._reason}")
        for command in self._commands_sent:
            if command.result is not None:
                command.result.set_exception(lost)

    # --- a socket that is up but dead -----------------------------------------------------------------------------------
    def _guard(self, after_s: float) -> None:
        if self._run:
            self._watchdog = gevent.get_hub().loop.timer(after_s)
            self._watchdog.start(self._check_oldest)

    def _unguard(self) -> None:
        if self._watchdog is not None:
            self._watchdog.stop()
            self._watchdog.close()
            self._watchdog = None

    def _check_oldest(self) -> None:
        """Runs in the hub: must not wait."""
        self._unguard()
        if not self._commands_sent:
            return  # the next command sets it again
        age = monotonic() - self._commands_sent[0].sent_at
        if age < self._dead_after_s:
            self._guard(self._dead_after_s - age)
            return
        what = _what(self._commands_sent[0].command)
        gevent.spawn(self.close, f"The switch did not answer {what} for {age:.0f} s though the socket is open.")


class InboundConnection(Connection):
    """A connection that we make: the switch asks for the password first."""

    password = ""  # where the library's handshake looks for it

    def log_in(self, password: str, timeout_s: float) -> None:
        """Wait for the question and answer it. Raises ``ConnectionLost``, ``Late`` or ``SwitchError`` (wrong password, refused)."""
        self.password = gate.password(password)
        if not self._auth_request_event.wait(timeout_s):
            raise Late(f"{self.name} took the connection but never asked for a password; is that port an event socket?")
        if not self.connected:
            raise ConnectionLost(f"The switch {self.name} closed the connection at once; check its event-socket ACL.")
        try:
            InboundESL.authenticate(self)  # says "auth PASSWORD" through our send
        except ValueError as error:
            raise SwitchError(
                f"The switch {self.name} refused the password; set the one of its event_socket.conf in the settings."
            ) from error


class _Stalled(Exception):
    """The peer doesn't read."""


def _nothing(_: str) -> None:
    return


def _checked(command: Command) -> bytes:
    """Last look before the wire: one command is one block."""
    if "\n\n" in command or "\r" in command or "\0" in command or command.endswith("\n"):
        raise gate.Refused("A command holds a line end where none may be; it was not sent.")
    return command.encode() + b"\n\n"


def _what(command: str) -> str:
    """Enough of a command to know it by, and nothing private: its first words."""
    line = command.partition("\n")[0]
    words = line.split(" ")
    return " ".join(words[: 2 if words[0] in ("api", "bgapi") else 1])


def _keep_alive(sock: gevent.socket.socket) -> None:
    """A host that vanished without a word is noticed within half a minute."""
    try:
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        sock.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_KEEPALIVE, 1)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_KEEPIDLE, 15)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_KEEPINTVL, 5)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_KEEPCNT, 3)
    except OSError:  # not a TCP socket, or a system without these options
        pass
