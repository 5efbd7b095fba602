"""Erlang A: a queue of ``agents`` with Poisson arrivals, exponential service and exponential patience (M/M/c+M).

A birth-and-death chain, solved by ratios to the state in which every agent is busy and nobody waits, so that nothing
overflows with thousands of agents. Sources: C. Palm, "Research on telephone traffic carried by full availability groups"
(1957); O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers", M&SOM 4 (2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# What is left out of the sum over the line is less than this part of it.
_NEGLIGIBLE = 1e-15
_MOST_TERMS = 10_000_000
_BIG = 1e200  # weights are scaled down before they overflow


@dataclass(frozen=True, slots=True)
class ErlangA:
    """``wait_probability``: of all who call. ``mean_wait_s``: of all, those who abandoned included. ``abandoned``: share
    of all who call. ``occupancy``: share of the agents' time. ``mean_line``: callers who wait."""

    wait_probability: float
    mean_wait_s: float
    abandoned: float
    occupancy: float
    mean_line: float


def erlang_a(calls_per_s: float, service_s: float, agents: int, patience_s: float = math.inf) -> ErlangA:
    """Steady state. Without patience's end (``inf``) it is Erlang C. Raises ``ValueError`` with a sentence when the line
    would grow for ever or a figure is no such figure."""
    _check(calls_per_s, service_s, agents, patience_s)
    if not calls_per_s:
        return ErlangA(0.0, 0.0, 0.0, 0.0, 0.0)
    load = calls_per_s * service_s
    base, line, weighted = _line(calls_per_s, service_s, agents, patience_s)
    # Weights relative to the state "all busy, nobody waits": those below sum to 1/B (Erlang B), that state included.
    total = base * _inverse_b(load, agents) + line
    mean_line = weighted / total
    abandoned = mean_line / patience_s / calls_per_s
    return ErlangA(
        wait_probability=(base + line) / total,
        mean_wait_s=mean_line / calls_per_s,
        abandoned=abandoned,
        occupancy=load * (1.0 - abandoned) / agents,
        mean_line=mean_line,
    )


def erlang_b(load: float, agents: int) -> float:
    """Share of calls that find every agent busy, where nobody may wait. ``load`` in Erlang."""
    return 1.0 / _inverse_b(load, agents)


def _inverse_b(load: float, agents: int) -> float:
    inverse = 1.0
    for busy in range(1, agents + 1):
        inverse = 1.0 + inverse * busy / load
    return inverse  # inf where nobody is ever refused


def answered_within(
    target_s: float, calls_per_s: float, service_s: float, agents: int, patience_s: float = math.inf
) -> float:
    """Share of all who call that is answered within ``target_s``."""
    _check(calls_per_s, service_s, agents, patience_s)
    if not calls_per_s:
        return 1.0
    weight, line, _ = _line(calls_per_s, service_s, agents, patience_s)
    inverse = _inverse_b(calls_per_s * service_s, agents)
    if inverse == math.inf:
        return 1.0
    total = weight * inverse + line
    served = weight * (inverse - 1.0)  # at once
    for ahead in range(_MOST_TERMS):
        part = weight * _served_within(target_s, ahead, agents / service_s, patience_s)
        served += part
        ratio = calls_per_s / (agents / service_s + (ahead + 1) / patience_s)
        if ratio < 1 and part < 1e-10 * total * (1 - ratio):  # the further back, the less
            break
        weight *= ratio
    return served / total


def _served_within(target_s: float, ahead: int, free_per_s: float, patience_s: float) -> float:
    """Chance that who comes with ``ahead`` before, all agents busy, is served within ``target_s``, still patient."""
    if patience_s == math.inf:
        return _erlang_cdf(ahead + 1, free_per_s * target_s)
    # The wait is a sum of exponentials of the rates f, f + p, ..., f + ahead p: 1 - exp(-p wait) is Beta(ahead + 1, f / p).
    ends = free_per_s * patience_s
    share = -math.expm1(-target_s / patience_s)
    return ends / (ahead + 1 + ends) * beta_cdf(share, ahead + 1, ends + 1)


def _line(calls_per_s: float, service_s: float, agents: int, patience_s: float) -> tuple[float, float, float]:
    """Weights of the states: "all busy, nobody waits", the sum of those with somebody waiting, and that sum weighted by
    how many wait. In the same scale, whichever it is."""
    free_per_s = agents / service_s
    if patience_s == math.inf:
        ratio = calls_per_s / free_per_s
        return 1.0, ratio / (1 - ratio), ratio / (1 - ratio) ** 2
    base = weight = 1.0
    line = weighted = 0.0
    for waiting in range(1, _MOST_TERMS):
        ratio = calls_per_s / (free_per_s + waiting / patience_s)
        weight *= ratio
        line += weight
        weighted += waiting * weight
        if weight > _BIG:
            base, weight, line, weighted = (each / _BIG for each in (base, weight, line, weighted))
        if ratio < 1 and waiting * weight < _NEGLIGIBLE * weighted * (1 - ratio):
            break
    return base, line, weighted


def _erlang_cdf(steps: int, mean: float) -> float:
    """P(a sum of ``steps`` exponentials, each of mean 1, is at most ``mean``): P(Poisson(mean) >= steps), added up from
    the side on which the terms fall."""
    if mean <= 0:
        return 0.0
    k = steps if mean < steps else steps - 1
    term = math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1))
    total = 0.0
    while term > 1e-17 * (total or 1.0):
        total += term
        if mean < steps:
            k += 1
            term *= mean / k
        else:
            term *= k / mean
            k -= 1
    return min(total, 1.0) if mean < steps else max(1.0 - total, 0.0)


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz & Stegun 26.5.8)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    # Lentz's method, as in "Numerical Recipes" (Press et al.), 6.4.
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 100_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            c = 1.0 + step / c
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            fraction *= d * c
        if abs(d * c - 1.0) < 1e-14:
            break
    return front * fraction


def _check(calls_per_s: float, service_s: float, agents: int, patience_s: float) -> None:
    if agents < 1 or service_s <= 0 or calls_per_s < 0 or patience_s <= 0:
        raise ValueError(
            f"Erlang A needs at least one agent, a service time, a patience and no negative calls; got {agents} agents, "
            f"{service_s} s of service, {patience_s} s of patience, {calls_per_s} calls a second."
        )
    if patience_s == math.inf and calls_per_s * service_s >= agents:
        raise ValueError(
            f"{calls_per_s * service_s:.2f} Erlang for {agents} agents and endless patience: the line grows for ever; "
            "give a patience or more agents."
        )
