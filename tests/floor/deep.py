"""``make deep``: a million steps of random days, in processes of their own, and whatever goes wrong with its seed and step.

A step is one thing that happens on the floor, or a decision that comes late, of a deposed desk, twice, or not at all; after each
one every invariant of ``day.Day`` and ``checks`` is looked at. Faster than Hypothesis, which looks for small examples.

    python -m tests.floor.deep --steps 1000000 --processes 1
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time
import traceback

from tests.floor.test_random_days import RandomDay

STEPS_OF_A_DAY = 400


def one_live_day(seed: int) -> tuple[int, int, int, str]:
    from tests.desk.live_random_day import LiveRandomDay

    logging.disable(logging.CRITICAL)  # desks tell of every cable that breaks
    return one_day(seed, LiveRandomDay)


def one_day(seed: int, kind: type[RandomDay] = RandomDay) -> tuple[int, int, int, str]:
    """(seed, steps, lines that were written, what went wrong)."""
    steps = 0
    day = None
    try:
        day = kind(seed)
        for _ in range(STEPS_OF_A_DAY):
            day.step()
            steps += 1
        day.all_is_decided_at_once()
    except Exception:
        return seed, steps, day.lines if day else 0, traceback.format_exc(limit=-4)
    return seed, steps, day.lines, ""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.floor.deep")
    options.add_argument("--steps", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0, help="the first one")
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--live", action="store_true", help="two live desks decide, over a journal in memory")
    given = options.parse_args()
    seeds = range(given.seed, given.seed + given.steps // STEPS_OF_A_DAY)
    began = time.monotonic()
    steps = lines = wrong = 0
    with multiprocessing.Pool(given.processes) as pool:
        for seed, made, written, trouble in pool.imap_unordered(
            one_live_day if given.live else one_day, seeds, chunksize=4
        ):
            steps, lines, wrong = steps + made, lines + written, wrong + bool(trouble)
            if trouble:
                print(f"seed {seed}, step {made}:\n{trouble}", flush=True)
            if steps % 40_000 < STEPS_OF_A_DAY:
                took_s = time.monotonic() - began
                print(f"{steps:,} steps, {lines:,} lines, {wrong} days went wrong, {took_s:.0f} s", flush=True)
    print(f"{steps:,} steps, {lines:,} lines of the journal, {wrong} of {len(seeds):,} days went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
