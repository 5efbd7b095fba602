"""How long callers would have waited, learned from a day on which most were answered before they lost patience.

Whoever was answered after 20 s would have waited 20 s at least: the observation is censored. The product-limit estimator
(E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958) uses these too: at each
moment t at which somebody hung up, the share that stays is 1 - (hung up at t) / (still waiting just before t). Behind the last
hang-up it says nothing; there the mean hazard of the day goes on (hang-ups ÷ all time waited), which is the maximum-likelihood rate
of an exponential patience.

A caller who hung up has told how long the patience was, and keeps it. Everybody else gets one drawn from what is left of
the curve behind the wait that is known (``Patience.longer_than``). Assumed: who is answered soon is no more and no
less patient than others who called that queue.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Patience:
    """``moments`` at which somebody hung up, in order, and the share that stays after each; ``hazard``: hang-ups a second,
    behind the last moment."""

    moments: tuple[float, ...]
    survival: tuple[float, ...]
    hazard: float
    hung_up: int

    def staying(self, after_s: float) -> float:
        """The share of callers whose patience is longer than ``after_s``."""
        at = bisect_right(self.moments, after_s)
        share = self.survival[at - 1] if at else 1.0
        if self.moments and at == len(self.moments):
            share *= math.exp(-self.hazard * (after_s - self.moments[-1]))
        return share

    def longer_than(self, waited_s: float, chance: float) -> float:
        """The patience (s) of somebody known to have waited ``waited_s``; ``chance`` is uniform in [0, 1). For ever where
        nobody hung up that day."""
        if not self.moments:
            return FOREVER
        wanted = self.staying(waited_s) * (1.0 - chance)
        low, high = bisect_right(self.moments, waited_s), len(self.moments)
        while low < high:  # the first moment at which no more than that share stays
            middle = (low + high) // 2
            if self.survival[middle] <= wanted:
                high = middle
            else:
                low = middle + 1
        if low < len(self.moments):
            return self.moments[low]
        begin = max(waited_s, self.moments[-1])
        if self.hazard <= 0 or wanted <= 0:
            return begin
        return begin + math.log(self.staying(begin) / wanted) / self.hazard


def learn(observed: Iterable[tuple[float, bool]]) -> Patience:
    """``observed``: (seconds waited, whether the caller hung up then; else the wait ended otherwise)."""
    waits = sorted((max(0.0, wait_s), not hung_up) for wait_s, hung_up in observed)  # at a tie hang-ups come first
    present, share, total_s = len(waits), 1.0, 0.0
    moments: list[float] = []
    survival: list[float] = []
    hung = 0
    for wait_s, otherwise in waits:
        total_s += wait_s
        if not otherwise:
            hung += 1
            share *= 1.0 - 1.0 / present
            if moments and moments[-1] == wait_s:
                survival[-1] = share
            else:
                moments.append(wait_s)
                survival.append(share)
        present -= 1
    if survival and survival[-1] <= 0.0:  # the longest wait of all ended by a hang-up: nobody stays behind it
        moments.pop()
        survival.pop()
        if not moments:
            return Patience((0.0,), (1.0,), hung / total_s if total_s else 0.0, hung)
    return Patience(tuple(moments), tuple(survival), hung / total_s if total_s else 0.0, hung)
