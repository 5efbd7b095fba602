"""Top down: always the first of the list who is free, by the agent's ``order``. Those of the same order share: the longest
idle of them first."""

from callcontrol.floor.strategies.turns import Turns


def top_down(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.order
