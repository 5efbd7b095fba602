"""The base of every flow: a class whose body declares steps and parameters.

    class Hello(Flow):
        title = words(zh="你好", en="Hello")
        start = "welcome"
        rescue = "bye"
        welcome = Play("hotline.welcome", then="bye")
        bye = HangUp()

All that is wrong with a flow is said when it is imported, in one ``FlowError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from callcontrol.flow.move import Target
from callcontrol.flow.parameters import Parameter
from callcontrol.flow.steps.emergency import EMERGENCY, ENDED, SayEmergency
from callcontrol.flow.steps.hang_up import HangUp
from callcontrol.flow.steps.play import Play
from callcontrol.flow.steps.step import Step
from callcontrol.flow.steps.sub import Sub
from callcontrol.values.problems import Problem

# Steps that every flow has. Two for the case that its own rescue fails: nobody is dropped without a word; one for emergencies.
LAST_WORD = "(apology)"
LAST_STEP = ENDED
APOLOGY = "rescue.sorry"  # key of the prompt


class FlowError(Exception):
    """A flow is wrong. ``problems`` holds all that is wrong with it; the message lists them, one a line."""

    def __init__(self, flow: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"The flow {flow!r} can't be used:\n{lines}")


class Flow:
    """``name`` is what an entry number refers to (default: the class's name in small letters). A changed flow that must
    not change for the calls under way gets a higher ``release``; the old one may stay beside it.

    ``everywhere`` names keys that are valid at every prompt and question which does not use them itself: to a step (an operator),
    ``AGAIN`` (say it again) or ``OTHER_LANGUAGE``. While a caller waits in a queue, the queue's own keys are valid instead.

    An instance is the flow with the parameters of one call; choices are its methods."""

    name: ClassVar[str] = ""
    title: ClassVar[Mapping[str, str]] = {}
    release: ClassVar[int] = 1
    start: ClassVar[str] = ""
    rescue: ClassVar[str] = ""
    abstract: ClassVar[bool] = False  # a base or a part (``Sub``), which no number leads to
    everywhere: ClassVar[Mapping[str, Target]] = {}
    file: ClassVar[str] = ""  # where it was loaded from
    parts: ClassVar[Sequence[str]] = ()  # other files that the file takes something from
    code: ClassVar[str] = ""  # digest of what it was loaded from; two with the same release differ here
    steps: ClassVar[Mapping[str, Step]] = {}
    parameters: ClassVar[Mapping[str, Parameter[Any]]] = {}

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.abstract = abstract
        if "name" not in vars(cls):
            cls.name = cls.__name__.lower()
        declared: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            declared.update(vars(base))
        cls._take_in({n: value for n, value in declared.items() if isinstance(value, Step)}, declared)
        if not abstract:
            check(cls)

    @classmethod
    def _take_in(cls, own: Mapping[str, Step], declared: Mapping[str, Any]) -> None:
        """Steps and parameters, those of parts among them."""
        parts = [step for step in own.values() if isinstance(step, Sub)]
        cls.steps = {**own, **{n: inner for part in parts for n, inner in part.inlined().items()}}
        of_parts = {n: p for part in parts for n, p in part.flow.parameters.items()}
        cls.parameters = of_parts | {n: value for n, value in declared.items() if isinstance(value, Parameter)}

    @classmethod
    def step(cls, name: str) -> Step | None:
        return cls.steps.get(name) or _LAST.get(name)

    @classmethod
    def parameter_problems(cls, given: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with these values for the flow's parameters; ``where`` is the name of the parameter."""
        found = []
        for name, value in given.items():
            parameter = cls.parameters.get(name)
            if parameter is None:
                known = ", ".join(cls.parameters) or "none"
                found.append(Problem(name, f"The flow {cls.name!r} has no such parameter; it has: {known}."))
            elif wrong := parameter.problem(value):
                found.append(Problem(name, f"{name} {wrong}."))
        return found

    @classmethod
    def parameter_values(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """A value for every parameter: the given one where it is right, the default elsewhere."""
        return {name: parameter.of(given) for name, parameter in cls.parameters.items()}


def flow_of_steps(
    name: str,
    steps: Mapping[str, Step],
    *,
    start: str,
    rescue: str,
    title: Mapping[str, str],
    release: int = 1,
    everywhere: Mapping[str, Target] | None = None,
) -> type[Flow]:
    """A flow made from data instead of a class body; steps may have any names. Raises ``FlowError``."""

    class Made(Flow, abstract=True):
        pass

    Made.__name__ = Made.__qualname__ = Made.name = name
    Made.title, Made.release, Made.start, Made.rescue = title, release, start, rescue
    Made.everywhere, Made.abstract = everywhere or {}, False
    for step_name, step in steps.items():
        step.__set_name__(Made, step_name)
    Made._take_in(steps, {})
    check(Made)
    return Made


def check(flow: type[Flow]) -> None:
    """Raises ``FlowError`` with all that is wrong with it."""
    from callcontrol.flow.checks import check_structure

    if problems := check_structure(flow):
        raise FlowError(flow.name, problems)


_LAST: Mapping[str, Step] = {
    LAST_WORD: Play(APOLOGY, then=LAST_STEP),
    LAST_STEP: HangUp(),
    EMERGENCY: SayEmergency(),
}
for _name, _step in _LAST.items():
    _step.__set_name__(Flow, _name)
