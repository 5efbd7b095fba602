"""Longest idle: the one whose last service is longest ago. Breaks and log-outs do not move it (see ``floor.agents``)."""

from callcontrol.floor.strategies.turns import Turns


def longest_idle(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.idle_since
