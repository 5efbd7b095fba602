"""One event-socket connection of the simulated switch: its commands, and the bytes that go out on it.

Inbound ones are opened by a controller and must say a password; outbound ones are opened by a ``socket`` application and own a leg.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from gevent.event import Event

from callcontrol.lab import api, wire
from callcontrol.lab.channel import Message
from callcontrol.lab.life import destroy_if_left, go_on
from callcontrol.lab.subscription import Subscription

if TYPE_CHECKING:
    from callcontrol.lab.channel import Channel
    from callcontrol.lab.simulated_switch import SimulatedSwitch
    from callcontrol.lab.wire import Command, Value

# A peer that does not read is given this much before its events are dropped, as the real switch drops them.
_BUFFER_BYTES = 64 * 1024 * 1024


class Connection:
    """``channel`` is the leg that an outbound connection owns, None for an inbound one."""

    def __init__(self, switch: SimulatedSwitch, sock: Any, channel: Channel | None = None) -> None:
        self.switch = switch
        self.channel = channel
        self.subscription = Subscription()
        self.connected = False  # the peer of an outbound connection has said "connect"
        self.closed = False
        self.lost_events = 0
        self.finished = Event()  # nothing reads or writes any more
        self._sock = sock
        self._authenticated = channel is not None
        self._logging = False
        self._linger_s: int | None = None
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._more = Event()
        self._drain_and_close = False
        self._linger_timer: Any = None

    def start(self) -> None:
        self.switch.connections.add(self)
        self.switch.spawn(self._read)
        self.switch.spawn(self._write)
        if self.channel is None:
            self.write(b"Content-Type: auth/request\n\n")

    # --- bytes -------------------------------------------------------------------------------------------------------
    def write(self, data: bytes) -> None:
        """Queue bytes; never blocks."""
        if self.closed or self._drain_and_close:
            return
        self._out.append(data)
        self._out_bytes += len(data)
        self._more.set()

    def _write(self) -> None:
        try:
            while True:
                self._more.wait()
                self._more.clear()
                while self._out:
                    data = b"".join(self._out)
                    self._out.clear()
                    self._sock.sendall(data)
                    self._out_bytes -= len(data)
                if self._drain_and_close:
                    break
                if self.closed:
                    return
        except OSError:
            pass
        self.close()

    def _read(self) -> None:
        reader = wire.CommandReader()
        try:
            while not self.closed:
                data = self._sock.recv(65536)
                if not data:
                    break
                for command in reader.feed(data):
                    if self._drain_and_close or self.closed:
                        break
                    self._obey(command)
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        """End the connection; a leg that it owned goes on by the switch's rules."""
        if self.closed:
            return
        self.closed = True
        self._more.set()
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        self.switch.disconnected(self)
        # Closing under another greenlet that waits in recv is an error; shutting down wakes it.
        with contextlib.suppress(OSError):
            self._sock.shutdown(2)
        self._sock.close()
        self.finished.set()
        channel = self.channel
        if channel is None:
            return
        if self in channel.controllers:
            channel.controllers.remove(self)
        if channel.hangup_cause is None and channel.is_true("socket_resume"):
            channel.send_elsewhere(lambda: go_on(channel))
        channel.wake()
        destroy_if_left(channel)

    def disconnect(self) -> None:
        """Say good-bye, let what is queued go out, then close."""
        self.write(wire.disconnect_notice(self.channel.uuid if self.channel is not None else None))
        self._drain_and_close = True
        self._more.set()

    def session_over(self) -> None:
        """The leg that this connection owns is hung up: linger if asked to, else leave."""
        if self.channel is None:
            return
        if self._linger_s is None:
            self.disconnect()
            return
        self.write(wire.linger_notice(self.channel.uuid, self.channel.name, self._linger_s))
        # -1 is "for ever" on the real switch.
        if self._linger_s >= 0:
            self._linger_timer = self.switch.clock.call_later(self._linger_s, self.disconnect)

    # --- events ------------------------------------------------------------------------------------------------------
    def take_event(self, encoded: bytes) -> None:
        if self._out_bytes > _BUFFER_BYTES:
            self.lost_events += 1
            return
        self.write(encoded)

    # --- commands ----------------------------------------------------------------------------------------------------
    def _obey(self, command: Command) -> None:
        word, _, rest = command.line.partition(" ")
        word, rest = word.lower(), rest.strip()
        self.switch.heard_command(command)
        if not self._authenticated:
            self._authenticate(word, rest)
            return
        if word == "connect" and self.channel is not None:
            self._connect(self.channel)
        elif word in ("api", "bgapi") and rest:
            self._run_api(word, rest, command)
        elif word == "sendmsg":
            self._sendmsg(rest, command)
        elif word in ("linger", "nolinger", "myevents", "getvar", "resume"):
            self._of_session(word, rest)
        elif word in ("event", "nixevent", "noevents", "filter", "divert_events", "log", "nolog"):
            self._about_events(word, rest)
        elif word in ("exit", "..."):
            self._reply("+OK bye")
            self.disconnect()
        elif word == "sendevent":
            self._reply(f"+OK {self.switch.identities.new()}")
        else:
            self._reply("-ERR command not found")

    def _reply(self, text: str, *more: tuple[str, str]) -> None:
        self.write(wire.command_reply(text, *more))

    def _authenticate(self, word: str, rest: str) -> None:
        if word == "auth" and rest == self.switch.password:
            self._authenticated = True
            self._reply("+OK accepted")
        elif word == "auth":
            self._reply("-ERR invalid")
            self.disconnect()
        elif word == "exit":
            self._reply("+OK bye")
            self.disconnect()
        else:
            self._reply("-ERR command not found")

    def _connect(self, channel: Channel) -> None:
        event = self.switch.event_head("CHANNEL_DATA")
        headers: dict[str, Value] = {**event}
        for name, value in channel.profile.items():
            headers[f"Channel-{name[7:]}"] = value
        headers.update(channel.state_headers())
        headers.update(channel.other)
        headers.update(channel.vars)
        self.write(
            wire.encode_headers(
                headers,
                last=(
                    ("Content-Type", "command/reply"),
                    ("Reply-Text", "%2BOK%0A"),
                    ("Socket-Mode", "async"),
                    ("Control", "full"),
                ),
            )
        )
        self.connected = True
        channel.wake()

    def _run_api(self, word: str, rest: str, command: Command) -> None:
        name, _, argument = rest.partition(" ")
        if word == "api":
            self.write(wire.api_response(api.run(self.switch, name, argument.strip())))
            return
        job = command.headers.get("job-uuid") or self.switch.identities.new()
        self._reply(f"+OK Job-UUID: {job}", ("Job-UUID", job))
        self.switch.spawn(api.run_in_background, self.switch, job, name, argument.strip())

    def _sendmsg(self, target: str, command: Command) -> None:
        channel = self.channel
        if target:
            channel = self.switch.channels.get(target)
            if channel is None:
                self._reply(f"-ERR invalid session id [{target}]")
                return
        if channel is None:
            self._reply("-ERR invalid session id []")
            return
        headers = command.headers
        call_command = headers.get("call-command", "").lower()
        self._reply("+OK")
        if channel.hangup_cause is not None:
            return
        channel.send(
            Message(
                call_command,
                application=headers.get("execute-app-name", ""),
                data=headers.get("execute-app-arg", "") or command.body,
                event_uuid=headers.get("event-uuid", ""),
                lock=headers.get("event-lock", "").lower() == "true",
                cause=headers.get("hangup-cause", ""),
            )
        )

    def _of_session(self, word: str, rest: str) -> None:
        channel = self.channel
        if word == "myevents" and self.subscription.session is not None:
            self._reply("-ERR aready enabled.")  # spelled as the real switch spells it
        elif word == "myevents":
            words = rest.split()
            formats = [w for w in words if w in ("json", "plain", "xml")]
            uuids = [w for w in words if w not in formats]
            if formats:
                self.subscription.format = formats[0]
            owner = uuids[0] if uuids else channel.uuid if channel is not None else ""
            self.subscription.only_session(owner)
            self.switch.subscribed(self)
            self._reply("+OK Events Enabled")
        elif channel is None:
            self._reply("-ERR command not found" if word == "getvar" else "-ERR not controlling a session")
        elif word == "linger":
            self._linger_s = int(rest) if rest.lstrip("-").isdigit() else -1
            self._reply(f"+OK will linger {self._linger_s} seconds" if rest else "+OK will linger")
        elif word == "nolinger":
            self._linger_s = None
            self._reply("+OK will not linger")
        elif word == "resume":
            channel.set("socket_resume", "true")
            self._reply("+OK")
        else:
            self._reply(channel.get(rest) or "-ERR command not found")

    def _about_events(self, word: str, rest: str) -> None:
        subscription = self.subscription
        match word:
            case "event":
                words = rest.split()
                named = bool(words) and words[0].lower() in ("json", "plain", "xml")
                chosen = words.pop(0).lower() if named else "plain"
                if not subscription.add(words):
                    self._reply("-ERR no keywords supplied")
                    return
                subscription.format = chosen
                self.switch.subscribed(self)
                self._reply(f"+OK event listener enabled {chosen}")
            case "nixevent":
                if subscription.remove(rest.split()):
                    self._reply("+OK events nixed")
                else:
                    self._reply("-ERR no keywords supplied")
            case "noevents":
                subscription.clear()
                self._reply("+OK no longer listening for events")
            case "filter":
                self._filter(rest)
            case "log" | "nolog":
                self._log_level(word, rest)
            case _ if self.channel is None:
                self._reply("-ERR not controlling a session.")
            case _:
                said = {"on": "+OK events diverted", "off": "+OK events not diverted"}
                self._reply(said.get(rest, "-ERR missing value."))

    def _log_level(self, word: str, rest: str) -> None:
        """The lab keeps its log to itself; only the answers are the real ones."""
        if word == "log":
            self._logging = True
            self._reply(f"+OK log level {rest or 'DEBUG'} [7]")
        elif self._logging:
            self._logging = False
            self._reply("+OK no longer logging")
        else:
            self._reply("-ERR not loging")

    def _filter(self, rest: str) -> None:
        if not rest:
            self._reply("-ERR command not found")
            return
        if rest.startswith("delete "):
            name, _, value = rest.removeprefix("delete ").strip().partition(" ")
            self.subscription.unfilter(name, value)
            self._reply(f"+OK filter deleted. [{name}][{value}]")
            return
        name, _, value = rest.partition(" ")
        if not value:
            self._reply("-ERR invalid syntax")
            return
        self.subscription.filters.append((name, value))
        self._reply(f"+OK filter added. [{name}]=[{value}]")
