"""A controller: one process that takes calls, conducts them, and decides for all when elected."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import structlog

from callcontrol.bootstrap.aside import build_aside
from callcontrol.bootstrap.flow_releases import told_by_controller
from callcontrol.bootstrap.flow_watch import FlowWatch
from callcontrol.bootstrap.parts import (
    StartError,
    amending,
    close_the_bus,
    open_the_bus,
    open_the_store,
    read_floor,
    seed,
    store_as_it_is,
)
from callcontrol.bootstrap.published import Published
from callcontrol.bootstrap.speaking import SpeechAside
from callcontrol.bus.bus import Bus
from callcontrol.bus.outbox import Outbox
from callcontrol.calls.callback_conductor import CallbackConductor
from callcontrol.calls.callbacks import VARIABLE as AGENTS_LEG
from callcontrol.calls.callbacks import Callbacks
from callcontrol.calls.conductor import Conductor
from callcontrol.calls.dial_out import DialOut
from callcontrol.calls.directory import Directory
from callcontrol.calls.emergency_news import EmergencyTeller
from callcontrol.calls.house_watch import HouseWatch
from callcontrol.calls.phone_watch import PhoneWatch
from callcontrol.calls.pin_gate import PinGate
from callcontrol.calls.reconciler import Reconciler
from callcontrol.calls.retelling import Retelling
from callcontrol.calls.services import CallServices
from callcontrol.calls.talks import Talks
from callcontrol.calls.wait_news import WaitNewsTeller
from callcontrol.desk.books import Books
from callcontrol.desk.desk import ARCHIVE_WAIT_S, Desk
from callcontrol.desk.learner import Learner
from callcontrol.floor.entries import Entry, RulesPublished
from callcontrol.flow.composed.source import ComposedFlows
from callcontrol.flow.shelf import FlowShelf
from callcontrol.outside.http import HttpServices
from callcontrol.ports.clock import Clock, RandomIdentities, SystemClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.switch import CallSession, SwitchError
from callcontrol.prompts.keeper import Keeper
from callcontrol.prompts.sounds import SoundFiles
from callcontrol.settings import Settings
from callcontrol.store.journal_scribe import JournalScribe
from callcontrol.store.scribe import Scribe
from callcontrol.store.store import Store
from callcontrol.switch.control import SwitchConnection
from callcontrol.switch.listener import CallListener

SILENT_S = 3.0  # a journal that answers does so every second
SETTLED_S = 1.5  # a journal that did not answer for longer (a read blocks for one second) is away
# The first call may need a leg at once. A switch that is not there by then keeps nobody from being greeted.
SWITCH_WITHIN_S = 1.0
READ_ENDS_S = 1.5  # a blocking read of the journal ends within a second


def default_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _aside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="callback", daemon=True).start()


class Controller:
    """One process that takes calls: bus, outbox, follower, desk, scribe, the switch's connection, the call listener."""

    def __init__(self, settings: Settings, *, name: str = "", clock: Clock | None = None) -> None:
        self.settings = settings
        self.name = name or default_name()
        self.clock = clock or SystemClock()
        self._stops: list[tuple[str, Callable[[], object]]] = []

    def start(self) -> None:
        """Raises ``StartError``; call ``stop`` then too."""
        settings, clock = self.settings, self.clock
        if not settings.effective_switch_password:
            raise StartError(
                "The password of the switch's event socket is not known: render the switch's configuration first "
                "(callcontrol switch render --out DIR), or set switch_password."
            )
        self._bus = open_the_bus(settings)
        self._stops.append(("bus", lambda: close_the_bus(settings, self._bus)))
        self.follower = read_floor(self._bus)
        self._stops.append(("follower", lambda: self.follower.stop(READ_ENDS_S)))
        store = self._opened("store", self._store(), "close")
        self.outbox = Outbox(self._bus.intake, keep_s=self._bus.may_forget_s)
        self.outbox.start()
        self._stops.append(("outbox", self.outbox.stop))

        watch_flows = FlowWatch(settings.flows_dir)
        published = Published(self.follower)
        self.flows = FlowShelf(watch_flows.folder, ComposedFlows(lambda: published.current()[1]))
        watch_flows.start()
        self._stops.append(("flows", watch_flows.stop))
        connection = SwitchConnection(
            settings.switch_name,
            settings.switch_host,
            settings.switch_port,
            settings.effective_switch_password,
            clock=clock,
        )
        self.switch = connection
        self.services = CallServices(
            name=self.name,
            clock=clock,
            control=lambda _node: connection,
            outbox=self.outbox,
            floor=lambda: self.follower.floor,  # type: ignore[return-value,arg-type]
            configuration=published.current,
            flows=self.flows,
            sounds=SoundFiles(settings.sounds_dir),
            number_secret=settings.secret("numbers"),
            recordings_dir=settings.recordings_dir,
            outside=HttpServices(),
            callers=store.callers,
            speech=SpeechAside(settings.sounds_dir, settings.secret("numbers"), settings.tts_command),
            pins=PinGate(store.pins, clock),
            amend=amending(store.releases, self._bus.journal, clock),
            callbacks=self._bus.callbacks,
            dial_out=DialOut(settings.dial_out, settings.dial_out_numbers),
            flow_numbers=settings.flow_numbers,
        )
        self.directory = Directory(self.services)
        self.talks = Talks(self.services)
        self.callbacks = Callbacks(self.services, connection, spawn=_aside)
        self.follower.subscribe(self.directory.on_entry)
        self.retelling = Retelling(
            self.services, self.directory, self.talks, settled=self._settled, tell_kept=self.outbox.look
        )
        self.follower.subscribe(self.talks.on_entry, self.retelling.on_reset)
        self.retelling.start()
        self._stops.append(("retelling", self.retelling.stop))
        self.follower.subscribe(self.callbacks.on_entry)
        connection.start()
        self._stops.append(("switch", connection.stop))

        self.desk = Desk(
            self._bus.journal, self.follower, clock, RandomIdentities(), self.name, archive_wait_s=ARCHIVE_WAIT_S
        )
        self.desk.start()
        self._stops.append(("desk", self.desk.stop))
        self._speak(settings)
        self.scribe = Scribe(self._bus.stories, store.scribe_sink, clock, settings.recordings_dir)
        self.scribe.start()
        self._stops.append(("scribe", self.scribe.stop))
        self.books = Books(
            self.follower,
            store.half_hours,
            clock,
            in_charge=lambda: self.desk.in_charge,
            conducted=self._conducted_by_all,
        )
        self.books.start()
        self._stops.append(("books", self.books.stop))
        learner = Learner(
            lambda: self.follower.floor,  # type: ignore[return-value,arg-type]
            store.half_hours,
            clock,
            self.outbox.tell,
            in_charge=lambda: self.desk.in_charge,
        )
        learner.start()
        self._stops.append(("learner", learner.stop))
        self.journal_scribe = JournalScribe(self._bus.journal, store.archive, clock, keep_days=settings.journal_days)
        self.journal_scribe.start()
        self._stops.append(("journal scribe", self.journal_scribe.stop))
        self.reconciler = Reconciler(
            self.services,
            connection,
            in_charge=lambda: self.desk.in_charge,
            conducted_here=self.directory.conducts,
            living=self._living,
        )
        self.reconciler.start()
        self._stops.append(("reconciler", self.reconciler.stop))

        self._watch_the_house(connection)
        news = WaitNewsTeller(self.services, self.directory)
        news.start()
        self._stops.append(("wait news", news.stop))

        emergencies = EmergencyTeller(self.services, self.directory)
        emergencies.start()
        self._stops.append(("emergency news", emergencies.stop))

        watch = PhoneWatch(self.services, connection, in_charge=lambda: self.desk.in_charge)
        self.follower.subscribe(watch.on_entry)
        watch.start()
        self._stops.append(("phone watch", watch.stop))

        def on_call(session: CallSession) -> None:
            if session.variable(AGENTS_LEG):
                CallbackConductor(self.services, session, self.callbacks, self.talks).run()
            else:
                Conductor(self.services, session, self.directory, self.talks).run()

        connection.wait_connected(SWITCH_WITHIN_S)
        self.listener = CallListener(settings.listen_host, settings.listen_port, on_call, node=settings.switch_name)
        try:
            self.listener.start()
        except SwitchError as error:
            raise StartError(str(error)) from error
        self._stops.append(("listener", self.listener.stop))

        if settings.metrics_port:
            self._open_metrics()
        self._heart = Heartbeat(self._bus, self.name, self.info, clock)
        self._heart.start()
        self._stops.append(("heartbeat", self._heart.stop))

    def _open_metrics(self) -> None:
        from gevent.pywsgi import WSGIServer

        from callcontrol.bootstrap.metrics import MetricsPages

        where = (self.settings.metrics_host, self.settings.metrics_port)
        server = WSGIServer(where, MetricsPages(self), log=None)
        try:
            server.start()
        except OSError as error:
            raise StartError(
                f"{where[0]}:{where[1]} can't be opened for figures ({error.strerror}); each controller of a machine "
                "needs a metrics_port of its own."
            ) from error
        self._stops.append(("metrics", lambda: server.stop(timeout=1)))

    def _store(self) -> Store:
        """The database, and in the journal the newest release. A database that is away stops nobody who knows a release:
        calls are handled, and their records wait in the journal."""
        try:
            store = open_the_store(self.settings)
            seed(self.settings, store, self._bus)
        except StartError as error:
            if not getattr(self.follower.floor, "release", 0):
                raise
            structlog.get_logger().warning("calls are taken without the database", error=str(error))
            return store_as_it_is(self.settings)
        return store

    def _watch_the_house(self, connection: SwitchConnection) -> None:
        ill = {
            "journal": lambda: self.follower.age_s() > SILENT_S,
            "desk": lambda: self._bus.journal.holder() is None,
            "switch": lambda: not connection.connected(),
        }
        house = HouseWatch(self.services, self.directory, ill, fault_after_s=self.settings.fault_after_s)
        self.services.house.watch = house
        house.start()
        self._stops.append(("house watch", house.stop))

    def _speak(self, settings: Settings) -> None:
        """The sound files of the configuration are there, and those of every release that is published."""
        keeper = Keeper(settings.sounds_dir, build=build_aside(settings), tell=structlog.get_logger().warning)

        def published(entry: Entry, valid: bool) -> None:
            if valid and isinstance(entry, RulesPublished):
                keeper.wants(self.services.configuration()[1])

        self.follower.subscribe(published)
        keeper.wants(self.services.configuration()[1])

    def info(self) -> dict[str, Any]:
        """What `callcontrol status` and the pages say of this controller."""
        troubles = [sentence for sentence in (self.outbox.trouble(), self.journal_scribe.trouble) if sentence]
        if not self.switch.connected():
            where = f"{self.settings.switch_host}:{self.settings.switch_port}"
            troubles.append(f"The switch at {where} does not answer: no agent can be rung. See callcontrol doctor.")
        troubles += [f"A flow can't be used: {problem}" for problem in self.flows.broken]
        return {
            "pid": os.getpid(),
            "calls": len(self.directory),
            "talks": len(self.talks),
            "flows": told_by_controller(self.flows, self.directory),
            "switch": self.switch.connected(),
            "waiting_lines": self.outbox.waiting(),
            "surging": list(self.services.house.surges()),
            "repairs": self.services.repairs.total,
            "repairs_by_kind": dict(self.services.repairs.by_kind),
            "troubles": [*troubles, *(str(alarm) for alarm in self.books.alarms)],
            "alarms": [alarm.as_data() for alarm in self.books.alarms],
        }

    def _conducted_by_all(self) -> int | None:
        """How many calls all controllers conduct now; None where that can't be known."""
        try:
            return sum(int(info.get("calls", 0)) for _, info in self._bus.notices.living("controller"))
        except (JournalUnavailable, TypeError, ValueError):
            return None

    def _living(self) -> set[str] | None:
        """Names of the controllers that live; None where that can't be known."""
        try:
            return {name for name, _ in self._bus.notices.living("controller")}
        except JournalUnavailable:
            return None

    def _settled(self) -> bool:
        """Whether all that was told here is in the journal, and all that is in the journal is known here."""
        return not self.outbox.waiting() and self.follower.caught_up and self.follower.age_s() < SETTLED_S

    def _opened(self, name: str, part: Any, stop: str) -> Any:
        self._stops.append((name, getattr(part, stop)))
        return part

    def greeting(self) -> str:
        settings = self.settings
        return (
            f"controller {self.name}: calls at {settings.listen_host}:{settings.listen_port}, "
            f"switch at {settings.switch_host}:{settings.switch_port}, floor {settings.floor!r} at {self._bus.address}"
        )

    def stop(self) -> None:
        """End everything, the last part first. Calls go on with another controller."""
        while self._stops:
            name, stop = self._stops.pop()
            try:
                stop()
            except Exception:
                structlog.get_logger().exception("a part did not end properly", part=name)


class Heartbeat:
    """Tells every second that a process lives, and how it is."""

    EVERY_S = 1.0
    TTL_S = 5.0

    def __init__(self, bus: Bus, name: str, info: Callable[[], dict[str, Any]], clock: Clock) -> None:
        self._bus, self._name, self._info, self._clock = bus, name, info, clock
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while True:
            with contextlib.suppress(JournalUnavailable):
                self._bus.notices.alive("controller", self._name, {"at": self._clock.now(), **self._info()}, self.TTL_S)
            if self._stop.wait(self.EVERY_S):
                return
