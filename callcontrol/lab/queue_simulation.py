"""Callers and agents by chance on the real floor, in virtual time: hours of a hotline in a moment.

No switch and no journal: facts are written to the floor, ``decide`` decides, what it decided is written too, and the
people react to it. It proves the floor against queueing theory, grades the estimate, and tries "what if".

    simulation = Simulation([rules, *log_ins], callers)
    simulation.run()
    simulation.visits     # what became of everybody
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from callcontrol.floor import entries as e
from callcontrol.floor.decide import decide, next_wake
from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import Forecaster
from callcontrol.values.outcomes import Outcome

FOREVER = float("inf")
WAKE_AGAIN_S = 0.25  # as a desk does when the floor asks for now and nothing follows from it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``patience_s`` from joining; ``talk_s`` is how long the talk will be. ``stays``: goes on waiting by key
    when the announcement was heard. ``number``: the opaque key of the number. ``leaves``: what the caller does when
    patience is over, see ``CallLeft.reason``. ``before_s``: how long the caller had waited before, in another queue.
    ``message_s``: how much of the announcement the caller hears, where it is not ``People.message_s``."""

    at: float
    queue: str
    talk_s: float
    patience_s: float = FOREVER
    needs: str = ""
    vip: int = 0
    number: str = ""
    stays: bool = False
    call: str = ""
    leaves: str = "hangup"
    before_s: float = 0.0
    prefer: str = ""
    message_s: float | None = None
    message_after_s: float = 0.0
    message_until: float = 0.0


@dataclass(slots=True)
class Visit:
    """What became of one visit. ``waited_s`` until the talk began or the visit ended without one; ``talk_s`` of a talk
    that ended."""

    call: str
    visit: str
    queue: str
    first_joined_at: float
    joined_at: float
    caller: Caller
    outcome: str = Outcome.WAITING
    waited_s: float = 0.0
    agent: str = ""
    talk_s: float = 0.0


def at_once(_offer: e.Offered, _chance: random.Random) -> tuple[float, str]:
    """An agent who answers every call at once."""
    return 0.0, ""


@dataclass(frozen=True, slots=True)
class People:
    """How people behave. ``answer`` says of an offer after how many seconds of ringing it is answered (""), or fails with
    the cause."""

    answer: Callable[[e.Offered, random.Random], tuple[float, str]] = at_once
    message_s: float = 12.0  # length of the announcement
    seed: int = 1


# What happens: (at, order of planning, what, data)
_Planned = tuple[float, int, Callable[..., None], tuple[Any, ...]]


class _Numbers:
    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"o{next(self._numbers)}"


