"""A full account of one call at one moment: the explanation, the rank with its parts, who is in front, what the desk decides
at this moment, how the agents compare for it, and when what would happen next.

Nothing is judged here. ``explain`` says why, the lanes rank, ``decide`` decides (on this very floor; it changes nothing), the
strategy compares: this only puts side by side what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcontrol.floor.announcement import ripe_at
from callcontrol.floor.decide import decide, next_wake
from callcontrol.floor.explain import Explanation, why
from callcontrol.floor.floor import Floor
from callcontrol.floor.lanes import Lane
from callcontrol.floor.order import MIN_TARGET_S
from callcontrol.floor.several import rings_more_at
from callcontrol.floor.strategies import STRATEGIES, strategy_name
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.configuration import Queue

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RankParts:
    """``score`` = ``waited_s`` ÷ ``target_s`` + ``vip``; the greater goes first. From ``bound_s`` on (``late``) a caller
    goes before everybody who has not waited so long, by joining time alone."""

    waited_s: float
    target_s: float
    vip: int
    score: float
    bound_s: float
    late: bool


@dataclass(frozen=True, slots=True)
class InFront:
    """A caller who is served earlier and whom some of the same agents may take."""

    call: str
    queue: str
    masked: str
    rank: RankParts


@dataclass(frozen=True, slots=True)
class Compared:
    """An eligible agent who is free: the smallest ``rank`` (of the strategy) is offered the call, ties by idle time.
    ``chosen``: gets this call now. ``taken_by``: gets that call in front instead."""

    agent: str
    rank: float
    grade: float
    idle_s: float
    chosen: bool = False
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """What time alone would bring, if nothing else happened: announcement, timeout, late, relaxation, agent_free,
    one_more_phone (of a strategy that rings several)."""

    at: float
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A relaxation step: its clock runs from the first joining to ``due_at``. ``reached``: it counts for this call."""

    number: int
    skills: str
    when: str
    exclusive: bool
    due_at: float
    reached: bool


@dataclass(frozen=True, slots=True)
class Account:
    """``decided``: what the desk writes at this moment about this call, as the journal's lines would have it.
    ``in_front`` holds the first of ``ahead`` callers. ``desk_wakes_at``: when the desk looks again if nothing comes."""

    explanation: Explanation
    at: float
    joined_at: float
    first_joined_at: float
    masked: str
    vip: int
    needs: str
    strategy: str
    rank: RankParts
    ahead: int
    in_front: tuple[InFront, ...]
    steps: tuple[Step, ...]
    compared: tuple[Compared, ...]
    coming: tuple[Coming, ...]
    decided: tuple[Mapping[str, Any], ...]
    desk_wakes_at: float | None


def account(floor: Floor, call: str, now: float) -> Account | None:
    """Of a call on the floor at ``now``; None for one that is not there. The floor should be the reader's own: asking it to
    decide may tidy its agenda."""
    explanation, found = why(floor, call, now), floor.calls.get(call)
    if explanation is None or found is None:
        return None
    rule = floor.rules.queues.get(found.queue) or Queue(found.queue)
    eligible = {one.agent for one in explanation.agents if one.reason != "skills"}
    batch = decide(floor, now, _Names())
    ahead = _in_front(floor, found, eligible, now) if found.in_line() else []
    return Account(
        explanation=explanation,
        at=now,
        joined_at=found.joined_at,
        first_joined_at=found.first_joined_at,
        masked=found.masked,
        vip=found.vip,
        needs=found.needs,
        strategy=strategy_name(rule.strategy),
        rank=_parts(found, rule, now),
        ahead=len(ahead),
        in_front=tuple(ahead[:MOST_SHOWN]),
        steps=_steps(found, rule),
        compared=_compared(floor, found, explanation, batch, now),
        coming=_coming(floor, found, rule, explanation, now),
        decided=tuple(entry.as_data() for entry in batch if getattr(entry, "call", "") == call),
        desk_wakes_at=next_wake(floor, now),
    )


