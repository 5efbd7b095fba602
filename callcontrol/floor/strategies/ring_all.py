"""Ring all: every free agent's phone rings at once and one answers (``floor.several``). The rank is only who is rung when
there are too many: the longest idle."""

from callcontrol.floor.strategies.turns import Turns


def ring_all(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.idle_since
