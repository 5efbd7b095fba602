"""What a supervisor may change of a flow, without an engineer: declared values with a type, a range, a unit and help.

In the body of a flow a parameter stands for its value: ``Menu(..., timeout_s=menu_timeout)``; in a choice it is read
from the flow: ``self.survey_on``. The values of a call stay as they were when it began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, overload

from callcontrol.flow.line import line_of_the_flow

T = TypeVar("T")


class HasValues(Protocol):
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Parameter(Generic[T]):
    """``help`` per language, ``default`` in ``unit``. ``kind`` tells a form which field to draw."""

    kind: ClassVar[str] = ""
    default: T
    help: Mapping[str, str]
    unit: str = ""
    name: str = field(default="", init=False)
    where: str = field(default="", init=False, compare=False, repr=False)  # the line it was written in

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", line_of_the_flow())

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    @overload
    def __get__(self, flow: None, owner: type) -> Self: ...
    @overload
    def __get__(self, flow: HasValues, owner: type) -> T: ...
    @overload
    def __get__(self, flow: object, owner: type) -> Self: ...
    def __get__(self, flow: Any, owner: type) -> Self | T:
        """Of a flow with the values of a call: the value. Of the class, or as a field of a step: the declaration."""
        return self.of(flow.values) if hasattr(flow, "values") else self

    def of(self, values: Mapping[str, Any]) -> T:
        """The value in ``values``, or the default where there is none or a wrong one: a call is never lost by a form."""
        value = values.get(self.name, self.default)
        return self.default if self.problem(value) else self.read(value)

    def read(self, value: Any) -> T:
        return value  # type: ignore[no-any-return]

    def problem(self, value: Any) -> str:
        """What is wrong with ``value``, as the end of a sentence that begins with its name; "" where nothing is."""
        raise NotImplementedError

    def as_form(self) -> dict[str, Any]:
        """Plain data that a form is drawn from."""
        form = {"name": self.name, "kind": self.kind, "default": self.default, "help": dict(self.help)}
        return {**form, "unit": self.unit}


@dataclass(frozen=True, kw_only=True)
class Number(Parameter[int]):
    kind: ClassVar[str] = "int"
    minimum: int = 0
    maximum: int = 1_000_000

    def problem(self, value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return f"must be a whole number, not {value!r}"
        return _range_problem(value, self.minimum, self.maximum, self.unit)

    def as_form(self) -> dict[str, Any]:
        return {**Parameter.as_form(self), "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Seconds(Parameter[float]):
    kind: ClassVar[str] = "duration"
    minimum: float = 0.0
    maximum: float = 86_400.0
    unit: str = "s"

    def read(self, value: Any) -> float:
        return float(value)

    def problem(self, value: Any) -> str:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return f"must be a number of seconds, not {value!r}"
        return _range_problem(value, self.minimum, self.maximum, self.unit)

    def as_form(self) -> dict[str, Any]:
        return {**Parameter.as_form(self), "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Text(Parameter[str]):
    """``names`` says what the text is the name of, so that a check and a form can look it up: "queue", "hours", "agent", "target",
    "service", "voice_agent", "emergency", ""."""

    kind: ClassVar[str] = "text"
    names: str = ""
    max_length: int = 500

    def problem(self, value: Any) -> str:
        if not isinstance(value, str):
            return f"must be a text, not {value!r}"
        return f"has {len(value)} characters; at most {self.max_length} fit" if len(value) > self.max_length else ""

    def as_form(self) -> dict[str, Any]:
        return {**Parameter.as_form(self), "names": self.names, "max_length": self.max_length}


@dataclass(frozen=True, kw_only=True)
class OneOf(Parameter[str]):
    kind: ClassVar[str] = "choice"
    options: Sequence[str]

    def problem(self, value: Any) -> str:
        return "" if value in self.options else f"must be one of {', '.join(self.options)}, not {value!r}"

    def as_form(self) -> dict[str, Any]:
        return {**Parameter.as_form(self), "options": list(self.options)}


@dataclass(frozen=True, kw_only=True)
class YesNo(Parameter[bool]):
    kind: ClassVar[str] = "bool"

    def problem(self, value: Any) -> str:
        return "" if isinstance(value, bool) else f"must be true or false, not {value!r}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Stands for what the call remembered under ``name`` (by ``Go(..., remember=...)`` or ``AskDigits``)."""

    name: str
    otherwise: str | float | Parameter[Any] = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands for the caller's number, where a flow sends it to a service: it is looked up then and kept nowhere."""


CALLER = Caller()


def resolve(value: Any, values: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """The plain value of something written in a flow: itself, a parameter's value, or what the call remembers."""
    if isinstance(value, Parameter):
        return value.of(values)
    if isinstance(value, Remembered):
        return context[value.name] if value.name in context else resolve(value.otherwise, values, context)
    return value


def _range_problem(value: float, minimum: float, maximum: float, unit: str) -> str:
    # written so that NaN, which compares to nothing, is a problem too
    if minimum <= value <= maximum:
        return ""
    return f"is {value:g}; it must lie between {minimum:g} and {maximum:g}" + (f" {unit}" if unit else "")
