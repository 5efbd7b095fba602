"""The floor as a wallboard shows it. Never a number of a caller, only the masked one."""

from __future__ import annotations

from math import inf
from typing import Any

from callcontrol.floor.agents import AgentRecord, Standing
from callcontrol.floor.estimate import Estimate
from callcontrol.floor.floor import Floor
from callcontrol.floor.forecast import told, told_joiner
from callcontrol.floor.grades import Grade
from callcontrol.floor.order import Rank, rank
from callcontrol.floor.queue_state import QueueState
from callcontrol.floor.quiet_times import as_text
from callcontrol.floor.sticky import waited_for
from callcontrol.floor.tallies import Tally
from callcontrol.floor.visits import Call, CallState
from callcontrol.values.configuration import Queue
from callcontrol.values.service_level import preset_named

_NO_TALLY = Tally()
_NO_GRADE = Grade()


def view(floor: Floor, now: float) -> dict[str, Any]:
    """Plain JSON: ``queues``, ``calls`` (in the order of each queue's line), ``callbacks`` and ``agents`` at ``now``. Counts are of the
    last day's half-hours; ``service_level`` is None before the first call that it can be said of."""
    by_queue: dict[str, list[Call]] = {name: [] for name in floor.rules.queues}
    for call in floor.calls.values():
        if call.booking is None:
            by_queue.setdefault(call.queue, []).append(call)
    queues, calls = [], []
    for name, present in by_queue.items():
        rule = floor.rules.queues.get(name) or Queue(name)
        queues.append(_queue(floor, rule, present, now))
        line = sorted((c for c in present if c.in_line()), key=lambda c: _rank(c, rule, now))
        others = [c for c in present if not c.in_line()]
        calls += [_call(floor, c, place, now) for place, c in enumerate(line, start=1)]
        calls += [_call(floor, c, None, now) for c in others]
    return {
        "as_of": now,
        "release": floor.release,
        "desk": floor.desk,
        "term": floor.term,
        "queues": queues,
        "calls": calls,
        "callbacks": callbacks(floor, now),
        "emergencies": [
            {"name": one.name, "until": one.until, "hang_up": one.hang_up}
            for one in floor.rules.emergencies.values()
            if one.until
        ],
        "break_reasons": {name: dict(titles) for name, titles in floor.rules.break_reasons.items()},
        "agents": [_agent(floor, agent, now) for agent in floor.agents.values()],
    }


def position(floor: Floor, call: str, now: float) -> int | None:
    """The place of a call in its queue's line, 1 for the first; None when it does not stand in line."""
    found = floor.calls.get(call)
    if found is None or not found.in_line():
        return None
    rule = floor.rules.queues.get(found.queue) or Queue(found.queue)
    mine = _rank(found, rule, now)
    line = [c for c in floor.calls.values() if c.queue == found.queue and c.in_line()]
    return 1 + sum(_rank(c, rule, now) < mine for c in line)


def callbacks(floor: Floor, now: float) -> list[dict[str, Any]]:
    """Who hung up and keeps the place, the longest waiting first. ``state``: resting (with its ``reason``), waiting,
    offered, confirming, dialled, talking. ``next_at``: when a resting one stands in line again, if that is known."""
    booked = [call for call in floor.calls.values() if call.booking is not None]
    return [_callback(floor, call, now) for call in sorted(booked, key=lambda c: (c.first_joined_at, c.call))]


def _callback(floor: Floor, call: Call, now: float) -> dict[str, Any]:
    booking, offer = call.booking, floor.offers.get(call.offer)
    assert booking is not None
    rule = floor.rules.queues.get(call.queue) or Queue(call.queue)
    in_phase = call.state is CallState.OFFERED and booking.phase in ("confirming", "dialled")
    return {
        "callback": call.call,
        "call": booking.call,
        "queue": call.queue,
        "masked": call.masked,
        "language": call.language,
        "first_joined_at": call.first_joined_at,
        "booked_at": booking.booked_at,
        "position": position(floor, call.call, now),
        "state": booking.phase if in_phase else call.state.value,
        "reason": booking.reason if call.state is CallState.RESTING else "",
        "tries": booking.tries,
        "tries_of": rule.callback.tries,
        "next_at": booking.rests_until if call.state is CallState.RESTING and booking.rests_until > now else None,
        "agent": offer.agent if offer else None,
        "controller": booking.taken_by or None,
    }


