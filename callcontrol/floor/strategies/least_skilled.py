"""Least skilled who suffices, bounded as best skill first is: the experts are kept for the calls that only they can take.

Every agent who is asked suffices already; the lower grade goes first, unless the expert has been idle for so much longer
that keeping the expert in reserve would mean that the others do all the work.
"""

from callcontrol.floor.strategies.best_skill_first import LEVEL_WORTH_S
from callcontrol.floor.strategies.turns import Turns


def least_skilled(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.idle_since + grade * LEVEL_WORTH_S
