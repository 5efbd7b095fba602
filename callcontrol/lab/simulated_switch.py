"""A FreeSWITCH that is not there: it speaks the event socket on real sockets, inbound and outbound, and simulates the calls,
so that a controller cannot tell the difference and needs no adapter of its own for tests, demo and measurements.

The recorded transcripts of a real switch are the judge of what it does (``tests/lab``). It carries no audio.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
import gevent.pool
import gevent.server
import gevent.socket

from callcontrol.lab import api_of_switch, life, templates, wire
from callcontrol.lab.applications import stop_recording
from callcontrol.lab.callers import Caller
from callcontrol.lab.channel import Channel
from callcontrol.lab.clock import LabClock, ScaledClock
from callcontrol.lab.conferences import Conference
from callcontrol.lab.connection import Connection
from callcontrol.lab.dialplan import Dialplan, hotline_dialplan
from callcontrol.lab.outbound_socket import APPLICATIONS
from callcontrol.lab.phones import Phone
from callcontrol.lab.sounds import SoundLibrary
from callcontrol.ports.clock import Identities, RandomIdentities

if TYPE_CHECKING:
    from callcontrol.lab.party import Party
    from callcontrol.lab.recording import Recording
    from callcontrol.lab.wire import Command, Value

_HEARTBEAT_S = 20.0
_MODULES = frozenset(
    [
        "mod_event_socket",
        "mod_sofia",
        "mod_commands",
        "mod_conference",
        "mod_dptools",
        "mod_dialplan_xml",
        "mod_sndfile",
        "mod_native_file",
        "mod_tone_stream",
        "mod_local_stream",
        "mod_console",
        "mod_logfile",
        "mod_loopback",
    ]
)


class SimulatedSwitch:
    """Made, then ``start()``ed; ``esl_port`` 0 takes a free port. ``speed`` is how many simulated seconds pass in a real one;
    ``clock`` replaces it altogether. ``frame_s`` is how long a leg takes to notice an order (20 ms as on the real switch; none with
    a ``clock`` of the tester's). ``log`` gets what the real switch would write into its log."""

    def __init__(
        self,
        esl_host: str = "127.0.0.1",
        esl_port: int = 0,
        password: str = "ClueCon",
        *,
        dialplan: Dialplan | None = None,
        speed: float = 1.0,
        clock: LabClock | None = None,
        frame_s: float | None = None,
        sounds_dir: str | Path | None = None,
        recordings_dir: str | Path | None = None,
        audible_recordings: bool = True,
        identities: Identities | None = None,
        hostname: str = "simulated",
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.password = password
        self.hostname = hostname
        self.dialplan = dialplan if dialplan is not None else hotline_dialplan()
        self.clock: LabClock = clock if clock is not None else ScaledClock(speed)
        self.frame_s = frame_s if frame_s is not None else 0.02 if clock is None else 0.0
        self.sounds = SoundLibrary(Path(sounds_dir) if sounds_dir is not None else None)
        self.recordings_dir = Path(recordings_dir) if recordings_dir is not None else None
        self.audible_recordings = audible_recordings
        self.identities = identities if identities is not None else RandomIdentities()
        self.modules: set[str] = set(_MODULES)
        self.profiles = {"internal"}
        self.globals = {"hostname": hostname, "domain": "127.0.0.1", "sounds_dir": str(sounds_dir or "")}
        self.channels: dict[str, Channel] = {}
        self.applications = APPLICATIONS
        self.conferences: dict[str, Conference] = {}
        self.api_commands = api_of_switch.COMMANDS
        self.phones: dict[str, Phone] = {}
        self.connections: set[Connection] = set()
        self.started_at = self.clock.now()
        self.sessions_since_start = 0
        self.peak_sessions = 0
        self.reloads = 0  # of its files, if it had any
        self.executed: list[tuple[str, str]] = []  # what expansion of ${...} would have run: (command, argument)
        self.api_calls: list[tuple[str, str]] | None = None  # set to a list to keep what was asked
        self.commands: list[Command] | None = None  # set to a list to keep every command of every connection
        self.log_lines: list[str] = []
        self.core_uuid = self.identities.new()
        self._log = log
        self._listen = (esl_host, esl_port)
        self._server: Any = None
        self._greenlets = gevent.pool.Group()
        self._wide: list[Connection] = []  # connections that hear of every leg
        self._sequence = 0
        self._heartbeat: Any = None
        self._second = -1
        self._dates: tuple[str, str] = ("", "")

    # --- running -----------------------------------------------------------------------------------------------------
    def start(self) -> SimulatedSwitch:
        """Listen. Raises ``OSError`` for a port that is taken."""
        self._server = gevent.server.StreamServer(self._listen, self._accepted)
        self._server.start()
        self._schedule_heartbeat()
        return self

    def stop(self) -> None:
        """Finish the recordings, cut every connection, end every leg; returns when nothing runs any more."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        if self._server is not None:
            self._server.stop(timeout=0)
        for channel in list(self.channels.values()):
            for path in list(channel.recordings):
                stop_recording(channel, path)
        for connection in list(self.connections):
            connection.close()
        self._greenlets.kill(timeout=2)
        self.channels.clear()

    def __enter__(self) -> SimulatedSwitch:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def esl_port(self) -> int:
        if self._server is None:
            raise RuntimeError("The simulated switch has no port before start().")
        return int(self._server.server_port)

    def spawn(self, function: Callable[..., object], *arguments: object) -> None:
        self._greenlets.spawn(function, *arguments)

    def _accepted(self, sock: Any, _address: object) -> None:
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        connection = Connection(self, sock)
        connection.start()
        # The server closes the socket when this returns, so the connection gets its own.
        connection.finished.wait()

    # --- people ------------------------------------------------------------------------------------------------------
    def phone(self, name: str) -> Phone:
        """The phone of a user, made when first asked for."""
        if name not in self.phones:
            self.phones[name] = Phone(self, name)
        return self.phones[name]

    def phone_for(self, user: str) -> Phone | None:
        return self.phones.get(user)

    def call(
        self,
        destination: str,
        *,
        number: str = "13800001111",
        name: str = "Zhang San",
        context: str = "callcontrol",
        variables: dict[str, str] | None = None,
        on_event: Callable[[Caller, str, str], None] | None = None,
    ) -> Caller:
        """Somebody calls ``destination``; returns at once."""
        caller = Caller(self, on_event)
        uuid = self.identities.new()
        channel = self.new_channel(
            uuid,
            inbound=True,
            name=f"sofia/internal/{number}@127.0.0.1",
            caller_number=number,
            caller_name=name,
            destination=destination,
            context=context,
            party=caller,
        )
        caller.channel = channel
        channel.set_all(
            templates.inbound_variables(uuid, self.session_number(), number, name, destination, channel.name)
        )
        channel.vars["variable_DP_MATCH"] = [destination, destination]
        channel.set_all(variables or {})
        channel.enter("CS_NEW")
        channel.enter("CS_INIT")
        channel.emit("CHANNEL_CREATE")
        life.begin(channel, partial(life.route, channel, destination, context))
        return caller

    # --- legs --------------------------------------------------------------------------------------------------------
    def new_channel(
        self,
        uuid: str,
        *,
        inbound: bool,
        name: str,
        caller_number: str,
        caller_name: str,
        destination: str,
        context: str,
        party: Party | None,
    ) -> Channel:
        channel = Channel(
            self,
            uuid,
            inbound=inbound,
            name=name,
            caller_number=caller_number,
            caller_name=caller_name,
            destination=destination,
            context=context,
            party=party,
        )
        self.channels[uuid] = channel
        channel.watchers.extend(c for c in self.connections if c.subscription.session == uuid)
        self.sessions_since_start += 1
        self.peak_sessions = max(self.peak_sessions, len(self.channels))
        return channel

    def session_number(self) -> int:
        return self.sessions_since_start

    def ending(self, channel: Channel) -> None:
        """The leg is over; only lingering connections still hold it."""

    def forget(self, channel: Channel) -> None:
        self.channels.pop(channel.uuid, None)

    def played(self, channel: Channel, source: str) -> None:
        """A sound began; a place for measurements to stand."""

    # --- recording ---------------------------------------------------------------------------------------------------
    def recordable(self, path: str) -> bool:
        """Whether a recording may begin there; the switch makes the folder."""
        try:
            self._recording_path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.log(f"The folder of the recording {path} can't be made: {error}.")
            return False
        return True

    def _recording_path(self, path: str) -> Path:
        given = Path(path)
        return given if given.is_absolute() or self.recordings_dir is None else self.recordings_dir / given

    def write_recording(self, recording: Recording) -> int:
        """Write the file of a recording that stops now; its samples, 0 if the disk refuses."""
        recording.path = str(self._recording_path(recording.path))
        try:
            Path(recording.path).parent.mkdir(parents=True, exist_ok=True)  # as the real switch does
            return recording.write(self.clock.now(), audible=self.audible_recordings)
        except OSError as error:
            self.log(f"The recording {recording.path} can't be written: {error}.")
            return 0

    # --- events ------------------------------------------------------------------------------------------------------
    def takers(self, name: str, watchers: Iterable[Connection]) -> list[Connection]:
        """The connections that may want an event of this name."""
        found = [c for c in watchers if c.subscription.wants(name)]
        found.extend(c for c in self._wide if c.subscription.wants(name))
        return found

    def count_event(self) -> None:
        self._sequence += 1

    def event_head(self, name: str) -> dict[str, Value]:
        self._sequence += 1
        now = self.clock.now()
        if int(now) != self._second:
            self._second = int(now)
            gmt = time.gmtime(now)
            self._dates = (time.strftime("%Y-%m-%d %H:%M:%S", gmt), time.strftime("%a, %d %b %Y %H:%M:%S GMT", gmt))
        return {
            "Event-Name": name,
            "Core-UUID": self.core_uuid,
            "FreeSWITCH-Hostname": self.hostname,
            "FreeSWITCH-Switchname": self.hostname,
            "FreeSWITCH-IPv4": "127.0.0.1",
            "FreeSWITCH-IPv6": "::1",
            "Event-Date-Local": self._dates[0],
            "Event-Date-GMT": self._dates[1],
            "Event-Date-Timestamp": self.stamp(now),
            "Event-Calling-File": "simulated_switch.py",
            "Event-Calling-Function": "emit",
            "Event-Calling-Line-Number": "1",
            "Event-Sequence": str(self._sequence),
        }

    def deliver(self, event: dict[str, Value], takers: list[Connection]) -> None:
        """Encode once per format and queue at each taker."""
        encoded: dict[str, bytes] = {}
        for connection in takers:
            subscription = connection.subscription
            if not subscription.passes(event):
                continue
            data = encoded.get(subscription.format)
            if data is None:
                plain = subscription.format == "plain"
                data = wire.encode_plain_event(event) if plain else wire.encode_json_event(event)
                encoded[subscription.format] = data
            connection.take_event(data)

    def tell(self, name: str, fields: dict[str, str]) -> None:
        """An event of no leg."""
        takers = self.takers(name, ())
        if takers:
            self.deliver({**self.event_head(name), **fields}, takers)

    def subscribed(self, connection: Connection) -> None:
        """A connection's wishes changed: put it where events find it."""
        self._unsubscribe(connection)
        session = connection.subscription.session
        if session is None:
            self._wide.append(connection)
        elif session in self.channels:
            self.channels[session].watchers.append(connection)

    def _unsubscribe(self, connection: Connection) -> None:
        if connection in self._wide:
            self._wide.remove(connection)
        channel = self.channels.get(connection.subscription.session or "")
        if channel is not None and connection in channel.watchers:
            channel.watchers.remove(connection)

    def disconnected(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._unsubscribe(connection)

    def _schedule_heartbeat(self) -> None:
        self._heartbeat = self.clock.call_later(_HEARTBEAT_S, self.heartbeat)

    def heartbeat(self) -> None:
        """Tell that the switch lives; every 20 simulated seconds by itself."""
        uptime_ms = int((self.clock.now() - self.started_at) * 1000)
        self.tell(
            "HEARTBEAT",
            {
                "Event-Info": "System Ready",
                "Up-Time": f"0 years, 0 days, 0 hours, 0 minutes, {uptime_ms // 1000} seconds",
                "FreeSWITCH-Version": templates.VERSION,
                "Uptime-msec": str(uptime_ms),
                "Session-Count": str(len(self.channels)),
                "Max-Sessions": "5000",
                "Session-Per-Sec": "998",
                "Session-Since-Startup": str(self.sessions_since_start),
                "Session-Peak-Max": str(self.peak_sessions),
                "Idle-CPU": "98.966667",
            },
        )
        self._schedule_heartbeat()

    # --- notes -------------------------------------------------------------------------------------------------------
    def stamp(self, moment: float) -> str:
        """Microseconds since the epoch, as events carry them."""
        return str(int(moment * 1_000_000))

    def local_time(self, moment: float) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))

    def note_executed(self, command: str, argument: str) -> None:
        """Expansion of ``${...}`` would have run this on a real switch."""
        self.executed.append((command, argument))

    def ran_api(self, name: str, argument: str) -> None:
        if self.api_calls is not None:
            self.api_calls.append((name, argument))

    def heard_command(self, command: Command) -> None:
        if self.commands is not None:
            self.commands.append(command)

    def log(self, line: str) -> None:
        if len(self.log_lines) < 10_000:
            self.log_lines.append(line)
        if self._log is not None:
            self._log(line)
