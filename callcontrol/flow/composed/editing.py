"""What a form does to a composed flow: add, remove, move and rename steps. Pure: data in, data out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callcontrol.flow.composed.kinds import KINDS, Shape
from callcontrol.flow.composed.reading import in_order
from callcontrol.flow.composed.writing import tidy, tidy_step

Data = Mapping[str, Any]


def with_step(data: Data, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The flow with that step: in its place, or as the last one."""
    steps = {**_steps(data), name: tidy_step(row)}
    order = in_order(data)
    return tidy({**data, "steps": steps, "order": order if name in order else [*order, name]})


def without_step(data: Data, name: str) -> dict[str, Any]:
    """Who led to it leads nowhere now, which the check says."""
    steps = {other: row for other, row in _steps(data).items() if other != name}
    return tidy({**data, "steps": steps})


def moved(data: Data, name: str, by: int) -> dict[str, Any]:
    order = in_order(data)
    place = order.index(name)
    order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
    return tidy({**data, "order": order})


def renamed(data: Data, old: str, new: str) -> dict[str, Any]:
    """The step under a new name, and everybody who led to it leads there. Raises ``ValueError`` where the name is taken."""
    if new in _steps(data):
        raise ValueError(f"There is a step {new!r} already; take another name.")

    def lead(target: Any) -> Any:
        return new if target == old else target

    steps = {lead(name): _led(row, lead) for name, row in _steps(data).items()}
    made = {**data, "steps": steps, "order": [lead(name) for name in in_order(data)]}
    made |= {field: lead(data.get(field)) for field in ("start", "rescue") if field in data}
    if isinstance(data.get("everywhere"), Mapping):
        made["everywhere"] = {key: _led_way(way, lead) for key, way in data["everywhere"].items()}
    return tidy(made)


def leading_to(data: Data, name: str) -> list[str]:
    """Steps with a way to that one, in their order."""
    gone = f"{name} "  # no step has such a name
    return [
        other
        for other in in_order(data)
        if other != name
        and _led(_steps(data)[other], lambda target: gone if target == name else target) != _steps(data)[other]
    ]


def _steps(data: Data) -> dict[str, Any]:
    steps = data.get("steps")
    return dict(steps) if isinstance(steps, Mapping) else {}


def _led(row: Any, lead: Callable[[Any], Any]) -> Any:
    kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
    if kind is None:
        return row
    made = dict(row)
    for field in kind.fields.values():
        value = row.get(field.name)
        if field.shape is Shape.TARGET and value is not None:
            made[field.name] = lead(value)
        elif field.shape is Shape.WAYS and isinstance(value, Mapping):
            made[field.name] = {key: _led_way(way, lead) for key, way in value.items()}
        elif field.shape is Shape.RETURNS and isinstance(value, Mapping):
            made[field.name] = {result: lead(step) for result, step in value.items()}
    return made


def _led_way(way: Any, lead: Callable[[Any], Any]) -> Any:
    return {**way, "step": lead(way.get("step"))} if isinstance(way, Mapping) else lead(way)
