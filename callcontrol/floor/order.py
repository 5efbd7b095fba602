"""Who of the waiting callers is first, over all queues: wait / target + VIP points, and a hard bound against starving."""

from __future__ import annotations

# A target of 0 would divide by nothing; a tenth of a second already outweighs every sensible target.
MIN_TARGET_S = 0.1
# A queue's ``hard_bound``: whoever has waited so many targets goes before everybody who has not, VIP or not.
HARD_BOUND = 10.0

# The name of a call that is behind all others who joined at the same moment.
LAST = "\U0010ffff"

# Smaller is served earlier. Late callers among themselves by joining time alone: nobody can be overtaken for ever.
Rank = tuple[int, float, float, str]


def rank(
    first_joined_at: float, target_s: float, vip: int, call: str, now: float, hard_bound: float = HARD_BOUND
) -> Rank:
    """Place of a waiting call in the order at ``now``. ``target_s`` and ``vip`` are in seconds and points (one point is
    one target's wait). For calls of the same target and points the order never changes: by joining time, then call."""
    target_s = max(target_s, MIN_TARGET_S)
    waited_s = now - first_joined_at
    if waited_s >= hard_bound * target_s:
        return (0, first_joined_at, 0.0, call)
    return (1, -(waited_s / target_s + vip), first_joined_at, call)


def in_front_before(before: Rank, at: float, target_s: float, vip: int, hard_bound: float = HARD_BOUND) -> float:
    """``rank`` turned round: whoever first joined before this moment, with this target and these points, is in front of that
    rank at ``at``."""
    target_s = max(target_s, MIN_TARGET_S)
    late = at - hard_bound * target_s
    if before[0] == 0:
        return min(late, before[1])
    return min(at, max(late, at + (before[1] + vip) * target_s))
