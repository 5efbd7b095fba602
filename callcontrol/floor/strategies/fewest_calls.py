"""Fewest calls: the one who had the fewest talks of this shift. Who comes late begins where the others stand
(``floor.fairness``): not with a heap of calls to catch up on, nor behind everybody."""

from callcontrol.floor.strategies.turns import Turns


def fewest_calls(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.calls
