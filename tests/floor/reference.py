"""The floor's decisions made the slow way: every caller, every agent, every time, from the bare state. ``decide`` must say
the same. Nothing of the index is used here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from callcontrol.floor import callbacks
from callcontrol.floor.agents import AgentRecord
from callcontrol.floor.decide import MAX_BATCH
from callcontrol.floor.floor import Floor
from callcontrol.floor.order import rank
from callcontrol.floor.pools import Case
from callcontrol.floor.release import released_branch
from callcontrol.floor.rules import expression
from callcontrol.floor.several import MOST_PHONES
from callcontrol.floor.strategies import STRATEGIES, strategy_name
from callcontrol.floor.tallies import half_hour
from callcontrol.floor.visits import Call

SERVING = {"available", "reserved", "ringing", "talking", "hold", "wrap_up"}
DAY_S = 86_400


def eligible(floor: Floor, call: Call, agent: AgentRecord) -> bool:
    rule = floor.rules.queues.get(call.queue)
    skills = floor.rules.agents[agent.name].skills if agent.name in floor.rules.agents else {}
    return (
        rule is not None
        and expression(rule.skills).matches(skills)
        and (not call.needs or expression(call.needs).matches(skills))
    )


def is_free(agent: AgentRecord, now: float) -> bool:
    missed = agent.state == "available" and 0 < agent.max_misses <= agent.misses
    return agent.state in ("available", "unreachable") and not held_off(agent, now) and not missed


def held_off(agent: AgentRecord, now: float) -> bool:
    phone = agent.registered is False or agent.own_call
    return agent.back_off_until > now or (phone and agent.phone_until > now)


def case_of(floor: Floor, call: Call, free: set[str], taken: set[str]) -> Case:
    able = [a for a in floor.agents.values() if eligible(floor, call, a)]
    if any(a.name in free and a.name not in taken for a in able):
        return Case.FREE
    if any(a.name in taken or a.state in SERVING for a in able):
        return Case.BUSY
    return Case.AWAY if any(a.state != "logged_out" for a in able) else Case.NOBODY


def grade(floor: Floor, call: Call, agent: AgentRecord) -> float:
    skills = floor.rules.agents[agent.name].skills
    asked = expression(floor.rules.queues[call.queue].skills)
    return asked.together_with(expression(call.needs)).grade(skills)


def reference(floor: Floor, now: float) -> list[tuple[Any, ...]]:
    """What ``decide`` has to say, each decision as (kind, names...)."""
    expired = sorted(o.offer for o in floor.offers.values() if o.state != "talking" and o.expires_at <= now)
    missed = sorted(a.name for a in floor.agents.values() if a.state == "available" and 0 < a.max_misses <= a.misses)
    wrapped = sorted(a.name for a in floor.agents.values() if a.state == "wrap_up" and a.wrap_up_until <= now)
    batch: list[tuple[Any, ...]] = [("offer_expired", o) for o in expired]
    batch += [("put_on_break", a) for a in missed]
    steps = [s for _, c in sorted(floor.calls.items()) if (s := callbacks.next_step(floor, c, now)) is not None]
    batch += [(s.kind, s.callback) for s in steps]  # type: ignore[attr-defined]
    batch += [("wrap_up_over", a) for a in wrapped]
    back = {a for a in wrapped if not floor.agents[a].next_state and not held_off(floor.agents[a], now)}
    if len(batch) > len(back):
        return batch
    free = back | {a.name for a in floor.agents.values() if is_free(a, now)}
    taken: set[str] = set()
    line = [c for c in floor.calls.values() if c.state in ("waiting", "message")]

    def place(call: Call) -> Any:
        rule = floor.rules.queues.get(call.queue)
        return rank(call.first_joined_at, rule.target_s if rule else 0.0, call.vip, call.call, now)

    offered = set()
    for call in sorted(line, key=place):
        if len(taken) >= MAX_BATCH or call.queue not in floor.rules.queues:
            continue
        rule = STRATEGIES[strategy_name(floor.rules.queues[call.queue].strategy)]
        able = [floor.agents[a] for a in free - taken if eligible(floor, call, floor.agents[a])]
        if able:
            best = min(able, key=lambda a: (rule(a, grade(floor, call, a), call.call), a.idle_since, a.name))
            taken.add(best.name)
            offered.add(call.call)
            batch.append(("offered", call.call, best.name))
    batch += more_phones(floor, free, taken, now, place)
    if len(taken) >= MAX_BATCH:
        return batch
    left = [c for c in line if c.call not in offered]
    gone = set()
    for call in sorted(left, key=lambda c: (c.joined_at, c.call)):
        branch = released_branch(floor, call, case_of(floor, call, free, taken), now)
        if branch:
            gone.add(call.call)
            batch.append(("released", call.call, branch[0]))
    batch += announcements(floor, [c for c in left if c.call not in gone], free, taken, now)
    return batch


def more_phones(
    floor: Floor, free: set[str], taken: set[str], now: float, place: Callable[[Call], Any]
) -> list[tuple[Any, ...]]:
    """The agents whom nobody in line needs, one by one: to the call that rings fewest phones and may ring more."""
    batch: list[tuple[Any, ...]] = []
    given: Counter[str] = Counter()
    while len(taken) < MAX_BATCH:
        able: dict[str, list[AgentRecord]] = {}
        for call in floor.calls.values():
            rule = floor.rules.queues.get(call.queue)
            if (
                rule is None
                or call.booking is not None
                or call.state != "offered"
                or len(call.offers) + given[call.call] >= MOST_PHONES
            ):
                continue
            strategy = strategy_name(rule.strategy)
            last = max(floor.offers[o].at for o in call.offers)
            due = strategy == "progressive" and not given[call.call] and now >= last + rule.progressive_s
            if strategy == "ring_all" or due:
                able[call.call] = [floor.agents[a] for a in free - taken if eligible(floor, call, floor.agents[a])]
        ready = [floor.calls[name] for name, agents in able.items() if agents]
        if not ready:
            return batch
        call = min(ready, key=lambda c: (len(c.offers) + given[c.call], place(c)))
        best = min(able[call.call], key=lambda a: (a.idle_since, a.name))
        taken.add(best.name)
        given[call.call] += 1
        batch.append(("offered", call.call, best.name))
    return batch


def announcements(
    floor: Floor, calls: list[Call], free: set[str], taken: set[str], now: float
) -> list[tuple[Any, ...]]:
    batch: list[tuple[Any, ...]] = []
    told: set[str] = set()
    used: dict[tuple[str, int], int] = {}
    for call in sorted(calls, key=lambda c: (c.queue, half_hour(c.joined_at), c.joined_at, c.call)):
        queue = floor.rules.queues.get(call.queue)
        if queue is None or not queue.announcement.enabled or call.state != "waiting":
            continue
        rule = queue.announcement
        if call.heard or call.stays or call.vip > 0 or (call.counted and rule.dry_run):
            continue
        if now < call.joined_at + queue.patience_s:
            continue
        cell = floor.tallies[call.queue].cells[half_hour(call.joined_at)]
        before = (cell.dry_run if rule.dry_run else cell.granted) + used.get((call.queue, half_hour(call.joined_at)), 0)
        if before + 1 > rule.max_share * cell.joined + 1e-9:
            continue
        if call.caller:
            key = f"dry:{call.caller}" if rule.dry_run else call.caller
            if call.caller in told or floor.heard.get(key, float("-inf")) > call.joined_at - DAY_S:
                continue
        if case_of(floor, call, free, taken) is not Case.BUSY:
            continue
        told.add(call.caller)
        used[call.queue, half_hour(call.joined_at)] = before + 1 - (cell.dry_run if rule.dry_run else cell.granted)
        batch.append(("message_granted", call.call, rule.dry_run))
    return batch
