"""Longest idle: the one whose last service is longest ago. Breaks and log-outs do not move it (see ``floor.agents``)."""


def longest_idle(idle_since: float, grade: float) -> float:  # noqa: ARG001 - every strategy is asked with the same facts
    return idle_since
