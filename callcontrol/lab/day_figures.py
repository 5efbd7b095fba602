"""What a day was like for one queue, in figures: of the day as it was, and of one that was simulated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from callcontrol.floor.rules import read_rules
from callcontrol.lab.day import ANSWERED, HANGUP, OPEN, RELEASED, Day
from callcontrol.lab.day_simulation import DaySimulation
from callcontrol.lab.queue_simulation import Visit
from callcontrol.values.configuration import Queue
from callcontrol.values.counts import HALF_HOUR_S, Counts, half_hour
from callcontrol.values.erlang import erlang_a
from callcontrol.values.outcomes import Outcome
from callcontrol.values.service_level import preset_named

# Figures that are numbers and can be averaged; the others are tables.
NUMBERS = (
    "callers",
    "answered",
    "lost",
    "service_level",
    "longest_wait_s",
    "mean_wait_s",
    "told",
    "load",
)
Figures = dict[str, Any]


def simulated(run: DaySimulation, queue: str) -> Figures:
    """``callers`` who came to the queue, ``answered``, ``lost`` (hung up, short ones too), ``service_level`` (by the
    queue's preset), ``longest_wait_s`` of anybody, ``mean_wait_s`` of everybody, until the talk or the
    end without one, ``told`` (announcements played, or that
    would have been in a dry run), ``load`` (of the queue's agents: busy ÷ there and on no break), ``outcomes``,
    ``agents`` (name -> load), ``erlang`` (see ``_erlang``)."""
    floor = run.simulation.floor
    rule = floor.rules.queues.get(queue) or Queue(queue)
    visits = [visit for visit in run.simulation.visits if visit.queue == queue]
    counts = Counts(joined=len(visits), outcomes={Outcome.WAITING: len(visits)})
    for visit in visits:
        if visit.outcome != Outcome.WAITING:
            counts.end(visit.outcome, visit.waited_s, rule.target_s)
    members = floor.index.pool(queue).members
    loads: dict[str, float] = {}
    staffed = busy = 0.0
    for name, cells in sorted(run.staffed.items()):
        there = sum(cells.values())
        if name in members and there > 0:
            loads[name] = run.busy[name] / there
            staffed, busy = staffed + there, busy + run.busy[name]
    figures = _figures(counts, rule, [visit.waited_s for visit in visits])
    figures["told"] = run.told[queue] + run.would_hear[queue]
    figures["load"] = busy / staffed if staffed else None
    figures["agents"] = loads
    figures["erlang"] = _erlang(run, queue, visits, members)
    return figures


def measured(day: Day, queue: str) -> Figures:
    """The same of the day as it was, as far as its lines say it without being decided anew: all but ``load``."""
    rule = read_rules(day.configuration).queues.get(queue) or Queue(queue)
    arrivals = [arrival for arrival in day.arrivals if arrival.queue == queue]
    counts = Counts(joined=len(arrivals), outcomes={Outcome.WAITING: len(arrivals)})
    for arrival in arrivals:
        if arrival.ended == OPEN:
            continue
        if arrival.ended == HANGUP:
            short = arrival.waited_s < rule.short_abandon_s
            outcome = Outcome.ABANDONED_SHORT if short else Outcome.ABANDONED_WAITING
        elif arrival.ended == RELEASED:
            outcome = Outcome.TIMEOUT
        else:
            known = set(Outcome) - {Outcome.WAITING}
            outcome = Outcome(arrival.ended) if arrival.ended in known else Outcome.SYSTEM_LOST
        counts.end(Outcome.ANSWERED if arrival.ended == ANSWERED else outcome, arrival.waited_s, rule.target_s)
    figures = _figures(counts, rule, [arrival.waited_s for arrival in arrivals])
    figures["told"] = day.told.get(queue, 0)
    figures["outcomes"] = {}
    return figures


def _figures(counts: Counts, rule: Queue, waits: list[float]) -> Figures:
    answered = counts.outcomes.get(Outcome.ANSWERED, 0)
    lost = sum(counts.outcomes.get(outcome, 0) for outcome in Outcome if outcome.startswith("abandoned"))
    return {
        "callers": counts.joined,
        "answered": answered,
        "lost": lost,
        "service_level": preset_named(rule.service_level).level(counts).share,
        "longest_wait_s": max(waits, default=0.0),
        "mean_wait_s": sum(waits) / len(waits) if waits else None,
        "told": 0,
        "load": None,
        "outcomes": dict(sorted(counts.outcomes.items())),
        "agents": {},
        "erlang": None,
    }


def _erlang(
    run: DaySimulation, queue: str, visits: list[Visit], members: Mapping[str, float]
) -> dict[str, float] | None:
    """Erlang A for each half-hour on its own, weighted by callers: what theory says of a queue with the arrivals, the mean
    service (talk, ringing, wrap-up) of this one, and as many agents as were there on average. Agents who serve other queues
    too count by the share of talks that this queue had. Its patience is the rate at which callers left without a talk
    in this simulation, for whatever reason (the announcement sends some home); ``lost`` is those who hung up among
    them. It knows no priorities, no other shapes than the exponential, no queue that outlives its half-hour: a check of
    the order of magnitude, not a second simulation."""
    talks = [visit for visit in visits if visit.outcome == Outcome.ANSWERED]
    unserved = [visit for visit in visits if visit.outcome not in (Outcome.ANSWERED, Outcome.WAITING)]
    waited_s = sum(visit.waited_s for visit in visits)
    if not talks or not unserved or waited_s <= 0:
        return None
    patience_s = waited_s / len(unserved)
    hung_up = sum(visit.outcome.startswith("abandoned") for visit in unserved) / len(unserved)
    of_all: dict[str, int] = defaultdict(int)
    of_queue: dict[str, int] = defaultdict(int)
    for visit in run.simulation.visits:
        if visit.agent:
            of_all[visit.agent] += 1
            of_queue[visit.agent] += visit.queue == queue
    busy = sum(run.busy[name] * of_queue[name] / of_all[name] for name in of_all)
    service_s = busy / len(talks)
    came: dict[int, int] = defaultdict(int)
    for visit in visits:
        came[half_hour(visit.joined_at)] += 1
    waited = lost = occupied = weight = 0.0
    for number, callers in came.items():
        staff = sum(
            run.staffed[name].get(number, 0.0) * (of_queue[name] / of_all[name] if of_all[name] else 1.0)
            for name in members
            if name in run.staffed
        )
        agents = round(staff / HALF_HOUR_S)
        if agents < 1 or service_s <= 0:
            continue
        theory = erlang_a(callers / HALF_HOUR_S, service_s, agents, patience_s)
        waited += callers * theory.mean_wait_s
        lost += callers * theory.abandoned * hung_up
        occupied += callers * theory.occupancy
        weight += callers
    if not weight:
        return None
    return {"mean_wait_s": waited / weight, "lost": lost, "load": occupied / weight, "service_s": service_s}
