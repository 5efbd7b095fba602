"""What the pages are told of the releases of flows: which are loaded here, and which each controller has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callcontrol.admin.services import FlowOnController, FlowRelease, FlowState
from callcontrol.bus.bus import Bus
from callcontrol.calls.directory import Directory
from callcontrol.flow.catalogue import Flows
from callcontrol.flow.composed.source import with_composed
from callcontrol.flow.shelf import FlowShelf
from callcontrol.ports.journal import JournalUnavailable
from callcontrol.values.configuration import Configuration

MOST_TOLD = 100  # by a controller every second; nobody looks at more


def flow_releases(flows: Flows, configuration: Configuration) -> list[FlowRelease]:
    found = [
        FlowRelease(
            flow.name,
            flow.release,
            flow.title,
            flow.file,
            flow.code,
            [parameter.as_form() for parameter in flow.parameters.values()],
        )
        for flow in with_composed(flows, configuration)
    ]
    return sorted(found, key=lambda one: (one.name, one.release))


def told_by_controller(flows: FlowShelf, directory: Directory) -> list[list[Any]]:
    """What a controller says of its flows: name, release, code, whether kept for calls under way only, calls under way."""
    calls = directory.under_way()
    told: list[list[Any]] = []
    for flow in (*flows, *(retired := flows.retired())):
        number = calls[flow.name, flow.release, flow.code]
        # Old versions of a composed flow are there all the time, for calls under way only.
        kept = flow in retired or (flow.file.startswith("composed.") and flow is not flows.get(flow.name))
        if number or not kept:
            told.append([flow.name, flow.release, flow.code, kept, number])
    return told[:MOST_TOLD]


def on_controllers(living: Iterable[tuple[str, Mapping[str, Any]]]) -> list[FlowOnController]:
    found = []
    for controller, info in living:
        for row in info.get("flows", ()):
            if isinstance(row, list | tuple) and len(row) == 5:
                found.append(
                    FlowOnController(
                        controller, str(row[0]), int(row[1]), str(row[2]), kept=bool(row[3]), calls=int(row[4])
                    )
                )
    return found


def flow_state(flows: FlowShelf, bus: Bus) -> FlowState:
    try:
        controllers = on_controllers(bus.notices.living("controller"))
    except JournalUnavailable:
        controllers = []
    return FlowState(flows.broken, flows.warnings, controllers)
