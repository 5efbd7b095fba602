"""Weighted: as long as there is a choice, talks come to agents in proportion to their weights. Each talk counts 1 / weight;
the smallest sum goes first (stride scheduling: Waldspurger and Weihl 1995). A weight of 0 is asked when nobody else is free."""

from callcontrol.floor.strategies.turns import Turns

# More than any sum of a shift can come to.
LAST = 1e12


def weighted(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.share if agent.weight > 0 else LAST
