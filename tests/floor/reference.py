"""The floor's decisions made the slow way: every caller, every agent, every time, from the bare state. ``decide`` must say
the same. Nothing of the index is used here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

from callcontrol.floor import callbacks
from callcontrol.floor.agents import AgentRecord
from callcontrol.floor.decide import MAX_BATCH
from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import told_joiner
from callcontrol.floor.order import rank
from callcontrol.floor.pools import Case
from callcontrol.floor.rules import condition, expression
from callcontrol.floor.several import MOST_PHONES
from callcontrol.floor.strategies import STRATEGIES, strategy_name
from callcontrol.floor.tallies import half_hour
from callcontrol.floor.visits import Call

SERVING = {"available", "reserved", "ringing", "talking", "hold", "wrap_up"}
DAY_S = 86_400


def asked_by(floor: Floor, call: Call) -> list[str]:
    """The expressions that make somebody eligible for the call, any of them."""
    rule = floor.rules.queues.get(call.queue)
    if rule is None:
        return []
    steps = {number: step for number, step in enumerate(rule.relaxation, start=1) if number in call.reached}
    shut = [number for number, step in steps.items() if step.exclusive]
    asked = [step.skills for number, step in steps.items() if not shut or number >= shut[-1]]
    if not shut:
        asked.append(rule.skills)
        if call.queue in floor.reserve:
            asked.append(rule.reserve.skills)
    return asked


def skills_of(floor: Floor, agent: AgentRecord) -> dict[str, int]:
    return dict(floor.rules.agents[agent.name].skills) if agent.name in floor.rules.agents else {}


def fits(floor: Floor, agent: AgentRecord, *asked: str) -> bool:
    return all(not text or expression(text).matches(skills_of(floor, agent)) for text in asked)


def eligible(floor: Floor, call: Call, agent: AgentRecord) -> bool:
    return any(fits(floor, agent, text, call.needs) for text in asked_by(floor, call))


def state_of(floor: Floor, queue: str, now: float) -> dict[str, float]:
    rule = floor.rules.queues[queue]
    here = [c for c in floor.calls.values() if c.queue == queue and c.state != "resting"]
    waits = [now - c.first_joined_at for c in here if c.state in ("waiting", "message")]
    stand = [a.standing_now().name for a in floor.agents.values() if fits(floor, a, rule.skills)]
    serving = stand.count("FREE") + stand.count("BUSY")
    withdrawn = queue in floor.grades and floor.grades[queue].withdrawn
    known = queue in floor.forecasts and waits and not withdrawn
    return {
        **({"estimate_s": floor.forecasts[queue].high_s} if known else {}),
        "waiting": len(waits),
        "longest_wait_s": max(int(max(waits, default=0) + 1e-6), 0),
        "free": stand.count("FREE"),
        "busy": stand.count("BUSY"),
        "on_break": stand.count("AWAY"),
        "logged_in": serving + stand.count("AWAY"),
        "load": len(here) / serving if serving else inf if here else 0,
    }


def holds(floor: Floor, queue: str, when: str, now: float) -> bool:
    state = state_of(floor, queue, now)
    if (estimate := told_joiner(floor, queue)) is not None:  # which has tests of its own
        state["estimate_s"] = estimate.high_s
    return condition(when).holds(state)


def reserves(floor: Floor) -> list[tuple[Any, ...]]:
    """One at a time: each may change the load of another queue."""
    for name, rule in sorted(floor.rules.queues.items()):
        load = state_of(floor, name, 0.0)["load"]
        if not rule.reserve.skills:
            continue
        if name not in floor.reserve and load > rule.reserve.load_on:
            return [("reserve_called", name, True)]
        elif name in floor.reserve and (load == 0 or load < min(rule.reserve.load_on, rule.reserve.load_off)):
            return [("reserve_called", name, False)]
    return []


def relaxed(floor: Floor, now: float) -> list[tuple[Any, ...]]:
    batch: list[tuple[Any, ...]] = []
    line = [c for c in floor.calls.values() if c.state in ("waiting", "message")]
    for call in sorted(line, key=lambda c: (c.first_joined_at, c.call)):
        if step := step_of(floor, call, now):
            batch.append(("relaxed", call.call, step))
    return batch


def step_of(floor: Floor, call: Call, now: float) -> int | None:
    rule = floor.rules.queues.get(call.queue)
    if rule is None:
        return None
    last = max(call.reached, default=0)
    if last:
        before = [rule.relaxation[last - 1].skills]
    else:
        before = [rule.skills, *([rule.reserve.skills] if call.queue in floor.reserve else [])]
    there = [
        a
        for a in floor.agents.values()
        if a.state != "logged_out" and any(fits(floor, a, text, call.needs) for text in before)
    ]
    shut = [number for number in call.reached if rule.relaxation[number - 1].exclusive]
    for number, step in enumerate(rule.relaxation, start=1):
        if number in call.reached or number < max(shut, default=0):
            continue
        come = now >= call.first_joined_at + step.after_s or (number == last + 1 and not there)
        if come and (not step.when or holds(floor, call.queue, step.when, now)):
            return number
    return None


def waited_for(floor: Floor, call: Call, now: float) -> str:
    """The agent whom the call waits for and nobody else."""
    rule = floor.rules.queues.get(call.queue)
    agent = floor.agents.get(call.prefer)
    if rule is None or agent is None or now >= call.first_joined_at + rule.sticky_s:
        return ""
    there = agent.state not in ("logged_out", "break", "unreachable") and agent.name in floor.rules.agents
    return agent.name if there and eligible(floor, call, agent) else ""


def overflow_of(floor: Floor, call: Call, now: float) -> str:
    rule = floor.rules.queues.get(call.queue)
    if rule is None or call.state != "waiting" or call.booking is not None:
        return ""
    ways = [
        way.to
        for way in rule.overflow
        if way.to in floor.rules.queues
        and way.to not in (call.queue, call.came_from)
        and now >= call.first_joined_at + way.after_s
        and (not way.when or holds(floor, call.queue, way.when, now))
    ]
    return ways[0] if ways else ""


def overflows(floor: Floor, free: set[str], now: float) -> list[tuple[Any, ...]]:
    batch: list[tuple[Any, ...]] = []
    gone: set[str] = set()
    for call in sorted(floor.calls.values(), key=lambda c: (c.first_joined_at, c.call)):
        to = overflow_of(floor, call, now)
        if to and call.queue not in gone and case_of(floor, call, free, set()) is not Case.FREE:
            if any(way.when for way in floor.rules.queues[call.queue].overflow):
                gone.add(call.queue)
            batch.append(("released", call.call, "overflow", to))
    return batch


def release_of(floor: Floor, call: Call, case: Case, now: float) -> str:
    rule = floor.rules.queues.get(call.queue)
    if call.booking is not None:
        return ""
    if rule is None:
        return "closed"
    if case is Case.FREE or overflow_of(floor, call, now):
        return ""
    branches = {
        "full": call.full,
        "nobody": case is Case.NOBODY,
        "away": case is Case.AWAY and call.away,
        "still_busy": call.verdict,
        "timeout": now >= call.joined_at + rule.max_wait_s,
    }
    return next((branch for branch, right in branches.items() if right), "")


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


def place_of(floor: Floor, call: Call, agent: AgentRecord) -> Any:
    """By strategy: the best place that one of the expressions gives the agent for this call."""
    skills = skills_of(floor, agent)
    rule = STRATEGIES[strategy_name(floor.rules.queues[call.queue].strategy)]
    grades = [
        expression(text).together_with(expression(call.needs)).grade(skills)
        for text in asked_by(floor, call)
        if fits(floor, agent, text, call.needs)
    ]
    return min(rule(agent, grade, call.call) for grade in grades), agent.idle_since, agent.name


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
    if changes := reserves(floor) or relaxed(floor, now) or overflows(floor, free, now):
        return changes[:MAX_BATCH]
    taken: set[str] = set()
    line = [c for c in floor.calls.values() if c.state in ("waiting", "message")]

    def place(call: Call) -> Any:
        rule = floor.rules.queues.get(call.queue)
        target_s, bound = (rule.target_s, rule.hard_bound) if rule else (0.0, 0.0)
        return rank(call.first_joined_at, target_s, call.vip, call.call, now, bound)

    offered = set()
    for call in sorted(line, key=place):
        if len(taken) >= MAX_BATCH or call.queue not in floor.rules.queues:
            continue
        able = [floor.agents[a] for a in free - taken if eligible(floor, call, floor.agents[a])]
        if held := waited_for(floor, call, now):
            able = [a for a in able if a.name == held]
        if able:
            best = min(able, key=partial(place_of, floor, call))
            taken.add(best.name)
            offered.add(call.call)
            batch.append(("offered", call.call, best.name))
    batch += more_phones(floor, free, taken, now, place)
    if len(taken) >= MAX_BATCH:
        return batch
    left = [c for c in line if c.call not in offered]
    gone = set()
    for call in sorted(left, key=lambda c: (c.joined_at, c.call)):
        release = release_of(floor, call, case_of(floor, call, free, taken), now) if call.state == "waiting" else ""
        if release:
            gone.add(call.call)
            batch.append(("released", call.call, release, ""))
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
                or waited_for(floor, call, now)
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
        if now < call.joined_at + queue.patience_s or now < call.joined_at + call.message_after_s:
            continue
        if call.message_until != 0 and now >= call.message_until:
            continue
        withdrawn = floor.grades[call.queue].withdrawn if call.queue in floor.grades else False
        if call.estimated_at and call.high_s < rule.short_estimate_s and not withdrawn:
            continue
        cell = floor.tallies[call.queue].cells[half_hour(call.joined_at)]
        before = (cell.dry_run if rule.dry_run else cell.granted) + used.get((call.queue, half_hour(call.joined_at)), 0)
        if before + 1 > rule.max_share * cell.joined + 1e-9:
            continue
        if call.caller:
            key = f"dry:{call.caller}" if rule.dry_run else call.caller
            if call.caller in told or floor.heard.get(key, float("-inf")) > call.joined_at - DAY_S:
                continue
        if case_of(floor, call, free, taken) is not Case.BUSY or overflow_of(floor, call, now):
            continue
        told.add(call.caller)
        used[call.queue, half_hour(call.joined_at)] = before + 1 - (cell.dry_run if rule.dry_run else cell.granted)
        batch.append(("message_granted", call.call, rule.dry_run))
    return batch
