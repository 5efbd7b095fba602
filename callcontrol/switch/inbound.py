"""The connection to one switch that stays: made, lost, made again; heard, and asked whether it is still there.

A connection counts as up when the password was taken and the events are subscribed. It is given up when commands go
unanswered (see ``connection``) or when a probe fails; then it is made again after a growing, jittered wait.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import gevent
import gevent.socket
from gevent.event import Event

from callcontrol.ports.clock import Clock
from callcontrol.ports.switch import ConnectionLost, SwitchError
from callcontrol.switch import commands
from callcontrol.switch.commands import Command
from callcontrol.switch.connection import InboundConnection, Reply
from callcontrol.switch.wire import Frame

log = logging.getLogger(__name__)

CONNECT_DEADLINE_S = 3.0
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0
PROBE_EVERY_S = 5.0
PROBE_DEADLINE_S = 3.0


@dataclass(slots=True)
class Health:
    """What is known of a connection, for the admin page. Times are seconds since the epoch, 0 is never."""

    connected: bool = False
    since: float = 0.0
    connections: int = 0
    tries: int = 0
    last_event_at: float = 0.0
    last_heartbeat_at: float = 0.0
    probe_ms: float = 0.0
    clock_ahead_s: float = 0.0  # the switch's clock minus ours
    restarts_seen: int = 0
    steps_back: int = 0  # events that were older than one before
    bad_events: int = 0
    sessions: int = 0
    trouble: str = ""  # the last reason for not being connected


def back_off(first_s: float, longest_s: float, chance: Callable[[], float]) -> Iterator[float]:
    """Waits between tries, in seconds: each twice as long as the one before up to ``longest_s``, and of each between half
    and the whole, so that many controllers do not come back in one moment."""
    wait_s = first_s
    while True:
        yield wait_s * (0.5 + 0.5 * chance())
        wait_s = min(wait_s * 2, longest_s)


class Inbound:
    """``on_frame`` gets every event frame; ``on_up`` runs after each (re)connection, in a greenlet that may wait for answers,
    before ``connected`` says True; ``chance`` gives a number in [0, 1) for the jitter."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        password: str,
        *,
        clock: Clock,
        on_frame: Callable[[Frame], None],
        on_up: Callable[[], None],
        on_tick: Callable[[], None],
        chance: Callable[[], float] = random.random,
        probe_every_s: float = PROBE_EVERY_S,
        first_wait_s: float = FIRST_WAIT_S,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self.name = name
        self.health = Health()
        self._address = (host, port)
        self._password = password
        self._clock = clock
        self._on_frame = on_frame
        self._on_up = on_up
        self._on_tick = on_tick
        self._chance = chance
        self._probe_every_s = probe_every_s
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._connection: InboundConnection | None = None
        self._lost = Event()
        self._up = Event()
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        self._stopping.set()
        self._lost.set()
        if self._connection is not None:
            self._connection.stop()
        if self._greenlet is not None:
            self._greenlet.join(5)

    def connected(self) -> bool:
        return self._up.is_set()

    def wait_connected(self, timeout_s: float | None = None) -> bool:
        return bool(self._up.wait(timeout_s))

    def send(self, command: Command, timeout_s: float | None = None) -> Reply:
        """Raises ``ConnectionLost`` or ``Late``."""
        return self._live().send(command, timeout_s)

    def send_all(self, said: Sequence[Command]) -> list[Reply]:
        return self._live().send_all(said)

    def _live(self) -> InboundConnection:
        if self._connection is None:
            raise ConnectionLost(
                f"The switch {self.name} is not connected ({self.health.trouble or 'the first try is under way'});"
                " it is tried again and again."
            )
        return self._connection

    # --- the greenlet that keeps it up ------------------------------------------------------------------------------------
    def _run(self) -> None:
        waits = back_off(self._first_wait_s, self._longest_wait_s, self._chance)
        while not self._stopping.is_set():
            self.health.tries += 1
            try:
                self._connect()
            except SwitchError as error:
                self._trouble(str(error))
            except OSError as error:
                host, port = self._address
                self._trouble(f"{host}:{port} can't be reached ({error.strerror or error}); is the switch running?")
            except Exception as error:
                log.exception("switch %s: connecting failed in an unexpected way.", self.name)
                self._trouble(str(error))
            else:
                waits = back_off(self._first_wait_s, self._longest_wait_s, self._chance)
                self._watch_over()
            self._drop()
            self._stopping.wait(next(waits))

    def _connect(self) -> None:
        sock = gevent.socket.create_connection(self._address, timeout=CONNECT_DEADLINE_S)
        sock.settimeout(None)
        self._lost.clear()
        connection = InboundConnection(sock, self.name, self._frame, self._gone)
        connection.start_event_handlers()
        try:
            connection.log_in(self._password, CONNECT_DEADLINE_S)
            reply = connection.send(commands.ALL_EVENTS)
            if not reply.ok:
                raise SwitchError(f"The switch {self.name} gives no events: {reply.text}")
            self._connection = connection
            self._on_up()
        except BaseException:
            self._connection = None
            connection.stop()
            raise
        if self._lost.is_set():
            raise ConnectionLost(f"The switch {self.name} went away while it was being asked for its calls.")
        health = self.health
        health.connected, health.since, health.trouble = True, self._clock.now(), ""
        health.connections += 1
        self._up.set()
        log.info("switch %s: connected.", self.name)

    def _watch_over(self) -> None:
        """Until the connection is lost: ask it something now and then, because a socket can be up with nobody behind it."""
        while not self._lost.wait(self._probe_every_s):
            try:
                asked_at, before = self._clock.now(), perf_counter()
                reply = self.send(commands.PROBE, PROBE_DEADLINE_S)
                self.health.probe_ms = (perf_counter() - before) * 1000
                if reply.text.isdigit():
                    self.health.clock_ahead_s = int(reply.text) - asked_at
                self._on_tick()
            except ConnectionLost:
                return
            except SwitchError as error:
                self._trouble(str(error))
                return
            except Exception:
                log.exception("switch %s: looking after the connection failed; going on.", self.name)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._up.clear()
        self.health.connected = False
        if connection is not None:
            connection.stop()

    def _trouble(self, sentence: str) -> None:
        if sentence != self.health.trouble:
            log.warning("switch %s: %s", self.name, sentence)
        self.health.trouble = sentence

    def _frame(self, frame: Frame) -> None:
        if frame.content_type == "text/rude-rejection":
            self._trouble("The switch refuses this address; allow it in the ACL of its event_socket.conf.")
        elif frame.content_type.startswith("text/event"):
            self.health.last_event_at = self._clock.now()
            self._on_frame(frame)

    def _gone(self, reason: str) -> None:
        # At once, not when the greenlet comes round: a command must not be tried on a dead connection.
        if self._up.is_set():
            self._trouble(reason)
        self._up.clear()
        self.health.connected = False
        self._lost.set()
