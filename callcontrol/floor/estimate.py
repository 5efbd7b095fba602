"""How long a caller will wait: a range with a confidence, or nothing where it would be a guess.

The model, for a caller with ``k`` others in front. Each eligible agent becomes free after the rest of what goes on (the
residual life of the talks measured in the last hour, given how long this one lasts already, then wrap-up and ringing), and
again after each further call. The agents together free themselves at H(t), the expected number until t; those in front
also give up, at the measured rate p. Were all this exponential, the wait W would be a sum of exponentials of the rates
h, h + p, ..., h + k p with h = H(t) / t, so that exp(-p W) is Beta distributed:

    P(W <= t) = I_x(k + 1, H(t) / (p t)),  x = 1 - exp(-p t)

(I: regularised incomplete beta function; see Garnett, Mandelbaum, Reiman 2002 for the chain behind it, Abramowitz & Stegun
26.5.22 and 26.4.17 for the approximations of I and of its limit for p = 0, Poisson). Durations that vary less or more than
exponential ones change the variance by the ratio v of theirs; that rates are measured from few samples widens the range.

Agents who serve other queues too are weighted: callers in front in those queues are dealt out to the agents who can take
them, the busiest last, and an agent who has more of them than there is to wait for does not count.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import hypot, inf
from typing import TYPE_CHECKING
from zlib import crc32

from callcontrol.floor.agents import AgentRecord, AgentState, Standing
from callcontrol.floor.crews import Crew, Freeing
from callcontrol.floor.durations import QueueMemory, recent
from callcontrol.floor.groups import Group
from callcontrol.floor.lanes import Lane
from callcontrol.floor.laws import Law, law_of
from callcontrol.floor.order import LAST, Rank, rank
from callcontrol.floor.pools import Pool
from callcontrol.floor.turns import Front, Stream, when

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor
    from callcontrol.floor.visits import Call

CONFIDENCE = 0.8
FEWEST_SAMPLES = 10  # talks of the queue in the hour; with fewer it would be a guess
WIDEST = 3.0  # high over low; a wider range says nothing
# "Less than a minute" says enough, however wide the range is within it.
SHORT_S = 60.0

_Z = 1.2815515594  # the normal distribution's quantile of (1 + CONFIDENCE) / 2
_OWN_TALKS = 10  # of an agent, for a pace of the agent's own
_MOST_LOOKED_AT = 96  # agents of a group; of more, a part by chance stands for all
_MOST_STREAMS = 32  # with more, who passes whom is left out: no single one matters much
_SOON_S = 120.0  # who comes by then counts for the mixture of calls
_MOST_DEALT = 8  # lanes of other agents, for each estimate


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds from now until the talk begins: between ``low_s`` and ``high_s`` with ``CONFIDENCE``."""

    low_s: float
    high_s: float


Mixture = tuple[tuple[str, int], ...]  # queue, and its tenths of the calls in front


@dataclass(slots=True)
class _Front:
    """What must happen before a caller's turn: the agents that count become free ``turns`` times."""

    turns: float
    agents: tuple[str, ...]
    mixture: Mixture
    stride: int  # each of the agents stands for so many


@dataclass(slots=True)
class _Line:
    """``places``: which of the streams a lane is; None: the one who joins."""

    streams: list[Stream]
    places: dict[Lane | None, int]
    crews: dict[str, Crew] = field(default_factory=dict)


