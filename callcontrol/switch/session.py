"""A caller's call in our hands: the ``CallSession`` port on an outbound socket of the switch.

All events of the socket come through one reader in the order of the wire and leave through one line, ``next_event``. After the
socket ended the methods do nothing: ``HungUp`` or ``SessionClosed`` is in the line already.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from time import monotonic

import gevent
import gevent.socket
from gevent.event import AsyncResult
from gevent.queue import Empty, Queue

from callcontrol.ports.switch import (
    ConnectionLost,
    HungUp,
    KeyPressed,
    KeysEntered,
    Played,
    SessionClosed,
    SessionEvent,
    SwitchError,
)
from callcontrol.switch import commands, gate
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import Connection, Reply
from callcontrol.switch.media import SILENCE, Line, Task
from callcontrol.switch.wire import Frame, decode_lines, peek

log = logging.getLogger(__name__)

LINGER_S = 10
"""How long the switch keeps the socket after the hang-up, so that its last events arrive. We close as soon as they did."""

BEGIN_DEADLINE_S = 5.0
CAUSE_WITHIN_S = 1.0
"""How long after the notice that the channel is down its CHANNEL_HANGUP is waited for."""

MAX_UNREAD = 2000
"""Events that nobody took from the line. A conductor so far behind is stuck: the session is given up, another takes the call."""
MAX_UNREAD_KEYS = 100

INSIST_S = (0.1, 0.2, 0.4, 0.8, 1.6)
"""A break that met a file still being opened is forgotten by the switch: it is said again after these waits."""

SHORTEST_LOOP_S = 0.5
"""Hold music that ends sooner was not music; silence is held instead, or an empty file would keep the switch spinning."""

_STOP_KEY = "F"
"""No telephone has this key (it is the hook flash), so as a terminator it can only come from us: it ends an ask."""


class OutboundCall:
    """See ``ports.switch.CallSession``."""

    def __init__(self, sock: gevent.socket.socket, node: str, *, on_closed: Callable[[], None] | None = None) -> None:
        self.node = node
        self.uuid = ""
        self.caller_number = ""
        self.caller_name = ""
        self.destination = ""
        self._id = gate.identity("none")
        self._channel: Frame | None = None
        self._events: Queue[object] = Queue()
        self._over = False  # the last event is in the line
        self._drained = False  # and was taken from it
        self._line = Line()
        self._count = 0
        self._token = secrets.token_hex(4)
        self._resumable = True  # socket_resume=true is in force
        self._whole: AsyncResult[Reply] = AsyncResult()
        self._closed = on_closed
        self._connection = Connection(sock, "outbound", self._frame, self._gone)

    # --- life -----------------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Take the call: the channel's data, its events, and the promise that it goes on if we die. Raises ``SwitchError``
        if the caller is gone already or the peer is no switch."""
        self._connection.start_event_handlers()
        self._connection.post(commands.CONNECT, on_reply=self._whole.set)
        self._connection.post(commands.linger(LINGER_S), commands.MY_EVENTS, commands.FEWER_EVENTS)
        try:
            reply = self._whole.get(timeout=BEGIN_DEADLINE_S)
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
        self._channel = reply.frame
        self.uuid = self._head("Unique-ID")
        self._id = gate.identity(self.uuid)
        self._connection.name = f"call {self.uuid}"
        self.caller_number = self._head("Caller-Caller-ID-Number")
        self.caller_name = self._head("Caller-Caller-ID-Name")
        self.destination = self._head("Caller-Destination-Number")
        self._say(commands.own(self._id))

    def close(self) -> None:
        """Drop the socket. With the call not prepared for a talk, its dialplan gives it to another controller."""
        self._connection.close("The controller let go.")

    def _head(self, name: str) -> str:
        assert self._channel is not None
        line = name + ": " + self._channel.header(name)
        return decode_lines(line.encode()).get(name, "")

    def variable(self, name: str) -> str | None:
        if self._channel is None:
            return None
        wanted = b"\nvariable_" + name.encode() + b":"
        at = self._channel.head.find(wanted)
        if at < 0:
            return None
        line = self._channel.head[at + 1 :].split(b"\n", 1)[0]
        return next(iter(decode_lines(line).values()), None)

    # --- what the caller hears --------------------------------------------------------------------------------------------
    def answer(self) -> None:
        self._add(Task("answer"))

    def play(self, wait: int, sounds: Sequence[str]) -> None:
        task = Task("play", wait)
        self._gate_sounds(task, sounds)
        self._add(task)

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
    ) -> None:
        task = Task(
            "ask",
            wait,
            max_keys=max_keys,
            timeout_s=timeout_s,
            inter_digit_s=inter_digit_s,
            terminators=gate.keys(terminators),
        )
        self._gate_sounds(task, sounds)
        self._add(task)

    def hold(self, wait: int, music: str) -> None:
        task = Task("hold", wait)
        self._gate_sounds(task, [music] if music else [])
        if not task.sounds:
            task.sounds = [SILENCE]
        self._add(task)

    def stop(self) -> None:
        for dropped in self._line.drop_waiting():
            self._report(dropped)
        self._stop_current()

    # --- the call itself --------------------------------------------------------------------------------------------------
    def remember(self, name: str, value: str) -> None:
        if name == "socket_resume":
            self._resumable = value == "true"
        self._say(commands.remember(self._id, gate.variable_name(name), gate.variable_value(value)))

    def prepare_talk(self, resume_extension: str) -> None:
        self._resumable = False
        self._say(*commands.prepare_talk(self._id, gate.extension(resume_extension)))

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
        self._line = Line()
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
                task = self._line.current
                if task is not None and peek(body, b"Application-UUID") == task.execution:
                    task.started = True
                    if task.stopping:
                        self._break(task, 0)
            case "CHANNEL_EXECUTE_COMPLETE":
                task = self._line.current
                if task is not None and peek(body, b"Application-UUID") == task.execution:
                    if cause := peek(body, b"Hangup-Cause"):
                        # What ended was the call: a prompt cut by the hang-up was not heard to its end.
                        self._finish(HungUp(cause))
                    else:
                        self._completed(task, body)
            case "DTMF":
                self._key(peek(body, b"DTMF-Digit") or "")
            case "CHANNEL_HANGUP":
                self._finish(HungUp(peek(body, b"Hangup-Cause") or "NORMAL_UNSPECIFIED"))

    def _gone(self, reason: str) -> None:
        if not self._whole.ready():
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

    # --- tasks ------------------------------------------------------------------------------------------------------------
    def _gate_sounds(self, task: Task, sounds: Sequence[str]) -> None:
        """A sound that may not be played is a missing sound: the call goes on with the others."""
        for sound in sounds:
            try:
                task.sounds.append(gate.sound(sound))
            except gate.Refused as refused:
                log.error("call %s: %s", self.uuid, refused)
                task.missing.append(sound)

    def _add(self, task: Task) -> None:
        if not self._resumable and task.kind != "answer":
            # The talk did not come about: from here on the call must outlive us again.
            self._resumable = True
            self._say(commands.own(self._id))
        for given_up in self._line.add(task):
            self._report(given_up)
        if self._line.current is None:
            self._start_next()
        elif self._line.current.kind != "answer":
            self._stop_current()

    def _start_next(self) -> None:
        while (task := self._line.next()) is not None:
            if task.kind == "play" and not task.sounds:
                self._report(task)
                continue
            self._execute(task)
            return

    def _execute(self, task: Task) -> None:
        self._count += 1
        task.execution = f"cc-{self._token}-{self._count}"
        task.started = False
        task.started_at = monotonic()
        event_uuid = gate.identity(task.execution)
        match task.kind:
            case "answer":
                command = commands.execute("answer", None, event_uuid)
            case "ask":
                task.variable = f"callcontrol_keys_{self._token}_{self._count}"
                command = commands.ask(
                    task.sounds,
                    gate.variable_name(task.variable),
                    event_uuid,
                    max_keys=task.max_keys,
                    timeout_s=task.timeout_s,
                    inter_digit_s=task.inter_digit_s,
                    terminators=task.terminators,
                )
            case _:
                command = commands.play(task.sounds[0], event_uuid)
        execution = task.execution
        self._say(command, on_reply=lambda reply: self._accepted(task, execution, reply))

    def _accepted(self, task: Task, execution: str, reply: Reply) -> None:
        if not reply.ok and task is self._line.current and task.execution == execution:
            log.warning("call %s: the switch refused to %s: %s", self.uuid, task.kind, reply.text[:200])
            self._done(task)

    def _completed(self, task: Task, body: bytes) -> None:
        response = peek(body, b"Application-Response")
        if task.kind == "ask":
            keys = peek(body, b"variable_" + task.variable.encode()) or ""
            terminator = peek(body, b"variable_read_terminator_used") or ""
            # The switch keeps the terminator of an earlier ask: it is this one's if it was this one's last key.
            used = terminator if terminator == task.last_key and terminator in task.terminators else ""
            if keys:
                self._say(commands.forget(self._id, gate.variable_name(task.variable)))
            self._done(task, "".join(k for k in keys if k in "0123456789*#ABCD"), used)
            return
        if task.kind in ("play", "hold") and response == "FILE NOT FOUND":
            log.error("call %s: the switch has no sound %s", self.uuid, task.sounds[0])
            task.missing.append(task.sounds[0])
        if task.kind == "play":
            task.sounds.pop(0)
            if task.sounds and not task.stopping:
                self._execute(task)
                return
        if task.kind == "hold" and not task.stopping and self._resumable:
            if response == "FILE NOT FOUND" or (response == "FILE PLAYED" and self._too_short(task)):
                task.sounds = [SILENCE]
            if response in ("FILE NOT FOUND", "FILE PLAYED"):
                self._execute(task)
                return
        self._done(task)

    def _too_short(self, task: Task) -> bool:
        return monotonic() - task.started_at < SHORTEST_LOOP_S

    def _done(self, task: Task, keys: str = "", terminator: str = "") -> None:
        self._report(task, keys, terminator)
        self._start_next()

    def _report(self, task: Task, keys: str = "", terminator: str = "") -> None:
        match task.kind:
            case "ask":
                self.post(KeysEntered(task.wait, keys, terminator))
            case "play" | "hold":
                self.post(Played(task.wait, tuple(task.missing)))

    def _key(self, key: str) -> None:
        if key == _STOP_KEY or key not in tuple("0123456789*#ABCD"):
            return
        task = self._line.current
        if task is not None and task.kind == "ask":
            task.last_key = key
            return
        if self._events.qsize() >= MAX_UNREAD_KEYS:
            log.warning("call %s: too many keys unread; one was dropped.", self.uuid)
            return
        self.post(KeyPressed(key))

    def _stop_current(self) -> None:
        task = self._line.current
        if task is None or task.stopping or task.kind == "answer":
            return
        task.stopping = True
        if task.started:
            self._break(task, 0)

    def _break(self, task: Task, times: int, execution: str = "") -> None:
        if self._over or self._line.current is not task or (execution and execution != task.execution):
            return
        said = [commands.stop_playing(self._id)]
        if task.kind == "ask":
            said.append(commands.press(self._id, "F"))
        self._say(*said, on_reply=_ignore)
        gevent.spawn_later(INSIST_S[min(times, len(INSIST_S) - 1)], self._break, task, times + 1, task.execution)


def _ignore(_: Reply) -> None:
    """The channel may be gone by now: that answer is no news."""
