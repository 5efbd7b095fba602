"""Wires the rooms together. With ``cli`` and ``settings`` the only place that knows every name; no rule lives here."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import structlog

from callcontrol.bus.bus import Bus
from callcontrol.bus.embedded import EmbeddedValkey, EngineMissing
from callcontrol.bus.redis_journal import open_bus
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import Entry, RulesPublished
from callcontrol.ports.clock import Clock, RandomIdentities, SystemClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import Release, StoreUnavailable
from callcontrol.settings import Settings
from callcontrol.values.configuration import Configuration, as_data, from_data
from callcontrol.values.configuration_reading import ConfigurationError

if TYPE_CHECKING:
    from callcontrol.store.store import Store

Say = Callable[[str], object]
CATCH_UP_S = 10.0
READ_ENDS_S = 1.5  # a blocking read of the journal ends within a second
SIGN_IN_LINK_S = 24 * 3600.0


class StartError(Exception):
    """Something needed can't be had. The message is a sentence with the next move."""


def configure_logging(settings: Settings) -> None:
    """One line an event, call identity first; JSON where a program reads it."""
    level = getattr(logging, settings.log_level.upper())
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    renderer: Any = (
        structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
    )


# --- the parts --------------------------------------------------------------------------------------------------------
def open_the_bus(settings: Settings, engine: EmbeddedValkey | None = None) -> Bus:
    """The floor's Redis: the one of the settings, else the embedded one of the data directory, started if need be."""
    try:
        if settings.redis_url:
            bus = open_bus(settings.redis_url, settings.floor)
        else:
            engine = engine or EmbeddedValkey(settings.data_dir)
            bus = open_bus(engine.ensure_running(), settings.floor, revive=engine.ensure_running)
        bus.ping()
    except (EngineMissing, JournalUnavailable) as error:
        raise StartError(str(error)) from error
    return bus


def close_the_bus(settings: Settings, bus: Bus) -> None:
    """Close it; the embedded engine ends with its last user."""
    bus.close()
    if not settings.redis_url:
        EmbeddedValkey(settings.data_dir).stop_if_unused()


def open_the_store(settings: Settings, *, say: Say | None = None) -> Store:
    """The database, made or brought to the newest revision first."""
    from callcontrol.store import migrate
    from callcontrol.store.store import open_store

    url = settings.effective_database_url
    try:
        if migrate.current(url) != migrate.head():
            if say:
                say("bringing the database up to date ...")
            migrate.upgrade(url)
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
    return open_store(url)


def seed(settings: Settings, store: Store, bus: Bus) -> None:
    """An empty database gets the example configuration as release 1; a journal that does not know the newest release is
    told of it."""
    try:
        release = store.releases.current() or _first_release(settings, store)
        follower = read_floor(bus)
        follower.stop()
        if getattr(follower.floor, "release", 0) < release.number:
            bus.journal.append(rules_published(release, SystemClock()).as_data())
    except (StoreUnavailable, JournalUnavailable) as error:
        raise StartError(str(error)) from error


def _first_release(settings: Settings, store: Store) -> Release:
    from callcontrol.ports.store import NotPublishable

    draft = store.releases.draft()
    try:
        configuration = read_configuration_file(settings)
        draft = store.releases.save_draft(configuration, version=draft.version, who="callcontrol")
        return store.releases.publish(version=draft.version, who="callcontrol", comment="the example configuration")
    except NotPublishable as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise StartError(f"{settings.configuration} can't be published:\n{problems}") from error


def read_configuration_file(settings: Settings) -> Configuration:
    path = settings.configuration
    try:
        return from_data(tomllib.loads(path.read_text(encoding="utf-8")))
    except ConfigurationError as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise StartError(f"{path} is not a configuration; correct these and start again:\n{problems}") from error
    except tomllib.TOMLDecodeError as error:
        raise StartError(f"{path} is not TOML: {error}. Correct that line and start again.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path} can't be read ({error}); name another with CALLCONTROL_CONFIGURATION.") from error


def rules_published(release: Release, clock: Clock) -> Entry:
    return RulesPublished(at=clock.now(), release=release.number, configuration=as_data(release.configuration))


def read_floor(bus: Bus) -> Follower:
    """A follower that has caught up with the journal, for a command that looks once or stays to watch."""
    follower = Follower(bus.journal, SystemClock())
    follower.start()
    if not follower.wait_until(lambda: follower.caught_up, CATCH_UP_S):
        follower.stop()
        raise StartError(
            f"The journal at {bus.address} was not read within {CATCH_UP_S:g} s; see `callcontrol status`."
        )
    return follower


@contextlib.contextmanager
def open_floor(settings: Settings) -> Iterator[tuple[Bus, Follower]]:
    """The floor as it is now, for a command that looks once. Raises ``StartError``."""
    bus = open_the_bus(settings)
    follower = read_floor(bus)
    try:
        yield bus, follower
    finally:
        follower.stop()
        close_the_bus(settings, bus)


def prepare_data(settings: Settings, *, say: Say, engine: EmbeddedValkey | None = None) -> None:
    """Everything that a first start needs: engine, database, first release, sound files."""
    bus = open_the_bus(settings, engine)
    try:
        store = open_the_store(settings, say=say)
        try:
            seed(settings, store, bus)
            release = store.releases.current()
        finally:
            store.close()
    finally:
        bus.close()
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    build_prompts(settings, release.configuration if release else Configuration(), say=say)


