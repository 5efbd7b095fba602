"""How long a wait is said to be: in a few words, because nobody hears the difference between 6 and 7 minutes."""

from __future__ import annotations

# (upper end in minutes, name); the keys of the prompts are ``wait.NAME``.
BUCKETS: tuple[tuple[float, str], ...] = (
    (1.0, "under_1"),
    (2.0, "1_to_2"),
    (5.0, "2_to_5"),
    (10.0, "5_to_10"),
    (float("inf"), "over_10"),
)


def bucket_of(high_s: float) -> int:
    """Number of the bucket that a wait is said by whose estimate ends at ``high_s``: rather served before than after."""
    return next(number for number, (minutes, _) in enumerate(BUCKETS) if high_s <= 60.0 * minutes)


def name_of(bucket: int) -> str:
    return BUCKETS[min(max(bucket, 0), len(BUCKETS) - 1)][1]


def prompt_of(bucket: int) -> str:
    """Key of the prompt of that bucket."""
    return f"wait.{name_of(bucket)}"


def next_said(bucket: int, said: int, reason: bool) -> int:
    """What is said to one who was told ``said`` before (-1: nothing yet): never up by more than one without a reason."""
    return bucket if said < 0 or reason else min(bucket, said + 1)
