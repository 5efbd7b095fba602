"""Best skill first, bounded: a level more is worth a set idle time and no more.

An expert goes before somebody who merely suffices, unless that one has been idle for so much longer; so the experts get
the calls when it is quiet and have their rest when it is not.
"""

from callcontrol.floor.strategies.turns import Turns

# With levels 1 to 5 the greatest expert can be preferred for at most eight minutes, about one talk with its wrap-up and
# a little more: nobody who suffices sits idle longer than that while an expert works without a pause.
LEVEL_WORTH_S = 120.0


def best_skill_first(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    return agent.idle_since - grade * LEVEL_WORTH_S
