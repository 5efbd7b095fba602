"""Conditions on the state of a queue: ``load > 1.2 and (busy >= 3 or longest_wait_s > 60)``.

A relaxation or an overflow may ask for one. The grammar is that of skill expressions (see ``expressions``), with decimals,
and every name is compared. An empty text always holds. What is not known, such as ``estimate_s`` while there is no
estimate, makes each comparison with it false, whichever way it is asked; ``not`` turns that round like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from callcontrol.values.expressions import (
    COMPARE,
    All,
    Any,
    ExpressionError,
    Has,
    Node,
    Not,
    Reader,
    names_of,
)

# What a condition may ask for -> its unit and meaning. Agents are the regular ones who are eligible by the queue's skills.
STATE: Mapping[str, str] = {
    "waiting": "callers in line, announcement included",
    "longest_wait_s": "seconds that the longest of them waits, from the first joining",
    "free": "agents who are free",
    "busy": "agents who are offered a call, ring, talk or wrap up",
    "on_break": "agents on break or with a phone that can't be reached",
    "logged_in": "agents who are logged in, on break or not",
    "load": "callers in the queue (in line, ringing, talking) for each agent who serves (free or busy)",
    "estimate_s": "the estimated wait in seconds of who joins now",
}
# A million seconds are eleven days; nothing that a queue counts comes near it.
MAX_NUMBER = 1_000_000
MAX_DECIMALS = 3


class ConditionError(ExpressionError):
    """The text is not a condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Compared by what it says, not by how it was written; ``str`` gives a text that parses to an equal one."""

    root: Node

    def holds(self, state: Mapping[str, float]) -> bool:
        """Whether it holds for these values (name -> number; one that is missing or NaN is not known)."""
        return _holds(self.root, state)

    def names(self) -> frozenset[str]:
        """Every name that is asked for."""
        return frozenset(names_of(self.root))

    def __str__(self) -> str:
        return str(self.root)


ALWAYS = Condition(All(()))
NEVER = Condition(Any(()))


class _Reader(Reader):
    KIND = "condition"
    OPERAND = "value"
    ERROR = ConditionError

    def comparison(self, name: str, at: int) -> Node:
        if name not in STATE:
            raise self.wrong(f"A queue has no value {name!r}; there are {', '.join(STATE)}.", at)
        sign = self.operator()
        if sign is None:
            raise self.wrong(f"After {name} a comparison is expected, such as {name} > 3.")
        number = self.number()
        if number is None:
            raise self.wrong(f"After {name} {sign} a number is expected, such as 3 or 1.2.")
        if len(number) > 20 or float(number) > MAX_NUMBER:
            raise self.wrong(f"A number is at most {MAX_NUMBER}.")
        if len(number.partition(".")[2]) > MAX_DECIMALS:
            raise self.wrong(f"A number has at most {MAX_DECIMALS} decimals.")
        self.taken()
        return Has(name, sign, float(number) if "." in number else int(number))


def parse_condition(text: str) -> Condition:
    """The condition in ``text``. Raises ``ConditionError`` that points at the wrong character."""
    return Condition(_Reader(text).read())


def _holds(node: Node, state: Mapping[str, float]) -> bool:
    match node:
        case Has():
            value = state.get(node.name)
            return value is not None and not isnan(value) and COMPARE[node.operator](value, node.level)
        case Not():
            return not _holds(node.part, state)
        case All():
            return all(_holds(part, state) for part in node.parts)
        case Any():
            return any(_holds(part, state) for part in node.parts)
