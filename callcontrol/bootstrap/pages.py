"""What the admin's pages work with: the real services, and the live floor with its troubles."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from callcontrol.admin.flow_words import words
from callcontrol.admin.services import FlowParameter, FlowSheet, FlowStep, Services
from callcontrol.bootstrap.callbacks import renumber
from callcontrol.bootstrap.flow_releases import flow_releases, flow_state
from callcontrol.bootstrap.flow_watch import FlowWatch
from callcontrol.bootstrap.hearing import heard, rehearsed
from callcontrol.bootstrap.parts import (
    close_the_bus,
    configuration_check,
    open_the_bus,
    open_the_store,
    read_floor,
    rules_published,
    seed,
)
from callcontrol.bootstrap.published import Published
from callcontrol.bootstrap.tries import TriesAside
from callcontrol.bus.bus import Bus
from callcontrol.calendars.public_holidays import countries, public_days
from callcontrol.calls.messages import number_name
from callcontrol.desk.account import Told
from callcontrol.desk.account import tell as tell_why
from callcontrol.desk.agent_requests import AgentRequests
from callcontrol.desk.history import History
from callcontrol.desk.live import LiveFloor
from callcontrol.floor.entries import Entry
from callcontrol.flow.catalogue import FlowNotFound, Flows
from callcontrol.flow.composed.source import ComposedFlows, with_composed
from callcontrol.flow.drawing import dot, mermaid
from callcontrol.flow.flow import Flow
from callcontrol.flow.shelf import FlowShelf
from callcontrol.ports.clock import SystemClock
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.ports.store import Release
from callcontrol.prompts.shelf import Shelf
from callcontrol.settings import Settings
from callcontrol.values.configuration import Configuration
from callcontrol.values.numbers import number_key


def admin_services(settings: Settings) -> tuple[Services, Callable[[], None]]:
    """What the pages work with, and what ends it. Raises ``StartError``."""
    clock = SystemClock()
    with contextlib.ExitStack() as opened:  # what was opened ends if the rest can't be had
        bus = open_the_bus(settings)
        opened.callback(close_the_bus, settings, bus)
        store = open_the_store(settings)
        opened.callback(store.close)
        seed(settings, store, bus)
        follower = read_floor(bus)
        opened.callback(follower.stop)
        tries = TriesAside(settings)
        opened.callback(tries.close)
        watch_flows = FlowWatch(settings.flows_dir)
        watch_flows.start()
        opened.callback(watch_flows.stop)
        stop = opened.pop_all().close
    published = Published(follower)
    flows = FlowShelf(watch_flows.folder, ComposedFlows(lambda: published.current()[1]))
    recordings = settings.recordings_dir.resolve()

    def tell(entry: Entry) -> None:
        bus.journal.append(entry.as_data())

    def release_published(release: Release) -> None:
        """It acts from here on; each controller speaks its texts by itself."""
        bus.journal.append(rules_published(release, clock).as_data())

    def recording_file(path: str) -> Path | None:
        file = Path(path).resolve()
        return file if file.is_relative_to(recordings) and file.is_file() else None

    def message_number(message: str) -> str:
        secret = bus.callbacks.get(number_name(message))
        return secret.number if secret is not None else ""

    def picture(
        name: str, release: int | None, went: Collection[tuple[str, str]], counts: Mapping[tuple[str, str], int] | None
    ) -> str:
        try:
            return dot(flows.get(name, release), went, counts, words=words())
        except FlowNotFound:
            return ""

    def why(call: str, position: str, at: float | None) -> Told | None:
        # Making a floor again takes up to half a second: other pages are served meanwhile.
        history = History(store.archive, bus.journal, give_way=lambda: time.sleep(0))
        return tell_why(history, call, at=at, position=position, now=clock.now())

    services = Services(
        releases=store.releases,
        records=store.records,
        half_hours=store.half_hours,
        audit=store.audit,
        users=store.users,
        live=LiveWithTroubles(LiveFloor(follower, clock), bus),
        tell=tell,
        ask=AgentRequests(follower, clock).ask,
        pins=store.pins,
        tokens=store.tokens,
        release_published=release_published,
        check=configuration_check(settings),
        recording_file=recording_file,
        flows=lambda: [flow_sheet(flow, store.releases.current()) for flow in _in_use(flows, published.current()[1])],
        flow=lambda configuration, name: _flow_of(watch_flows.folder(), configuration, name),
        flow_releases=lambda configuration: flow_releases(watch_flows.folder(), configuration),
        flow_state=lambda: flow_state(flows, bus),
        rehearsed=lambda configuration, entry, trial, queue, keys: rehearsed(
            with_composed(watch_flows.folder(), configuration), configuration, entry, trial, queue, keys, clock.now()
        ),
        number_key=lambda number: number_key(number, settings.secret("numbers")),
        heard=lambda configuration, entry, at: heard(
            with_composed(watch_flows.folder(), configuration), configuration, entry, at
        ),
        public_days=public_days,
        picture=picture,
        countries=countries,
        why=why,
        tries=tries,
        messages=store.messages,
        message_number=message_number,
        prompts=Shelf(settings.sounds_dir),
        renumber=lambda callback, number, who: renumber(settings, bus, follower, clock, callback, number, who),
        clock=clock,
    )

    return services, stop


def _in_use(flows: FlowShelf, acting: Configuration) -> list[type[Flow]]:
    """What new calls begin with: not what is only kept for calls under way."""
    composed = ComposedFlows(lambda: acting)().names()
    return [flows.get(name) for name in flows.names() if name in acting.composed or name not in composed]


def _flow_of(flows: Flows, configuration: Configuration, name: str) -> type[Flow] | None:
    try:
        flow = with_composed(flows, configuration).get(name)
    except FlowNotFound:
        return None
    return flow if flow.steps else None


def flow_sheet(flow: type[Flow], release: Release | None) -> FlowSheet:
    """A flow as its page shows it."""
    entries = [e for e in release.configuration.entries.values() if e.flow == flow.name] if release else []
    # With one entry the page shows what is in force there; with several, each has its own and the page shows the defaults.
    given = entries[0].parameters if len(entries) == 1 else {}
    values = flow.parameter_values(given)
    return FlowSheet(
        name=flow.name,
        title=flow.title,
        mermaid=mermaid(flow, words()),
        dot=dot(flow, words=words()),
        entries=[entry.number for entry in entries],
        steps=[
            FlowStep(
                name,
                step.kind,
                [(way.label, way.target) for way in step.ways()],
                ", ".join(prompt.key for prompt in step.prompts()),
            )
            for name, step in flow.steps.items()
        ],
        parameters=[
            FlowParameter(name, values[name], p.default, getattr(p, "unit", ""), p.help)
            for name, p in flow.parameters.items()
        ],
    )


class LiveWithTroubles:
    """The live floor, and what is degraded: the journal, the switch of a controller, nobody who takes calls."""

    LOOK_EVERY_S = 1.0

    def __init__(self, live: LiveFloor, bus: Bus) -> None:
        self._live = live
        self._bus = bus
        self._troubles: list[str] = []
        self._alarms: list[Any] = []
        self._looked_at = 0.0

    def snapshot(self) -> dict[str, Any]:
        if time.monotonic() - self._looked_at > self.LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            self._troubles, self._alarms = self._look()
        return {**self._live.snapshot(), "troubles": self._troubles, "alarms": self._alarms}

    def wait_change(self, version: Any, timeout_s: float, /) -> object:
        return self._live.wait_change(version, timeout_s)

    def _look(self) -> tuple[list[str], list[Any]]:
        """What is degraded, and which counts do not agree (``values.alarms``)."""
        try:
            controllers = [info for _, info in self._bus.notices.living("controller")]
        except JournalUnavailable:
            return ["journal"], []
        alarms = [alarm for info in controllers for alarm in info.get("alarms", ())]
        if controllers and not any(info.get("switch") for info in controllers):
            return ["switch"], alarms
        return [], alarms
