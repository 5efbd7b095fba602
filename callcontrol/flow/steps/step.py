"""What every kind of step is: a declared value that says what it does on entry, on an event, and where it can lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias, TypeVar

from callcontrol.flow.call import Call
from callcontrol.flow.commands import Prompt
from callcontrol.flow.events import Event
from callcontrol.flow.line import line_of_the_flow
from callcontrol.flow.move import Move, Way
from callcontrol.flow.parameters import Parameter, Remembered

T = TypeVar("T")
Value: TypeAlias = (
    T | Parameter[T] | Remembered
)  # what may stand in a declaration: the thing, a parameter, something remembered
Say = str | Prompt | tuple[str | Prompt, ...]  # "hotline.menu" is a key of the prompt catalogue


def prompts_of(say: Say) -> tuple[Prompt, ...]:
    if isinstance(say, str):
        return (Prompt(say),) if say else ()
    if isinstance(say, Prompt):
        return (say,)
    return tuple(Prompt(s) if isinstance(s, str) else s for s in say)


@dataclass(frozen=True)
class Step:
    """``name`` is the name it was given in the flow; ``where`` is the line of the file it was written in."""

    kind: ClassVar[str] = "step"
    shape: ClassVar[str] = "box"  # in drawings: box, diamond, round
    # Fields that hold a name of the configuration, and of what (``flow.names``): a name that there is not forbids publishing.
    names: ClassVar[Mapping[str, str]] = {}
    name: str = field(default="", init=False, compare=False)
    where: str = field(default="", init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", line_of_the_flow())

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def enter(self, call: Call) -> Move:
        """The caller comes here."""
        raise NotImplementedError

    def take(self, call: Call, event: Event) -> Move | None:
        """An event while the caller is here; None if it changes nothing. Late events never come here."""
        return None

    def again(self, call: Call) -> Move:
        """Another controller took the call up: say again what should be heard now."""
        return self.enter(call)

    def stage(self, call: Call) -> str:
        """Where within the step the call stands, if there is more than one such place: for those who try each."""
        return ""

    def knows(self, keys: str) -> bool:
        """Whether these keys mean something here. If not, they may mean what they mean everywhere in the flow."""
        return False

    def ways(self) -> tuple[Way, ...]:
        return ()

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything that can be said here, for the checks."""
        return ()

    def conditions(self) -> tuple[str, ...]:
        """Conditions (``flow.when``) that decide here, for the checks and for those who try every way."""
        return ()

    def ends(self) -> bool:
        """Whether the call ends here."""
        return False

    def problems(self) -> list[str]:
        """Sentences about what is wrong with this step by itself."""
        return []
