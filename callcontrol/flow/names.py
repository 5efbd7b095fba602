"""Names of the configuration that a flow was written with: in its steps, in what leads between them, in its choices.

Each step declares in ``names`` which of its fields hold one, and of what. A name that only the call knows (from keys, or from a
service's answer) is found by no check: the step has a way for it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from callcontrol.flow.move import Go
from callcontrol.flow.parameters import Parameter, Remembered, Text
from callcontrol.flow.steps.choice import Choice, Decision
from callcontrol.flow.steps.remember import Remember
from callcontrol.flow.steps.step import Step
from callcontrol.flow.when import KINDS, sound

if TYPE_CHECKING:
    from callcontrol.flow.flow import Flow

# Methods of ``Call`` that a choice asks by a name, and what it is the name of.
ASKED: Mapping[str, str] = {
    "is_open": "hours",
    "opens_at": "hours",
    "may_switch_emergencies": "agent",
    **dict.fromkeys(
        (
            "queue_is_open",
            "callback_refusal",
            "has_callback",
            "emergency_of",
            "load",
            "is_surging",
            "estimate",
            "waited_s",
            "has_heard",
        ),
        "queue",
    ),
}


@dataclass(frozen=True, slots=True)
class Named:
    """``name`` of the ``kind`` (queue, hours, agent, party, service, voice_agent, emergency, break_reason, music; skills: an expression), in ``step``
    or as the value of ``parameter``."""

    kind: str
    name: str
    step: Step | None = None
    parameter: Parameter[Any] | None = None


def names_in(flow: type[Flow], values: Mapping[str, Any]) -> list[Named]:
    """Every name that the flow was written with, or was given by ``values`` (of its parameters); each once for its place."""
    found: list[Named] = []
    remembered: dict[str, str] = {}  # name in the call -> what it is the name of
    for parameter in flow.parameters.values():
        if isinstance(parameter, Text) and parameter.names:
            found += _of(None, _KIND_OF_TEXT.get(parameter.names, parameter.names), parameter, values, remembered)
    told = {named.parameter.name for named in found if named.parameter is not None}
    for step in flow.steps.values():
        for field, kind in step.names.items():
            written = _of(step, kind, getattr(step, field), values, remembered)
            found += [named for named in written if named.parameter is None or named.parameter.name not in told]
        found += [
            Named(KINDS[condition.kind].of, condition.of, step)
            for condition in sound(step.conditions())
            if condition.of
        ]
        if isinstance(step, Choice):
            found += [Named(kind, name, step) for kind, name in _asked_by(step.decide)]
    for step in flow.steps.values():
        for name, value in _kept_by(step):
            if name in remembered:
                found += _of(step, remembered[name], value, values, {})
    return list({(n.kind, n.name, id(n.step), n.parameter and n.parameter.name): n for n in found}.values())


# A parameter that names a target is rung like a step's: an agent will do.
_KIND_OF_TEXT: Mapping[str, str] = {"target": "party"}


def _of(
    step: Step | None, kind: str, written: Any, values: Mapping[str, Any], remembered: dict[str, str]
) -> Iterator[Named]:
    if isinstance(written, Remembered):
        remembered[written.name] = kind
        yield from _of(step, kind, written.otherwise, values, remembered)
    elif isinstance(written, Parameter):
        value = values.get(written.name, written.default)
        if isinstance(value, str) and value:
            yield Named(kind, value, step, written)
    elif isinstance(written, str) and written:
        yield Named(kind, written, step)


def _kept_by(step: Step) -> Iterator[tuple[str, Any]]:
    """(name, value) of what the call remembers by going through this step, as far as it was written there."""
    if isinstance(step, Remember):
        yield from step.things.items()
    if isinstance(step, Choice):
        yield from _gone_by(step.decide)
    for way in ways_of(step):
        yield from way.remember.items()


def ways_of(step: Step) -> Iterator[Go]:
    for field in fields(step):
        value = getattr(step, field.name)
        for each in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(each, Go):
                yield each


# --- in the code of choices -----------------------------------------------------------------------------------------------
@lru_cache(maxsize=500)
def _code_of(decide: Decision) -> tuple[ast.Call, ...]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(decide)))
    except (OSError, TypeError, SyntaxError):  # no source at hand: the call will find out
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _asked_by(decide: Decision) -> Iterator[tuple[str, str]]:
    for node in _code_of(decide):
        kind = ASKED.get(node.func.attr) if isinstance(node.func, ast.Attribute) else None
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if kind and given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str) and given[0].value:
            yield kind, given[0].value


def _gone_by(decide: Decision) -> Iterator[tuple[str, str]]:
    for node in _code_of(decide):
        if getattr(node.func, "id", "") != "Go":
            continue
        for table in (keyword.value for keyword in node.keywords if keyword.arg == "remember"):
            for key, value in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield str(key.value), value.value
