"""A caller's call in our hands: the ``CallSession`` port on an outbound socket of the switch.

All events of the socket come through one reader in the order of the wire and leave through one line, ``next_event``. After the
socket ended the methods do nothing: ``HungUp`` or ``SessionClosed`` is in the line already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import gevent
import gevent.socket
from gevent.event import AsyncResult
from gevent.queue import Empty, Queue

from callcontrol.ports.switch import (
    ConnectionLost,
    HungUp,
    KeyPressed,
    SessionClosed,
    SessionEvent,
    SwitchError,
)
from callcontrol.switch import commands, gate, line, media
from callcontrol.switch.channel import Channel
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import Connection, Reply
from callcontrol.switch.wire import Frame, peek

log = logging.getLogger(__name__)

LINGER_S = 10
"""How long the switch keeps the socket after the hang-up, so that its last events arrive. We close as soon as they did."""

BEGIN_DEADLINE_S = 5.0
CAUSE_WITHIN_S = 1.0
"""How long after the notice that the channel is down its CHANNEL_HANGUP is waited for."""

MAX_UNREAD = 2000
"""Events that nobody took from the line. A conductor so far behind is stuck: the session is given up, another takes the call."""
MAX_UNREAD_KEYS = 100


class OutboundCall:
    """See ``ports.switch.CallSession``."""

    def __init__(self, sock: gevent.socket.socket, node: str, *, on_closed: Callable[[], None] | None = None) -> None:
        self.node = node
        self.uuid = ""
        self.caller_number = ""
        self.caller_name = ""
        self.destination = ""
        self._id = gate.identity("none")
        self._channel: Channel | None = None
        self._events: Queue[object] = Queue()
        self._over = False  # the last event is in the line
        self._drained = False  # and was taken from it
        self._player = media.Player(self._say, self.post, self.variable)
        self._whole: AsyncResult[Reply] | None = AsyncResult()  # only until it is here: it is some 7 kB
        self._closed = on_closed
        self._connection = Connection(sock, "outbound", self._frame, self._gone)

    # --- life -----------------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Take the call: the channel's data, its events, and the promise that it goes on if we die. Raises ``SwitchError``
        if the caller is gone already or the peer is no switch."""
        whole = self._whole
        assert whole is not None
        self._connection.start_event_handlers()
        self._connection.post(commands.CONNECT, on_reply=whole.set)
        self._connection.post(commands.linger(LINGER_S), commands.MY_EVENTS, commands.FEWER_EVENTS)
        try:
            reply = whole.get(timeout=BEGIN_DEADLINE_S)
        except gevent.Timeout:
            self._connection.close("It never answered connect.")
            raise ConnectionLost(
                "A peer connected and never answered connect; it is not a switch, or it is stuck."
            ) from None
        if reply is None or not reply.ok or not reply.frame.header("Unique-ID"):
            self._connection.close("It has no channel.")
            raise ConnectionLost(
                f"The call was gone before it could be taken ({(reply.text if reply else '')[:80] or 'no channel data'})."
            )
        self._whole = None
        self._channel = channel = Channel(reply.frame)
        self.uuid = channel.get("Unique-ID") or ""
        self._id = self._player.call = gate.identity(self.uuid)
        self._connection.name = f"call {self.uuid}"
        self.caller_number = channel.get("Caller-Caller-ID-Number") or ""
        self.caller_name = channel.get("Caller-Caller-ID-Name") or ""
        self.destination = channel.get("Caller-Destination-Number") or ""
        self._say(commands.own(self._id))

    def close(self) -> None:
        """Drop the socket. With the call not prepared for a talk, its dialplan gives it to another controller."""
        self._connection.close("The controller let go.")

    def variable(self, name: str) -> str | None:
        return None if self._channel is None else self._channel.get(f"variable_{name}")

    # --- what the caller hears --------------------------------------------------------------------------------------------
    def answer(self) -> None:
        self._player.answer()

    def play(self, wait: int, sounds: Sequence[str]) -> None:
        self._player.play(wait, sounds)

    def ask(
        self,
        wait: int,
        sounds: Sequence[str],
        *,
        min_keys: int,  # see commands.ask: too few keys are reported too
        max_keys: int,
        timeout_s: float,
        inter_digit_s: float,
        terminators: str,
        sensitive: bool = False,
    ) -> None:
        self._player.ask(
            wait,
            sounds,
            max_keys=max_keys,
            timeout_s=timeout_s,
            inter_digit_s=inter_digit_s,
            terminators=gate.keys(terminators),
            sensitive=sensitive,
        )

    def hold(self, wait: int, music: str | Sequence[str]) -> None:
        self._player.hold(wait, music)

    def record(
        self, wait: int, path: str, *, max_s: float, silence_s: float, end_keys: str, goes_on: bool = False
    ) -> None:
        self._player.record(wait, path, max_s=max_s, silence_s=silence_s, end_keys=end_keys, goes_on=goes_on)

    def stop(self) -> None:
        self._player.stop()

    # --- the call itself --------------------------------------------------------------------------------------------------
    def remember(self, name: str, value: str) -> None:
        if name == "socket_resume" and value == "true":
            self._player.talk_is_off()
        self._say(commands.remember(self._id, gate.variable_name(name), gate.variable_value(value)))

    def prepare_talk(self, resume_extension: str) -> None:
        resume = gate.extension(resume_extension) if resume_extension else gate.NOTHING
        # Silence first: should we die before the bridge, the dialplan goes on only when nothing plays.
        self._player.be_silent_for_talk()
        self._say(*commands.prepare_talk(self._id, resume))

    def leave(self) -> None:
        self._say(commands.EXIT)

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        self._say(commands.hang_up(self._id, gate.cause(cause)))

    # --- the line of events -----------------------------------------------------------------------------------------------
    def next_event(self, timeout_s: float | None = None) -> SessionEvent | None:
        if self._drained:
            return None
        try:
            event = self._events.get(timeout=timeout_s)
        except Empty:
            return None
        if isinstance(event, HungUp | SessionClosed):
            self._drained = True
        return event  # type: ignore[return-value]  # or whatever was posted

    def post(self, event: object) -> None:
        if self._over:
            return
        if self._events.qsize() >= MAX_UNREAD:
            log.error("call %s: %d events unread; the session is given up.", self.uuid, MAX_UNREAD)
            self._finish(SessionClosed())
            return
        self._events.put(event)

    def _finish(self, event: HungUp | SessionClosed) -> None:
        if self._over:
            return
        self._over = True
        self._player.end()
        self._events.put(event)
        self._connection.close("The session is over.")

    # --- the socket -------------------------------------------------------------------------------------------------------
    def _frame(self, frame: Frame) -> None:
        if frame.content_type == "text/event-json":
            if not self._over and peek(frame.body, b"Unique-ID") == self.uuid:
                self._event(frame.body)
        elif frame.content_type == "text/disconnect-notice" and frame.header("Content-Disposition") == "linger":
            # The channel is down. Its CHANNEL_HANGUP, with the cause, may come before this or just after it.
            gevent.spawn_later(CAUSE_WITHIN_S, self._finish, HungUp("NORMAL_UNSPECIFIED"))

    def _event(self, body: bytes) -> None:
        match peek(body, b"Event-Name"):
            case "CHANNEL_EXECUTE":
                self._player.began(peek(body, b"Application-UUID"))
            case "CHANNEL_EXECUTE_COMPLETE":
                execution = peek(body, b"Application-UUID")
                if self._player.runs(execution) and (cause := peek(body, b"Hangup-Cause")):
                    # What ended was the call: a prompt cut by the hang-up was not heard to its end.
                    self._finish(HungUp(cause))
                else:
                    self._player.completed(execution, body)
            case "RECORD_STOP":
                self._player.recording_stopped(body)
            case "DTMF":
                self._key(peek(body, b"DTMF-Digit") or "")
            case "CHANNEL_HANGUP":
                self._finish(HungUp(peek(body, b"Hangup-Cause") or "NORMAL_UNSPECIFIED"))

    def _key(self, key: str) -> None:
        if key == line.STOP_KEY or key not in line.KEYS or self._player.takes(key):
            return
        if self._events.qsize() >= MAX_UNREAD_KEYS:
            log.warning("call %s: too many keys unread; one was dropped.", self.uuid)
            return
        self.post(KeyPressed(key))

    def _gone(self, reason: str) -> None:
        if self._whole is not None and not self._whole.ready():
            self._whole.set_exception(ConnectionLost(f"The call was gone before it could be taken: {reason}"))
        self._finish(SessionClosed())
        if self._closed is not None:
            self._closed()

    def _say(self, *said: Command, on_reply: Callable[[Reply], None] | None = None) -> None:
        if self._over:
            return
        try:
            self._connection.post(*said, on_reply=on_reply)
        except ConnectionLost as error:
            log.info("call %s: %s", self.uuid, error)  # the end is in the line
        except SwitchError as error:
            log.error("call %s: %s The session is given up.", self.uuid, error)
            self._connection.close(str(error))
