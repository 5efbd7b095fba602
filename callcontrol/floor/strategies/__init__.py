"""Which of several free agents gets the call: one file per strategy, each a pure rule.

A strategy gives a rank: a number that stays the same while the agent stays free. The agent with the smallest one is
offered the call; ties go to the longer idle, then to the smaller agent name. That it does not change with time is what
keeps a decision cheap; ``DRAWN`` are those that draw anew for each call, and cost a look at every free agent.
An unknown name is refused when a configuration is drafted; an old journal that has one is read as longest idle.
"""

from collections.abc import Callable, Mapping

from callcontrol.floor.strategies.best_skill_first import best_skill_first
from callcontrol.floor.strategies.fewest_calls import fewest_calls
from callcontrol.floor.strategies.least_skilled import least_skilled
from callcontrol.floor.strategies.least_talk_time import least_talk_time
from callcontrol.floor.strategies.longest_idle import longest_idle
from callcontrol.floor.strategies.progressive import progressive
from callcontrol.floor.strategies.random import random
from callcontrol.floor.strategies.ring_all import ring_all
from callcontrol.floor.strategies.round_robin import round_robin
from callcontrol.floor.strategies.top_down import top_down
from callcontrol.floor.strategies.turns import Turns
from callcontrol.floor.strategies.weighted import weighted
from callcontrol.values.strategies import strategy_named

__all__ = ["DRAWN", "STRATEGIES", "Strategy", "Turns", "strategy_name"]

# (the agent, grade: how skilled for this call, call: its identity, for those that draw) -> rank
Strategy = Callable[[Turns, float, str], float]

STRATEGIES: Mapping[str, Strategy] = {
    "longest_idle": longest_idle,
    "best_skill_first": best_skill_first,
    "least_skilled": least_skilled,
    "fewest_calls": fewest_calls,
    "least_talk_time": least_talk_time,
    "round_robin": round_robin,
    "top_down": top_down,
    "random": random,
    "weighted": weighted,
    "ring_all": ring_all,
    "progressive": progressive,
}

DRAWN = frozenset({"random"})


def strategy_name(name: str) -> str:
    """Our name of that strategy, for a name of ours or of mod_callcenter's."""
    return strategy_named(name) or "longest_idle"
