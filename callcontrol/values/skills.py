"""Skill expressions: ``billing >= 3 and (zh >= 4 or en >= 4)``.

A queue says with one who may serve it; a call may add its own. A bare name means "has it at all" (level 1 or more), a
skill that an agent does not have is level 0, and an empty text is everybody. The grammar is in ``expressions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callcontrol.values.expressions import (
    MAX_LENGTH,
    MAX_NESTING,
    All,
    Any,
    ExpressionError,
    Has,
    Node,
    Not,
    Reader,
    both,
    either,
    names_of,
)

__all__ = [
    "EVERYBODY",
    "MAX_LENGTH",
    "MAX_LEVEL",
    "MAX_NESTING",
    "All",
    "Any",
    "Has",
    "Node",
    "Not",
    "SkillExpression",
    "SkillExpressionError",
    "parse",
]

# Levels are 0 to 5 in practice; three digits leave room for centres that count in percent.
MAX_LEVEL = 999


class SkillExpressionError(ExpressionError):
    """The text is not a skill expression."""


@dataclass(frozen=True, slots=True)
class SkillExpression:
    """A parsed expression; compared by what it says, not by how it was written. ``str`` gives a text that parses to an
    equal one."""

    root: Node

    def matches(self, levels: Mapping[str, int]) -> bool:
        """Whether an agent with these levels (name -> 0 or more) fits."""
        return self.root.matches(levels)

    def names(self) -> frozenset[str]:
        """Every skill that is named."""
        return frozenset(names_of(self.root))

    def grade(self, levels: Mapping[str, int]) -> float:
        """How skilled an agent with these levels is for this expression: the mean level over what must hold together,
        the best level over alternatives that hold. What an agent must *not* have does not count. 0.0 for everybody."""
        return _grade(self.root, levels) or 0.0

    def together_with(self, other: SkillExpression) -> SkillExpression:
        """Both must hold (a queue's expression and a call's own)."""
        return SkillExpression(both([self.root, other.root]))

    def or_else(self, other: SkillExpression) -> SkillExpression:
        """At least one must hold (a queue's expression and a relaxation's)."""
        if All(()) in (self.root, other.root):
            return EVERYBODY
        return SkillExpression(either([self.root, other.root]))

    def __str__(self) -> str:
        return str(self.root)


EVERYBODY = SkillExpression(All(()))


class _Reader(Reader):
    KIND = "skill expression"
    OPERAND = "skill"
    ERROR = SkillExpressionError

    def comparison(self, name: str, at: int) -> Node:
        sign = self.operator()
        if sign is None:
            return Has(name, ">=", 1)
        number = self.number()
        if number is None:
            raise self.wrong(f"After {name} {sign} a level is expected: a number such as 3.")
        if "." in number:
            raise self.wrong("A level is a whole number such as 3.")
        if len(number) > 9 or int(number) > MAX_LEVEL:
            raise self.wrong(f"A level is at most {MAX_LEVEL}.")
        self.taken()
        return Has(name, sign, int(number))


def parse(text: str) -> SkillExpression:
    """The expression in ``text``. Raises ``SkillExpressionError`` that points at the wrong character."""
    return SkillExpression(_Reader(text).read())


def _grade(node: Node, levels: Mapping[str, int]) -> float | None:
    match node:
        case Has(operator=">=" | ">" | "=="):
            return float(levels.get(node.name, 0))
        case All():
            grades = [g for part in node.parts if (g := _grade(part, levels)) is not None]
            return sum(grades) / len(grades) if grades else None
        case Any():
            grades = [g for part in node.parts if part.matches(levels) and (g := _grade(part, levels)) is not None]
            return max(grades, default=None)
        case _:
            return None