class Outlook:
    """All estimates of one floor at one moment: what several of them need is made once. Reads, changes nothing."""

    def __init__(self, floor: Floor, now: float) -> None:
        self._floor = floor
        self.now = now
        self._minute = now // 60 * 60  # so long the laws stay as they are
        self._laws: dict[str, Law | None] = {}
        self._crews: dict[tuple[str, tuple[str, ...], Mixture], Crew] = {}
        self._serving: dict[tuple[Pool, ...], list[str]] = {}
        self._lanes: dict[int, list[Lane]] = {}
        self._strides: dict[int, int] = {}  # each of a list stands for so many
        self._lines: dict[tuple[int, str], _Line | None] = {}
        self._in_both: dict[tuple[int, int], float] = {}
        self._means: dict[tuple[str, str], float] = {}

    # --- for whom -----------------------------------------------------------------------------------------------------
    def of_call(self, call: Call) -> Estimate | None:
        """For one who stands in line; None for anybody else, and where it would be a guess."""
        lane = call.lane
        if lane is None:
            return None
        index = bisect_left(lane.order, (call.first_joined_at, call.call))
        waited_s = self.now - call.joined_at
        return self._estimate(call.queue, lane, index, waited_s)

    def of_joiner(self, queue: str) -> Estimate | None:
        """For one who would join the queue now, with no wishes and no points."""
        rule = self._floor.rules.queues.get(queue)
        if rule is None:
            return None
        return self._estimate(queue, None, 0, 0.0)

    # --- the rule -----------------------------------------------------------------------------------------------------
    def _estimate(self, queue: str, lane: Lane | None, index: int, waited_s: float) -> Estimate | None:
        """``lane`` and ``index``: where the caller stands; without a lane it is one who would join the queue now."""
        if self._law(queue) is None:
            return None
        serving = self._who_serves(lane.group if lane is not None else self._floor.index.groups.group(queue))
        if not serving:
            return None
        line = self._line(serving, queue if lane is None else "")
        if line is not None:
            early_s, usual_s, late_s = self._turning(queue, serving, line, lane, index, waited_s)
        else:
            early_s, usual_s, late_s = self._in_order(queue, serving, lane, index, waited_s)
        ring = self._ringing(queue)
        # Two things that vary, one after the other: their spreads add up as squares do.
        low_s = round(max(0.0, usual_s + ring[1] - hypot(usual_s - early_s, ring[1] - ring[0])), 1)
        high_s = round(usual_s + ring[1] + hypot(late_s - usual_s, ring[2] - ring[1]), 1)
        if high_s > max(SHORT_S, WIDEST * low_s):
            return None
        return Estimate(low_s, high_s)

    # --- a line that keeps its order ----------------------------------------------------------------------------------
    def _in_order(
        self, queue: str, serving: list[str], lane: Lane | None, index: int, waited_s: float
    ) -> tuple[float, float, float]:
        now = self.now
        mine = (
            rank(now, self._floor.rules.queues[queue].target_s, 0, LAST, now) if lane is None else lane.rank(index, now)
        )
        front = self._front(queue, serving, mine, now)
        crew = self._crew(queue, front, waited_s)
        early_s, usual_s, late_s = (crew.quantile(front.turns, z) for z in (-_Z, 0.0, _Z))
        return early_s, usual_s, late_s

    def _front(self, queue: str, serving: list[str], before: Rank, at: float) -> _Front:
        own, others = 1.0, []
        calls: dict[str, float] = {queue: 1.0}
        for lane in self._lanes_of(serving):
            ahead = _ahead(lane, before, at)
            if ahead:
                theirs = self._who_serves(lane.group)
                calls[lane.queue] = calls.get(lane.queue, 0.0) + ahead
                if theirs is serving or (len(theirs) == len(serving) and self._shared(serving, theirs) == 1.0):
                    own += ahead
                else:
                    others.append((len(theirs), lane.queue, lane.vip, ahead, theirs))
        mixture = tuple(sorted((name, max(1, round(10 * n / sum(calls.values())))) for name, n in calls.items()))
        if not others:
            return _Front(own, tuple(serving), mixture, self._strides[id(serving)])
        if len(others) > _MOST_DEALT:  # too many to deal out one by one; by the share of agents it is as good
            own += sum(ahead * self._shared(serving, theirs) for _, _, _, ahead, theirs in others)
            return _Front(own, tuple(serving), ((queue, 1),), self._strides[id(serving)])
        load: dict[str, float] = {}  # calls in front that each agent will have taken
        for _, _, _, ahead, theirs in sorted(others):
            _deal(load, theirs, ahead / self._strides[id(theirs)])
        stride = self._strides[id(serving)]
        level = _deal(dict(load), serving, own / stride)
        counted = tuple(name for name in serving if load.get(name, 0.0) < level)
        return _Front(own + stride * sum(load.get(name, 0.0) for name in counted), counted, mixture, stride)

    # --- a line whose order turns over --------------------------------------------------------------------------------
    def _line(self, serving: list[str], joining: str) -> _Line | None:
        """All whom these agents serve, if the order among them turns over. ``joining``: with one more, who joins that queue
        now."""
        key = id(serving), joining
        if key not in self._lines:
            few = len(self._lanes_of(serving)) <= _MOST_STREAMS
            line = self._make_line(serving, joining) if few else None
            mixed = line is not None and len({stream.order() for stream in line.streams}) > 1
            self._lines[key] = line if mixed else None
        return self._lines[key]

    def _make_line(self, serving: list[str], joining: str) -> _Line:
        floor = self._floor
        streams: list[Stream] = []
        places: dict[Lane | None, int] = {}
        plain: dict[str, Stream] = {}
        for lane in self._lanes_of(serving):
            places[lane] = len(streams)
            weight = self._shared(serving, self._who_serves(lane.group))
            streams.append(
                Stream([at for at, _ in lane.order], lane.queue, lane.target_s, lane.vip, lane.hard_bound, weight)
            )
            if not (lane.needs or lane.vip or lane.reached or lane.sticky):
                plain[lane.queue] = streams[-1]
        for name, rule in floor.rules.queues.items():
            memory = floor.durations.queues.get(name)
            per_s = memory.joining_per_s(self.now) if memory else 0.0
            weight = self._shared(serving, self._who_serves(floor.index.groups.group(name)))
            if weight and (per_s or name == joining):
                stream = plain.get(name)
                if stream is None:
                    stream = plain[name] = Stream([], name, rule.target_s, 0, rule.hard_bound, weight)
                    streams.append(stream)
                stream.per_s = per_s
        if joining:
            places[None] = streams.index(plain[joining])
            plain[joining].joined.append(self.now)
        return _Line(streams, places)

    def _turning(
        self, queue: str, serving: list[str], line: _Line, lane: Lane | None, index: int, waited_s: float
    ) -> tuple[float, float, float]:
        crew = line.crews.get(queue)
        if crew is None:
            calls: dict[str, float] = {}
            for each in line.streams:
                n = len(each.joined) + each.per_s * _SOON_S
                calls[each.queue] = calls.get(each.queue, 0.0) + each.weight * n
            mixture = tuple(sorted((name, max(1, round(10 * n / sum(calls.values())))) for name, n in calls.items()))
            whole = _Front(1.0, tuple(serving), mixture, self._strides[id(serving)])
            crew = line.crews[queue] = self._crew(queue, whole, waited_s)
        own = line.streams[line.places[lane]]
        since = own.joined[index] if lane is not None else self.now
        return when(Front(line.streams, own, since, self.now), crew, _Z)

    # --- agents -------------------------------------------------------------------------------------------------------
    def _who_serves(self, group: Group) -> list[str]:
        """Names of those who are free or will be by themselves."""
        found = self._serving.get(group.tiers)
        if found is None:
            agents = self._floor.agents
            names = [name for name in group.members() if _comes_back(agents[name])]
            stride = 1
            while len(names) > _MOST_LOOKED_AT * stride:
                stride *= 2  # powers of two: who is looked at in a greater group is in a smaller one too
            if stride > 1:
                names = [name for name in names if crc32(name.encode()) % stride == 0]
            found = self._serving[group.tiers] = names
            self._strides[id(names)] = stride
        return found

    def _lanes_of(self, serving: list[str]) -> list[Lane]:
        """Lanes with somebody in line whom one of these agents can take."""
        found = self._lanes.get(id(serving))  # the lists live as long as this outlook
        if found is None:
            pools = {pool: None for name in serving for pool in self._floor.agents[name].pools if pool.lanes}
            found = self._lanes[id(serving)] = list({lane: None for pool in pools for lane in pool.lanes})
        return found

    def _shared(self, serving: list[str], theirs: list[str]) -> float:
        """Which part of their agents these are."""
        key = id(serving), id(theirs)
        found = self._in_both.get(key)
        if found is None:
            both = len(set(serving).intersection(theirs)) * max(self._strides[key[0]], self._strides[key[1]])
            found = self._in_both[key] = min(1.0, both / max(1, len(theirs) * self._strides[key[1]]))
        return found

    def _crew(self, queue: str, front: _Front, waited_s: float) -> Crew:
        key = queue, front.agents, front.mixture
        found = self._crews.get(key)
        if found is None:
            leaving, left = self._floor.durations.of(queue).leaving_per_s(self.now, waited_s)
            agents = [
                replace(self._freeing(name, queue, front.mixture), weight=float(front.stride)) for name in front.agents
            ]
            found = self._crews[key] = Crew(agents, leaving, left)
        return found

    def _freeing(self, name: str, queue: str, mixture: Mixture) -> Freeing:
        floor, now = self._floor, self.now
        agent = floor.agents[name]
        offer = floor.offers.get(agent.offer)
        busy_with = offer.queue if offer is not None else queue
        law = self._law(busy_with) or self._law(queue)
        assert law is not None
        pace = self._pace(name)
        each_s, spread2 = self._round(queue, mixture, pace)
        wrap_up_s = self._mean(busy_with, "wrap_ups")
        elapsed, certain_s = 0.0, inf
        if offer is not None and offer.state == "talking":
            elapsed, delay_s = max(0.0, now - offer.talk_began_at) / pace, wrap_up_s
        elif offer is not None:
            delay_s = wrap_up_s + max(0.0, self._mean(busy_with, "rings") - (now - offer.at))
        else:
            certain_s = max(0.0, self._idle_at(agent) - now)
            delay_s = certain_s + wrap_up_s + self._mean(queue, "rings")
        once_s = law.rest_s(elapsed) * pace + delay_s
        return Freeing(law, pace, elapsed, law.at(elapsed), delay_s, once_s, each_s, spread2, certain_s)

    def _round(self, queue: str, mixture: Mixture, pace: float) -> tuple[float, float]:
        """Seconds and squared coefficient of variation of what each further call takes: a mixture of the queues in front."""
        first = second = total = 0.0
        for name, calls in mixture:
            law = self._law(name) or self._law(queue)
            assert law is not None
            # Ringing and wrap-up hardly vary.
            mean = max(0.1, pace * law.mean_s + self._mean(name, "wrap_ups") + self._mean(name, "rings"))
            total += calls
            first += calls * mean
            second += calls * (mean**2 + law.spread2 * (pace * law.mean_s) ** 2)
        mean = first / total
        return mean, max(0.0, second / total / mean**2 - 1.0)

    def _idle_at(self, agent: AgentRecord) -> float:
        if agent.state is AgentState.WRAP_UP:
            if agent.wrap_up_mode == "fixed":
                return agent.wrap_up_until
            queue = self._floor.durations.wrapping.get(agent.name, "")
            return min(agent.wrap_up_until, agent.since + self._mean(queue, "wrap_ups"))
        return max(agent.back_off_until, self.now)

    def _pace(self, name: str) -> float:
        """How much longer than others this agent talks."""
        own = recent(self._floor.durations.agents.get(name, []), self._minute)
        if len(own) < _OWN_TALKS:
            return 1.0
        # Between the agent's and everybody's: what few talks say is partly chance.
        return min(max((sum(own) + _OWN_TALKS) / (len(own) + _OWN_TALKS), 0.25), 4.0)

    def _law(self, queue: str) -> Law | None:
        if queue not in self._laws:
            memory = self._floor.durations.queues.get(queue)
            talks = recent(memory.talks, self._minute) if memory else []
            self._laws[queue] = law_of(talks) if len(talks) >= FEWEST_SAMPLES else None
        return self._laws[queue]

    def _ringing(self, queue: str) -> tuple[float, float, float]:
        """Seconds from the offer to the talk: one in ten is shorter than the first, half, nine in ten."""
        memory = self._floor.durations.queues.get(queue)
        rings = sorted(recent(memory.rings, self._minute)) if memory else []
        if not rings:
            return 0.0, 0.0, 0.0
        last = len(rings) - 1
        return rings[round(0.1 * last)], rings[round(0.5 * last)], rings[round(0.9 * last)]

    def _mean(self, queue: str, what: str) -> float:
        found = self._means.get((queue, what))
        if found is None:
            memory: QueueMemory | None = self._floor.durations.queues.get(queue)
            seconds = recent(getattr(memory, what), self._minute) if memory else []
            found = self._means[queue, what] = sum(seconds) / len(seconds) if seconds else 0.0
        return found


