"""The parts that ship and may stand in a composed flow: an engineer's flow that comes back with a result (``Sub``).

Only those that ship: they change with the program, as the steps do, so a version that is kept stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from callcontrol.flow.flow import Flow
from callcontrol.flow.steps.sub import Return

# name -> (module, class)
PARTS: Mapping[str, tuple[str, str]] = {
    "satisfaction": ("ivr_flows.satisfaction", "Satisfaction"),
    "identity": ("ivr_flows.self_service", "Identity"),
}
# What a service answers when all is well, for the rehearsals: part -> service -> facts.
ANSWERS: Mapping[str, Mapping[str, Mapping[str, str]]] = {"identity": {"accounts": {"balance": "12.50"}}}


@cache
def part(name: str) -> type[Flow]:
    """Raises ``KeyError``."""
    module, flow = PARTS[name]
    found: type[Flow] = getattr(import_module(module), flow)
    return found


def results_of(name: object) -> list[str]:
    """How a part can end, in the order of its steps; nothing for what is no part."""
    if name not in PARTS:
        return []
    return list(dict.fromkeys(step.result for step in part(str(name)).steps.values() if isinstance(step, Return)))
