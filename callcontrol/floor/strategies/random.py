"""Random: drawn anew for each call, from the names of call and agent alone, so that every reader of the journal draws the
same. It is the one strategy whose rank is not kept: ``drawn`` looks at every free agent, in next to no time for each.

An agent's lot is a number from its name. A call shuffles all lots: exclusive or with one number and multiplied by an odd
other one (multiply-shift: Dietzfelbinger and others 1997), both from its own name. No two lots come to the same.
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b

from callcontrol.floor.strategies.turns import Turns

# As many as a float holds: no rank is rounded.
LOT_BITS = 52
_MASK = (1 << LOT_BITS) - 1
_ALL = float(1 << LOT_BITS)


def random(agent: Turns, grade: float, call: str) -> float:  # noqa: ARG001 - all are asked alike
    """From 0 to 1; each agent is as likely as any other to have the smallest one."""
    turn, factor = _shuffle(call)
    return ((lot(agent.name) ^ turn) * factor & _MASK) / _ALL


def lot(agent: str) -> int:
    return _number(f"agent/{agent}")


def drawn(lots: Mapping[str, int], call: str) -> tuple[float, Collection[str]]:
    """The smallest rank for this call, and who has it: one agent, unless names share a lot. ``lots`` is not empty."""
    turn, factor = _shuffle(call)
    ranks = [(one ^ turn) * factor & _MASK for one in lots.values()]
    least = min(ranks)
    return least / _ALL, [name for name, rank in zip(lots, ranks, strict=True) if rank == least]


def _shuffle(call: str) -> tuple[int, int]:
    return _number(f"turn/{call}"), _number(f"factor/{call}") | 1


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") & _MASK