def _rank(call: Call, rule: Queue, now: float) -> Rank:
    return rank(call.first_joined_at, rule.target_s, call.vip, call.call, now, rule.hard_bound)


def _queue(floor: Floor, rule: Queue, calls: list[Call], now: float) -> dict[str, Any]:
    states = [call.state for call in calls]
    pool = floor.index.pool(rule.name)
    free, busy, away = pool.counts[Standing.FREE], pool.counts[Standing.BUSY], pool.counts[Standing.AWAY]
    total = floor.tallies.get(rule.name, _NO_TALLY).total
    level = preset_named(rule.service_level).level(total)
    waiting = [call.joined_at for call in calls if call.state is not CallState.TALKING]
    return {
        "name": rule.name,
        "title": dict(rule.title),
        "waiting": states.count(CallState.WAITING),
        "ringing": states.count(CallState.OFFERED),
        "in_message": states.count(CallState.MESSAGE),
        "talking": states.count(CallState.TALKING),
        "oldest_wait_s": round(max(0.0, now - min(waiting)), 1) if waiting else 0.0,
        "free": free,
        "busy": busy,
        "on_break": away,
        "logged_in": free + busy + away,
        "load": _finite(QueueState(floor, rule.name, now)["load"]),
        "reserve_since": floor.reserve.get(rule.name),
        "joined": total.joined,
        "outcomes": dict(total.outcomes),
        "service_level": {"met": level.met, "of": level.of} if level.of else None,
        "preset": preset_named(rule.service_level).name,
        "goal": rule.goal,
        "target_s": rule.target_s,
        "case": floor.index.case_at(floor.index.groups.group(rule.name), now).value,
        "estimate": _range(told_joiner(floor, rule.name)),
        "estimate_grades": _grades(floor, rule.name),
        "told_off_peak": total.granted,
        "would_be_told": total.dry_run,
        "quiet_times": as_text(floor.quiet_times.get(rule.name, ()))
        if not any(rule.announcement.text.values())
        else "",
    }


def _range(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {"low_s": estimate.low_s, "high_s": estimate.high_s}


def _grades(floor: Floor, queue: str) -> dict[str, Any]:
    """Of the day: callers who waited as long as estimated, less, or more; and whether the estimate is withdrawn."""
    grade = floor.grades.get(queue, _NO_GRADE)
    return {**grade.counts(), "withdrawn": grade.withdrawn}


def _finite(load: float) -> float | None:
    """None for a load without limit: callers and nobody who serves."""
    return round(load, 2) if load != inf else None


def _call(floor: Floor, call: Call, place: int | None, now: float) -> dict[str, Any]:
    offer = floor.offers.get(call.offer)
    return {
        "call": call.call,
        "queue": call.queue,
        "position": place,
        "masked": call.masked,
        "language": call.language,
        "state": call.state.value,
        "joined_at": call.joined_at,
        "first_joined_at": call.first_joined_at,
        "agent": offer.agent if offer else None,
        "agents": [floor.offers[name].agent for name in call.offers],
        "message_heard": call.heard,
        "estimate": _range(told(floor, call, now)),
        "step": max(call.reached, default=0),
        "waits_for": waited_for(floor, call, now) or None if call.in_line() else None,
    }


def _agent(floor: Floor, agent: AgentRecord, now: float) -> dict[str, Any]:
    rule = floor.rules.agents.get(agent.name)
    offer = floor.offers.get(agent.offer)
    return {
        "agent": agent.name,
        "title": rule.title if rule else "",
        "state": agent.state.value,
        "since": agent.since,
        "reason": agent.reason,
        "call": offer.call if offer else None,
        "queue": offer.queue if offer else None,
        "skills": dict(agent.skills),
        "misses": agent.misses,
        "answered": agent.answered,
        "back_off_until": agent.back_off_until if agent.back_off_until > now else None,
        "next_state": agent.next_state or None,
        "next_reason": agent.next_reason,
        "registered": None if agent.phone_until and not agent.phone_until > now else agent.registered,
        "own_call": agent.in_own_call(now),
        "missed_out": agent.is_missed_out(),
        "wrap_up_until": agent.wrap_up_until or None,
        "wrap_up_mode": agent.wrap_up_mode,
        "wrap_up_ask_until": agent.wrap_up_ask_until if agent.wrap_up_ask_until > now else None,
    }
