"""Which of several free agents gets the call: one file per strategy, each a pure rule.

A strategy gives a rank: a number that stays the same while the agent stays free. The agent with the smallest one is
offered the call; ties go to the smaller agent name. That it does not change with time is what keeps a decision cheap.
An unknown name is refused when a configuration is drafted; an old journal that has one is read as longest idle.
"""

from collections.abc import Callable, Mapping

from callcontrol.floor.strategies.best_skill_first import best_skill_first
from callcontrol.floor.strategies.longest_idle import longest_idle
from callcontrol.values.strategies import strategy_named

# (idle_since: seconds since the epoch, grade: how skilled for this call) -> rank
Strategy = Callable[[float, float], float]

STRATEGIES: Mapping[str, Strategy] = {
    "longest_idle": longest_idle,
    "best_skill_first": best_skill_first,
}


def strategy_name(name: str) -> str:
    known = strategy_named(name)
    return known if known is not None and known in STRATEGIES else "longest_idle"
