"""Editing one object of the draft while others edit too: pure three-way merging, field by field, so that nobody's edit
is lost and only what two people changed differently is asked about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from callcontrol.values.configuration import Agent, Configuration, Queue, as_data

Flat = dict[str, Any]


def flat(value: Any) -> Flat:
    """Dotted path -> leaf. Empty parts disappear: an empty text and no text are the same to whoever edits."""
    found: Flat = {}

    def walk(path: str, part: Any) -> None:
        if isinstance(part, Mapping):
            for key, inner in part.items():
                walk(f"{path}.{key}" if path else str(key), inner)
        elif part is not None and part != "":
            found[path] = part

    walk("", as_data(value) if value is not None else {})
    return found


@dataclass(frozen=True, slots=True)
class Merged:
    """``values``: what to keep (mine where both changed). ``theirs``: paths that both changed, with their value."""

    values: Flat
    theirs: Flat


def merge(base: Flat, mine: Flat, theirs: Flat) -> Merged:
    """Three-way, leaf by leaf. A leaf that is missing counts as None."""
    values: Flat = {}
    disputed: Flat = {}
    for path in sorted({*base, *mine, *theirs}):
        was, here, there = base.get(path), mine.get(path), theirs.get(path)
        if here in (was, there):
            kept = there
        else:
            kept = here
            if there != was:
                disputed[path] = there
        if kept is not None:
            values[path] = kept
    return Merged(values, disputed)


def nested(values: Flat) -> dict[str, Any]:
    """The opposite of ``flat``."""
    made: dict[str, Any] = {}
    for path, leaf in values.items():
        *way, last = path.split(".")
        part = made
        for key in way:
            part = part.setdefault(key, {})
        part[last] = leaf
    return made


def packed(values: Flat) -> str:
    """For a hidden field of the form: what the editor saw when the form was opened."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def unpacked(text: str | None) -> Flat | None:
    try:
        values = json.loads(text or "")
    except ValueError:
        return None
    return values if isinstance(values, dict) else None


def with_queue(configuration: Configuration, queue: Queue) -> Configuration:
    return replace(configuration, queues={**configuration.queues, queue.name: queue})


def with_agent(configuration: Configuration, agent: Agent) -> Configuration:
    return replace(configuration, agents={**configuration.agents, agent.name: agent})


def without_queue(configuration: Configuration, name: str) -> Configuration:
    return replace(configuration, queues={k: v for k, v in configuration.queues.items() if k != name})


def without_agent(configuration: Configuration, name: str) -> Configuration:
    return replace(configuration, agents={k: v for k, v in configuration.agents.items() if k != name})