@dataclass
class Simulation:
    """``facts`` (rules, log-ins, breaks) and ``callers`` each in the order of time. ``watch`` sees every entry that was
    not void, after it was applied. ``floor`` may be one that already lives."""

    facts: Iterable[e.Entry]
    callers: Iterable[Caller]
    people: People = field(default_factory=People)
    watch: Callable[[Floor, e.Entry], None] | None = None
    floor: Floor = field(default_factory=Floor)
    estimates: bool = False  # recorded every few seconds, as a desk does

    def __post_init__(self) -> None:
        self.now = 0.0
        self.visits: list[Visit] = []
        self._open: dict[str, Visit] = {}  # call -> its present visit, until it ends or is answered
        self._known: dict[str, Visit] = {}  # visit -> the same
        self._talks: dict[str, Visit] = {}  # offer -> visit
        self._planned: list[_Planned] = []
        self._order = count()
        self._identities = _Numbers()
        self._chance = random.Random(self.people.seed)
        self._wake: float | None = None  # when the floor is to be asked again if nothing happens before
        self._forecaster = Forecaster() if self.estimates else None

    # --- the clock ----------------------------------------------------------------------------------------------------
    def run(self, until: float = FOREVER) -> list[Visit]:
        """Until nothing happens any more (callers who wait for nobody wait for ever), or ``until``. All visits."""
        facts, callers = iter(self.facts), iter(self.callers)
        self._next_fact(facts)
        self._next_caller(callers, 1)
        self._settle()
        while True:
            wake = self._wake
            if self._planned and (wake is None or self._planned[0][0] <= wake):
                at, _, what, data = heappop(self._planned)
                if at > until:
                    break
                self.now = max(self.now, at)
                what(*data)
            elif wake is None or wake > until:
                break
            else:
                self.now = wake
            self._settle()
        return self.visits

    def plan(self, at: float, what: Callable[..., None], *data: Any) -> None:
        heappush(self._planned, (at, next(self._order), what, data))

    def write(self, entry: e.Entry) -> bool:
        done = self.floor.apply(entry)
        if done:
            ended = self.floor.last_visit_ended
            if ended is not None and ended.outcome is not Outcome.ANSWERED:
                self._ended(ended.visit, ended.outcome)
            if self.watch is not None:
                self.watch(self.floor, entry)
        return done

    def _next_fact(self, facts: Iterator[e.Entry]) -> None:
        entry = next(facts, None)
        if entry is not None:
            self.plan(entry.at, self._fact, entry, facts)

    def _fact(self, entry: e.Entry, facts: Iterator[e.Entry]) -> None:
        self.write(entry)
        self._next_fact(facts)

    # --- the desk -----------------------------------------------------------------------------------------------------
    def _settle(self) -> None:
        """Decide until nothing is left, estimate if that is asked for, and note when the floor wants to be asked again."""
        self._wake = self._decide()
        if self._forecaster is None:
            return
        if expected := self._forecaster.look(self.floor, self.now):
            for estimate in expected:
                self.write(estimate)
            self._wake = self._decide()
        look_at = self._forecaster.next_at(self.floor, self.now)
        if look_at is not None:
            self._wake = look_at if self._wake is None else min(self._wake, look_at)

    def _decide(self) -> float | None:
        """When to ask again. The floor is not asked while it says that there is nothing to decide: most lines bring no
        decision, and asking is what takes the time."""
        floor, now = self.floor, self.now
        while True:
            wake = next_wake(floor, now)
            if (wake is None or wake > now) and not floor.index.back_offs_over(now):
                return wake
            batch = decide(floor, now, self._identities)
            if not batch:
                wake = next_wake(floor, now)
                return wake if wake is None or wake > now else now + WAKE_AGAIN_S
            done = [entry for entry in batch if self.write(entry)]
            if not done:
                raise RuntimeError(f"The floor calls its own decision void, at once: {batch[0]}.")
            for entry in done:
                self._react(entry)

    def _react(self, entry: e.Entry) -> None:
        match entry:
            case e.Offered():
                after_s, cause = self.people.answer(entry, self._chance)
                self.write(e.OfferRinging(at=self.now, offer=entry.offer))
                if after_s or cause:
                    self.plan(self.now + after_s, self._answered, entry, cause)
                else:
                    self._answered(entry, cause)
            case e.MessageGranted(dry_run=False):
                own_s = self._open[entry.call].caller.message_s
                after_s = self.people.message_s if own_s is None else own_s
                self.plan(self.now + after_s, self._heard, entry.call, entry.visit)
            case e.Released(branch="overflow", to=to) if to:
                visit = self._known[entry.visit]
                self._join(visit.call, visit.caller, to, visit.first_joined_at, came_from=visit.queue)

    # --- callers ------------------------------------------------------------------------------------------------------
    def _next_caller(self, callers: Iterator[Caller], number: int) -> None:
        caller = next(callers, None)
        if caller is not None:
            self.plan(caller.at, self._caller, caller, callers, number)

    def _caller(self, caller: Caller, callers: Iterator[Caller], number: int) -> None:
        call = caller.call or f"c{number}"
        self._join(call, caller, caller.queue, caller.at - caller.before_s)
        if caller.patience_s < FOREVER:
            self.plan(caller.at + caller.patience_s, self._impatient, call)
        self._next_caller(callers, number + 1)

    def _join(self, call: str, caller: Caller, queue: str, first_joined_at: float, came_from: str = "") -> None:
        visit = Visit(call, f"v{len(self.visits)}", queue, first_joined_at, self.now, caller)
        self.visits.append(visit)
        self._open[call] = self._known[visit.visit] = visit
        self.write(
            e.CallJoined(
                at=self.now,
                call=call,
                visit=visit.visit,
                queue=queue,
                first_joined_at=first_joined_at,
                caller=caller.number,
                needs=caller.needs,
                vip=caller.vip,
                prefer=caller.prefer,
                came_from=came_from,
                message_after_s=caller.message_after_s,
                message_until=caller.message_until,
            )
        )

    def _impatient(self, call: str) -> None:
        visit = self._open.get(call)
        if visit is not None:
            self.write(e.CallLeft(at=self.now, call=call, visit=visit.visit, reason=visit.caller.leaves))

    def _heard(self, call: str, visit: str) -> None:
        if self.write(e.MessageFinished(at=self.now, call=call, visit=visit)) and self._open[call].caller.stays:
            self.write(e.CallStays(at=self.now, call=call, visit=visit))

    def _ended(self, visit: str, outcome: Outcome) -> None:
        found = self._known[visit]
        if self._open.get(found.call) is found:
            del self._open[found.call]
        found.outcome, found.waited_s = outcome, self.now - found.joined_at

    # --- agents -------------------------------------------------------------------------------------------------------
    def _answered(self, offer: e.Offered, cause: str) -> None:
        if cause:
            self.write(e.OfferFailed(at=self.now, offer=offer.offer, cause=cause))
            return
        if self.write(e.TalkBegan(at=self.now, offer=offer.offer)):
            visit = self._talks[offer.offer] = self._open.pop(offer.call)
            visit.outcome, visit.agent, visit.waited_s = Outcome.ANSWERED, offer.agent, self.now - visit.joined_at
            self.plan(self.now + visit.caller.talk_s, self._talked, offer.offer)

    def _talked(self, offer: str) -> None:
        visit = self._talks.pop(offer)
        visit.talk_s = visit.caller.talk_s
        self.write(e.TalkEnded(at=self.now, offer=offer, by="caller"))


def poisson_callers(
    chance: random.Random,
    queue: str,
    calls_per_s: Callable[[float], float] | float,
    talk_s: Callable[[random.Random], float],
    patience_s: Callable[[random.Random], float],
    start: float,
    until: float,
    most_per_s: float = 0.0,
) -> Iterator[Caller]:
    """Callers who know nothing of each other. A rate that changes with time is thinned out of ``most_per_s``."""
    at = start
    most = most_per_s if callable(calls_per_s) else calls_per_s
    while True:
        at += chance.expovariate(most)
        if at >= until:
            return
        if not callable(calls_per_s) or chance.random() * most < calls_per_s(at):
            yield Caller(at, queue, talk_s(chance), patience_s(chance))
