"""A day that was, on the floor once more: the same callers at the same times, the same agents at their desks, and every
decision made anew by the rules of a variant.

What a caller did is kept as far as it is known; what was never seen (the patience of those who were answered, the talk of
those who hung up) is drawn, from the caller's own random numbers: two variants of one run differ by their rules alone
(common random numbers). Callbacks are booked and not called; a talk on hold is a talk.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from struct import unpack
from typing import Any, TypeVar

from callcontrol.floor import entries as e
from callcontrol.floor.agents import AgentState
from callcontrol.floor.floor import Floor
from callcontrol.lab.day import ANSWERED, HANGUP, OPEN, RELEASED, Arrival, Day
from callcontrol.lab.patience import FOREVER, Patience, learn
from callcontrol.lab.queue_simulation import Caller, People, Simulation
from callcontrol.values.counts import HALF_HOUR_S, half_hour

# Where a day shows none: a phone that is answered after some rings, a talk, the announcement, a break after misses.
RING_S, TALK_S, MESSAGE_S, RETURN_S = 4.0, 120.0, 15.0, 300.0
LEAST_HUNG_UP = 20  # with fewer hang-ups a queue's own patience would be a guess; the whole day's is taken
_UNSEEN = frozenset({ANSWERED, RELEASED, OPEN})

_BUSY = frozenset({"reserved", "ringing", "talking", "hold", "wrap_up"})


T = TypeVar("T")


class Chance:
    """Up to eight random numbers that belong to a name: the same for the same name, whatever else is drawn. (A seeded
    ``random.Random`` does the same and takes ten times as long to make.)"""

    __slots__ = ("_numbers",)

    def __init__(self, name: str) -> None:
        self._numbers = iter(unpack("<8Q", blake2b(name.encode()).digest()))

    def random(self) -> float:
        """In [0, 1)."""
        number: int = next(self._numbers)
        return (number >> 11) / (1 << 53)

    def choice(self, of: Sequence[T]) -> T:
        return of[int(self.random() * len(of))]


@dataclass(frozen=True, slots=True)
class Variant:
    """The rules to try. ``settings``: fields of ``queue``, nested ones with dots (``announcement.max_share``), before
    every release of the day. ``configuration``: a whole one in their place. ``agents``: so many more, or fewer, who serve
    the queue, each like a typical one."""

    queue: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Any] | None = None
    agents: int = 0


def facts_of(day: Day, variant: Variant) -> list[e.Entry]:
    """The day's facts under the variant's rules."""
    more, gone = _staff(day, variant)
    facts: list[e.Entry] = []
    for fact in day.facts:
        if isinstance(fact, e.RulesPublished):
            if variant.configuration is not None and facts:
                continue
            configuration = variant.configuration if variant.configuration is not None else fact.configuration
            facts.append(replace(fact, configuration=changed(configuration, variant, more)))
            continue
        name = getattr(fact, "agent", "")
        if name in gone:
            continue
        facts.append(fact)
        facts += [replace(fact, agent=copy) for copy, model in more.items() if model == name]  # type: ignore[call-arg]
    return facts


def changed(
    configuration: Mapping[str, Any], variant: Variant, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A configuration with the variant's settings, and ``more`` agents (name -> whom each is like)."""
    queues, agents = dict(configuration.get("queues", {})), dict(configuration.get("agents", {}))
    if variant.settings and variant.queue in queues:
        row = dict(queues[variant.queue])
        for name, value in variant.settings.items():
            part, _, inner = name.partition(".")
            whole = row.get(part)
            row[part] = {**(whole if isinstance(whole, Mapping) else {}), inner: value} if inner else value
        queues[variant.queue] = row
    for copy, model in (more or {}).items():
        if model in agents:
            agents[copy] = {**agents[model], "name": copy}
    return {**configuration, "queues": queues, "agents": agents}


def _staff(day: Day, variant: Variant) -> tuple[dict[str, str], set[str]]:
    """New agents (name -> whom each is like), and those who are left out: both from the middle of the agents who serve
    the queue, in the order of their calls that day."""
    if not variant.agents:
        return {}, set()
    floor = Floor()
    floor.apply(day.facts[0])
    there = {getattr(fact, "agent", "") for fact in day.facts if isinstance(fact, e.AgentLoggedIn)}
    serve = [name for name in floor.index.pool(variant.queue).members if name in there]
    serve.sort(key=lambda name: (len(day.rings.get(name, ())), name))
    middle = len(serve) // 2
    typical = sorted(serve, key=lambda name: (abs(serve.index(name) - middle), name))
    if variant.agents < 0:
        return {}, set(typical[: -variant.agents])
    if not typical:
        return {}, set()
    return {f"{typical[n % len(typical)]}+{n + 1}": typical[n % len(typical)] for n in range(variant.agents)}, set()


