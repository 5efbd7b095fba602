"""Round robin: each in turn, the one whose last turn began longest ago. Unlike longest idle, a long talk does not put its
agent behind those whose turn came later and was over sooner."""

from callcontrol.floor.strategies.turns import Turns


def round_robin(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.turn_at
