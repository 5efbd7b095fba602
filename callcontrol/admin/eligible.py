"""Who could answer by an expression: the agents of the draft who fit, with what they do now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callcontrol.values.configuration import Configuration
from callcontrol.values.expressions import ExpressionError
from callcontrol.values.skills import parse

MOST_NAMES = 12
SERVING = frozenset({"available", "reserved", "ringing", "talking", "hold", "wrap_up"})


@dataclass(frozen=True, slots=True)
class Who:
    """``named``: some of them (number, name, state), those who could answer soonest first; ``others`` how many more.
    ``wrong``: the text is no expression, or there is none (``empty``)."""

    named: tuple[tuple[str, str, str], ...] = ()
    others: int = 0
    fit: int = 0
    of: int = 0
    free: int = 0
    serving: int = 0
    wrong: bool = False
    empty: bool = False


def who_could_answer(expression: str, configuration: Configuration, live: Iterable[Mapping[str, Any]], *, all_if_empty: bool = True) -> Who:  # fmt: skip
    """``live``: the agents of the floor's view. ``all_if_empty``: no expression is everybody (a queue), or nobody (a
    reserve, a step that is not yet written)."""
    if not expression.strip() and not all_if_empty:
        return Who(empty=True)
    try:
        wanted = parse(expression)
    except ExpressionError:
        return Who(wrong=True)
    states = {str(row.get("agent")): str(row.get("state")) for row in live}
    fitting = [
        (agent.name, agent.title, states.get(agent.name, "logged_out"))
        for agent in configuration.agents.values()
        if wanted.matches(agent.skills)
    ]
    fitting.sort(key=lambda one: (one[2] != "available", one[2] not in SERVING, one[2] == "logged_out", one[0]))
    return Who(
        named=tuple(fitting[:MOST_NAMES]),
        others=max(0, len(fitting) - MOST_NAMES),
        fit=len(fitting),
        of=len(configuration.agents),
        free=sum(state == "available" for _, _, state in fitting),
        serving=sum(state in SERVING for _, _, state in fitting),
    )
