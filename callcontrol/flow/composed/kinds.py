"""Which steps a form offers, and their fields: derived from the declaration of each step.

A new kind of step is offered by one line in ``OFFERED``, as long as its fields are of the types in ``SHAPES``. A field of another
type keeps its default; without a default such a step can't be offered, which a test says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from callcontrol.flow import steps
from callcontrol.flow.digits import CHECKS
from callcontrol.flow.steps.step import Step


class Shape(StrEnum):
    """What a field holds, as data."""

    SAY = "say"  # {"keys": ["hotline.menu"], "text": {"zh": ..., "en": ...}}: said in this order
    TARGET = "target"  # name of a step
    WAYS = "ways"  # key -> name of a step, or {"step": ..., "language": ..., "remember": {...}}
    QUESTIONS = "questions"  # name -> as of ``SAY``
    THINGS = "things"  # name -> text
    WHEN = "when"  # list of conditions, see ``flow.when``
    WHOLE = "whole"
    NUMBER = "number"
    YES_NO = "yes_no"
    TEXT = "text"
    NAME = "name"  # under which something is remembered
    CHOICE = "choice"
    PROMPT = "prompt"  # key of the catalogue of texts
    QUEUE = "queue"
    HOURS = "hours"
    SERVICE = "service"
    TEXTS = "texts"  # language -> text, spoken as it is written
    PART = "part"  # name of a part that ships
    RETURNS = "returns"  # result of the part -> name of a step
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Field:
    """``default`` is plain data; a field that has it is left out of the data. ``low`` and ``high`` are of numbers."""

    name: str
    shape: Shape
    required: bool
    default: Any = None
    options: Sequence[str] = ()
    low: float = 0.0
    high: float = 0.0
    remembered: bool = False  # "{name}" stands for what the call remembers under that name


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    step: type[Step]
    fields: Mapping[str, Field]


OFFERED: tuple[type[Step], ...] = (
    steps.Play,
    steps.SayText,
    steps.Menu,
    steps.OpenHours,
    steps.Rule,
    steps.Queue,
    steps.Callback,
    steps.AskDigits,
    steps.AskService,
    steps.LookUpCaller,
    steps.RecordMessage,
    steps.Dial,
    steps.Transfer,
    steps.Survey,
    steps.Count,
    steps.Remember,
    steps.Sub,
    steps.HangUp,
)

SHAPES: Mapping[str, Shape] = {
    "Say": Shape.SAY,
    "Target": Shape.TARGET,
    "Target | None": Shape.TARGET,
    "Mapping[str, Target]": Shape.WAYS,
    "Mapping[str, Say]": Shape.QUESTIONS,
    "Mapping[str, Any]": Shape.THINGS,
    "tuple[str, ...]": Shape.WHEN,
    "int": Shape.WHOLE,
    "Value[int]": Shape.WHOLE,
    "float": Shape.NUMBER,
    "Value[float]": Shape.NUMBER,
    "bool": Shape.YES_NO,
    "Value[bool]": Shape.YES_NO,
    "str": Shape.TEXT,
    "Value[str]": Shape.TEXT,
    "Value[str] | Mapping[str, str]": Shape.TEXTS,
    "type[Flow]": Shape.PART,
}
# A text that is the name of something, by the name of the field.
_NAMING: Mapping[str, Shape] = {
    "queue": Shape.QUEUE,
    "hours": Shape.HOURS,
    "service": Shape.SERVICE,
    "zone": Shape.ZONE,
    "remember": Shape.NAME,
    **dict.fromkeys(("message", "confirm", "ask_number", "on_wrong", "moment"), Shape.PROMPT),
}
_OPTIONS: Mapping[str, Sequence[str]] = {"check": ("", *CHECKS)}
_RANGES: Mapping[str, tuple[float, float]] = {
    "tries": (1, 9),
    "times": (1, 9),
    "timeout_s": (1, 60),
    "min_digits": (1, 40),
    "max_digits": (1, 40),
    "vip": (0, 100),
    "min_s": (0, 9),
    "max_s": (10, 600),
    "silence_s": (1, 30),
    "ring_s": (5, 120),
    "longest": (1, 2000),
    "days": (1, 3650),
}
_WIDEST = (0.0, 86_400.0)
# What belongs together in a form.
_AFTER = {"message_when": "message", "zone": "message_when"}
NOT_OFFERED = frozenset({"cause", "optional"})  # nothing that a supervisor decides


def kind_of(step: type[Step]) -> Kind:
    found = {}
    for spec in fields(step):
        shape = Shape.RETURNS if spec.name == "returns" else SHAPES.get(str(spec.type))
        if not spec.init or spec.name in NOT_OFFERED:
            continue
        required = spec.default is MISSING and spec.default_factory is MISSING
        if shape is None:
            if required:
                raise TypeError(f"{step.__name__}.{spec.name} is a {spec.type}, which no form can hold.")
            continue
        made = _field(spec.name, shape, required, None if required else _plain(spec))
        found[spec.name] = replace(made, remembered=made.shape is Shape.TEXT and spec.type == "Value[str]")
    order = [*found]
    for name, before in _AFTER.items():
        if name in found and before in found:
            order.remove(name)
            order.insert(order.index(before) + 1, name)
    return Kind(step.kind, step, {name: found[name] for name in order})


def _field(name: str, shape: Shape, required: bool, default: Any) -> Field:
    options = _OPTIONS.get(name, ())
    if shape is Shape.TEXT:
        shape = Shape.CHOICE if options else _NAMING.get(name, Shape.TEXT)
    low, high = _RANGES.get(name, _WIDEST) if shape in (Shape.WHOLE, Shape.NUMBER) else (0.0, 0.0)
    return Field(name, shape, required, default, options, low, high)


def _plain(spec: Any) -> Any:
    value = spec.default_factory() if spec.default is MISSING else spec.default
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


KINDS: Mapping[str, Kind] = {step.kind: kind_of(step) for step in OFFERED}
