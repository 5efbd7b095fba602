"""The parts that every process of an installation opens: bus, store, floor, sounds; and what a first start needs."""

from __future__ import annotations

import contextlib
import logging
import tomllib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import structlog

from callcontrol.bus.bus import Bus
from callcontrol.bus.embedded import EmbeddedValkey, EngineMissing
from callcontrol.bus.redis_journal import open_bus
from callcontrol.calls.emergency_errand import Amend
from callcontrol.desk.follower import Follower
from callcontrol.floor.entries import Entry, RulesPublished
from callcontrol.ports.clock import Clock, SystemClock
from callcontrol.ports.journal import Journal, JournalUnavailable
from callcontrol.ports.store import EditConflict, NotPublishable, Release, Releases, StoreUnavailable
from callcontrol.settings import Settings
from callcontrol.values.configuration import Configuration, as_data, from_data
from callcontrol.values.configuration_reading import ConfigurationError
from callcontrol.values.problems import Problem
from callcontrol.values.trials import with_keys

if TYPE_CHECKING:
    from callcontrol.store.store import Store

Say = Callable[[str], object]
CATCH_UP_S = 10.0
SIGN_IN_LINK_S = 24 * 3600.0


class StartError(Exception):
    """Something needed can't be had. The message is a sentence with the next move."""


def configure_logging(settings: Settings) -> None:
    """One line an event, call identity first; JSON where a program reads it."""
    level = getattr(logging, settings.log_level.upper())
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))  # each of its plugins tells of itself
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

    url = settings.effective_database_url
    try:
        if migrate.current(url) != migrate.head():
            if say:
                say("bringing the database up to date ...")
            migrate.upgrade(url)
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
    return store_as_it_is(settings)


def store_as_it_is(settings: Settings) -> Store:
    """The database without a look at it; whoever asks it something is told if it is away. Raises ``StartError`` for an
    address that can't be one."""
    from callcontrol.store.store import open_store

    try:
        return open_store(settings.effective_database_url, check=configuration_check(settings))
    except StoreUnavailable as error:
        raise StartError(str(error)) from error


def configuration_check(settings: Settings) -> Callable[[Configuration], list[Problem]]:
    """Everything that can be wrong with a configuration: by itself, and with the flows that there are."""
    from callcontrol.flow.catalogue import load_flows
    from callcontrol.flow.composed.check import check_composed
    from callcontrol.flow.composed.source import with_composed
    from callcontrol.flow.uses import House, check_configuration
    from callcontrol.prompts.catalogue import texts_of
    from callcontrol.prompts.lint import music_problems
    from callcontrol.prompts.playlist import names
    from callcontrol.values.configuration_checks import check

    def checked(configuration: Configuration) -> list[Problem]:
        flows = load_flows(settings.flows_dir)
        texts = texts_of(configuration).by_language
        house = House(texts, names(settings.sounds_dir), settings.flow_numbers)
        return [
            *check(configuration),
            *music_problems(configuration, settings.sounds_dir),
            *check_composed(configuration, flows.names(), texts),
            *check_configuration(with_composed(flows, configuration), configuration, house),
        ]

    return checked


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
    draft = store.releases.draft()
    try:
        configuration = read_configuration_file(settings)
        if configuration.callers or any(entry.trial.callers for entry in configuration.entries.values()):
            configuration = with_keys(configuration, settings.secret("numbers"))
        draft = store.releases.save_draft(configuration, version=draft.version, who="callcontrol")
        return store.releases.publish(version=draft.version, who="callcontrol", comment="the example configuration")
    except NotPublishable as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise StartError(f"{settings.configuration} can't be published:\n{problems}") from error
    except EditConflict:  # another process did the same in this moment
        release = store.releases.current()
        if release is None:
            raise StartError("The first release is being made by another process; start again.") from None
        return release


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


def amending(releases: Releases, journal: Journal, clock: Clock) -> Amend:
    """Publishes one change and tells the floor."""

    def amend(change: Callable[[Configuration], Configuration], who: str, comment: str) -> None:
        release = releases.amend(change, who=who, comment=comment)
        journal.append(rules_published(release, clock).as_data())

    return amend


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
    try:
        follower = read_floor(bus)
        try:
            yield bus, follower
        finally:
            follower.stop()
    finally:
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
            store.users.create(name, "manager")  # in the language of their browser
        token = store.users.sign_in_link(name, valid_s=SIGN_IN_LINK_S)
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
    finally:
        store.close()
    return f"http://{settings.admin_host}:{settings.admin_port}/sign-in/link/{token}"
