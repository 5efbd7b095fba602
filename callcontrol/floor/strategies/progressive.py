"""Progressive: the phone of the longest idle rings, and one more every few seconds until somebody answers
(``floor.several``)."""

from callcontrol.floor.strategies.turns import Turns


def progressive(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.idle_since