class _Names:
    """For offers that are not made."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"would-be-{self._count}"


def _parts(call: Call, rule: Queue, now: float) -> RankParts:
    waited_s, target_s = now - call.first_joined_at, max(rule.target_s, MIN_TARGET_S)
    bound_s = rule.hard_bound * target_s
    return RankParts(
        waited_s=round(waited_s, 3),
        target_s=rule.target_s,
        vip=call.vip,
        score=round(waited_s / target_s + call.vip, 3),
        bound_s=bound_s,
        late=waited_s >= bound_s,
    )


def _in_front(floor: Floor, call: Call, eligible: set[str], now: float) -> list[InFront]:
    """In their order."""
    lane = call.lane
    if lane is None:
        return []
    mine = lane.rank(lane.order.index((call.first_joined_at, call.call)), now)
    found = []
    for other in floor.index.lanes.values():
        if other is not lane and not _serves(other, eligible):
            continue
        rule = floor.rules.queues.get(other.queue) or Queue(other.queue)
        for place in range(len(other.order)):
            rank = other.rank(place, now)
            if rank >= mine:
                break  # in a lane the order never changes
            one = floor.calls[other.order[place][1]]
            found.append((rank, InFront(one.call, one.queue, one.masked, _parts(one, rule, now))))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _compared(floor: Floor, call: Call, explanation: Explanation, batch: list[Any], now: float) -> tuple[Compared, ...]:
    given = {entry.agent: entry.call for entry in batch if entry.kind == "offered"}
    free = [one.agent for one in explanation.agents if one.reason == "free" or given.get(one.agent) == call.call]
    strategy = strategy_name((floor.rules.queues.get(call.queue) or Queue(call.queue)).strategy)
    rows = []
    for name in dict.fromkeys(free):
        agent, grade = floor.agents[name], _grade(floor, call, name)
        to = given.get(name, "")
        rows.append(
            Compared(
                agent=name,
                rank=STRATEGIES[strategy](agent, grade, call.call),
                grade=grade,
                idle_s=round(now - agent.idle_since, 3),
                chosen=to == call.call,
                taken_by=to if to != call.call else "",
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.rank, -row.idle_s, row.agent)))


def _steps(call: Call, rule: Queue) -> tuple[Step, ...]:
    return tuple(
        Step(
            number, step.skills, step.when, step.exclusive, call.first_joined_at + step.after_s, number in call.reached
        )
        for number, step in enumerate(rule.relaxation, 1)
    )


def _coming(floor: Floor, call: Call, rule: Queue, explanation: Explanation, now: float) -> tuple[Coming, ...]:
    coming = []
    if more_at := rings_more_at(floor, call):
        coming.append(Coming(more_at, "one_more_phone"))
    if call.in_line():
        if rule.announcement.enabled and call.vip <= 0 and not call.heard and call.state is CallState.WAITING:
            at = ripe_at(call, rule)
            if call.message_until == 0 or at < call.message_until:
                coming.append(Coming(at, "announcement"))
        coming.append(Coming(call.joined_at + rule.max_wait_s, "timeout"))
        coming.append(Coming(call.first_joined_at + rule.hard_bound * max(rule.target_s, MIN_TARGET_S), "late"))
        coming += [
            Coming(step.due_at, "relaxation", str(step.number)) for step in _steps(call, rule) if not step.reached
        ]
        coming += [Coming(one.until, "agent_free", one.agent) for one in explanation.agents if one.until]
        if explanation.waits_until is not None:
            coming.append(Coming(explanation.waits_until, "sticky_over", explanation.waits_for))
    return tuple(sorted((one for one in coming if one.at > now), key=lambda one: (one.at, one.what, one.detail)))


def _serves(lane: Lane, agents: set[str]) -> bool:
    return any(lane.group.has(name) for name in agents)


def _grade(floor: Floor, call: Call, agent: str) -> float:
    return floor.index.group_of(call).grade(agent)