def patience_of(day: Day) -> dict[str, Patience]:
    """For each queue, and ``""`` for all."""
    seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for arrival in day.arrivals:
        one = arrival.waited_s, arrival.ended == HANGUP
        seen[arrival.queue].append(one)
        seen[""].append(one)
    return {queue: learn(waits) for queue, waits in seen.items()}


def callers_of(day: Day, seed: str) -> Iterator[Caller]:
    """The day's callers, with what was never seen of them drawn for this run."""
    patience = patience_of(day)
    talks: dict[str, list[float]] = defaultdict(list)
    for arrival in day.arrivals:
        if arrival.talk_s is not None:
            talks[arrival.queue].append(arrival.talk_s)
            talks[""].append(arrival.talk_s)
    used: Counter[str] = Counter()
    for arrival in day.arrivals:
        chance = Chance(f"{seed} {arrival.call}")
        own = patience[arrival.queue]
        drawn = (own if own.hung_up >= LEAST_HUNG_UP else patience[""]).longer_than(arrival.waited_s, chance.random())
        talk_s = chance.choice(talks.get(arrival.queue) or talks.get("") or [TALK_S])
        message_s, stays = chance.choice(day.messages) if day.messages else (MESSAGE_S, False)
        used[arrival.call] += 1
        yield Caller(
            at=arrival.at,
            queue=arrival.queue,
            talk_s=talk_s if arrival.talk_s is None else arrival.talk_s,
            patience_s=drawn if arrival.ended in _UNSEEN else arrival.waited_s,
            leaves=HANGUP if arrival.ended in _UNSEEN else arrival.ended,
            needs=arrival.needs,
            vip=arrival.vip,
            number=arrival.number,
            stays=stays,
            message_s=message_s,
            call=arrival.call if used[arrival.call] == 1 else f"{arrival.call}#{used[arrival.call]}",
            before_s=arrival.before_s,
            prefer=arrival.prefer,
            message_after_s=arrival.message_after_s,
            message_until=arrival.message_until,
        )


