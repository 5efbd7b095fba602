"""Where controllers and pages find composed flows: the versions that the configuration keeps, as a source of a ``FlowShelf``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from callcontrol.flow.catalogue import Flows
from callcontrol.flow.composed.reading import composed_flow
from callcontrol.flow.flow import Flow, FlowError
from callcontrol.values.composed import key_of_version, release_of, texts_in, versions_of
from callcontrol.values.configuration import Configuration, as_data
from callcontrol.values.problems import Problem


class ComposedFlows:
    """Call it for the ``Flows`` of the configuration that acts now: the very same object until another one acts."""

    def __init__(self, configuration: Callable[[], Configuration]) -> None:
        self._configuration = configuration
        self._made: tuple[Configuration | None, Flows] = (None, Flows())

    def __call__(self) -> Flows:
        configuration = self._configuration()
        if self._made[0] is not configuration:
            self._made = configuration, composed_flows(configuration)
        return self._made[1]


def composed_flows(configuration: Configuration) -> Flows:
    """Every version that a call may be in. One that can't be read (of another release of this program) is told as broken."""
    now = {key: text for name, data in configuration.composed.items() for key, text in texts_in(name, data)}
    flows: list[type[Flow]] = []
    broken: list[Problem] = []
    for name, release, data in versions_of(configuration):
        others = {
            key: now.get(key, {}) for key, text in texts_in(name, data) if key_of_version(key, text, 0, now) != key
        }
        try:
            flows.append(_made(name, release, json.dumps(as_data(data)), json.dumps(as_data(others))))
        except FlowError as error:
            broken += error.problems
    return Flows(tuple(flows), tuple(broken))


@lru_cache(maxsize=500)
def _made(name: str, release: int, data: str, others: str) -> type[Flow]:
    """``others``: what the flow as it stands says now under keys where this version says something else. The same arguments
    give the same class: a shelf keeps what changed, and would keep every copy."""
    read: dict[str, Any] = json.loads(data)
    now = {**dict(texts_in(name, read)), **json.loads(others)}
    flow = composed_flow(name, read, release, now)
    flow.file = f"composed.{name}"
    return flow


def with_composed(flows: Flows, configuration: Configuration) -> Flows:
    """Those flows, and the composed ones of that configuration with their versions. One that is wrong is there too, as far as
    entries are concerned: what is wrong with it is said elsewhere. Not those that are only kept for calls under way."""
    made = [flow for flow in composed_flows(configuration) if flow.name in configuration.composed]
    known = {(flow.name, flow.release) for flow in made}
    for name in configuration.composed:
        release = release_of(configuration, name)
        if (name, release) not in known:
            wrong = type(name, (Flow,), {"name": name, "release": release}, abstract=True)
            made.append(wrong)
    return Flows((*flows.flows, *made), flows.broken, flows.warnings)