def build_prompts(settings: Settings, configuration: Configuration, *, say: Say) -> None:
    """The sound files that this configuration needs and that are not there yet. Raises ``StartError``."""
    from callcontrol.prompts.builder import build, choose_voice
    from callcontrol.prompts.catalogue import texts_of
    from callcontrol.prompts.voice import VoiceError

    try:
        voice, warning = choose_voice(settings.tts_command)
        if warning:
            say(warning)
        report = build(texts_of(configuration), settings.sounds_dir, voice)
    except (VoiceError, OSError) as error:
        raise StartError(f"The prompts could not be built: {error}") from error
    for problem in report.problems:
        say(str(problem))
    if report.built:
        say(f"{report.built} sound files built")


def sign_in_link(settings: Settings, name: str = "manager") -> str:
    """A link that signs a manager in once; the user is made if there is none of that name."""
    store = open_the_store(settings)
    try:
        if store.users.get(name) is None:
            store.users.create(name, "manager", language=settings.language)
        token = store.users.sign_in_link(name, valid_s=SIGN_IN_LINK_S)
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
    finally:
        store.close()
    return f"http://{settings.admin_host}:{settings.admin_port}/sign-in/link/{token}"


def default_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class Published:
    """The configuration that acts now, as the journal tells it; read anew only when it changed."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._read: tuple[Any, int, Configuration] = (None, 0, Configuration())

    def current(self) -> tuple[int, Configuration]:
        floor: Any = self._follower.floor
        if self._read[0] is not floor.configuration:
            try:
                self._read = floor.configuration, floor.release, from_data(floor.configuration)
            except ConfigurationError as error:  # of a newer release of this program: what we have goes on
                self._read = floor.configuration, *self._read[1:]
                structlog.get_logger().error("a release can't be read here", release=floor.release, error=str(error))
        return self._read[1], self._read[2]


# --- a controller -----------------------------------------------------------------------------------------------------
class Controller:
    """One process that takes calls: bus, outbox, follower, desk, scribe, the switch's connection, the call listener."""

    def __init__(self, settings: Settings, *, name: str = "", clock: Clock | None = None) -> None:
        self.settings = settings
        self.name = name or default_name()
        self._clock = clock or SystemClock()
        self._stops: list[tuple[str, Callable[[], object]]] = []

    def start(self) -> None:
        """Raises ``StartError``; call ``stop`` then too."""
        from callcontrol.bus.outbox import Outbox
        from callcontrol.calls.conductor import Conductor
        from callcontrol.calls.directory import Directory
        from callcontrol.calls.reconciler import Reconciler
        from callcontrol.calls.services import CallServices
        from callcontrol.calls.talks import Talks
        from callcontrol.desk.desk import Desk
        from callcontrol.flow.catalogue import load_flows
        from callcontrol.ports.switch import CallSession, SwitchError
        from callcontrol.prompts.sounds import SoundFiles
        from callcontrol.store.scribe import Scribe
        from callcontrol.switch.control import SwitchConnection
        from callcontrol.switch.listener import CallListener

        settings, clock = self.settings, self._clock
        if not settings.effective_switch_password:
            raise StartError(
                "The password of the switch's event socket is not known: render the switch's configuration first "
                "(callcontrol switch render --out DIR), or set switch_password."
            )
        self._bus = open_the_bus(settings)
        self._stops.append(("bus", lambda: close_the_bus(settings, self._bus)))
        store = self._opened("store", open_the_store(settings), "close")
        seed(settings, store, self._bus)
        self.follower = read_floor(self._bus)
        self._stops.append(("follower", lambda: self.follower.stop(READ_ENDS_S)))
        self.outbox = Outbox(self._bus.intake)
        self.outbox.start()
        self._stops.append(("outbox", self.outbox.stop))

        flows = load_flows(settings.flows_dir)
        for problem in flows.broken:
            structlog.get_logger().error("a flow can't be used", problem=str(problem))
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
            configuration=Published(self.follower).current,
            flows=flows,
            sounds=SoundFiles(settings.sounds_dir),
            number_secret=settings.secret("numbers"),
            recordings_dir=settings.recordings_dir,
        )
        self.directory = Directory(self.services)
        self.talks = Talks(self.services)
        self.follower.subscribe(self.directory.on_entry)
        connection.start()
        self._stops.append(("switch", connection.stop))

        self.desk = Desk(self._bus.journal, self.follower, clock, RandomIdentities(), self.name)
        self.desk.start()
        self._stops.append(("desk", self.desk.stop))
        self.scribe = Scribe(self._bus.stories, store.scribe_sink, clock, settings.recordings_dir)
        self.scribe.start()
        self._stops.append(("scribe", self.scribe.stop))
        self.reconciler = Reconciler(self.services, connection, in_charge=lambda: self.desk.in_charge)
        self.reconciler.start()
        self._stops.append(("reconciler", self.reconciler.stop))

        def on_call(session: CallSession) -> None:
            Conductor(self.services, session, self.directory, self.talks).run()

        self.listener = CallListener(settings.listen_host, settings.listen_port, on_call, node=settings.switch_name)
        try:
            self.listener.start()
        except SwitchError as error:
            raise StartError(str(error)) from error
        self._stops.append(("listener", self.listener.stop))

        self._heart = Heartbeat(self._bus, self.name, self.info, clock)
        self._heart.start()
        self._stops.append(("heartbeat", self._heart.stop))

    def info(self) -> dict[str, Any]:
        """What `callcontrol status` and the pages say of this controller."""
        troubles = [sentence for sentence in (self.outbox.trouble(),) if sentence]
        if not self.switch.connected():
            where = f"{self.settings.switch_host}:{self.settings.switch_port}"
            troubles.append(f"The switch at {where} does not answer: no agent can be rung. See callcontrol doctor.")
        return {
            "pid": os.getpid(),
            "calls": len(self.directory),
            "talks": len(self.talks),
            "switch": self.switch.connected(),
            "waiting_lines": self.outbox.waiting(),
            "repairs": self.reconciler.repairs,
            "troubles": troubles,
        }

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