@dataclass
class DaySimulation:
    """``estimates``: made every few seconds as a desk does, for announcements that are not played when the wait is short
    (``short_estimate_s``) and for conditions that name the estimate; it takes some eight times as long. Without them both
    find no estimate. ``run()`` lives the day; afterwards ``staffed`` (agent -> half-hour -> seconds logged in and on no
    break), ``busy`` (agent -> seconds) and ``told`` (queue -> announcements) are there."""

    day: Day
    variant: Variant
    seed: str
    progress: Callable[[float], None] | None = None
    estimates: bool = False
    callers: Sequence[Caller] | None = None  # those of ``callers_of(day, seed)``, where they are drawn already

    def __post_init__(self) -> None:
        self.staffed: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.busy: dict[str, float] = defaultdict(float)
        self.told: Counter[str] = Counter()
        self.would_hear: Counter[str] = Counter()
        self._since: dict[str, tuple[str, float]] = {}
        self._agents_of: dict[str, dict[str, None]] = {}  # call -> whom it was offered to
        self._offers: dict[str, tuple[str, str]] = {}  # offer -> call, agent
        self._rings: Counter[str] = Counter()
        self._like = _staff(self.day, self.variant)[0]
        self._every = max(1, len(self.day.arrivals) // 20)
        self._joined = 0
        self.simulation = Simulation(
            facts_of(self.day, self.variant),
            callers_of(self.day, self.seed) if self.callers is None else self.callers,
            People(answer=self._answer),
            watch=self._watch,
            estimates=self.estimates,
        )

    def run(self) -> DaySimulation:
        self.simulation.now = self.day.began_at
        self.simulation.run(self.day.ended_at)
        for name in list(self._since):
            self._stands(name, "", self.day.ended_at)
        return self

    def _chance(self, what: str) -> Chance:
        return Chance(f"{self.seed} {what}")

    def _answer(self, offer: e.Offered, _chance: random.Random) -> tuple[float, str]:
        self._rings[offer.call] += 1
        chance = self._chance(f"{offer.call} ring {self._rings[offer.call]}")
        rings = self.day.rings.get(self._like.get(offer.agent, offer.agent)) or [(RING_S, "")]
        after_s, cause = chance.choice(rings)
        return (after_s, cause) if after_s < offer.ring_s else (offer.ring_s, cause or "NO_ANSWER")

    def _watch(self, floor: Floor, entry: e.Entry) -> None:
        for name in _SEEN.get(type(entry), _of_agent)(self, floor, entry):
            record = floor.agents.get(name)
            self._stands(name, str(record.state) if record is not None else "", entry.at)

    # Of each line: whose state it may have changed.
    def _joins(self, _floor: Floor, _entry: e.CallJoined) -> Iterable[str]:
        self._joined += 1
        if self.progress is not None and self._joined % self._every == 0:
            self.progress(min(1.0, self._joined / max(1, len(self.day.arrivals))))
        return ()

    def _offered(self, _floor: Floor, entry: e.Offered) -> Iterable[str]:
        self._offers[entry.offer] = entry.call, entry.agent
        self._agents_of.setdefault(entry.call, {})[entry.agent] = None
        return (entry.agent,)

    def _talk_began(self, _floor: Floor, entry: e.TalkBegan) -> Iterable[str]:
        return self._agents_of[self._offers[entry.offer][0]]

    def _talk_ended(self, floor: Floor, entry: e.TalkEnded) -> Iterable[str]:
        call, agent = self._offers[entry.offer]
        self._wraps_up(floor, agent, call, entry.at)
        return self._agents_of.pop(call, None) or (agent,)

    def _hears(self, floor: Floor, entry: e.MessageGranted) -> Iterable[str]:
        (self.would_hear if entry.dry_run else self.told)[floor.calls[entry.call].queue] += 1
        return ()

    def _offer_over(self, _floor: Floor, entry: e.OfferFailed | e.OfferExpired) -> Iterable[str]:
        return (self._offers[entry.offer][1],)

    def _left(self, _floor: Floor, entry: e.CallLeft) -> Iterable[str]:
        return self._agents_of.pop(entry.call, ())

    def _put_on_break(self, _floor: Floor, entry: e.PutOnBreak) -> Iterable[str]:
        after_s = self._chance(f"{entry.agent} {entry.at}").choice(self.day.returns or [RETURN_S])
        self.simulation.plan(entry.at + after_s, self._back, entry.agent)
        return (entry.agent,)

    def _wraps_up(self, floor: Floor, agent: str, call: str, at: float) -> None:
        """Some agents end their wrap-up themselves: after as long as on that day."""
        seen = self.day.wrap_ups.get(self._like.get(agent, agent))
        if not seen or floor.agents[agent].state is not AgentState.WRAP_UP:
            return
        ended_s = self._chance(f"{call} wrap-up").choice(seen)
        if ended_s is not None:
            self.simulation.plan(at + ended_s, self._wrapped_up, agent, at)

    def _wrapped_up(self, agent: str, talk_ended_at: float) -> None:
        record = self.simulation.floor.agents.get(agent)
        if record is not None and record.state is AgentState.WRAP_UP and record.since == talk_ended_at:
            self._back(agent)

    def _back(self, agent: str) -> None:
        self.simulation.write(e.AgentBack(at=self.simulation.now, agent=agent))

    def _stands(self, name: str, state: str, at: float) -> None:
        was, since = self._since.get(name, ("", at))
        if was == state:
            return
        self._since[name] = state, at
        if was in _BUSY:
            self.busy[name] += at - since
        if was in _BUSY or was == "available":
            cells = self.staffed[name]
            while since < at:
                until = min(at, (half_hour(since) + 1) * HALF_HOUR_S)
                cells[half_hour(since)] += until - since
                since = until


def _nobody(_simulation: DaySimulation, _floor: Floor, _entry: e.Entry) -> Iterable[str]:
    return ()


def _everybody(_simulation: DaySimulation, floor: Floor, _entry: e.Entry) -> Iterable[str]:
    return list(floor.agents)


def _of_agent(_simulation: DaySimulation, _floor: Floor, entry: e.Entry) -> Iterable[str]:
    name = getattr(entry, "agent", "")
    return (name,) if name else ()


_SEEN: Mapping[type[e.Entry], Callable[[DaySimulation, Floor, Any], Iterable[str]]] = {
    e.CallJoined: DaySimulation._joins,
    e.OfferRinging: _nobody,
    e.Offered: DaySimulation._offered,
    e.TalkBegan: DaySimulation._talk_began,
    e.TalkEnded: DaySimulation._talk_ended,
    e.MessageGranted: DaySimulation._hears,
    e.OfferFailed: DaySimulation._offer_over,
    e.OfferExpired: DaySimulation._offer_over,
    e.CallLeft: DaySimulation._left,
    e.RulesPublished: _everybody,
    e.PutOnBreak: DaySimulation._put_on_break,
}


def arrivals_of(day: Day, queue: str) -> Sequence[Arrival]:
    return [arrival for arrival in day.arrivals if arrival.queue == queue]


__all__ = ["FOREVER", "DaySimulation", "Variant", "arrivals_of", "callers_of", "facts_of", "patience_of"]
