"""Agents together: when they will have become free so and so many times. The model and its sources: see ``estimate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import expm1, inf, log, sqrt

from callcontrol.floor.laws import Law

_MOST_AGENTS = 24  # stand for all of a greater number
_LEAST_SPREAD = 0.02  # nothing is as certain as a formula
_FIRST_S, _STEP, _MOST_STEPS = 1.0, 1.25, 60  # moments at which the agents' rounds are worked out
_LOG_STEP = log(_STEP)


@dataclass(frozen=True, slots=True)
class Freeing:
    """One agent (or ``weight`` alike): how many times free until t."""

    law: Law
    pace: float  # how much slower than the law
    elapsed: float  # of the talk, on the law's clock
    before: float  # the law's hazard by then
    delay_s: float  # what comes between talk and free
    once_s: float  # when it has happened once, on average
    each_s: float  # a whole round
    spread2: float  # squared coefficient of variation of a round
    certain_s: float = inf  # a moment at which the agent is free for sure, before all this
    weight: float = 1.0

    def rounds(self, t: float) -> tuple[float, float]:
        """The expected number and its variance. At first the chance of once, later the renewal function's asymptote, and
        never more of that than those make who were free once; for exponential durations all of it is t / each."""
        if t <= self.delay_s:
            return 0.0, 0.0
        once = -expm1(self.before - self.law.at(self.elapsed + (t - self.delay_s) / self.pace))
        later = (1.0 + self.spread2) / 2.0 + (t - self.once_s) / self.each_s
        rounds = max(once, min(later, once * (1.0 + 2.0 * t / self.each_s)))
        variance = once * (1.0 - once) + self.spread2 * (rounds - once + once * once)
        return rounds, variance + max(0.0, 1.0 - self.spread2) * once / 15.0  # steps drawn as a line


class Crew:
    """Agents as one: the distribution of the time until they were free ``turns`` times."""

    def __init__(self, agents: list[Freeing], leaving_per_s: float, left: int) -> None:
        self.agents = _few(agents)
        self.certain = sorted((a.certain_s, a.weight) for a in self.agents if a.certain_s < inf)
        self.number = sum(a.weight for a in self.agents)
        self.leaving = leaving_per_s
        self._left = left
        law = max((a.law for a in self.agents), key=lambda each: each.samples)
        self._each_s = self.number / sum(a.weight / a.each_s for a in self.agents)
        self._spread2 = sum(a.weight * a.spread2 for a in self.agents) / self.number
        self._samples = law.samples
        self._known: dict[tuple[float, float, float], float] = {}
        self._steps: dict[int, tuple[float, float, float]] = {}

    def quantile(self, turns: float, z: float, unsure: float = 0.0) -> float:
        """Seconds until the agents were free ``turns`` times, by the normal quantile ``z``: an exact figure for few
        turns, for more a straight line between two, because nobody hears the difference."""
        turns, unsure = round(turns, 1), round(unsure / turns**2, 2)
        if turns > 4:
            step = 1 << max(0, int(turns).bit_length() - 4)
            low = turns // step * step
            if low != turns:
                part = (turns - low) / step
                return (1 - part) * self._quantile(low, z, unsure) + part * self._quantile(low + step, z, unsure)
        return self._quantile(turns, z, unsure)

    def _quantile(self, turns: float, z: float, unsure: float) -> float:
        found = self._known.get((turns, z, unsure))
        if found is None:
            found = self._known[turns, z, unsure] = self._solve(turns, z, unsure)
        return found

    def until(self, needed: Callable[[float], tuple[float, float]], z: float) -> float:
        """The same where the turns hang on how long it takes. ``needed``: of seconds, how many turns, and how many of them
        are chance (the variance)."""

        def reached(t: float) -> bool:
            turns, variance = needed(t)
            return turns <= 0.01 or self._reached(turns, t, variance / turns**2) >= z

        return self._first(reached)

    def _solve(self, turns: float, z: float, unsure: float) -> float:
        return self._first(lambda t: self._reached(turns, t, unsure) >= z)

    def _first(self, reached: Callable[[float], bool]) -> float:
        """The moment from which on it is so."""
        low, high = 0, 4
        while high < _MOST_STEPS and not reached(_FIRST_S * _STEP**high):
            low, high = high, high + 8
        while high - low > 1:
            middle = (low + high) // 2
            if reached(_FIRST_S * _STEP**middle):
                high = middle
            else:
                low = middle
        early, late = (_FIRST_S * _STEP**low if low else 0.0), _FIRST_S * _STEP**high
        for _ in range(6):
            t = (early + late) / 2
            if reached(t):
                late = t
            else:
                early = t
        return (early + late) / 2

    def _rounds(self, t: float) -> tuple[float, float]:
        """Of all agents, expected number and variance: straight lines between steps."""
        place = log(t / _FIRST_S) / _LOG_STEP if t > _FIRST_S else 0.0
        n = int(place + 1e-9)
        early = self._step(n)
        part = (t - early[0]) / (early[0] * (_STEP - 1.0))
        if abs(part) < 1e-6:
            return early[1], early[2]
        late = self._step(n + 1)
        return early[1] + part * (late[1] - early[1]), early[2] + part * (late[2] - early[2])

    def _step(self, n: int) -> tuple[float, float, float]:
        found = self._steps.get(n)
        if found is None:
            t = _FIRST_S * _STEP**n
            rounds = variance = 0.0
            for a in self.agents:
                more, spread = a.rounds(t)
                rounds += a.weight * more
                variance += a.weight * spread
            found = self._steps[n] = t, rounds, variance
        return found

    def _reached(self, turns: float, t: float, unsure: float) -> float:
        """The normal quantile of P(free ``turns`` times within ``t``). ``unsure``: relative variance of the turns."""
        for certain_s, weight in self.certain:
            if certain_s <= t:
                turns -= weight
        if turns <= 0.01:
            return inf
        rounds, variance = self._rounds(t)
        if rounds <= 1e-9:
            return -inf
        v = max(_LEAST_SPREAD, variance / rounds)
        a, b_t = turns / v, rounds / v
        gone = self.leaving * t
        if gone < 1e-4:
            y = 3.0 * sqrt(a) * ((b_t / a) ** (1 / 3) - 1.0 + 1.0 / (9.0 * a))
        else:
            b, x = b_t / gone, -expm1(-gone)
            w1, w2 = (b * x) ** (1 / 3), (a * (1.0 - x)) ** (1 / 3)
            y = 3.0 * (w1 * (1 - 1 / (9 * b)) - w2 * (1 - 1 / (9 * a))) / sqrt(w1 * w1 / b + w2 * w2 / a)
        # How little is known of the rates: they are measured too, from so many talks and so many who left.
        known2 = self._spread2 / self._samples + unsure
        if self._left:
            share = min(1.0, self.leaving * turns * t / rounds)  # of what moves the line
            known2 += (share * share / 4) / self._left
        return float(y / sqrt(1.0 + known2 * a))


def _few(agents: list[Freeing]) -> list[Freeing]:
    """A few who stand for all, evenly chosen in the order of becoming free."""
    if len(agents) <= _MOST_AGENTS:
        return agents
    certain = [a for a in agents if a.certain_s < inf]
    rest = sorted((a for a in agents if a.certain_s == inf), key=lambda a: a.once_s)
    chosen: list[Freeing] = []
    for part, most in ((sorted(certain, key=lambda a: a.certain_s), _MOST_AGENTS // 2), (rest, _MOST_AGENTS)):
        if not part:
            continue
        number = min(len(part), most)
        each = len(part) / number
        for n in range(number):
            a = part[int((n + 0.5) * each)]
            chosen.append(replace(a, weight=each * a.weight))
    return chosen
