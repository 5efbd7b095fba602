"""Names of the strategies: which of several free agents gets the call. The rules themselves are in ``floor/strategies/``."""

from __future__ import annotations

from collections.abc import Mapping

# One phone rings at a time, but for the last two: all at once, or one more every few seconds.
STRATEGIES = (
    "longest_idle",
    "best_skill_first",
    "least_skilled",
    "fewest_calls",
    "least_talk_time",
    "round_robin",
    "top_down",
    "random",
    "weighted",
    "ring_all",
    "progressive",
)

# What mod_callcenter calls them.
ALIASES: Mapping[str, str] = {
    "longest-idle-agent": "longest_idle",
    "agent-with-fewest-calls": "fewest_calls",
    "agent-with-least-talk-time": "least_talk_time",
    "round-robin": "round_robin",
    "top-down": "top_down",
    "sequentially-by-agent-order": "top_down",
    "ring-all": "ring_all",
    "ring-progressively": "progressive",
    "random": "random",
}

SEVERAL_RING = frozenset({"ring_all", "progressive"})


def strategy_named(name: str) -> str | None:
    """The strategy of that name, ours or mod_callcenter's; None if there is none."""
    return name if name in STRATEGIES else ALIASES.get(name)