def callers_ahead(floor: Floor, call: Call, now: float) -> int:
    """How many of the call's queue are in front of it; 0 for one who does not stand in line."""
    lane = call.lane
    if lane is None:
        return 0
    mine = lane.rank(bisect_left(lane.order, (call.first_joined_at, call.call)), now)
    return sum(_ahead(other, mine, now) for other in floor.index.line(call.queue).lanes)


def _comes_back(agent: AgentRecord) -> bool:
    """Serves, and will go on serving after what it is at."""
    return agent.standing in (Standing.FREE, Standing.BUSY) and not agent.next_state


def _ahead(lane: Lane, before: Rank, at: float) -> int:
    """How many of the lane are in front of that rank at ``at``."""
    low, high = 0, len(lane.order)
    while low < high:
        middle = (low + high) // 2
        if lane.rank(middle, at) < before:
            low = middle + 1
        else:
            high = middle
    return low


def _deal(load: dict[str, float], agents: list[str], calls: float) -> float:
    """Give the calls to the agents so that nobody has more while another has less; the level that they come to."""
    order = sorted((load.get(name, 0.0), name) for name in agents)
    total, level = calls, 0.0
    for number, (has, _) in enumerate(order, start=1):
        total += has
        level = total / number
        if number == len(order) or level <= order[number][0]:
            break
    for has, name in order:
        if has < level:
            load[name] = level
    return level
