"""The part of a configuration release that the floor works by: queues and agents.

Read from the plain data in the journal. What is wrong with a configuration is said when it is drafted; here a value that
can't be used falls back to its default, because a journal line must mean the same to every reader, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from callcontrol.values.configuration import Agent, Announcement, Queue
from callcontrol.values.skills import EVERYBODY, SkillExpression, SkillExpressionError, parse


@dataclass(frozen=True, slots=True)
class Rules:
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)


NO_RULES = Rules()


def readable(configuration: Any) -> bool:
    """Whether it has the shape of a configuration, of whatever release of this program. What has not must not send
    everybody home."""
    return isinstance(configuration, Mapping) and all(
        isinstance(configuration.get(table, {}), Mapping) for table in ("queues", "agents")
    )


def read_rules(configuration: Mapping[str, Any]) -> Rules:
    """Queues and agents of ``as_data`` of a configuration. Never raises."""
    queues = {
        str(name): Queue(
            name=str(name),
            title=_texts(data.get("title")),
            skills=_text(data, "skills", ""),
            strategy=_text(data, "strategy", Queue("").strategy),
            announcement=_announcement(data.get("announcement")),
            max_length=int(_number(data, "max_length", Queue("").max_length)),
            record=bool(data.get("record", True)),
            hours=_text(data, "hours", ""),
            **{key: _number(data, key, getattr(Queue(""), key)) for key in _SECONDS},
        )
        for name, data in _table(configuration.get("queues"))
    }
    agents = {
        str(name): Agent(
            name=str(name),
            title=_text(data, "title", ""),
            contact=_text(data, "contact", ""),
            skills=_levels(data.get("skills")),
            max_misses=int(_number(data, "max_misses", Agent("").max_misses)),
        )
        for name, data in _table(configuration.get("agents"))
    }
    return Rules(queues, agents)


@lru_cache(maxsize=4096)
def expression(text: str) -> SkillExpression:
    """``text`` parsed. A text that can't be parsed asks for nothing: a caller is better served by somebody than lost."""
    try:
        return parse(text)
    except SkillExpressionError:
        return EVERYBODY


_SECONDS = ("patience_s", "max_wait_s", "ring_s", "wrap_up_s", "target_s", "short_abandon_s")


def _table(data: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(data, Mapping):
        return []
    return [(name, row) for name, row in data.items() if isinstance(row, Mapping)]


def _text(data: Mapping[str, Any], key: str, default: str) -> str:
    value = data.get(key, default)
    return value if isinstance(value, str) else default


def _texts(data: Any) -> dict[str, str]:
    return {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, Mapping) else {}


def _number(data: Mapping[str, Any], key: str, default: float) -> float:
    value = data.get(key, default)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return value if usable else default


def _levels(data: Any) -> dict[str, int]:
    return {str(k): v for k, v in data.items() if isinstance(v, int)} if isinstance(data, Mapping) else {}


def _announcement(data: Any) -> Announcement:
    if not isinstance(data, Mapping):
        return Announcement()
    return Announcement(
        enabled=bool(data.get("enabled", True)),
        text=_texts(data.get("text")),
        max_share=_number(data, "max_share", Announcement().max_share),
        dry_run=bool(data.get("dry_run", False)),
    )
