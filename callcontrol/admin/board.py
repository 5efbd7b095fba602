"""The live floor as the page shows it: callers in order, agents, totals. Pure: a snapshot in, plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callcontrol.values.service_level import STANDARD

STALE_S = 5.0  # older than this, the page says so and fades
MOST_CALLERS = 40  # of one queue; more than a wall can show, and a bound for the stream
MANY_QUEUES, FEW_CALLERS = 12, 8  # with many queues each shows only the head of its line
MOST_AGENTS = 300
GOAL = 0.85  # of the service level, where a queue does not say its own
OUT = "logged_out"
HERE = ("waiting", "message", "offered")
ABANDONED = ("abandoned_waiting", "abandoned_ringing", "abandoned_in_message")


def board(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """``queues`` with their ``callers``, ``agents`` (logged in first), ``totals`` and the state of the data."""
    calls = list(snapshot.get("calls", ()))
    titles = {queue["name"]: queue.get("title") or queue["name"] for queue in snapshot.get("queues", ())}
    by_call = {call["call"]: call for call in calls}
    by_call |= {row["callback"]: row for row in snapshot.get("callbacks", ())}
    waiting: dict[str, list[Mapping[str, Any]]] = {}
    for call in calls:
        if call["state"] in HERE:
            waiting.setdefault(call["queue"], []).append(call)
    most = FEW_CALLERS if len(titles) > MANY_QUEUES else MOST_CALLERS
    as_of = float(snapshot.get("as_of", 0.0))
    queues = [_queue(queue, waiting.get(queue["name"], []), most, as_of) for queue in snapshot.get("queues", ())]
    agents = [_agent(agent, by_call, titles) for agent in snapshot.get("agents", ())]
    agents.sort(key=lambda agent: (agent["state"] == OUT, agent["agent"]))
    return {
        "queues": queues,
        "agents": agents[:MOST_AGENTS],
        "agents_hidden": max(0, len(agents) - MOST_AGENTS),
        "totals": {
            "waiting": sum(1 for call in calls if call["state"] in HERE),
            "talking": sum(1 for agent in agents if agent["state"] in ("talking", "hold")),
            "free": sum(1 for agent in agents if agent["state"] == "available"),
            "logged_in": sum(1 for agent in agents if agent["state"] != OUT),
        },
        "release": snapshot.get("release"),
        "troubles": list(snapshot.get("troubles", ())),
        "alarms": list(snapshot.get("alarms", ())),
        "desk_alive": bool(snapshot.get("desk_alive", True)),
        "age_s": float(snapshot.get("age_s", 0.0)),
    }


def _queue(queue: Mapping[str, Any], callers: list[Mapping[str, Any]], most: int, as_of: float) -> dict[str, Any]:
    # whoever is being offered has left the line by its head: no position any more, and shown first
    callers.sort(key=lambda call: (call.get("position") or 0, call.get("first_joined_at", 0.0)))
    oldest_s = queue.get("oldest_wait_s")
    outcomes = queue.get("outcomes") or {}
    return {
        **queue,
        "title": queue.get("title") or queue["name"],
        "callers": callers[:most],
        "callers_hidden": max(0, len(callers) - most),
        "here": len(callers),
        "oldest_since": None if not callers or oldest_s is None else as_of - oldest_s,
        "answered": outcomes.get("answered", 0),
        "abandoned": sum(outcomes.get(name, 0) for name in ABANDONED),
        "advised": outcomes.get("advised_offpeak", 0),
        "preset": queue.get("preset", STANDARD),
        "level": _level(queue.get("service_level"), float(queue.get("goal", GOAL))),
    }


def _level(level: Mapping[str, int] | None, goal: float) -> dict[str, Any] | None:
    if not level or not level.get("of"):
        return None
    share = level["met"] / level["of"]
    return {"percent": int(100 * share), "of": level["of"], "met": level["met"], "low": share < goal}


def _agent(
    agent: Mapping[str, Any], by_call: Mapping[str, Mapping[str, Any]], titles: Mapping[str, Any]
) -> dict[str, Any]:
    call = by_call.get(agent.get("call") or "")
    name = agent.get("queue") or (call["queue"] if call else "")
    return {
        **agent,
        "title": agent.get("title") or agent["agent"],
        "masked": call["masked"] if call else "",
        "queue_title": titles.get(name, name),
    }
